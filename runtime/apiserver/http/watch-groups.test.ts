import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { type CacheEvent, ResourceCache } from '../registry/cache.ts';
import { encodeObject, Item } from '../registry/item.ts';
import { groupsOf } from './watch-groups.ts';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
});
afterEach(() => {
  vi.useRealTimers();
});

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
  vi.advanceTimersByTime(9);
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
