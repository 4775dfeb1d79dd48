import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { VirtualClock } from '../../api/clock.ts';
import { createMemoryStore } from '../../store/memory/memory.ts';
import { Cache, type CacheEvent, ResourceCache } from '../registry/cache.ts';
import { encodeObject, Item } from '../registry/item.ts';
import type { Registry } from '../registry/registry.ts';
import { ServedResources } from '../registry/served.ts';
import { openWatch, type ViewEvent } from '../verbs/watch.ts';
import { groupBytes } from './watch-body.ts';
import { groupsOf } from './watch-groups.ts';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
});
afterEach(() => {
  vi.useRealTimers();
});

const raise = (error: unknown) => {
  throw error;
};

const newCache = () => {
  const cache = new ResourceCache('/registry/core/pods/', 0);
  const happen = (...revisions: number[]) =>
    cache.notify(
      revisions.map((revision) => {
        const metadata = { name: `pod-${revision}` };
        const item = new Item(encodeObject({ apiVersion: 'v1', kind: 'Pod', metadata }), revision);
        return cache.apply(`/registry/core/pods/default/${metadata.name}`, item, revision);
      }),
    );
  return { cache, happen };
};
const revisions = (groups: (readonly CacheEvent[])[]) =>
  groups.map((group) => group.map(({ revision }) => revision));

it('passes a lone event on at once and gathers those that follow, the same groups for all', () => {
  const { cache, happen } = newCache();
  const one: (readonly CacheEvent[])[] = [];
  const other: (readonly CacheEvent[])[] = [];
  groupsOf(cache).watch((events) => one.push(events));
  groupsOf(cache).watch((events) => other.push(events));
  happen(1);
  expect(revisions(one)).toEqual([[1]]);
  happen(2);
  happen(3, 4);
  expect(revisions(one)).toEqual([[1]]);
  vi.advanceTimersByTime(2);
  expect(revisions(one)).toEqual([[1]]);
  vi.advanceTimersByTime(1);
  expect(revisions(one)).toEqual([[1], [2, 3, 4]]);
  expect(other).toEqual(one);
  expect(other[1]).toBe(one[1]);
});

it('passes on what it holds when asked to, and nothing once nobody watches', () => {
  const { cache, happen } = newCache();
  const groups: (readonly CacheEvent[])[] = [];
  const source = groupsOf(cache);
  const stop = source.watch((events) => groups.push(events));
  happen(1);
  happen(2);
  source.flush?.();
  expect(revisions(groups)).toEqual([[1], [2]]);
  happen(3);
  stop();
  source.flush?.();
  happen(4);
  expect(revisions(groups)).toEqual([[1], [2]]);
  source.watch((events) => groups.push(events));
  happen(5);
  source.flush?.();
  expect(revisions(groups).at(-1)).toEqual([5]);
});

it('tells a watch that begins while events are held back none of what was before', async () => {
  const store = createMemoryStore();
  const cache = new Cache(store, (_, value) => value, raise);
  await cache.start();
  const registry = { cache, clock: new VirtualClock() } as unknown as Registry;
  const served = new ServedResources().get('', 'v1', 'pods');
  const source = groupsOf(cache.resource(served.storageName));
  const put = async (name: string) => {
    const value = encodeObject({ apiVersion: 'v1', kind: 'Pod', metadata: { name } });
    await store.commit([{ type: 'put', key: served.key('default', name), value }]);
    await cache.fresh();
  };
  const seenFrom = async (resourceVersion: string) => {
    const seen: string[] = [];
    const request = {
      ...{ namespace: 'default', name: '', selection: undefined, bookmarks: false },
      ...{ resourceVersion, resourceVersionMatch: '', sendInitialEvents: undefined },
    };
    await openWatch(
      registry,
      served,
      request,
      (events) => {
        for (const event of events) {
          if ('view' in event) seen.push(`${event.type} ${event.view.object.metadata.name}`);
        }
      },
      { source },
    );
    return seen;
  };
  const early = await seenFrom('');
  for (const name of ['a', 'b']) await put(name);
  const [late, replayed] = [await seenFrom(String(cache.revision)), await seenFrom('1')];
  await put('c');
  source.flush?.();
  expect(early).toEqual(['ADDED a', 'ADDED b', 'ADDED c']);
  expect(late).toEqual(['ADDED c']);
  expect(replayed).toEqual(['ADDED b', 'ADDED c']);
});

it('sends bookmarks every minute and shortly before the end, with the row of an empty object', async () => {
  const store = createMemoryStore();
  const cache = new Cache(store, (_, value) => value, raise);
  const clock = new VirtualClock();
  const registry = { cache, clock } as unknown as Registry;
  const served = new ServedResources().get('', 'v1', 'configmaps');
  const request = {
    ...{ namespace: '', name: '', selection: undefined, bookmarks: true },
    ...{ resourceVersion: '', resourceVersionMatch: '', sendInitialEvents: undefined },
  };
  await cache.start();
  const start = clock.now();
  const times: number[] = [];
  const events: ViewEvent[] = [];
  await openWatch(registry, served, { ...request, endsAtMs: start + 100_000 }, (sent) => {
    times.push((clock.now() - start) / 1000);
    events.push(...sent);
  });
  await clock.advance(100_000);
  expect(times).toEqual([60, 98]);
  const form = { format: { as: 'Table', version: 'v1', encoding: 'json' }, first: false } as const;
  const bytes = groupBytes(served, events.slice(0, 1), {
    ...{ ...form, includeObject: 'Metadata', nowMs: clock.now() },
  });
  expect(JSON.parse(bytes.toString())).toMatchObject({
    type: 'BOOKMARK',
    object: {
      kind: 'Table',
      columnDefinitions: null,
      rows: [
        {
          cells: ['', 0, '<unknown>'],
          object: { kind: 'PartialObjectMetadata', metadata: { resourceVersion: '0' } },
        },
      ],
    },
  });
});
