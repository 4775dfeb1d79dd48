/**
 * What every engine must do. Each engine's test calls `storeCases` with a way to make one without
 * keys. Its revision need not be 0: an etcd that has been emptied counts on, so every case counts
 * from where it began.
 */
import { describe, expect, it } from 'vitest';
import { CompactedError, FutureRevisionError, type Store, type StoreEvent } from './store.ts';

const bytes = (text: string) => Buffer.from(text);
const textOf = (value: Uint8Array | undefined) =>
  value === undefined ? undefined : Buffer.from(value).toString();

async function put(store: Store, key: string, value: string, expected?: number): Promise<number> {
  const write = { type: 'put', key, value: bytes(value) } as const;
  const result = await store.commit([
    expected === undefined ? write : { ...write, expect: expected },
  ]);
  if (!result.ok) throw new Error(`conflict at ${result.key}`);
  return result.revision;
}

const describeEvent = (event: StoreEvent) =>
  event.type === 'put'
    ? `${event.entry.revision} ${event.entry.key}=${textOf(event.entry.value)}`
    : `${event.revision} ${event.key} gone`;

/** Collects what a watch hands over until `count` events have come. */
function collect(store: Store, prefix: string, after: number, count: number): Promise<string[]> {
  return new Promise((resolve, reject) => {
    const seen: string[] = [];
    const stop = store.watch({
      prefix,
      after,
      onEvents: (events) => {
        seen.push(...events.map(describeEvent));
        if (seen.length >= count) {
          stop();
          resolve(seen);
        }
      },
      onEnd: reject,
    });
  });
}

