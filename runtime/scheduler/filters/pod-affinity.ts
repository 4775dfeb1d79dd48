/**
 * Pods that want to be near others, or not near them: near means a node with the same value of a
 * label, the topology key.
 * https://kubernetes.io/docs/concepts/scheduling-eviction/assign-pod-node/#inter-pod-affinity-and-anti-affinity
 */
import type { core, Pod } from '../../api/types.ts';
import type { ClusterState, NodeState } from '../cluster-state.ts';
import { type Filter, pass, test } from './filter.ts';
import { readTerm, type Term } from './terms.ts';

/** How many matching pods there are, by `key=value` of the topology. */
type Counts = Map<string, number>;

export const interPodAffinity: Filter = {
  name: 'InterPodAffinity',
  prepare: ({ pod }, state) => {
    const near = requiredTerms(pod.spec.affinity?.podAffinity, pod, state);
    const apart = requiredTerms(pod.spec.affinity?.podAntiAffinity, pod, state);
    const refused = refusedPlaces(pod, state);
    if (near.length === 0 && apart.length === 0 && refused.size === 0) return pass;
    // Company is a pod that matches all terms at once; the first of its kind needs none.
    const all: Counts = near.length === 0 ? new Map() : countAll(near, state);
    const first = near.length > 0 && all.size === 0 && near.every((term) => term.matches(pod));
    const apartCounts = apart.map((term) => countAll([term], state));
    return test((node) => {
      if (!first || !hasKeys(node, near)) {
        const company = near.every((term) => (all.get(place(node, term)) ?? 0) > 0);
        if (!company) {
          return { reasons: ["node(s) didn't match pod affinity rules"], helpless: true };
        }
      }
      if (apart.some((term, i) => (apartCounts[i]?.get(place(node, term)) ?? 0) > 0)) {
        return { reasons: ["node(s) didn't match pod anti-affinity rules"] };
      }
      const labels = node.node.metadata.labels ?? {};
      for (const key of refused.keys()) {
        const [topologyKey = '', value] = splitPlace(key);
        if (labels[topologyKey] === value) {
          return { reasons: ["node(s) didn't satisfy existing pods anti-affinity rules"] };
        }
      }
      return undefined;
    });
  },
};

function requiredTerms(
  affinity: core.PodAffinity | core.PodAntiAffinity | undefined,
  pod: Pod,
  state: ClusterState,
): Term[] {
  const terms = affinity?.requiredDuringSchedulingIgnoredDuringExecution ?? [];
  return terms.map((term) => readTerm(term, pod, state));
}

/** Where a pod that is there already does not want this one. */
function refusedPlaces(pod: Pod, state: ClusterState): Counts {
  const counts: Counts = new Map();
  for (const node of state.withJealous) {
    for (const other of node.jealous.values()) {
      const terms = requiredTerms(other.pod.spec.affinity?.podAntiAffinity, other.pod, state);
      for (const term of terms) {
        const value = node.node.metadata.labels?.[term.topologyKey];
        if (value !== undefined && term.matches(pod)) raise(counts, placeOf(term, value));
      }
    }
  }
  return counts;
}

/** Places of pods that match every term. */
function countAll(terms: readonly Term[], state: ClusterState): Counts {
  const counts: Counts = new Map();
  for (const node of state.nodes) {
    for (const { pod } of node.pods.values()) {
      if (pod.metadata.deletionTimestamp !== undefined) continue;
      if (!terms.every((term) => term.matches(pod))) continue;
      for (const term of terms) {
        const value = node.node.metadata.labels?.[term.topologyKey];
        if (value !== undefined) raise(counts, placeOf(term, value));
      }
    }
  }
  return counts;
}

function hasKeys(node: NodeState, terms: readonly Term[]): boolean {
  return terms.every((term) => node.node.metadata.labels?.[term.topologyKey] !== undefined);
}

function raise(counts: Counts, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}

function placeOf(term: Term, value: string): string {
  return `${term.topologyKey}=${value}`;
}

/** `''` for a node that has no such label: it is nowhere. */
function place(node: NodeState, term: Term): string {
  const value = node.node.metadata.labels?.[term.topologyKey];
  return value === undefined ? '' : placeOf(term, value);
}

function splitPlace(key: string): [string, string] {
  const equals = key.indexOf('=');
  return [key.slice(0, equals), key.slice(equals + 1)];
}
