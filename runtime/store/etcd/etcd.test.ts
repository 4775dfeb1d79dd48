import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../api/clock.ts';
import { storeCases } from '../store.case.ts';
import { CompactedError, type Store, type StoreEvent } from '../store.ts';
import { openEtcdStore } from './etcd.ts';
import { type EtcdServer, hasEtcd, startEtcd } from './testing/etcd-server.ts';

const after = systemClock.after;
const bytes = (text: string) => Buffer.from(text);

let server: EtcdServer;
const open = (report?: (message: string) => void) =>
  openEtcdStore({
    addresses: [server.address],
    after,
    ...(report === undefined ? {} : { report }),
  });

/** What was there before goes; its revisions stay used up. */
async function openEmpty(): Promise<Store> {
  const store = await open();
  const { entries } = await store.list('');
  if (entries.length > 0) {
    await store.commit(entries.map(({ key }) => ({ type: 'delete', key }) as const));
  }
  return store;
}

async function put(store: Store, key: string, value: string): Promise<number> {
  const result = await store.commit([{ type: 'put', key, value: bytes(value) }]);
  if (!result.ok) throw new Error(`conflict at ${result.key}`);
  return result.revision;
}

describe.skipIf(!hasEtcd)('on a real etcd', () => {
  beforeAll(async () => {
    server = await startEtcd();
  });
  afterAll(() => server?.remove());

  storeCases('etcd', openEmpty);

  it('sees what another process writes, as soon as it asks', async () => {
    const [mine, other] = [await openEmpty(), await open()];
    const revision = await put(other, '/a', '1');
    expect(mine.revision).toBeLessThan(revision);
    await Promise.all([mine.refresh?.(), mine.refresh?.(), mine.refresh?.()]);
    expect(mine.revision).toBe(revision);
    const lost = await mine.commit([{ type: 'put', key: '/a', value: bytes('2'), expect: 0 }]);
    expect(lost).toMatchObject({ ok: false, current: { revision } });
    await Promise.all([mine.close(), other.close()]);
  });

  it('watches on after etcd was killed and came back: no event lost, none twice', {
    timeout: 60_000,
  }, async () => {
    const reports: string[] = [];
    const store = await open((message) => reports.push(message));
    const start = store.revision;
    const seen: string[] = [];
    let check = () => {};
    store.watch({
      prefix: '/r/',
      after: start,
      onEvents: (events: readonly StoreEvent[]) => {
        for (const event of events) if (event.type === 'put') seen.push(event.entry.key);
        check();
      },
    });
    const until = (count: number) =>
      new Promise<void>((resolve) => {
        check = () => seen.length >= count && resolve();
        check();
      });
    const names = Array.from({ length: 30 }, (_, i) => `/r/${String(i).padStart(2, '0')}`);
    for (const name of names.slice(0, 10)) await put(store, name, 'x');
    await until(10);
    await server.kill();
    await server.start();
    // Reads are asked again until there is an answer; only then is a write sure of a connection.
    await store.refresh?.();
    for (const name of names.slice(10)) await put(store, name, 'x');
    await until(30);
    expect(seen).toEqual(names);
    expect(reports[0]).toMatch(/broke off/);
    await store.close();
  });

  it('tells a watch that another process has compacted past it', async () => {
    const [mine, other] = [await openEmpty(), await open()];
    const first = await put(other, '/a', '1');
    const newest = await put(other, '/a', '2');
    await other.compact(newest);
    const ended = await new Promise<Error>((onEnd) => {
      mine.watch({ prefix: '/', after: first - 1, onEvents: () => {}, onEnd });
    });
    expect(ended).toBeInstanceOf(CompactedError);
    expect(mine.compactedRevision).toBe(newest);
    await expect(mine.list('/', { revision: first })).rejects.toThrow(CompactedError);
    // Both run a compactor; who comes second finds the work done.
    await mine.compact(first);
    await Promise.all([mine.close(), other.close()]);
  });

  it('says which etcd does not answer', async () => {
    const lost = openEtcdStore({ addresses: ['127.0.0.1:1'], after, patienceMs: 300 });
    await expect(lost).rejects.toThrow(/etcd at 127\.0\.0\.1:1 cannot be reached/);
  });
});
