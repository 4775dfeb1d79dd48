import { expect, it } from 'vitest';
import { createMemoryStore } from '../../store/memory/memory.ts';
import { Cache } from './cache.ts';
import { encodeObject } from './item.ts';

const key = (name: string) => `/registry/core/configmaps/default/${name}`;
const map = (name: string, bytes: number) =>
  encodeObject({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name },
    data: { text: 'x'.repeat(bytes) },
  });

async function setup(compactAt: number) {
  const store = createMemoryStore();
  const put = (name: string, bytes = 1) =>
    store.commit([{ type: 'put', key: key(name), value: map(name, bytes) }]);
  for (const name of ['a', 'b', 'a', 'c']) await put(name);
  await store.commit([{ type: 'delete', key: key('b') }]);
  if (compactAt > 0) await store.compact(compactAt);
  const raise = (error: Error) => {
    throw error;
  };
  const cache = new Cache(store, (_, value) => value, raise);
  await cache.start();
  return { store, cache, maps: cache.resource('core/configmaps') };
}

it('knows after a restart what the store still knows of the time before', async () => {
  for (const compacted of [0, 2]) {
    const { cache, maps } = await setup(compacted);
    expect(cache.revision).toBe(5);
    expect(maps.keys(maps.prefix)).toEqual([key('a'), key('c')]);
    expect(maps.oldest).toBe(compacted);
    expect(maps.since(2)?.map(({ revision }) => revision)).toEqual([3, 4, 5]);
    expect(maps.since(2)?.[0]?.previous?.revision).toBe(1);
    expect(maps.since(4)?.[0]).toMatchObject({ key: key('b'), item: undefined });
    // A resource that nothing was ever written of has as long a past.
    expect(cache.resource('core/secrets').since(compacted)).toEqual([]);
    cache.stop();
  }
});

it('forgets the past of large objects before it fills the memory', async () => {
  const { store, cache, maps } = await setup(0);
  const value = map('large', 2_000_000);
  for (let i = 0; i < 50; i++) await store.commit([{ type: 'put', key: key('large'), value }]);
  await cache.fresh();
  expect(maps.historyBytes).toBeLessThan(33 * 1024 * 1024);
  expect(maps.since(cache.revision - 5)).toHaveLength(5);
  expect(maps.since(maps.oldest - 1)).toBeUndefined();
  cache.stop();
});
