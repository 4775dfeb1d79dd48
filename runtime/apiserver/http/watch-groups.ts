/**
 * Passes events on to the watches of connections in groups. An event that comes alone goes out at
 * once; while there are many, those of some milliseconds go together:
 *
 *   events    |       | | ||  | | |                |
 *   groups    |.......|...........|............    |
 *
 * All watches of a resource get the very same groups, so what is made of a group once (watch.ts,
 * watch-body.ts) serves all of them, and each connection costs one write a group. With a thousand
 * connections a group takes a tenth of a second to write: others are served in between, and no less
 * time passes until the next one, so that half of it is left for all else.
 */
import type { CacheEvent, CacheWatcher, ResourceCache } from '../registry/cache.ts';
import type { EventSource } from '../verbs/watch.ts';

/**
 * From one group to the next, in milliseconds, if those who watch are few. Longer gathering spares writes, but
 * neither server nor client gets more done (measured with 50 watches), and events come later.
 */
const leastGatherMs = 3;
/** A group is passed on for so long at a time, in milliseconds, and the clock is read after so many watches. */
const [spanMs, stride] = [5, 8];

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
  /** The group that is being passed on, and who has yet to get it. */
  #passing:
    | { readonly group: readonly CacheEvent[]; readonly to: Iterator<CacheWatcher> }
    | undefined;
  /** When the last group was begun, and how long it has taken, in milliseconds. */
  #began = Number.NEGATIVE_INFINITY;
  #cost = 0;

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
      this.#passing = undefined;
      this.#cancel();
    };
  }

  flush(): void {
    this.#cancel();
    this.#finish();
    this.#begin();
    this.#finish();
  }

  #take(events: readonly CacheEvent[]): void {
    for (const event of events) this.#waiting.push(event);
    if (this.#timer === undefined && this.#passing === undefined) this.#schedule();
  }

  #schedule(): void {
    // The pace of the wire, not of the cluster: real time, whatever the cluster's clock says.
    const next = this.#began + Math.max(leastGatherMs, 2 * this.#cost);
    const wait = next - performance.now();
    if (wait <= 0) this.#pass();
    else this.#timer = setTimeout(() => this.#pass(), wait);
  }

  #pass(): void {
    this.#cancel();
    this.#begin();
    this.#goOn();
  }

  #cancel(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #begin(): void {
    if (this.#waiting.length === 0) return;
    const group = this.#waiting;
    this.#waiting = [];
    this.#began = performance.now();
    this.#cost = 0;
    // Who comes meanwhile is told, too, and knows what is news to it.
    this.#passing = { group, to: this.#watchers.values() };
  }

  #goOn(): void {
    if (!this.#step(performance.now() + spanMs)) {
      setImmediate(() => this.#goOn());
    } else if (this.#waiting.length > 0 && this.#timer === undefined) this.#schedule();
  }

  #finish(): void {
    this.#step(Number.POSITIVE_INFINITY);
  }

  /** True: everybody has the group. */
  #step(until: number): boolean {
    const since = performance.now();
    let count = 0;
    while (this.#passing !== undefined) {
      const { group, to } = this.#passing;
      const { value: watcher, done } = to.next();
      if (done) this.#passing = undefined;
      else watcher(group);
      if (++count % stride === 0 && performance.now() >= until) break;
    }
    this.#cost += performance.now() - since;
    return this.#passing === undefined;
  }
}
