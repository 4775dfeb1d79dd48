/** Terms of pod (anti-)affinity, made ready to be asked of many pods. */
import { labelSelectorOf, matchesLabels } from '../../api/selector.ts';
import type { core, Pod } from '../../api/types.ts';
import type { ClusterState } from '../cluster-state.ts';

export interface Term {
  readonly topologyKey: string;
  matches(pod: Pod): boolean;
}

/** `owner` is the pod that has the term: without namespaces it means its own. */
export function readTerm(term: core.PodAffinityTerm, owner: Pod, state: ClusterState): Term {
  const selector =
    term.labelSelector === undefined
      ? undefined
      : labelSelectorOf(withLabelKeys(term, owner.metadata.labels ?? {}));
  const namespaces = new Set(term.namespaces ?? []);
  const { namespaceSelector } = term;
  if (namespaces.size === 0 && namespaceSelector === undefined) {
    namespaces.add(owner.metadata.namespace ?? '');
  }
  const byLabels = namespaceSelector === undefined ? undefined : labelSelectorOf(namespaceSelector);
  return {
    topologyKey: term.topologyKey,
    matches(pod) {
      if (selector === undefined) return false;
      const namespace = pod.metadata.namespace ?? '';
      const inReach =
        namespaces.has(namespace) ||
        (byLabels !== undefined && matchesLabels(byLabels, state.namespaceLabels(namespace)));
      return inReach && matchesLabels(selector, pod.metadata.labels ?? {});
    },
  };
}

/** matchLabelKeys and mismatchLabelKeys stand for requirements with the owner's own values. */
function withLabelKeys(
  term: core.PodAffinityTerm,
  labels: Readonly<Record<string, string>>,
): NonNullable<core.PodAffinityTerm['labelSelector']> {
  const requirements = (keys: readonly string[] | undefined, operator: 'In' | 'NotIn') =>
    (keys ?? []).flatMap((key) => {
      const value = labels[key];
      return value === undefined ? [] : [{ key, operator, values: [value] }];
    });
  return {
    ...term.labelSelector,
    matchExpressions: [
      ...(term.labelSelector?.matchExpressions ?? []),
      ...requirements(term.matchLabelKeys, 'In'),
      ...requirements(term.mismatchLabelKeys, 'NotIn'),
    ],
  };
}
