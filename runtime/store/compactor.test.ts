import { expect, it } from 'vitest';
import { VirtualClock } from '../api/clock.ts';
import { startCompactor } from './compactor.ts';
import { createMemoryStore } from './memory/memory.ts';

it('cuts what is older than it retains, and says once that it cannot', async () => {
  const clock = new VirtualClock();
  const store = createMemoryStore();
  const said: string[] = [];
  const after = (ms: number, callback: () => void) => clock.after(ms, callback);
  const { compact } = store;
  let broken = false;
  store.compact = (revision) =>
    broken ? Promise.reject(new Error('no space')) : compact.call(store, revision);
  const stop = startCompactor({ store, after, report: (line) => said.push(line) });
  const write = () => store.commit([{ type: 'put', key: '/a', value: Buffer.from('x') }]);
  const pass = async () => {
    await write();
    await clock.advance(30_000);
  };
  for (let i = 0; i < 20; i++) await pass();
  // Ten steps of half a minute stay readable.
  expect(store.compactedRevision).toBe(10);
  broken = true;
  for (let i = 0; i < 3; i++) await pass();
  expect(said).toEqual(['the history cannot be cut at 11: Error: no space']);
  broken = false;
  await pass();
  expect(store.compactedRevision).toBe(14);
  stop();
});

it('holds no more than so many bytes of history, however large the objects', async () => {
  const clock = new VirtualClock();
  const store = createMemoryStore();
  const after = (ms: number, callback: () => void) => clock.after(ms, callback);
  const report = (line: string) => expect.fail(line);
  const stop = startCompactor({ store, after, report, maxBytes: 100_000 });
  const large = Buffer.alloc(20_000);
  for (let second = 0; second < 60; second++) {
    await store.commit([{ type: 'put', key: '/a', value: large }]);
    await clock.advance(1_000);
    expect(store.historyBytes).toBeLessThan(200_000);
    // What a watcher has just not seen yet stays.
    expect(store.compactedRevision).toBeLessThan(store.revision);
  }
  stop();
});