export function storeCases(name: string, open: () => Promise<Store>): void {
  describe(`${name} store`, () => {
    it('gives each commit the next revision', async () => {
      const store = await open();
      const start = store.revision;
      expect(await put(store, '/a', '1')).toBe(start + 1);
      expect(await put(store, '/b', '1')).toBe(start + 2);
      expect(await put(store, '/a', '2')).toBe(start + 3);
      expect(await store.get('/a')).toMatchObject({
        revision: start + 3,
        createRevision: start + 1,
      });
      expect(store.revision).toBe(start + 3);
      await store.close();
    });

    it('writes nothing if an expectation does not hold', async () => {
      const store = await open();
      const start = store.revision;
      await put(store, '/a', '1', 0);
      const again = await store.commit([
        { type: 'put', key: '/new', value: bytes('x') },
        { type: 'put', key: '/a', value: bytes('2'), expect: 0 },
      ]);
      expect(again).toMatchObject({ ok: false, key: '/a', current: { revision: start + 1 } });
      expect(await store.get('/new')).toBeUndefined();
      const other = await store.commit([{ type: 'delete', key: '/a', expect: start + 7 }]);
      expect(other.ok).toBe(false);
      const none = await store.commit([{ type: 'delete', key: '/none', expect: start + 1 }]);
      expect(none).toEqual({ ok: false, key: '/none', current: undefined });
      await store.close();
    });

    it('tells a writer that it lost only once it can read what won', async () => {
      const store = await open();
      const seen = await Promise.all(
        ['1', '2'].map(async (value) => {
          const write = { type: 'put', key: '/a', value: bytes(value), expect: 0 } as const;
          const result = await store.commit([write]);
          return result.ok ? undefined : textOf((await store.get('/a'))?.value);
        }),
      );
      const lost = seen.findIndex((value) => value !== undefined);
      expect(seen[lost]).toBe(lost === 0 ? '2' : '1');
      expect(seen[1 - lost]).toBeUndefined();
      await store.close();
    });

    it('lets exactly one of many concurrent writers win', async () => {
      const store = await open();
      const results = await Promise.all(
        Array.from({ length: 20 }, (_, i) =>
          store.commit([{ type: 'put', key: '/a', value: bytes(String(i)), expect: 0 }]),
        ),
      );
      expect(results.filter((result) => result.ok)).toHaveLength(1);
      await store.close();
    });

    it('lists in pages of one revision while writes go on', async () => {
      const store = await open();
      for (const key of ['/p/c', '/p/a', '/q/x', '/p/b', '/p/d']) await put(store, key, 'old');
      const first = await store.list('/p/', { limit: 2 });
      await put(store, '/p/aa', 'new');
      await store.commit([{ type: 'delete', key: '/p/c' }]);
      const rest = await store.list('/p/', { revision: first.revision, after: '/p/b' });
      expect(first.entries.map(({ key }) => key)).toEqual(['/p/a', '/p/b']);
      expect(first.remaining).toBe(2);
      expect(rest.entries.map(({ key }) => key)).toEqual(['/p/c', '/p/d']);
      expect(await store.count('/p/')).toBe(4);
      await store.close();
    });

    it('makes a key anew after its deletion', async () => {
      const store = await open();
      const start = store.revision;
      await put(store, '/a', '1');
      await store.commit([{ type: 'delete', key: '/a' }]);
      expect(await store.get('/a')).toBeUndefined();
      await put(store, '/a', '2', 0);
      expect(await store.get('/a')).toMatchObject({ createRevision: start + 3 });
      await store.close();
    });

    it('spends no revision on deleting what is not there', async () => {
      const store = await open();
      const revision = await put(store, '/a', '1');
      expect(await store.commit([{ type: 'delete', key: '/none' }])).toEqual({
        ok: true,
        revision,
      });
      await store.close();
    });

    it('watches from the past into the future without a gap', async () => {
      const store = await open();
      const first = await put(store, '/p/a', '1');
      await put(store, '/q/a', '1');
      await put(store, '/p/a', '2');
      const seen = collect(store, '/p/', first, 3);
      await put(store, '/p/b', '1');
      await store.commit([{ type: 'delete', key: '/p/a' }]);
      expect(await seen).toEqual([
        `${first + 2} /p/a=2`,
        `${first + 3} /p/b=1`,
        `${first + 4} /p/a gone`,
      ]);
      await store.close();
    });

    it('hands over the writes of one revision together, with what stood there before', async () => {
      const store = await open();
      const first = await put(store, '/a', 'old');
      const batches: (readonly StoreEvent[])[] = [];
      const seen = new Promise<void>((resolve) => {
        store.watch({
          prefix: '/',
          after: first,
          onEvents: (events) => {
            batches.push(events);
            resolve();
          },
        });
      });
      await store.commit([
        { type: 'put', key: '/a', value: bytes('new'), expect: first },
        { type: 'put', key: '/b', value: bytes('1'), expect: 0 },
      ]);
      await seen;
      expect(batches).toHaveLength(1);
      expect(batches[0]?.map(describeEvent).sort()).toEqual([
        `${first + 1} /a=new`,
        `${first + 1} /b=1`,
      ]);
      const previous = (key: string) =>
        batches[0]?.find((event) => event.type === 'put' && event.entry.key === key)?.previous;
      expect(textOf(previous('/a')?.value)).toBe('old');
      expect(previous('/b')).toBeUndefined();
      await store.close();
    });

    it('watches every key there is under the empty prefix', async () => {
      const store = await open();
      const start = store.revision;
      const seen = collect(store, '', start, 2);
      await put(store, 'a', '1');
      await put(store, '\u00ff', '1');
      expect(await seen).toEqual([`${start + 1} a=1`, `${start + 2} \u00ff=1`]);
      expect((await store.list('')).entries.map(({ key }) => key)).toEqual(['a', '\u00ff']);
      await store.close();
    });

    it('tells watchers that it closes', async () => {
      const store = await open();
      const ended = new Promise<Error>((onEnd) => {
        store.watch({ prefix: '/', after: store.revision, onEvents: () => {}, onEnd });
      });
      await store.close();
      expect((await ended).message).toMatch(/closed/);
    });

    it('shows every watcher the same order under concurrent writers', async () => {
      const store = await open();
      const start = store.revision;
      const watchers = Array.from({ length: 5 }, () => collect(store, '/', start, 200));
      await Promise.all(Array.from({ length: 200 }, (_, i) => put(store, `/k${i % 7}`, String(i))));
      const [first, ...others] = await Promise.all(watchers);
      for (const other of others) expect(other).toEqual(first);
      expect(first?.map((line) => Number(line.split(' ')[0]))).toEqual(
        Array.from({ length: 200 }, (_, i) => start + i + 1),
      );
      await store.close();
    });

    it('forgets history at compaction but keeps what stands', async () => {
      const store = await open();
      const first = await put(store, '/a', '1');
      await put(store, '/a', '2');
      await put(store, '/b', '1');
      await store.compact(first + 1);
      await expect(store.list('/', { revision: first })).rejects.toThrow(CompactedError);
      expect(() => store.watch({ prefix: '/', after: first, onEvents: () => {} })).toThrow(
        CompactedError,
      );
      expect(await collect(store, '/', first + 1, 1)).toEqual([`${first + 2} /b=1`]);
      expect(textOf((await store.get('/a'))?.value)).toBe('2');
      expect((await store.list('/', { revision: first + 1 })).entries).toHaveLength(1);
      await store.close();
    });

    it('refuses a revision that is yet to come', async () => {
      const store = await open();
      const revision = store.revision + 9;
      await expect(store.list('/', { revision })).rejects.toThrow(FutureRevisionError);
      await expect(store.compact(revision)).rejects.toThrow(FutureRevisionError);
      await store.close();
    });
  });
}
