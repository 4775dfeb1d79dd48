/**
 * Watches. A watch that begins in the past replays the cache's history; one that begins with the
 * present state sends every object as ADDED first. What happens meanwhile waits in line, so that
 * nothing is lost and nothing comes twice.
 */
import { apiError, type Status, type StatusCause } from '../../api/status.ts';
import { Breath } from '../registry/breath.ts';
import type { CacheEvent, CacheWatcher } from '../registry/cache.ts';
import type { Item } from '../registry/item.ts';
import type { Registry } from '../registry/registry.ts';
import type { Selection } from '../registry/selection.ts';
import type { ServedResource, View } from '../registry/served.ts';
import { invalidOptions } from './errors.ts';
import { awaitRevision, parseRevision } from './list.ts';
import { PreparedLine } from './prepared-line.ts';

export interface WatchRequest {
  namespace: string;
  /** Empty: all names. */
  name: string;
  selection: Selection | undefined;
  resourceVersion: string;
  resourceVersionMatch: string;
  bookmarks: boolean;
  /** When the watch will be ended, by the registry's clock; left out: nobody knows. */
  endsAtMs?: number;
  sendInitialEvents: boolean | undefined;
  /** A token to go on with a list was sent along, which means nothing here. */
  continues?: boolean;
}

export type ViewEvent =
  | { readonly type: 'ADDED' | 'MODIFIED' | 'DELETED'; readonly view: View }
  | { readonly type: 'BOOKMARK'; readonly revision: number; readonly initialEventsEnd: boolean }
  /** The last one: what happened cannot be shown. */
  | { readonly type: 'ERROR'; readonly status: Status };

/** Where a watch hears of events: the cache itself, or somebody who passes them on in groups. */
export interface EventSource {
  watch(watcher: CacheWatcher): () => void;
  /** Passes on what has been held back. */
  flush?(): void;
}

/**
 * Takes events; may be called before `openWatch` resolves. Watches without a selector are handed the
 * same array if the source has handed them the same group.
 */
export type WatchSink = (events: readonly ViewEvent[]) => void;

export interface WatchMeans {
  /** Left out: the cache. */
  readonly source?: EventSource;
  /** What is there already, or has happened before the watch, is passed on no sooner than this allows. */
  readonly ready?: () => Promise<void> | undefined;
}

const bookmarkIntervalMs = 60_000;
/** The last bookmark comes so long before the end, so that the next watch begins near the present. */
const lastBookmarkMs = 2_000;
/** Initial events handed over at a time, and bytes of them. */
const batch = 200;
const batchBytes = 64 * 1024;
/** Events that may wait for the initial ones to be taken; whoever is slower never gets to the present. */
const mostInLine = 50_000;

/**
 * Opens a watch; the result stops it. Throws Expired (410) if the version asked for is too old, and
 * BadRequest or Invalid for what makes no sense.
 */
export async function openWatch(
  registry: Registry,
  served: ServedResource,
  request: WatchRequest,
  sink: WatchSink,
  means: WatchMeans = {},
): Promise<() => void> {
  checkWatch(request);
  const watch = new OpenWatch(registry, served, request, sink, means);
  await watch.start();
  return () => watch.stop();
}

class OpenWatch {
  readonly #registry: Registry;
  readonly #served: ServedResource;
  readonly #request: WatchRequest;
  readonly #sink: WatchSink;
  readonly #source: EventSource;
  readonly #ready: () => Promise<void> | undefined;
  readonly #prefix: string;
  /** What has happened up to this revision is told by other means than the source. */
  #after = 0;
  /** Groups of events that happened while the initial ones are sent; undefined once live. */
  #line: (readonly CacheEvent[])[] | undefined = [];
  #inLine = 0;
  #stopped = false;
  /** What is yet to be passed on, and waits until it has been converted. */
  readonly #prepared: PreparedLine;
  #unsubscribe: (() => void) | undefined;
  #cancelBookmark: (() => void) | undefined;

  constructor(
    registry: Registry,
    served: ServedResource,
    request: WatchRequest,
    sink: WatchSink,
    { source = registry.cache.resource(served.storageName), ready = () => undefined }: WatchMeans,
  ) {
    this.#registry = registry;
    this.#served = served;
    this.#request = request;
    this.#sink = sink;
    this.#source = source;
    this.#ready = ready;
    const selects = request.selection !== undefined;
    this.#prepared = new PreparedLine(served, selects, (error) => this.#fail(error));
    this.#prefix =
      request.name !== '' && (request.namespace !== '' || !served.kind.namespaced)
        ? served.key(request.namespace, request.name)
        : served.key(request.namespace);
  }

