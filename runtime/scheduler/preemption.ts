/**
 * Room for a pod that matters more than others: which less important pods would have to go, and on
 * which node that hurts least.
 * https://kubernetes.io/docs/concepts/scheduling-eviction/pod-priority-preemption/
 */
import type { Pod } from '../api/types.ts';
import type { ClusterState, NodeState, PlacedPod } from './cluster-state.ts';
import { prepareTests, runTests, type Search, tally } from './decide.ts';
import type { Filter } from './filters/filter.ts';

export type Preemption =
  | { kind: 'victims'; node: NodeState; victims: PlacedPod[] }
  /** Ready to be put behind the explanation of the failure. */
  | { kind: 'none'; message: string };

/** True if evicting the pod would break one of its disruption budgets. */
export type BreaksBudget = (pod: Pod) => boolean;

export function priorityOf({ pod }: { pod: Pod }): number {
  return pod.spec.priority ?? 0;
}

/** Finds victims; deletes nothing. The state is changed while it tries and put back. */
export function findVictims(
  placed: PlacedPod,
  state: ClusterState,
  search: Search,
  filters: readonly Filter[],
  breaksBudget: BreaksBudget,
): Preemption {
  const total = state.nodes.length;
  const reason = notEligible(placed, state, search);
  if (reason !== undefined) {
    return { kind: 'none', message: `preemption: ${reason}` };
  }
  if (search.kind !== 'none') return { kind: 'none', message: notHelpful(total) };
  const failures: { reasons: string[] }[] = [];
  const candidates: Candidate[] = [];
  for (const [node, rejection] of search.rejections) {
    if (rejection.helpless === true) {
      failures.push({ reasons: ['Preemption is not helpful for scheduling'] });
      continue;
    }
    const victims = victimsOn(node, placed, state, filters, breaksBudget);
    if (victims === undefined) {
      failures.push({ reasons: ['No preemption victims found for incoming pod'] });
    } else
      candidates.push({ node, victims, broken: victims.filter((v) => breaksBudget(v.pod)).length });
  }
  const [best] = candidates.sort(compareCandidates);
  if (best !== undefined) return { kind: 'victims', node: best.node, victims: best.victims };
  return {
    kind: 'none',
    message: `preemption: 0/${total} nodes are available: ${tally(failures)}.`,
  };
}

function notHelpful(total: number): string {
  return `preemption: 0/${total} nodes are available: ${total} Preemption is not helpful for scheduling.`;
}

/** A pod may preempt if it is allowed to and is not waiting for victims of its own already. */
function notEligible(placed: PlacedPod, state: ClusterState, search: Search): string | undefined {
  if (placed.pod.spec.preemptionPolicy === 'Never') {
    return 'not eligible due to preemptionPolicy=Never.';
  }
  if (search.kind === 'none') {
    const { uid } = placed.pod.metadata;
    const node = state.nominatedNode(uid);
    const leaving = [...(node?.pods.values() ?? [])].some(
      (other) =>
        other.pod.metadata.deletionTimestamp !== undefined &&
        priorityOf(other) < priorityOf(placed),
    );
    if (leaving) return 'not eligible due to a terminating pod on the nominated node.';
  }
  return undefined;
}

interface Candidate {
  node: NodeState;
  victims: PlacedPod[];
  /** How many budgets break. */
  broken: number;
}

/** Takes all less important pods off, then puts back, the most important first, who can stay. */
function victimsOn(
  node: NodeState,
  placed: PlacedPod,
  state: ClusterState,
  filters: readonly Filter[],
  breaksBudget: BreaksBudget,
): PlacedPod[] | undefined {
  const lower = [...node.pods.values()].filter((other) => priorityOf(other) < priorityOf(placed));
  if (lower.length === 0) return undefined;
  for (const other of lower) node.remove(other.pod.metadata.uid);
  try {
    if (!fitsOn(node, placed, state, filters)) return undefined;
    const victims: PlacedPod[] = [];
    const order = [...lower].sort(
      (a, b) =>
        Number(breaksBudget(b.pod)) - Number(breaksBudget(a.pod)) || priorityOf(b) - priorityOf(a),
    );
    for (const other of order) {
      node.add(other);
      if (fitsOn(node, placed, state, filters)) continue;
      node.remove(other.pod.metadata.uid);
      victims.push(other);
    }
    return victims;
  } finally {
    for (const other of lower) {
      if (!node.pods.has(other.pod.metadata.uid)) node.add(other);
    }
  }
}

function fitsOn(
  node: NodeState,
  placed: PlacedPod,
  state: ClusterState,
  filters: readonly Filter[],
): boolean {
  const tests = prepareTests(placed, state, filters);
  return Array.isArray(tests) && runTests(tests, node) === undefined;
}

/** Fewest broken budgets, least important victims, fewest of them, the youngest of them. */
function compareCandidates(a: Candidate, b: Candidate): number {
  const highest = ({ victims }: Candidate) => Math.max(...victims.map(priorityOf));
  const sum = ({ victims }: Candidate) => victims.reduce((total, v) => total + priorityOf(v), 0);
  const started = ({ victims }: Candidate) =>
    Math.min(...victims.map((v) => Date.parse(v.pod.status?.startTime ?? '') || 0));
  return (
    a.broken - b.broken ||
    highest(a) - highest(b) ||
    sum(a) - sum(b) ||
    a.victims.length - b.victims.length ||
    started(b) - started(a)
  );
}
