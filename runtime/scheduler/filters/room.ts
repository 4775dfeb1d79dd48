/** Filters about what is left on the node: resources, pod slots and host ports. */
import { portsConflict } from '../../api/pod-demand.ts';
import type { NodeState, PlacedPod } from '../cluster-state.ts';
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
  const waiting = node.nominated.size === 0 ? none : rivals(placed, node);
  const slots = node.allocatable.get('pods');
  let rejection: { reasons: string[]; helpless: boolean } | undefined;
  const reject = (reason: string, hopeless: boolean) => {
    rejection ??= { reasons: [], helpless: false };
    rejection.reasons.push(reason);
    rejection.helpless ||= hopeless;
  };
  if (slots !== undefined && node.pods.size + waiting.length + 1 > slots) {
    reject('Too many pods', slots === 0);
  }
  for (const [name, amount] of wanted) {
    const capacity = node.allocatable.get(name) ?? 0;
    let promised = node.requested.get(name) ?? 0;
    for (const other of waiting) promised += other.requests.get(name) ?? 0;
    if (amount > capacity - promised) reject(`Insufficient ${name}`, amount > capacity);
  }
  return rejection;
}

const none: readonly PlacedPod[] = [];

/** Pods at least as important that have made room here for themselves. */
function rivals(placed: PlacedPod, node: NodeState): PlacedPod[] {
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
          hostPorts.some((wanted) => portsConflict(taken, wanted)),
        );
        if (conflict) {
          return { reasons: ["node(s) didn't have free ports for the requested pod ports"] };
        }
      }
      return undefined;
    });
  },
};
