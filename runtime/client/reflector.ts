/**
 * Keeps a sink equal to a collection of an API server, for ever:
 *
 *     list in pages ──► watch from the list's version ──► the watch ends ──► watch again from the
 *        ▲                                                    │              last version seen
 *        └──────────── 410 Gone: history is lost ─────────────┘
 *
 * A watch ends when the server's `timeoutSeconds` is over, on a failure, or, because a connection
 * can die without a word, when nothing at all (not even a bookmark, which servers send about every
 * minute) was heard for `idleMs`. Resuming is cheap, so being wrong about silence costs one request.
 */
import type { Clock } from '../api/clock.ts';
import type { KubeList, KubeObject } from '../api/object.ts';
import { isApiError } from '../api/status.ts';
import type { Client, ListOptions, Target } from './client.ts';

export interface ReflectorSink<T extends KubeObject> {
  replace(objects: readonly T[]): void;
  put(object: T): void;
  delete(object: T): void;
}

export interface ReflectorConfig<T extends KubeObject> {
  client: Client;
  clock: Clock;
  signal: AbortSignal;
  /** From 0 up to 1. */
  random: () => number;
  target: Target;
  labelSelector?: string;
  fieldSelector?: string;
  sink: ReflectorSink<T>;
  onError: (error: unknown) => void;
}

const pageSize = 500;
const minWatchSeconds = 300;
const idleMs = 120_000;
const firstDelayMs = 500;
const lastDelayMs = 30_000;
/** A watch that ends sooner than this counts as a failure, lest we ask in a tight loop. */
const shortWatchMs = 1_000;

/** Runs until the signal aborts; never rejects. */
export async function runReflector<T extends KubeObject>(
  config: ReflectorConfig<T>,
): Promise<void> {
  const { clock, signal, random, onError } = config;
  let failures = 0;
  let relisted = false;
  let version: string | undefined;
  while (!signal.aborted) {
    const startedAt = clock.now();
    let lasted = false;
    try {
      if (version === undefined) {
        version = await listAll(config);
        failures = 0;
      }
      const ended: WatchEnd = await watchOnce(config, version);
      version = ended.version;
      lasted = ended.heard || clock.now() - startedAt >= shortWatchMs;
      if (ended.error !== undefined) throw ended.error;
    } catch (error) {
      if (signal.aborted) return;
      if (isApiError(error, 'Gone', 'Expired') || (isApiError(error) && error.code === 410)) {
        version = undefined;
        // The first relist goes out at once; a server that always says 410 is backed off from.
        if (!relisted) {
          relisted = true;
          continue;
        }
      } else {
        onError(error);
        lasted = false;
      }
    }
    if (lasted) {
      failures = 0;
      relisted = false;
      continue;
    }
    const delay = Math.min(lastDelayMs, firstDelayMs * 2 ** Math.min(failures++, 10));
    await clock.sleep(delay * (1 + random()), signal).catch(() => {});
  }
}

/** Lists everything in pages into the sink; returns the version to watch from. */
async function listAll<T extends KubeObject>(config: ReflectorConfig<T>): Promise<string> {
  const { client, target, sink } = config;
  const options: ListOptions = { ...selectors(config), limit: pageSize };
  const items: T[] = [];
  let page: KubeList<T>;
  for (;;) {
    try {
      page = await client.list<T>(target, options);
    } catch (error) {
      if (options.continue === undefined || !isApiError(error) || error.code !== 410) throw error;
      // The pages grew too old while we read them: take everything in one go.
      items.length = 0;
      page = await client.list<T>(target, selectors(config));
    }
    for (const item of page.items) items.push(item);
    if (!page.metadata.continue) break;
    options.continue = page.metadata.continue;
  }
  if (config.signal.aborted) throw config.signal.reason;
  sink.replace(items);
  return page.metadata.resourceVersion ?? '';
}

interface WatchEnd {
  /** Where to go on. */
  version: string;
  /** At least one event came. */
  heard: boolean;
  error?: unknown;
}

async function watchOnce<T extends KubeObject>(
  config: ReflectorConfig<T>,
  from: string,
): Promise<WatchEnd> {
  const { client, clock, signal, random, target, sink } = config;
  const end: WatchEnd = { version: from, heard: false };
  const silence = new AbortController();
  const onAbort = () => silence.abort();
  signal.addEventListener('abort', onAbort, { once: true });
  if (signal.aborted) silence.abort();
  // One timer that looks when something was last heard: to set one for each event would cost more
  // than most events do.
  let heardAt = clock.now();
  const listen = (ms: number): (() => void) =>
    clock.after(ms, () => {
      const left = heardAt + idleMs - clock.now();
      if (left > 0) cancelTimer = listen(left);
      else onAbort();
    });
  let cancelTimer = listen(idleMs);
  try {
    const events = client.watch<T>(target, {
      ...selectors(config),
      resourceVersion: from,
      allowWatchBookmarks: true,
      timeoutSeconds: Math.round(minWatchSeconds * (1 + random())),
      signal: silence.signal,
    });
    for await (const event of events) {
      if (signal.aborted) break;
      heardAt = clock.now();
      end.heard = true;
      if (event.type === 'ERROR') break;
      end.version = event.object.metadata.resourceVersion ?? end.version;
      if (event.type === 'BOOKMARK') continue;
      if (event.type === 'DELETED') sink.delete(event.object);
      else sink.put(event.object);
    }
  } catch (error) {
    end.error = error;
  } finally {
    cancelTimer();
    signal.removeEventListener('abort', onAbort);
  }
  return end;
}

function selectors({
  labelSelector,
  fieldSelector,
}: {
  labelSelector?: string;
  fieldSelector?: string;
}): ListOptions {
  return {
    ...(labelSelector === undefined ? {} : { labelSelector }),
    ...(fieldSelector === undefined ? {} : { fieldSelector }),
  };
}