  async start(): Promise<void> {
    const { resourceVersion, sendInitialEvents } = this.#request;
    const fromNow = sendInitialEvents ?? (resourceVersion === '' || resourceVersion === '0');
    if (sendInitialEvents === true || resourceVersion === '') {
      await awaitRevision(this.#registry, resourceVersion);
    } else if (Number(resourceVersion) > this.#registry.cache.revision) {
      // A client that has just written may know a version that the cache is about to learn.
      await this.#registry.cache.fresh();
    }
    const cache = this.#registry.cache.resource(this.#served.storageName);
    const replay =
      fromNow || resourceVersion === '' || resourceVersion === '0'
        ? []
        : cache.since(parseRevision(resourceVersion));
    if (replay === undefined) {
      throw apiError('Expired', `too old resource version: ${resourceVersion} (${cache.oldest})`);
    }
    const items = fromNow ? this.#present() : [];
    const revision = this.#registry.cache.revision;
    this.#after = revision;
    this.#unsubscribe = this.#source.watch((events) => {
      const news = this.#news(events);
      if (this.#line === undefined) this.#deliver(news);
      else if (news.length > 0) this.#queue(this.#line, news);
    });
    this.#begin(items, replay, revision).catch((error: unknown) => this.#fail(error));
  }

  stop(): void {
    this.#stopped = true;
    this.#unsubscribe?.();
    this.#cancelBookmark?.();
  }

  #queue(line: (readonly CacheEvent[])[], events: readonly CacheEvent[]): void {
    line.push(events);
    this.#inLine += events.length;
    if (this.#inLine <= mostInLine) return;
    this.#line = [];
    this.#inLine = 0;
    this.#fail(new Error('the initial events are read too slowly'));
  }

  #present(): Item[] {
    const cache = this.#registry.cache.resource(this.#served.storageName);
    const items: Item[] = [];
    for (const key of cache.keys(this.#prefix)) {
      const item = cache.get(key);
      if (item !== undefined && this.#concerns(key)) items.push(item);
    }
    return items;
  }

  async #begin(
    items: readonly Item[],
    replay: readonly CacheEvent[],
    revision: number,
  ): Promise<void> {
    const breath = new Breath();
    let events: ViewEvent[] = [];
    let bytes = 0;
    for (const [index, item] of items.entries()) {
      if (index % batch === 0) {
        const preparation = this.#served.prepare(items.slice(index, index + batch));
        if (preparation !== undefined) await preparation;
      }
      const view = this.#served.view(item);
      if (this.#selects(view)) {
        events.push({ type: 'ADDED', view });
        bytes += item.wireLength;
      }
      if (events.length >= batch || bytes >= batchBytes || breath.due) {
        this.#send(events);
        events = [];
        bytes = 0;
        await this.#ready();
        if (this.#stopped) return;
        await breath.pause();
      }
    }
    this.#send(events);
    if (this.#request.sendInitialEvents === true && this.#request.bookmarks) {
      this.#send([{ type: 'BOOKMARK', revision, initialEventsEnd: true }]);
    }
    for (const group of inBatches(replay)) {
      await this.#delivered(group);
      await this.#ready();
    }
    // More may come in while one waits for the client.
    for (let group = this.#line?.shift(); group !== undefined; group = this.#line?.shift()) {
      this.#inLine -= group.length;
      await this.#delivered(group);
      await this.#ready();
    }
    this.#line = undefined;
    if (this.#request.bookmarks) this.#scheduleBookmark();
  }

  /** The events that have happened since the watch began. */
  #news(events: readonly CacheEvent[]): readonly CacheEvent[] {
    if ((events[0]?.revision ?? 0) > this.#after) return events;
    return events.filter(({ revision }) => revision > this.#after);
  }

  #deliver(events: readonly CacheEvent[]): void {
    this.#prepared.pass(events, () => this.#show(events));
  }

  /** Resolves when they have been passed on; never, if they cannot be. */
  #delivered(events: readonly CacheEvent[]): Promise<void> {
    return new Promise((resolve) => {
      this.#prepared.pass(events, () => {
        this.#show(events);
        resolve();
      });
    });
  }

  #show(events: readonly CacheEvent[]): void {
    if (this.#request.selection === undefined && this.#request.name === '') {
      this.#send(allSeen(this.#served, this.#prefix, events));
      return;
    }
    const out: ViewEvent[] = [];
    for (const event of events) {
      if (!this.#concerns(event.key)) continue;
      const seen = this.#translate(event);
      if (seen !== undefined) out.push(seen);
    }
    this.#send(out);
  }

  /** What the event means to this watch: objects come and go as they start and stop to match. */
  #translate(event: CacheEvent): ViewEvent | undefined {
    const now = event.item === undefined ? undefined : this.#served.view(event.item);
    const before = event.previous === undefined ? undefined : this.#served.view(event.previous);
    const matches = now !== undefined && this.#selects(now);
    const matched = before !== undefined && this.#selects(before);
    if (matches) return { type: matched ? 'MODIFIED' : 'ADDED', view: now };
    if (!matched) return undefined;
    return { type: 'DELETED', view: this.#served.view(lastState(event)) };
  }

  #selects(view: View): boolean {
    return this.#request.selection === undefined || this.#request.selection.matches(view.object);
  }

  #concerns(key: string): boolean {
    if (!key.startsWith(this.#prefix)) return false;
    const { name } = this.#request;
    return name === '' || key.endsWith(`/${name}`);
  }

  #send(events: readonly ViewEvent[]): void {
    if (events.length > 0 && !this.#stopped) this.#sink(events);
  }

  /** Says that something has happened that cannot be shown, and ends. */
  #fail(error: unknown): void {
    const why = error instanceof Error ? error.message : String(error);
    const { status } = apiError(
      'InternalError',
      `failed to prepare current and previous objects: ${why}`,
    );
    this.#send([{ type: 'ERROR', status }]);
    this.stop();
  }

  #scheduleBookmark(): void {
    if (this.#stopped) return;
    const left = (this.#request.endsAtMs ?? Infinity) - this.#registry.clock.now();
    const wait = Math.min(bookmarkIntervalMs, left - lastBookmarkMs);
    if (wait <= 0) return;
    this.#cancelBookmark = this.#registry.clock.after(wait, () => {
      const { revision } = this.#registry.cache;
      // A bookmark says that nothing before it is still to come.
      this.#source.flush?.();
      this.#prepared.pass([], () => {
        this.#send([{ type: 'BOOKMARK', revision, initialEventsEnd: false }]);
      });
      this.#scheduleBookmark();
    });
  }
}

