/** How many watch a resource from outside, in all namespaces, in one, or one object of it. */
import type { ResourceRequest } from '../http/request-info.ts';

export class Watchers {
  readonly #counts = new Map<string, number>();

  /** Counts a watch until the result is called, once. */
  add(info: ResourceRequest): () => void {
    const key = keyOf(info, info.namespace, info.name);
    this.#counts.set(key, (this.#counts.get(key) ?? 0) + 1);
    return () => {
      const left = (this.#counts.get(key) ?? 0) - 1;
      if (left > 0) this.#counts.set(key, left);
      else this.#counts.delete(key);
    };
  }

  /** Those that are told of a write. */
  of(info: ResourceRequest): number {
    if (this.#counts.size === 0) return 0;
    let count = 0;
    for (const namespace of new Set(['', info.namespace])) {
      for (const name of new Set(['', info.name])) {
        count += this.#counts.get(keyOf(info, namespace, name)) ?? 0;
      }
    }
    return count;
  }
}

function keyOf({ group, resource }: ResourceRequest, namespace: string, name: string): string {
  return `${group}/${resource}/${namespace}/${name}`;
}
