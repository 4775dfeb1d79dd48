/**
 * A filter says which nodes a pod cannot go to and why. It looks at the pod once (`prepare`) and
 * then at node after node, because most of what it needs does not depend on the node.
 */
import type { ClusterState, NodeState, PlacedPod } from '../cluster-state.ts';

export interface Rejection {
  /** As in `0/3 nodes are available: 1 Insufficient cpu, …`. */
  reasons: string[];
  /** Deleting pods from the node would not help. */
  helpless?: boolean;
}

/** Undefined: the node is fine. */
export type NodeTest = (node: NodeState) => Rejection | undefined;

export type Prepared =
  /** The pod asks nothing that this filter is about. */
  | { kind: 'pass' }
  | { kind: 'test'; test: NodeTest }
  /** No node can do, whichever. */
  | { kind: 'hopeless'; reason: string };

export interface Filter {
  readonly name: string;
  prepare(placed: PlacedPod, state: ClusterState): Prepared;
}

export const pass: Prepared = { kind: 'pass' };

export function test(nodeTest: NodeTest): Prepared {
  return { kind: 'test', test: nodeTest };
}

export function helpless(reason: string): Rejection {
  return { reasons: [reason], helpless: true };
}
