/** One decision: where a pod goes, or why nowhere. Pure but for the state's own bookkeeping. */
import type { ClusterState, NodeState, PlacedPod } from './cluster-state.ts';
import type { Filter, NodeTest, Rejection } from './filters/filter.ts';

export type Search =
  | { kind: 'feasible'; nodes: NodeState[]; looked: number }
  | { kind: 'none'; rejections: ReadonlyMap<NodeState, Rejection> }
  /** No node was looked at: the pod itself cannot be placed now. */
  | { kind: 'hopeless'; reason: string };

/**
 * Of many nodes a part is enough to find a good one: all up to 100, then from half of them (small
 * clusters) down to 5 % (very large ones). The figures are those of kube-scheduler.
 */
export function enoughNodes(total: number): number {
  if (total < 100) return total;
  const percentage = Math.max(5, 50 - Math.floor(total / 125));
  return Math.max(100, Math.floor((total * percentage) / 100));
}

/** The tests of all filters that have something to say about the pod, or why none can pass. */
export function prepareTests(
  placed: PlacedPod,
  state: ClusterState,
  filters: readonly Filter[],
): NodeTest[] | { reason: string } {
  const tests: NodeTest[] = [];
  for (const filter of filters) {
    const prepared = filter.prepare(placed, state);
    if (prepared.kind === 'hopeless') return { reason: prepared.reason };
    if (prepared.kind === 'test') tests.push(prepared.test);
  }
  return tests;
}

export function runTests(tests: readonly NodeTest[], node: NodeState): Rejection | undefined {
  for (const nodeTest of tests) {
    const rejection = nodeTest(node);
    if (rejection !== undefined) return rejection;
  }
  return undefined;
}

/** Looks at nodes from `start` on, going round, until enough are found. */
export function findNodes(
  placed: PlacedPod,
  state: ClusterState,
  filters: readonly Filter[],
  start = 0,
): Search {
  const tests = prepareTests(placed, state, filters);
  if (!Array.isArray(tests)) return { kind: 'hopeless', reason: tests.reason };
  const { nodes } = state;
  const nominated = state.nominatedNode(placed.pod.metadata.uid);
  if (nominated !== undefined && runTests(tests, nominated) === undefined) {
    return { kind: 'feasible', nodes: [nominated], looked: 1 };
  }
  const enough = enoughNodes(nodes.length);
  const feasible: NodeState[] = [];
  const rejections = new Map<NodeState, Rejection>();
  let looked = 0;
  for (; looked < nodes.length && feasible.length < enough; looked++) {
    const node = nodes[(start + looked) % nodes.length];
    if (node === undefined) continue;
    const rejection = runTests(tests, node);
    if (rejection === undefined) feasible.push(node);
    else rejections.set(node, rejection);
  }
  return feasible.length > 0
    ? { kind: 'feasible', nodes: feasible, looked }
    : { kind: 'none', rejections };
}

/** Whether pods that go could let the pod fit somewhere. */
export function wantsRoom(search: Search): boolean {
  return (
    search.kind === 'none' && [...search.rejections.values()].some(({ helpless }) => !helpless)
  );
}

/** `0/3 nodes are available: 1 Insufficient cpu, 2 node(s) were unschedulable.` */
export function explain(total: number, search: Search, preemption?: string): string {
  if (total === 0 && search.kind !== 'hopeless') return 'no nodes available to schedule pods';
  let message = `0/${total} nodes are available:`;
  if (search.kind === 'hopeless') message += ` ${search.reason}.`;
  if (search.kind === 'none') message += ` ${tally([...search.rejections.values()])}.`;
  return preemption === undefined ? message : `${message} ${preemption}`;
}

/** `1 Insufficient cpu, 2 node(s) were unschedulable`. */
export function tally(rejections: readonly { reasons: readonly string[] }[]): string {
  const counts = new Map<string, number>();
  for (const { reasons } of rejections) {
    for (const reason of reasons) counts.set(reason, (counts.get(reason) ?? 0) + 1);
  }
  return [...counts]
    .map(([reason, count]) => `${count} ${reason}`)
    .sort()
    .join(', ');
}
