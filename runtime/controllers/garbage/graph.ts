/**
 * Who owns whom, over all kinds, by uid. Fed by informers; asked by the collector. An owner that is
 * in no cache is *absent* as far as the graph knows, which the collector checks with the server
 * before it believes it.
 */
import type { KubeObject, OwnerReference } from '../../api/object.ts';
import type { Resource } from '../../client/client.ts';

export interface GraphNode {
  uid: string;
  resource: Resource;
  name: string;
  namespace: string | undefined;
  owners: readonly OwnerReference[];
  /** Being deleted, and its dependents first. */
  foreground: boolean;
  /** Being deleted, and its dependents are to be set free. */
  orphaning: boolean;
  deleting: boolean;
}

export class OwnerGraph {
  readonly #nodes = new Map<string, GraphNode>();
  readonly #dependents = new Map<string, Set<string>>();

  get(uid: string): GraphNode | undefined {
    return this.#nodes.get(uid);
  }

  dependentsOf(uid: string): GraphNode[] {
    return [...(this.#dependents.get(uid) ?? [])].flatMap((each) => this.#nodes.get(each) ?? []);
  }

  /** Gives the node as it was and as it is. */
  put(resource: Resource, object: KubeObject): { previous?: GraphNode; node: GraphNode } {
    const {
      uid = '',
      name = '',
      namespace,
      ownerReferences = [],
      finalizers = [],
    } = object.metadata;
    const deleting = object.metadata.deletionTimestamp !== undefined;
    const previous = this.#nodes.get(uid);
    const node: GraphNode = {
      uid,
      resource,
      name,
      namespace,
      owners: ownerReferences,
      deleting,
      foreground: deleting && finalizers.includes('foregroundDeletion'),
      orphaning: deleting && finalizers.includes('orphan'),
    };
    this.#nodes.set(uid, node);
    for (const owner of previous?.owners ?? []) this.#unlink(owner.uid, uid);
    for (const owner of node.owners) this.#link(owner.uid, uid);
    return previous === undefined ? { node } : { previous, node };
  }

  remove(uid: string): GraphNode | undefined {
    const node = this.#nodes.get(uid);
    if (node === undefined) return undefined;
    this.#nodes.delete(uid);
    for (const owner of node.owners) this.#unlink(owner.uid, uid);
    return node;
  }

  #link(owner: string, dependent: string): void {
    const set = this.#dependents.get(owner) ?? new Set<string>();
    set.add(dependent);
    this.#dependents.set(owner, set);
  }

  #unlink(owner: string, dependent: string): void {
    const set = this.#dependents.get(owner);
    set?.delete(dependent);
    if (set?.size === 0) this.#dependents.delete(owner);
  }
}
