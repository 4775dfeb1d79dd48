import { expect, it } from 'vitest';
import { createMemoryStore } from '../../store/memory/memory.ts';
import { CompactedError, type Store, type WatchOptions } from '../../store/store.ts';
import { Cache, type CacheEvent } from './cache.ts';
import { encodeObject } from './item.ts';

const pod = (name: string, uid: string) =>
  encodeObject({ apiVersion: 'v1', kind: 'Pod', metadata: { name, uid } });
const key = (name: string) => `/registry/core/pods/default/${name}`;

it('catches up when the store has forgotten what the cache has not seen', async () => {
  const memory = createMemoryStore();
  let watch: WatchOptions | undefined;
  let connected = true;
  const store: Store = new Proxy(memory, {
    get(target, name) {
      if (name === 'watch') {
        return (options: WatchOptions) => {
          watch = options;
          return target.watch({
            ...options,
            onEvents: (events) => connected && options.onEvents(events),
          });
        };
      }
      const value = Reflect.get(target, name, target) as unknown;
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
  const put = (name: string, uid: string) =>
    memory.commit([{ type: 'put', key: key(name), value: pod(name, uid) }]);
  for (const name of ['kept', 'changed', 'remade', 'gone']) await put(name, 'old');
  const cache = new Cache(
    store,
    (_, value) => value,
    (error) => {
      throw error;
    },
  );
  await cache.start();
  const seen: string[] = [];
  cache.resource('core/pods').watch((events: readonly CacheEvent[]) => {
    for (const event of events) {
      const uid = event.item?.object.metadata.uid ?? 'gone';
      seen.push(`${event.key.split('/').at(-1)} ${uid}`);
    }
  });

  // Given a connection that breaks, while others write and compact.
  connected = false;
  await put('changed', 'old');
  await memory.commit([{ type: 'delete', key: key('remade') }]);
  await put('remade', 'new');
  await memory.commit([{ type: 'delete', key: key('gone') }]);
  await put('added', 'new');
  await memory.compact(memory.revision);
  connected = true;

  // When the watch ends because its history is gone.
  watch?.onEnd?.(new CompactedError(4, memory.revision));
  await cache.reached(memory.revision);

  // Then watchers have seen every change, in order, and the cache follows again.
  expect(seen).toEqual(['changed old', 'remade gone', 'remade new', 'added new', 'gone gone']);
  await put('later', 'new');
  await cache.fresh();
  expect(seen.at(-1)).toBe('later new');
  expect(cache.resource('core/pods').size).toBe(5);
  cache.stop();
});
