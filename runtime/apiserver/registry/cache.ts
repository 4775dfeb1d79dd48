/**
 * The watch cache: everything under /registry as it stands, and each resource's recent events, fed
 * by one watch of the store. Reads and watches are answered from here.
 *
 *   store ── one watch ──► Cache ──► ResourceCache (pods)     ──► watchers
 *                                 └──► ResourceCache (services) ──► watchers
 *
 * Because all resources hang on one watch, the cache's revision says how far every one of them has
 * come, which is what bookmarks promise.
 */
import { CompactedError, type Entry, type Store, type StoreEvent } from '../../store/store.ts';
import { Item } from './item.ts';
import { eventsSince } from './resync.ts';

const root = '/registry/';
/** Entries read from the store at a time when the cache is filled. */
const pageSize = 1000;
/** Events kept for each resource, for watches that begin in the past. */
const historyLimit = 8192;
/** Bytes of stored objects that the histories of all resources hold on to together. */
const historyByteLimit = 32 * 1024 * 1024;

export interface CacheEvent {
  readonly revision: number;
  readonly key: string;
  /** Undefined: the object was deleted. */
  readonly item: Item | undefined;
  /** Undefined: the object is new. */
  readonly previous: Item | undefined;
}

/** How stored bytes become an item; a secret may be encrypted at rest. */
export type Decode = (key: string, value: Uint8Array) => Uint8Array;

/** Told of events in order. `revision` is how far the cache has come. */
export type CacheWatcher = (events: readonly CacheEvent[]) => void;

export class ResourceCache {
  readonly prefix: string;
  readonly #items = new Map<string, Item>();
  #keys: string[] = [];
  #bytes = 0;
  #history: CacheEvent[] = [];
  #historyBytes = 0;
  /** Events after this revision are all in the history. */
  #historyAfter: number;
  readonly #watchers = new Set<CacheWatcher>();

  constructor(prefix: string, revision: number) {
    this.prefix = prefix;
    this.#historyAfter = revision;
  }

  get(key: string): Item | undefined {
    return this.#items.get(key);
  }

  get size(): number {
    return this.#items.size;
  }

  /** Of all items together, as stored. */
  get bytes(): number {
    return this.#bytes;
  }

  items(): IterableIterator<Item> {
    return this.#items.values();
  }

