import { expect, it } from 'vitest';
import { createMemoryStore } from '../../store/memory/memory.ts';
import { Cache } from './cache.ts';
import { encodeObject } from './item.ts';

it('says so when it cannot go on after an event, instead of standing still', async () => {
  const store = createMemoryStore();
  const failures: string[] = [];
  const cache = new Cache(
    store,
    (_, value) => value,
    (error) => void failures.push(error.message),
  );
  await cache.start();
  cache.resource('core/pods').watch(() => {
    throw new Error('a fault of ours');
  });
  const value = encodeObject({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'a' } });
  await store.commit([{ type: 'put', key: '/registry/core/pods/default/a', value }]);
  expect(failures).toEqual(['a fault of ours']);
});
