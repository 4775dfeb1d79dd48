/**
 * Topology spread: no zone, host or the like may have `maxSkew` more matching pods than the one
 * with the fewest.
 * https://kubernetes.io/docs/concepts/scheduling-eviction/topology-spread-constraints/
 */
import { matchesNodeAffinity, untoleratedTaint } from '../../api/placement.ts';
import { labelSelectorOf, matchesLabels } from '../../api/selector.ts';
import type { core, Node, Pod } from '../../api/types.ts';
import type { ClusterState } from '../cluster-state.ts';
import { type Filter, helpless, pass, test } from './filter.ts';

const reason = "node(s) didn't match pod topology spread constraints";

export interface Spread {
  readonly key: string;
  readonly maxSkew: number;
  /** Matching pods by the topology's value. */
  readonly counts: ReadonlyMap<string, number>;
  /** The smallest of the counts, or 0 where there are too few domains. */
  readonly least: number;
  /** 1 if the pod itself matches. */
  readonly self: number;
}

export const podTopologySpread: Filter = {
  name: 'PodTopologySpread',
  prepare: ({ pod }, state) => {
    const spreads = readSpreads(pod, state, 'DoNotSchedule');
    if (spreads.length === 0) return pass;
    return test(({ node }) => {
      for (const { key, maxSkew, counts, least, self } of spreads) {
        const value = node.metadata.labels?.[key];
        if (value === undefined) return helpless(`${reason} (missing required label)`);
        if ((counts.get(value) ?? 0) + self - least > maxSkew) return { reasons: [reason] };
      }
      return undefined;
    });
  },
};

/** The pod's constraints of one kind, counted. */
export function readSpreads(
  pod: Pod,
  state: ClusterState,
  whenUnsatisfiable: 'DoNotSchedule' | 'ScheduleAnyway',
): Spread[] {
  const constraints = (pod.spec.topologySpreadConstraints ?? []).filter(
    (constraint) => constraint.whenUnsatisfiable === whenUnsatisfiable,
  );
  const keys = constraints.map((constraint) => constraint.topologyKey);
  return constraints.map((constraint) => count(constraint, pod, state, keys));
}

function count(
  constraint: core.TopologySpreadConstraint,
  pod: Pod,
  state: ClusterState,
  keys: readonly string[],
): Spread {
  const { topologyKey, maxSkew, minDomains = 1 } = constraint;
  const labels = pod.metadata.labels ?? {};
  const extra = (constraint.matchLabelKeys ?? []).flatMap((key) => {
    const value = labels[key];
    return value === undefined ? [] : [{ key, operator: 'In', values: [value] }];
  });
  const selector = labelSelectorOf({
    ...constraint.labelSelector,
    matchExpressions: [...(constraint.labelSelector?.matchExpressions ?? []), ...extra],
  });
  const matches = (other: Pod) =>
    constraint.labelSelector !== undefined &&
    other.metadata.namespace === pod.metadata.namespace &&
    matchesLabels(selector, other.metadata.labels ?? {});
  const counts = new Map<string, number>();
  for (const { node, pods } of state.nodes) {
    const value = node.metadata.labels?.[topologyKey];
    const known = keys.every((key) => node.metadata.labels?.[key] !== undefined);
    if (value === undefined || !known || !counted(constraint, pod, node)) continue;
    let matching = 0;
    for (const other of pods.values()) {
      if (other.pod.metadata.deletionTimestamp === undefined && matches(other.pod)) matching += 1;
    }
    counts.set(value, (counts.get(value) ?? 0) + matching);
  }
  const least = counts.size < minDomains || counts.size === 0 ? 0 : Math.min(...counts.values());
  return { key: topologyKey, maxSkew, counts, least, self: matches(pod) ? 1 : 0 };
}

/** Nodes that the pod could never go to do not count, as the constraint's policies say. */
function counted(constraint: core.TopologySpreadConstraint, pod: Pod, node: Node): boolean {
  const { nodeAffinityPolicy = 'Honor', nodeTaintsPolicy = 'Ignore' } = constraint;
  if (nodeAffinityPolicy === 'Honor' && !matchesNodeAffinity(pod.spec, node)) return false;
  if (nodeTaintsPolicy === 'Ignore') return true;
  const effects = ['NoSchedule', 'NoExecute'];
  return untoleratedTaint(pod.spec.tolerations, node.spec?.taints, effects) === undefined;
}
