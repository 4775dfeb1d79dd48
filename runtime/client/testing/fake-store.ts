/**
 * Objects, one rising version and a history of changes: what stands behind `FakeClient`. Everything
 * that goes in is copied and frozen.
 */
import type { KubeObject, UnknownObject } from '../../api/object.ts';
import { apiVersionOf } from '../../api/object.ts';
import { apiError } from '../../api/status.ts';
import type { Resource } from '../client.ts';

export interface Change {
  version: number;
  collection: string;
  object: UnknownObject | undefined;
  previous: UnknownObject | undefined;
}

export function collectionOf(resource: Resource): string {
  return `${apiVersionOf(resource)}/${resource.resource}`;
}

export class FakeStore {
  version = 1;
  /** By collection, then by `namespace/name`, sorted by key when read. */
  readonly #objects = new Map<string, Map<string, UnknownObject>>();
  readonly #history: Change[] = [];
  #compactedAt = 0;
  readonly #listeners = new Set<(change: Change) => void>();

  read(collection: string, key: string): UnknownObject | undefined {
    return this.#objects.get(collection)?.get(key);
  }

  readAll(collection: string): UnknownObject[] {
    const entries = [...(this.#objects.get(collection) ?? [])];
    return entries.sort(([a], [b]) => (a < b ? -1 : 1)).map(([, object]) => object);
  }

  /** Stores a copy with the next version and returns it. */
  write(collection: string, key: string, object: KubeObject): UnknownObject {
    const stored = structuredClone(object) as UnknownObject;
    this.version += 1;
    stored.metadata.resourceVersion = String(this.version);
    deepFreeze(stored);
    let objects = this.#objects.get(collection);
    if (objects === undefined) {
      objects = new Map();
      this.#objects.set(collection, objects);
    }
    const previous = objects.get(key);
    objects.set(key, stored);
    this.#record({ version: this.version, collection, object: stored, previous });
    return stored;
  }

  /** Removes at once; the last state, with the version of its removal. */
  remove(collection: string, key: string): UnknownObject | undefined {
    const previous = this.read(collection, key);
    if (previous === undefined) return undefined;
    this.version += 1;
    this.#objects.get(collection)?.delete(key);
    this.#record({ version: this.version, collection, object: undefined, previous });
    const last = structuredClone(previous);
    last.metadata.resourceVersion = String(this.version);
    return deepFreeze(last);
  }

  /** What happened after `version`. Throws Expired if that was forgotten. */
  since(version: number): Change[] {
    if (version < this.#compactedAt) {
      throw apiError('Expired', `too old resource version: ${version} (${this.#compactedAt})`);
    }
    return this.#history.filter((change) => change.version > version);
  }

  listen(listener: (change: Change) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  compact(): void {
    this.#compactedAt = this.version;
    this.#history.length = 0;
  }

  #record(change: Change): void {
    this.#history.push(change);
    for (const listener of [...this.#listeners]) listener(change);
  }
}

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const inner of Object.values(value)) deepFreeze(inner);
  }
  return value;
}
