/** Disruption budgets as preemption sees them. */
import { labelSelectorOf, matchesLabels } from '../api/selector.ts';
import type { PodDisruptionBudget } from '../api/types.ts';
import type { BreaksBudget } from './preemption.ts';

/** True for pods whose eviction one of the budgets does not allow now. */
export function budgetCheck(budgets: readonly PodDisruptionBudget[]): BreaksBudget {
  const spent = budgets
    .filter(
      ({ spec, status }) => spec.selector !== undefined && (status?.disruptionsAllowed ?? 0) <= 0,
    )
    .map(({ metadata, spec }) => ({
      namespace: metadata.namespace,
      selector: labelSelectorOf(spec.selector ?? {}),
    }));
  return (pod) =>
    spent.some(
      ({ namespace, selector }) =>
        namespace === pod.metadata.namespace && matchesLabels(selector, pod.metadata.labels ?? {}),
    );
}
