/**
 * Shared caches of what an API server holds, kept up to date by `reflector.ts`. One watch serves
 * everybody who asks for the same resource, namespace and selectors.
 *
 * Handlers of one informer are called one after the other, in the order in which the server says
 * that things happened, and always after the cache has the new state. A subscriber that comes late
 * gets `added` for everything that is there, at once.
 */
import { setMaxListeners } from 'node:events';
import type { Clock } from '../api/clock.ts';
import { apiVersionOf, type KubeObject } from '../api/object.ts';
import type { Client, Resource } from './client.ts';
import { type ReflectorSink, runReflector } from './reflector.ts';
import { keyOf } from './resources.ts';

export interface InformerHandler<T extends KubeObject> {
  added?(object: T): void;
  updated?(next: T, previous: T): void;
  deleted?(object: T): void;
}

export interface Informer<T extends KubeObject> {
  /** Resolves after the first complete list. */
  readonly synced: Promise<void>;
  readonly hasSynced: boolean;
  get(name: string, namespace?: string): T | undefined;
  /** In no particular order. */
  list(namespace?: string): T[];
  byIndex(index: string, value: string): T[];
  /** The result ends the subscription. */
  subscribe(handler: InformerHandler<T>): () => void;
}

/** The values under which an object is found in an index. */
export type IndexFunction<T extends KubeObject> = (object: T) => string[];

export interface InformerOptions<T extends KubeObject> {
  namespace?: string;
  labelSelector?: string;
  fieldSelector?: string;
  /** Added to those that the shared informer already has; a name means the same function for all. */
  indexes?: Record<string, IndexFunction<T>>;
  /**
   * Ends the informer for all who share it, where this call makes it: for kinds that may go. Whoever
   * asks again has a new one.
   */
  signal?: AbortSignal;
}

export interface Informers {
  for<T extends KubeObject>(resource: Resource, options?: InformerOptions<T>): Informer<T>;
}

export interface InformersConfig {
  /** From 0 up to 1, for jitter. */
  random?: () => number;
  /**
   * Told when a list or watch fails (it is tried again) and when a handler or an index throws; of
   * which namespace, where the informer has one.
   */
  onError?: (error: unknown, resource: Resource, namespace?: string) => void;
}

/** Makes a factory of shared informers; all of them stop when the signal aborts. */
export function createInformers(
  client: Client,
  clock: Clock,
  signal: AbortSignal,
  config: InformersConfig = {},
): Informers {
  // Every informer listens to it.
  setMaxListeners(0, signal);
  const shared = new Map<string, Cache<KubeObject>>();
  const { random = Math.random, onError = () => {} } = config;
  return {
    for<T extends KubeObject>(resource: Resource, options: InformerOptions<T> = {}): Informer<T> {
      const { namespace, labelSelector, fieldSelector, indexes = {} } = options;
      const key = JSON.stringify([
        apiVersionOf(resource),
        resource.resource,
        namespace ?? '',
        labelSelector ?? '',
        fieldSelector ?? '',
      ]);
      let cache = shared.get(key) as Cache<T> | undefined;
      if (cache === undefined) {
        cache = new Cache<T>((error) => onError(error, resource, namespace));
        shared.set(key, cache as unknown as Cache<KubeObject>);
        const own = options.signal;
        own?.addEventListener('abort', () => shared.delete(key), { once: true });
        void runReflector<T>({
          client,
          clock,
          signal: own === undefined ? signal : AbortSignal.any([signal, own]),
          random,
          target: {
            group: resource.group,
            version: resource.version,
            resource: resource.resource,
            ...(namespace === undefined ? {} : { namespace }),
          },
          ...(labelSelector === undefined ? {} : { labelSelector }),
          ...(fieldSelector === undefined ? {} : { fieldSelector }),
          sink: cache,
          onError: (error) => onError(error, resource, namespace),
        });
      }
      for (const [name, index] of Object.entries(indexes)) cache.addIndex(name, index);
      return cache;
    },
  };
}

/** The objects of one watch, by key and by index, and who is told about them. */
class Cache<T extends KubeObject> implements Informer<T>, ReflectorSink<T> {
  readonly synced: Promise<void>;
  #markSynced: () => void = () => {};
  #hasSynced = false;
  readonly #objects = new Map<string, T>();
  readonly #byNamespace = new Index<T>((object) => [object.metadata.namespace ?? '']);
  readonly #indexes = new Map<string, Index<T>>();
  readonly #handlers = new Set<InformerHandler<T>>();
  readonly #onError: (error: unknown) => void;
  /** What is still to be told. A handler that subscribes or reads sees a cache in step with it. */
  readonly #queue: (() => void)[] = [];
  #draining = false;

  constructor(onError: (error: unknown) => void) {
    this.#onError = onError;
    this.synced = new Promise((resolve) => {
      this.#markSynced = resolve;
    });
  }

