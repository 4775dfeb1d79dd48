/**
 * What a whole pod asks for, exactly. For quotas and limits, which print what they compare;
 * `pod-demand.ts` has the same as numbers, for who places pods.
 * https://kubernetes.io/docs/concepts/configuration/manage-resources-containers/
 */
import { type Arithmetic, addAmounts, combineContainers, raiseAmounts } from './pod-sum.ts';
import { add, compare, parseQuantity, type Quantity } from './quantity.ts';
import type { core, Pod } from './types.ts';

export type Quantities = Map<string, Quantity>;

/** With what the pod asks for as a whole, which is newer than the types. */
export type WholePodSpec = core.PodSpec & { readonly resources?: core.ResourceRequirements };

export type Side = 'requests' | 'limits';

type List = Readonly<Record<string, string>> | undefined;

/** What cannot be parsed is left out: the API server does not let it in. */
export function quantitiesIn(list: List): Quantities {
  const amounts: Quantities = new Map();
  for (const [name, text] of Object.entries(list ?? {})) {
    const value = parseQuantity(text);
    if (value !== undefined) amounts.set(name, value);
  }
  return amounts;
}

const exactly: Arithmetic<Quantity> = { add, exceeds: (a, b) => compare(a, b) > 0 };

/** Adds `more` to `total`. */
export function addQuantities(total: Quantities, more: ReadonlyMap<string, Quantity>): void {
  addAmounts(total, more, exactly);
}

/** Without the overhead of its runtime class. What the pod as a whole asks for stands above the sum. */
export function podTotals({ spec, status }: Pick<Pod, 'spec' | 'status'>, side: Side): Quantities {
  const running = new Map(
    [...(status?.containerStatuses ?? []), ...(status?.initContainerStatuses ?? [])].map(
      (container) => [container.name, container] as const,
    ),
  );
  const amountsOf = (container: core.Container): Quantities => {
    const amounts = quantitiesIn(container.resources?.[side]);
    const { resources, allocatedResources } = running.get(container.name) ?? {};
    // Until a resize is done the pod holds the more of both.
    raiseAmounts(amounts, quantitiesIn(resources?.[side]), exactly);
    if (side === 'requests') raiseAmounts(amounts, quantitiesIn(allocatedResources), exactly);
    return amounts;
  };
  const total = combineContainers(spec, amountsOf, exactly);
  const whole = (spec as WholePodSpec).resources?.[side];
  for (const [name, value] of quantitiesIn(whole)) total.set(name, value);
  return total;
}
