/**
 * What the containers of a pod come to: containers and sidecars together, or while the pod starts the
 * greediest init container beside the sidecars that run by then. With numbers or exact quantities. Pure.
 *
 *   cpu   containers 1 + 1, sidecar 1, init 4 (after the sidecar)    3 while it runs, 5 while it starts: 5
 *
 * https://kubernetes.io/docs/concepts/workloads/pods/sidecar-containers/#resource-sharing-within-containers
 */
import type { core } from './types.ts';

export interface Arithmetic<T> {
  add(a: T, b: T): T;
  exceeds(a: T, b: T): boolean;
}

/** Adds up what `amountsOf` says of each container. */
export function combineContainers<T>(
  spec: core.PodSpec,
  amountsOf: (container: core.Container) => ReadonlyMap<string, T>,
  arithmetic: Arithmetic<T>,
): Map<string, T> {
  const total = new Map<string, T>();
  for (const container of spec.containers) addAmounts(total, amountsOf(container), arithmetic);
  const sidecars = new Map<string, T>();
  const starting = new Map<string, T>();
  for (const container of spec.initContainers ?? []) {
    const amounts = amountsOf(container);
    if (container.restartPolicy === 'Always') {
      addAmounts(total, amounts, arithmetic);
      addAmounts(sidecars, amounts, arithmetic);
      raiseAmounts(starting, sidecars, arithmetic);
    } else {
      const beside = new Map(sidecars);
      addAmounts(beside, amounts, arithmetic);
      raiseAmounts(starting, beside, arithmetic);
    }
  }
  raiseAmounts(total, starting, arithmetic);
  return total;
}

/** Adds `more` to `total`. */
export function addAmounts<T>(
  total: Map<string, T>,
  more: ReadonlyMap<string, T>,
  { add }: Arithmetic<T>,
): void {
  for (const [name, value] of more) {
    const sum = total.get(name);
    total.set(name, sum === undefined ? value : add(sum, value));
  }
}

/** Raises what is less in `total` than in `least`. */
export function raiseAmounts<T>(
  total: Map<string, T>,
  least: ReadonlyMap<string, T>,
  { exceeds }: Arithmetic<T>,
): void {
  for (const [name, value] of least) {
    const own = total.get(name);
    if (own === undefined || exceeds(value, own)) total.set(name, value);
  }
}
