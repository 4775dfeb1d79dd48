/**
 * Which of the nodes that would do is best. Each score gives 0 to 100 a node; the sum of the scores
 * by weight decides. Names and weights are those of the default profile,
 * https://kubernetes.io/docs/reference/scheduling/config/#scheduling-plugins
 */

import { matchesTerm, toleratesTaint } from '../api/placement.ts';
import type { ClusterState, NodeState, PlacedPod } from './cluster-state.ts';
import { readSpreads } from './filters/spread.ts';
import { readTerm } from './filters/terms.ts';

export interface Score {
  readonly name: string;
  readonly weight: number;
  /** One number a node, 0 to 100 (200 for two in one); undefined if the pod does not care. */
  rate(placed: PlacedPod, nodes: readonly NodeState[], state: ClusterState): number[] | undefined;
}

/** More is better: the largest becomes 100. */
function normalized(raw: readonly number[], reverse = false): number[] {
  const highest = Math.max(...raw);
  const lowest = Math.min(0, ...raw);
  const range = highest - lowest;
  if (range === 0) return raw.map(() => (reverse ? 100 : 0));
  return raw.map((value) => {
    const part = ((value - lowest) * 100) / range;
    return reverse ? 100 - part : part;
  });
}

/** The parts of cpu and memory that would be asked for, 0 to 1. */
function fractions({ scored }: PlacedPod, node: NodeState): { cpu: number; memory: number } {
  const part = (used: number, capacity: number) =>
    capacity <= 0 ? 1 : Math.min(1, used / capacity);
  return {
    cpu: part(node.scored.cpu + scored.cpu, node.allocatable.get('cpu') ?? 0),
    memory: part(node.scored.memory + scored.memory, node.allocatable.get('memory') ?? 0),
  };
}

/**
 * Two of the original's scores, of equal weight, in one pass: NodeResourcesFit prefers the node with
 * the most left over, BalancedAllocation one whose cpu and memory are used alike (a node whose cpu is
 * used up while its memory lies idle is of no use to anybody).
 */
const allocation: Score = {
  name: 'NodeResourcesFit',
  weight: 1,
  rate: (placed, nodes) =>
    nodes.map((node) => {
      const { cpu, memory } = fractions(placed, node);
      const least = 50 * (1 - cpu) + 50 * (1 - memory);
      const balanced = 100 * (1 - Math.abs(cpu - memory) / 2);
      return Math.floor(least) + Math.floor(balanced);
    }),
};

const nodeAffinity: Score = {
  name: 'NodeAffinity',
  weight: 2,
  rate: ({ pod }, nodes) => {
    const preferred =
      pod.spec.affinity?.nodeAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? [];
    if (preferred.length === 0) return undefined;
    const raw = nodes.map(({ node }) =>
      preferred.reduce(
        (sum, { weight, preference }) => sum + (matchesTerm(preference, node) ? weight : 0),
        0,
      ),
    );
    return normalized(raw);
  },
};

const taintToleration: Score = {
  name: 'TaintToleration',
  weight: 3,
  rate: ({ pod }, nodes) => {
    const raw = nodes.map(
      ({ node }) =>
        (node.spec?.taints ?? []).filter(
          (taint) =>
            taint.effect === 'PreferNoSchedule' && !toleratesTaint(pod.spec.tolerations, taint),
        ).length,
    );
    return raw.every((count) => count === 0) ? undefined : normalized(raw, true);
  },
};

const interPodAffinity: Score = {
  name: 'InterPodAffinity',
  weight: 2,
  rate: ({ pod }, nodes, state) => {
    const { podAffinity, podAntiAffinity } = pod.spec.affinity ?? {};
    const wishes = [
      ...(podAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? []).map((wish) => ({
        weight: wish.weight,
        term: readTerm(wish.podAffinityTerm, pod, state),
      })),
      ...(podAntiAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? []).map((wish) => ({
        weight: -wish.weight,
        term: readTerm(wish.podAffinityTerm, pod, state),
      })),
    ];
    if (wishes.length === 0) return undefined;
    const places = new Map<string, number>();
    for (const { node, pods } of state.nodes) {
      for (const { weight, term } of wishes) {
        const value = node.metadata.labels?.[term.topologyKey];
        if (value === undefined) continue;
        for (const other of pods.values()) {
          if (!term.matches(other.pod)) continue;
          const place = `${term.topologyKey}=${value}`;
          places.set(place, (places.get(place) ?? 0) + weight);
        }
      }
    }
    const keys = [...new Set(wishes.map(({ term }) => term.topologyKey))];
    const raw = nodes.map(({ node }) =>
      keys.reduce(
        (sum, key) => sum + (places.get(`${key}=${node.metadata.labels?.[key]}`) ?? 0),
        0,
      ),
    );
    return normalized(raw);
  },
};

/** Wishes of the pod, and for pods without any: not two of one owner on a node if it can be helped. */
const podTopologySpread: Score = {
  name: 'PodTopologySpread',
  weight: 2,
  rate: ({ pod, owner }, nodes, state) => {
    if ((pod.spec.topologySpreadConstraints ?? []).length > 0) {
      const spreads = readSpreads(pod, state, 'ScheduleAnyway');
      if (spreads.length === 0) return undefined;
      const raw = nodes.map(({ node }) =>
        spreads.reduce((sum, { key, counts }) => {
          const value = node.metadata.labels?.[key];
          return sum + (value === undefined ? 1_000 : (counts.get(value) ?? 0));
        }, 0),
      );
      return normalized(raw, true);
    }
    if (owner === '') return undefined;
    const raw = nodes.map(({ byOwner }) => byOwner.get(owner) ?? 0);
    return normalized(raw, true);
  },
};

export const defaultScores: readonly Score[] = [
  allocation,
  nodeAffinity,
  taintToleration,
  interPodAffinity,
  podTopologySpread,
];

/** The best of the nodes; of equally good ones any. */
export function bestNode(
  placed: PlacedPod,
  nodes: readonly NodeState[],
  state: ClusterState,
  random: () => number,
  scores: readonly Score[] = defaultScores,
): NodeState | undefined {
  if (nodes.length <= 1) return nodes[0];
  const totals = nodes.map(() => 0);
  for (const { weight, rate } of scores) {
    const rates = rate(placed, nodes, state);
    rates?.forEach((value, i) => {
      totals[i] = (totals[i] ?? 0) + weight * Math.floor(value);
    });
  }
  const highest = Math.max(...totals);
  const best = nodes.filter((_, i) => totals[i] === highest);
  return best[Math.floor(random() * best.length)];
}
