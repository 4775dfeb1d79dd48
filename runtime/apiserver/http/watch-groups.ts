/**
 * Passes events on to the watches of connections in groups. An event that comes alone goes out at
 * once; while there are many, those of some milliseconds go together:
 *
 *   events    |       | | ||  | | |                |
 *   groups    |.......|...........|............    |
 *
 * All watches of a resource get the very same groups, so what is made of a group once (watch.ts,
 * watch-body.ts) serves all of them, and each connection costs one write a group.
 */
import type { CacheEvent, CacheWatcher, ResourceCache } from '../registry/cache.ts';
import type { EventSource } from '../verbs/watch.ts';

/**
 * How long an event may wait for others, in milliseconds; much less than a person or a controller
 * would notice. Each group costs each watcher a write: the more there are, the more a write should
 * carry, or else writing is all that is done.
 */
function gatherMs(watchers: number): number {
  return Math.min(25, Math.max(10, watchers * 0.3));
}

const sources = new WeakMap<ResourceCache, WatchGroups>();

/** The one source of groups for a resource. */
export function groupsOf(cache: ResourceCache): EventSource {
  let source = sources.get(cache);
  if (source === undefined) {
    source = new WatchGroups(cache);
    sources.set(cache, source);
  }
  return source;
}

class WatchGroups implements EventSource {
  readonly #cache: ResourceCache;
  readonly #watchers = new Set<CacheWatcher>();
  #unsubscribe: (() => void) | undefined;
  #waiting: CacheEvent[] = [];
  #timer: NodeJS.Timeout | undefined;
  #lastGroup = Number.NEGATIVE_INFINITY;

  constructor(cache: ResourceCache) {
    this.#cache = cache;
  }

  watch(watcher: CacheWatcher): () => void {
    this.#watchers.add(watcher);
    this.#unsubscribe ??= this.#cache.watch((events) => this.#take(events));
    return () => {
      if (!this.#watchers.delete(watcher) || this.#watchers.size > 0) return;
      this.#unsubscribe?.();
      this.#unsubscribe = undefined;
      this.#waiting = [];
      this.#pass();
    };
  }

  flush(): void {
    this.#pass();
  }

  #take(events: readonly CacheEvent[]): void {
    for (const event of events) this.#waiting.push(event);
    if (this.#timer !== undefined) return;
    // The pace of the wire, not of the cluster: real time, whatever the cluster's clock says.
    const wait = this.#lastGroup + gatherMs(this.#watchers.size) - performance.now();
    if (wait <= 0) this.#pass();
    else this.#timer = setTimeout(() => this.#pass(), wait);
  }

  #pass(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#waiting.length === 0) return;
    const group = this.#waiting;
    this.#waiting = [];
    this.#lastGroup = performance.now();
    for (const watcher of this.#watchers) watcher(group);
  }
}