/** Parts of what happened before a watch began, none much larger than a batch of what there was. */
function* inBatches(events: readonly CacheEvent[]): Generator<readonly CacheEvent[]> {
  let from = 0;
  let bytes = 0;
  for (const [index, { item, previous }] of events.entries()) {
    bytes += (item ?? previous)?.wireLength ?? 0;
    if (bytes < batchBytes && index - from < batch) continue;
    yield events.slice(from, index + 1);
    from = index + 1;
    bytes = 0;
  }
  if (from < events.length) yield events.slice(from);
}

/** What groups of events mean to watches that select nothing, by resource and prefix of keys. */
const seen = new WeakMap<readonly CacheEvent[], Map<ServedResource, Map<string, ViewEvent[]>>>();

function allSeen(
  served: ServedResource,
  prefix: string,
  events: readonly CacheEvent[],
): readonly ViewEvent[] {
  const known = seen.get(events)?.get(served)?.get(prefix);
  if (known !== undefined) return known;
  const views: ViewEvent[] = [];
  for (const event of events) {
    const { key, item, previous } = event;
    if (!key.startsWith(prefix)) continue;
    if (item !== undefined) {
      views.push({
        type: previous === undefined ? 'ADDED' : 'MODIFIED',
        view: served.view(item),
      });
    } else if (previous !== undefined) {
      views.push({ type: 'DELETED', view: served.view(lastState(event)) });
    }
  }
  const byServed = seen.get(events) ?? new Map<ServedResource, Map<string, ViewEvent[]>>();
  const byPrefix = byServed.get(served) ?? new Map<string, ViewEvent[]>();
  seen.set(events, byServed.set(served, byPrefix.set(prefix, views)));
  return views;
}

const lastStates = new WeakMap<CacheEvent, Item>();

/** The object before the event, at the event's revision; shared by all watches that see it go. */
function lastState(event: CacheEvent): Item {
  let item = lastStates.get(event);
  if (item === undefined) {
    item = (event.previous as Item).at(event.revision);
    lastStates.set(event, item);
  }
  return item;
}

function checkWatch(request: WatchRequest): void {
  const causes = optionProblems(request);
  if (causes.length > 0) throw invalidOptions('ListOptions', causes);
  if (request.resourceVersion !== '') parseRevision(request.resourceVersion);
}

function optionProblems(request: WatchRequest): StatusCause[] {
  const { sendInitialEvents, resourceVersionMatch: match } = request;
  const field = 'resourceVersionMatch';
  const causes: StatusCause[] = [];
  const forbid = (why: string) =>
    causes.push({ reason: 'FieldValueForbidden', message: `Forbidden: ${why}`, field });
  if (sendInitialEvents !== undefined && match !== 'NotOlderThan') {
    forbid(`sendInitialEvents requires setting ${field} to NotOlderThan`);
  }
  if (match === '') return causes;
  if (sendInitialEvents === undefined) {
    forbid(`${field} is forbidden for watch unless sendInitialEvents is provided`);
  }
  if (match !== 'NotOlderThan') {
    const message = `Unsupported value: ${JSON.stringify(match)}: supported values: "NotOlderThan"`;
    causes.push({ reason: 'FieldValueNotSupported', message, field });
  }
  if (request.continues) forbid(`${field} is forbidden when continue is provided`);
  return causes;
}