  /** Keys that start with `prefix`, in order, beginning after `after`. */
  keys(prefix: string, after = ''): string[] {
    let at = lowerBound(this.#keys, after > prefix ? after : prefix);
    if (after !== '' && this.#keys[at] === after) at++;
    const end = lowerBound(this.#keys, `${prefix}\uffff`);
    return at === 0 && end === this.#keys.length ? this.#keys.slice() : this.#keys.slice(at, end);
  }

  /** The events after a revision; undefined if they are no longer all known. */
  since(revision: number): CacheEvent[] | undefined {
    if (revision < this.#historyAfter) return undefined;
    let at = this.#history.length;
    while (at > 0 && (this.#history[at - 1]?.revision ?? 0) > revision) at--;
    return this.#history.slice(at);
  }

  /** The oldest revision that a watch can begin after. */
  get oldest(): number {
    return this.#historyAfter;
  }

  /** About how many bytes the history holds on to. */
  get historyBytes(): number {
    return this.#historyBytes;
  }

  watch(watcher: CacheWatcher): () => void {
    this.#watchers.add(watcher);
    return () => this.#watchers.delete(watcher);
  }

  load(key: string, item: Item): void {
    this.#put(key, item);
  }

  /** What was before this revision is not known. */
  beginAt(revision: number): void {
    this.#historyAfter = revision;
  }

  /** Takes in events and hands back those that changed something here. */
  apply(key: string, item: Item | undefined, revision: number): CacheEvent {
    const previous = this.#items.get(key);
    if (item === undefined) this.#remove(key);
    else this.#put(key, item);
    const event = { revision, key, item, previous };
    this.#history.push(event);
    this.#historyBytes += weight(event);
    if (this.#history.length > historyLimit) this.forgetQuarter();
    return event;
  }

  /** Drops the oldest quarter of the history, one event at the least. */
  forgetQuarter(): void {
    const dropped = this.#history.splice(0, Math.ceil(this.#history.length / 4));
    for (const event of dropped) this.#historyBytes -= weight(event);
    this.#historyAfter = dropped.at(-1)?.revision ?? this.#historyAfter;
  }

  notify(events: readonly CacheEvent[]): void {
    for (const watcher of this.#watchers) watcher(events);
  }

  #put(key: string, item: Item): void {
    const before = this.#items.get(key);
    this.#bytes += item.stored.length - (before?.stored.length ?? 0);
    if (before === undefined) {
      const last = this.#keys.at(-1);
      if (last === undefined || last < key) this.#keys.push(key);
      else this.#keys.splice(lowerBound(this.#keys, key), 0, key);
    }
    this.#items.set(key, item);
  }

  #remove(key: string): void {
    this.#bytes -= this.#items.get(key)?.stored.length ?? 0;
    if (!this.#items.delete(key)) return;
    const at = lowerBound(this.#keys, key);
    if (this.#keys[at] === key) this.#keys.splice(at, 1);
  }
}

/** What an event holds on to; `previous` is what the event before it holds already. */
function weight({ item }: CacheEvent): number {
  return 300 + (item?.stored.length ?? 0);
}

export class Cache {
  readonly #store: Store;
  readonly #decode: Decode;
  readonly #resources = new Map<string, ResourceCache>();
  readonly #waiting = new Set<{ revision: number; resolve: () => void }>();
  #revision = 0;
  /** Every event after this revision has been taken in; undefined until all has been read. */
  #loadedAt: number | undefined;
  #stop: (() => void) | undefined;
  readonly #failed: (error: Error) => void;

  /** `failed` is called if the store ends the watch: nothing can be served from then on. */
  constructor(store: Store, decode: Decode, failed: (error: Error) => void) {
    this.#store = store;
    this.#decode = decode;
    this.#failed = failed;
  }

  /** How far the cache has come. */
  get revision(): number {
    return this.#revision;
  }

  /**
   * Reads everything, then follows the store. What an embedded store still knows of the past is
   * followed from there: a watch that a restart has cut off goes on where it was, without a new list.
   */
  async start(): Promise<void> {
    const { revision: newest, compactedRevision: oldest } = this.#store;
    const embedded = this.#store.refresh === undefined;
    const revision = embedded && oldest === 0 ? 0 : await this.#load(embedded ? oldest : 0);
    this.#revision = revision;
    this.#loadedAt = revision;
    for (const resource of this.#resources.values()) resource.beginAt(revision);
    await new Promise<void>((resolve, reject) => {
      this.#follow(revision, (error) => {
        // Once it is in step nobody waits for this promise.
        reject(error);
        if (this.#revision >= newest) this.#failed(error);
      });
      void this.reached(newest).then(resolve);
    });
  }

  /** Takes everything as of a revision (0: the newest) as what has always been there. */
  #load(from: number): Promise<number> {
    return this.#read((entry) => {
      const item = new Item(this.#decode(entry.key, entry.value), entry.revision);
      this.resource(resourceOf(entry.key)).load(entry.key, item);
    }, from);
  }

  /** Hands over everything as of one revision (0: the newest), which is the result. */
  async #read(take: (entry: Entry) => void, from = 0): Promise<number> {
    let after: string | undefined;
    let revision = from;
    for (;;) {
      const page = await this.#store.list(root, {
        limit: pageSize,
        ...(after === undefined ? {} : { after }),
        ...(revision === 0 ? {} : { revision }),
      });
      revision = page.revision;
      for (const entry of page.entries) take(entry);
      after = page.entries.at(-1)?.key;
      if (page.remaining === 0 || after === undefined) return revision;
    }
  }

  /** `unreadable` is told, instead of `failed`, of what is stored and cannot be read. */
  #follow(revision: number, unreadable = this.#failed): void {
    this.#stop = this.#store.watch({
      // Not only /registry: a write anywhere moves the store's revision on, and with it the cache's.
      prefix: '',
      after: revision,
      onEvents: (events) => {
        try {
          this.#apply(events);
        } catch (error) {
          this.stop();
          unreadable(error as Error);
        }
      },
      onEnd: (error) => {
        if (!(error instanceof CompactedError)) return this.#failed(error);
        // Cut off from a store that others went on with, for longer than its history reaches.
        this.#catchUp().catch((failure: Error) => this.#failed(failure));
      },
    });
  }

  async #catchUp(): Promise<void> {
    const entries: Entry[] = [];
    const revision = await this.#read((entry) => entries.push(entry));
    const known = new Map<string, number>();
    for (const resource of this.#resources.values()) {
      for (const key of resource.keys(resource.prefix)) {
        known.set(key, resource.get(key)?.revision ?? 0);
      }
    }
    this.#apply(eventsSince(known, entries, revision));
    this.#advance(revision);
    this.#follow(revision);
  }

