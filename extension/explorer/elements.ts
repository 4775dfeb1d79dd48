/**
 * The elements that have been shown, each the same object for as long as it is there: the editor
 * knows elements by identity, so only an element that stays the same can be drawn anew by itself.
 * One object of the cluster can be shown by several elements (a pod hangs under "Pods", under its
 * workload and under its node).
 */
import type { KubeObject } from '../../runtime/api/object.ts';
import { type KnownResource, keyOf } from '../../runtime/client/resources.ts';
import type { TreeNode } from './nodes.ts';

export type ObjectNode = Extract<TreeNode, { type: 'object' }>;

export class Elements {
  readonly #byId = new Map<string, TreeNode>();
  readonly #ofObject = new Map<string, Set<ObjectNode>>();
  /** Whose children were asked for. */
  readonly #opened = new Set<ObjectNode>();

  get(id: string): TreeNode | undefined {
    return this.#byId.get(id);
  }

  /** The element with this id, this one if there was none. */
  intern<N extends TreeNode>(node: N): N {
    const known = this.#byId.get(node.id);
    if (known !== undefined) return known as N;
    this.#byId.set(node.id, node);
    return node;
  }

  /** The element with this id, with the newest state of what it shows. */
  object(id: string, resource: KnownResource, object: KubeObject): ObjectNode {
    const node = this.intern<ObjectNode>({ type: 'object', id, resource, object });
    node.object = object;
    const key = objectKey(resource, object);
    const nodes = this.#ofObject.get(key) ?? new Set();
    this.#ofObject.set(key, nodes.add(node));
    return node;
  }

  /** Gives all elements that show an object its newest state; returns them. */
  update(resource: KnownResource, object: KubeObject): ObjectNode[] {
    const nodes = [...(this.#ofObject.get(objectKey(resource, object)) ?? [])];
    for (const node of nodes) node.object = object;
    return nodes;
  }

  /** An object is gone, and so are its elements. */
  remove(resource: KnownResource, object: KubeObject): void {
    const key = objectKey(resource, object);
    for (const node of this.#ofObject.get(key) ?? []) {
      this.#byId.delete(node.id);
      this.#opened.delete(node);
    }
    this.#ofObject.delete(key);
  }

  open(node: ObjectNode): void {
    this.#opened.add(node);
  }

  /** Elements of objects whose children have been shown. */
  get opened(): ReadonlySet<ObjectNode> {
    return this.#opened;
  }
}

function objectKey(resource: KnownResource, object: KubeObject): string {
  return `${resource.resource}/${keyOf(object)}`;
}
