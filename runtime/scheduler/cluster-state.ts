/**
 * What the scheduler knows: nodes with the pods on them, and what those take. A pod that was given
 * a node counts there at once (it is *assumed*), long before its binding comes back through the
 * watch; so two pods can never be promised the same room.
 *
 *     assume(pod, node) → binding written → watch shows the pod on the node → setPod replaces it
 *                       ↘ binding failed  → forget(pod)
 */
import { controllerOf } from '../api/object.ts';
import { addTo, amountsOf, type HostPort, heldRequests, hostPortsOf } from '../api/pod-demand.ts';
import type { Node, Pod } from '../api/types.ts';
import { scoredRequests } from './resources.ts';

/** A pod with what is asked of it again and again. */
export interface PlacedPod {
  readonly pod: Pod;
  readonly requests: ReadonlyMap<string, number>;
  readonly scored: { readonly cpu: number; readonly memory: number };
  readonly hostPorts: readonly HostPort[];
  /** The uid of the ReplicaSet or the like, `''` for a pod on its own. */
  readonly owner: string;
}

export function describePod(pod: Pod): PlacedPod {
  return {
    pod,
    requests: heldRequests(pod),
    scored: scoredRequests(pod.spec),
    hostPorts: hostPortsOf(pod.spec),
    owner: controllerOf(pod)?.uid ?? '',
  };
}

export class NodeState {
  node: Node;
  allocatable: Map<string, number>;
  readonly pods = new Map<string, PlacedPod>();
  readonly requested = new Map<string, number>();
  readonly scored = { cpu: 0, memory: 0 };
  /** How many of `pods` each owner has here. */
  readonly byOwner = new Map<string, number>();
  /** Those of `pods` with required anti-affinity: every later pod has to ask them. */
  readonly jealous = new Map<string, PlacedPod>();
  /** Pods that preempted others here and wait for the room. */
  readonly nominated = new Map<string, PlacedPod>();

  /** Shared by all nodes: those on which `jealous` is not empty. */
  readonly #withJealous: Set<NodeState>;

  constructor(node: Node, withJealous: Set<NodeState> = new Set()) {
    this.#withJealous = withJealous;
    this.node = node;
    this.allocatable = allocatableOf(node);
  }

  get name(): string {
    return this.node.metadata.name;
  }

  setNode(node: Node): void {
    this.node = node;
    this.allocatable = allocatableOf(node);
  }

  add(placed: PlacedPod): void {
    const { uid } = placed.pod.metadata;
    this.pods.set(uid, placed);
    this.#count(placed, 1);
    if (placed.pod.spec.affinity?.podAntiAffinity === undefined) return;
    this.jealous.set(uid, placed);
    this.#withJealous.add(this);
  }

  remove(uid: string): PlacedPod | undefined {
    const placed = this.pods.get(uid);
    if (placed === undefined) return undefined;
    this.pods.delete(uid);
    if (this.jealous.delete(uid) && this.jealous.size === 0) this.#withJealous.delete(this);
    this.#count(placed, -1);
    return placed;
  }

  #count(placed: PlacedPod, sign: number): void {
    addTo(this.requested, placed.requests, sign);
    const siblings = (this.byOwner.get(placed.owner) ?? 0) + sign;
    if (siblings > 0) this.byOwner.set(placed.owner, siblings);
    else this.byOwner.delete(placed.owner);
    this.scored.cpu += sign * placed.scored.cpu;
    this.scored.memory += sign * placed.scored.memory;
  }
}

function allocatableOf(node: Node): Map<string, number> {
  return amountsOf(node.status?.allocatable ?? node.status?.capacity);
}

/** What the filters ask for beyond nodes and pods. */
export interface Surroundings {
  namespaceLabels(name: string): Readonly<Record<string, string>>;
}

export class ClusterState {
  /** Nodes with pods that have required anti-affinity. */
  readonly withJealous = new Set<NodeState>();
  #nodes: readonly NodeState[] | undefined;
  readonly #byName = new Map<string, NodeState>();
  /** Pods whose node is not known yet, by the node's name. */
  readonly #strays = new Map<string, Map<string, PlacedPod>>();
  readonly #nodeOf = new Map<string, string>();
  readonly #nominations = new Map<string, NodeState>();
  readonly #surroundings: Surroundings;

  constructor(surroundings: Surroundings) {
    this.#surroundings = surroundings;
  }

  /** In a fixed order, so that the search can go round. */
  get nodes(): readonly NodeState[] {
    this.#nodes ??= [...this.#byName.values()];
    return this.#nodes;
  }

  namespaceLabels(name: string): Readonly<Record<string, string>> {
    return this.#surroundings.namespaceLabels(name);
  }

  node(name: string): NodeState | undefined {
    return this.#byName.get(name);
  }

  setNode(node: Node): void {
    const known = this.#byName.get(node.metadata.name);
    if (known !== undefined) {
      known.setNode(node);
      return;
    }
    const state = new NodeState(node, this.withJealous);
    for (const placed of this.#strays.get(state.name)?.values() ?? []) state.add(placed);
    this.#strays.delete(state.name);
    this.#byName.set(state.name, state);
    this.#nodes = undefined;
  }

  removeNode(name: string): void {
    const state = this.#byName.get(name);
    if (state === undefined) return;
    this.#byName.delete(name);
    this.withJealous.delete(state);
    this.#nodes = undefined;
    // Its pods are still there until someone deletes them; the node may come back meanwhile.
    if (state.pods.size > 0) this.#strays.set(name, new Map(state.pods));
  }

  /** The node that the pod stands on or is assumed to stand on. */
  nodeOf(uid: string): string | undefined {
    return this.#nodeOf.get(uid);
  }

  /** Takes over a pod that has a node, from the API server. */
  setPod(pod: Pod): void {
    const { nodeName } = pod.spec;
    if (nodeName !== undefined) this.#place(describePod(pod), nodeName);
  }

  /** Counts the pod on the node from now on. */
  assume(placed: PlacedPod, nodeName: string): void {
    this.#place(placed, nodeName);
  }

  /** The pod is gone, or will not come to its node after all. */
  forget(uid: string): void {
    const nodeName = this.#nodeOf.get(uid);
    if (nodeName === undefined) return;
    this.#nodeOf.delete(uid);
    this.#byName.get(nodeName)?.remove(uid);
    this.#strays.get(nodeName)?.delete(uid);
  }

  /** Keeps room on the node for a pod whose victims are leaving it. */
  nominate(placed: PlacedPod, node: NodeState): void {
    const { uid } = placed.pod.metadata;
    this.clearNomination(uid);
    node.nominated.set(uid, placed);
    this.#nominations.set(uid, node);
  }

  clearNomination(uid: string): void {
    this.#nominations.get(uid)?.nominated.delete(uid);
    this.#nominations.delete(uid);
  }

  nominatedNode(uid: string): NodeState | undefined {
    const node = this.#nominations.get(uid);
    return node !== undefined && this.#byName.get(node.name) === node ? node : undefined;
  }

  #place(placed: PlacedPod, nodeName: string): void {
    const { uid } = placed.pod.metadata;
    this.forget(uid);
    this.#nodeOf.set(uid, nodeName);
    const node = this.#byName.get(nodeName);
    if (node !== undefined) {
      node.add(placed);
      return;
    }
    const strays = this.#strays.get(nodeName) ?? new Map<string, PlacedPod>();
    strays.set(uid, placed);
    this.#strays.set(nodeName, strays);
  }
}
