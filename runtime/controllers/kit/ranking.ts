/**
 * Which pods go first when there are too many: those that serve least. The order is that of
 * ReplicaSets, https://kubernetes.io/docs/concepts/workloads/controllers/replicaset/#scaling-down-a-replicaset
 */
import type { Clock } from '../../api/clock.ts';
import type { Pod } from '../../api/types.ts';
import { createdAt, isActive, isReady, maxRestarts, readySince } from './pods.ts';

const phaseRank: Record<string, number> = { Pending: 0, Unknown: 1, Running: 2 };

/**
 * The `count` pods to delete. `related` are the pods of all ReplicaSets of the same owner: of two
 * equal pods the one goes whose node has more of them.
 */
export function podsToDelete(
  pods: readonly Pod[],
  related: readonly Pod[],
  count: number,
  clock: Clock,
): Pod[] {
  if (count >= pods.length) return [...pods];
  const perNode = new Map<string, number>();
  for (const pod of related) {
    const node = pod.spec.nodeName;
    if (node !== undefined && isActive(pod)) perNode.set(node, (perNode.get(node) ?? 0) + 1);
  }
  const compare = [
    (pod: Pod) => (pod.spec.nodeName ? 1 : 0),
    (pod: Pod) => phaseRank[pod.status?.phase ?? 'Pending'] ?? 2,
    (pod: Pod) => (isReady(pod) ? 1 : 0),
    (pod: Pod) => deletionCost(pod),
    (pod: Pod) => -(perNode.get(pod.spec.nodeName ?? '') ?? 0),
    // Times count by powers of two, so that old pods are chosen at random rather than in order.
    (pod: Pod) => magnitude(clock.now() - (readySince(pod) ?? clock.now())),
    (pod: Pod) => -maxRestarts(pod),
    (pod: Pod) => magnitude(clock.now() - createdAt(pod)),
  ];
  const ranked = pods.map((pod) => ({ pod, ranks: compare.map((rank) => rank(pod)) }));
  ranked.sort((a, b) => {
    for (let i = 0; i < compare.length; i++) {
      const difference = (a.ranks[i] ?? 0) - (b.ranks[i] ?? 0);
      if (difference !== 0) return difference;
    }
    return a.pod.metadata.uid < b.pod.metadata.uid ? -1 : 1;
  });
  return ranked.slice(0, count).map(({ pod }) => pod);
}

/** `controller.kubernetes.io/pod-deletion-cost`: cheap pods go first. */
function deletionCost(pod: Pod): number {
  const cost = Number(pod.metadata.annotations?.['controller.kubernetes.io/pod-deletion-cost']);
  return Number.isInteger(cost) ? cost : 0;
}

function magnitude(ms: number): number {
  return ms <= 0 ? -1 : Math.floor(Math.log2(ms));
}