  get hasSynced(): boolean {
    return this.#hasSynced;
  }

  get(name: string, namespace?: string): T | undefined {
    return this.#objects.get(keyOf({ metadata: { name, namespace } }));
  }

  list(namespace?: string): T[] {
    return namespace === undefined
      ? [...this.#objects.values()]
      : this.#byNamespace.find(namespace);
  }

  byIndex(index: string, value: string): T[] {
    const found = this.#indexes.get(index);
    if (found === undefined) throw new Error(`informer has no index "${index}"`);
    return found.find(value);
  }

  addIndex(name: string, valuesOf: IndexFunction<T>): void {
    if (this.#indexes.has(name)) return;
    const index = new Index(valuesOf);
    for (const [key, object] of this.#objects) this.#enter(index, key, object);
    this.#indexes.set(name, index);
  }

  subscribe(handler: InformerHandler<T>): () => void {
    // Through the queue: a subscription from within a handler must not overtake what is being told.
    this.#tell(() => {
      for (const object of this.#objects.values()) this.#guard(() => handler.added?.(object));
      this.#handlers.add(handler);
    });
    return () => {
      this.#handlers.delete(handler);
    };
  }

  /** What a complete list found: everything else that was known is gone. */
  replace(objects: readonly T[]): void {
    const present = new Set(objects.map(keyOf));
    for (const [key, object] of [...this.#objects]) {
      if (!present.has(key)) this.delete(object);
    }
    for (const object of objects) this.put(object);
    if (!this.#hasSynced) {
      this.#hasSynced = true;
      this.#markSynced();
    }
  }

  put(object: T): void {
    const key = keyOf(object);
    const previous = this.#objects.get(key);
    if (previous !== undefined && previous.metadata.uid !== object.metadata.uid) {
      // Deleted and made anew while nobody looked: two things happened, tell both.
      this.delete(previous);
      this.put(object);
      return;
    }
    if (
      previous !== undefined &&
      previous.metadata.resourceVersion === object.metadata.resourceVersion
    ) {
      return;
    }
    this.#tell(() => {
      this.#objects.set(key, object);
      this.#byNamespace.put(key, object);
      for (const index of this.#indexes.values()) this.#enter(index, key, object);
      this.#each((handler) =>
        previous === undefined ? handler.added?.(object) : handler.updated?.(object, previous),
      );
    });
  }

  delete(object: T): void {
    const key = keyOf(object);
    if (!this.#objects.has(key)) return;
    this.#tell(() => {
      this.#objects.delete(key);
      this.#byNamespace.remove(key);
      for (const index of this.#indexes.values()) index.remove(key);
      this.#each((handler) => handler.deleted?.(object));
    });
  }

  /** An object that an index cannot make sense of is not found through it; the others are. */
  #enter(index: Index<T>, key: string, object: T): void {
    try {
      index.put(key, object);
    } catch (error) {
      index.remove(key);
      this.#onError(error);
    }
  }

  #each(call: (handler: InformerHandler<T>) => void): void {
    for (const handler of [...this.#handlers]) {
      // One of the earlier ones may have ended this subscription.
      if (this.#handlers.has(handler)) this.#guard(() => call(handler));
    }
  }

  #guard(call: () => void): void {
    try {
      call();
    } catch (error) {
      this.#onError(error);
    }
  }

  #tell(change: () => void): void {
    this.#queue.push(change);
    if (this.#draining) return;
    this.#draining = true;
    try {
      for (let next = this.#queue.shift(); next !== undefined; next = this.#queue.shift()) next();
    } finally {
      this.#draining = false;
    }
  }
}

/** Keys by the values that a function finds in the objects. */
class Index<T extends KubeObject> {
  readonly #valuesOf: IndexFunction<T>;
  readonly #entries = new Map<string, Map<string, T>>();
  readonly #valuesByKey = new Map<string, string[]>();

  constructor(valuesOf: IndexFunction<T>) {
    this.#valuesOf = valuesOf;
  }

  find(value: string): T[] {
    const entry = this.#entries.get(value);
    return entry === undefined ? [] : [...entry.values()];
  }

  put(key: string, object: T): void {
    const values = this.#valuesOf(object);
    for (const value of this.#valuesByKey.get(key) ?? []) {
      if (!values.includes(value)) this.#removeFrom(value, key);
    }
    for (const value of values) {
      let entry = this.#entries.get(value);
      if (entry === undefined) {
        entry = new Map();
        this.#entries.set(value, entry);
      }
      entry.set(key, object);
    }
    this.#valuesByKey.set(key, values);
  }

  remove(key: string): void {
    for (const value of this.#valuesByKey.get(key) ?? []) this.#removeFrom(value, key);
    this.#valuesByKey.delete(key);
  }

  #removeFrom(value: string, key: string): void {
    const entry = this.#entries.get(value);
    entry?.delete(key);
    if (entry?.size === 0) this.#entries.delete(value);
  }
}
