/**
 * What pods ask for and nodes have, as numbers: cpu in thousandths of a core, everything else in
 * its own unit (bytes, pieces).
 * https://kubernetes.io/docs/concepts/configuration/manage-resources-containers/
 */
import { parseQuantity, toMilli, toNumber } from '../api/quantity.ts';
import type { core } from '../api/types.ts';

export type Amounts = ReadonlyMap<string, number>;

/** What a container without requests counts for in scores, lest all such pods meet on one node. */
const unknownCpu = 100;
const unknownMemory = 200 * 1024 * 1024;

/** Quantities that cannot be parsed count as zero: the API server does not let them in. */
export function amountsOf(list: Readonly<Record<string, string>> | undefined): Map<string, number> {
  const amounts = new Map<string, number>();
  for (const [name, text] of Object.entries(list ?? {})) amounts.set(name, amount(name, text));
  return amounts;
}

function amount(name: string, text: string): number {
  const quantity = parseQuantity(text);
  if (quantity === undefined) return 0;
  return name === 'cpu' ? toMilli(quantity) : Math.ceil(toNumber(quantity));
}

/**
 * What the pod needs at any time: its containers and sidecars together, or while it starts the
 * greediest init container beside the sidecars that run by then; plus the overhead.
 */
export function podRequests(spec: core.PodSpec): Map<string, number> {
  return combine(spec, (container) => amountsOf(container.resources?.requests));
}

/** The same with a guess for containers that say nothing; for scores only. */
export function scoredRequests(spec: core.PodSpec): { cpu: number; memory: number } {
  const total = combine(spec, (container) => {
    const amounts = amountsOf(container.resources?.requests);
    return new Map([
      ['cpu', amounts.get('cpu') ?? unknownCpu],
      ['memory', amounts.get('memory') ?? unknownMemory],
    ]);
  });
  return { cpu: total.get('cpu') ?? 0, memory: total.get('memory') ?? 0 };
}

function combine(
  spec: core.PodSpec,
  requestsOf: (container: core.Container) => Amounts,
): Map<string, number> {
  const total = new Map<string, number>();
  for (const container of spec.containers) addTo(total, requestsOf(container));
  const sidecars = new Map<string, number>();
  const starting = new Map<string, number>();
  for (const container of spec.initContainers ?? []) {
    const requests = requestsOf(container);
    if (container.restartPolicy === 'Always') {
      addTo(total, requests);
      addTo(sidecars, requests);
      raiseTo(starting, sidecars);
    } else {
      const beside = new Map(sidecars);
      addTo(beside, requests);
      raiseTo(starting, beside);
    }
  }
  raiseTo(total, starting);
  addTo(total, amountsOf(spec.overhead));
  return total;
}

export function addTo(total: Map<string, number>, amounts: Amounts, sign = 1): void {
  for (const [name, value] of amounts) total.set(name, (total.get(name) ?? 0) + sign * value);
}

function raiseTo(total: Map<string, number>, amounts: Amounts): void {
  for (const [name, value] of amounts) {
    if (value > (total.get(name) ?? 0)) total.set(name, value);
  }
}