  stop(): void {
    this.#stop?.();
    this.#stop = undefined;
  }

  /** The cache of one resource: `core/pods`, `apps/deployments`. */
  resource(name: string): ResourceCache {
    let resource = this.#resources.get(name);
    if (resource === undefined) {
      resource = new ResourceCache(`${root}${name}/`, this.#loadedAt ?? this.#revision);
      this.#resources.set(name, resource);
    }
    return resource;
  }

  /** Resolves once everything up to `revision` has been taken in. */
  async reached(revision: number): Promise<void> {
    if (this.#revision >= revision) return;
    await new Promise<void>((resolve) => {
      this.#waiting.add({ revision, resolve });
    });
  }

  /** True if `fresh` has nothing to wait for. */
  get isFresh(): boolean {
    return this.#store.refresh === undefined && this.#revision >= this.#store.revision;
  }

  /** Resolves once everything that the store has now has been taken in. */
  async fresh(): Promise<void> {
    if (this.#store.refresh !== undefined) await this.#store.refresh();
    await this.reached(this.#store.revision);
  }

  #apply(events: readonly StoreEvent[]): void {
    const changed = new Map<ResourceCache, CacheEvent[]>();
    for (const event of events) {
      const key = event.type === 'put' ? event.entry.key : event.key;
      const revision = event.type === 'put' ? event.entry.revision : event.revision;
      this.#revision = Math.max(this.#revision, revision);
      if (!key.startsWith(root)) continue;
      const item =
        event.type === 'put' ? new Item(this.#decode(key, event.entry.value), revision) : undefined;
      const resource = this.resource(resourceOf(key));
      const list = changed.get(resource);
      const applied = resource.apply(key, item, revision);
      if (list === undefined) changed.set(resource, [applied]);
      else list.push(applied);
    }
    for (const [resource, list] of changed) resource.notify(list);
    this.#boundHistory();
    this.#advance(this.#revision);
  }

  /** Large objects that change often would fill the memory long before they are many: the largest history gives way. */
  #boundHistory(): void {
    for (;;) {
      let bytes = 0;
      let largest: ResourceCache | undefined;
      for (const resource of this.#resources.values()) {
        bytes += resource.historyBytes;
        if (resource.historyBytes > (largest?.historyBytes ?? 0)) largest = resource;
      }
      if (bytes <= historyByteLimit || largest === undefined) return;
      largest.forgetQuarter();
    }
  }

  #advance(revision: number): void {
    this.#revision = Math.max(this.#revision, revision);
    for (const waiter of this.#waiting) {
      if (waiter.revision > this.#revision) continue;
      this.#waiting.delete(waiter);
      waiter.resolve();
    }
  }
}

/** `core/pods` of `/registry/core/pods/default/web`. */
function resourceOf(key: string): string {
  const group = key.indexOf('/', root.length);
  return key.slice(root.length, key.indexOf('/', group + 1));
}

/** The index of the first element that is not less than `value`. */
function lowerBound(sorted: readonly string[], value: string): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sorted[middle] as string) < value) low = middle + 1;
    else high = middle;
  }
  return low;
}
