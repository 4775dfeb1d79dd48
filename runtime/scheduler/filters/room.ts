/** Filters about what is left on the node: resources, pod slots and host ports. */
import type { HostPort, NodeState, PlacedPod } from '../cluster-state.ts';
import { type Filter, pass, type Rejection, test } from './filter.ts';

export const nodeResourcesFit: Filter = {
  name: 'NodeResourcesFit',
  prepare: (placed) => {
    const wanted = [...placed.requests].filter(([, amount]) => amount > 0);
    return test((node) => checkRoom(placed, wanted, node));
  },
};

function checkRoom(
  placed: PlacedPod,
  wanted: readonly (readonly [string, number])[],
  node: NodeState,
): Rejection | undefined {
  const waiting = rivals(placed, node);
  const reasons: string[] = [];
  let helpless = false;
  const slots = node.allocatable.get('pods');
  if (slots !== undefined && node.pods.size + waiting.length + 1 > slots) {
    reasons.push('Too many pods');
    helpless ||= slots === 0;
  }
  for (const [name, amount] of wanted) {
    const capacity = node.allocatable.get(name) ?? 0;
    const promised = waiting.reduce((sum, other) => sum + (other.requests.get(name) ?? 0), 0);
    if (amount > capacity - (node.requested.get(name) ?? 0) - promised) {
      reasons.push(`Insufficient ${name}`);
      helpless ||= amount > capacity;
    }
  }
  return reasons.length === 0 ? undefined : { reasons, helpless };
}

/** Pods at least as important that have made room here for themselves. */
function rivals(placed: PlacedPod, node: NodeState): PlacedPod[] {
  if (node.nominated.size === 0) return [];
  const priority = placed.pod.spec.priority ?? 0;
  return [...node.nominated.values()].filter(
    ({ pod }) =>
      pod.metadata.uid !== placed.pod.metadata.uid &&
      (pod.spec.priority ?? 0) >= priority &&
      !node.pods.has(pod.metadata.uid),
  );
}

export const nodePorts: Filter = {
  name: 'NodePorts',
  prepare: ({ hostPorts }) => {
    if (hostPorts.length === 0) return pass;
    return test((node) => {
      for (const other of node.pods.values()) {
        const conflict = other.hostPorts.some((taken) =>
          hostPorts.some((wanted) => conflicts(taken, wanted)),
        );
        if (conflict) {
          return { reasons: ["node(s) didn't have free ports for the requested pod ports"] };
        }
      }
      return undefined;
    });
  },
};

function conflicts(a: HostPort, b: HostPort): boolean {
  if (a.port !== b.port || a.protocol !== b.protocol) return false;
  return a.ip === b.ip || a.ip === '0.0.0.0' || b.ip === '0.0.0.0';
}
