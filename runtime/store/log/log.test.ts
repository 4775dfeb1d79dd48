import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { openStore } from '../open.ts';
import { storeCases } from '../store.case.ts';
import { ReadOnlyError, type Store, type StoreEvent } from '../store.ts';
import { FaultyDisk, seeded } from '../testing/faulty-disk.ts';
import { openDisk } from './disk.ts';
import { openLogStore } from './log.ts';
import { CorruptStoreError } from './recover.ts';

const directories: string[] = [];
async function directory(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'skiff-log-'));
  directories.push(path);
  return path;
}
afterAll(() => Promise.all(directories.map((path) => rm(path, { recursive: true }))));

storeCases('log', async () => openLogStore(await openDisk(await directory())));

const put = (store: Store, key: string, value: string) =>
  store.commit([{ type: 'put', key, value: Buffer.from(value) }]);

describe('log store on disk', () => {
  it('has everything after a restart, and goes on from the same revision', async () => {
    const path = await directory();
    const first = await openLogStore(await openDisk(path));
    for (let i = 0; i < 10; i++) await put(first, `/k${i}`, `v${i}`);
    await first.commit([{ type: 'delete', key: '/k3' }]);
    await first.close();
    const second = await openLogStore(await openDisk(path));
    expect(second.revision).toBe(11);
    expect((await second.list('/')).entries.map(({ key }) => key)).not.toContain('/k3');
    expect(await put(second, '/k3', 'again')).toEqual({ ok: true, revision: 12 });
    await second.close();
  });

  it('snapshots, removes the log before it, and restarts from there', async () => {
    const path = await directory();
    const first = await openLogStore(await openDisk(path), { snapshotAfterBytes: 2_000 });
    for (let i = 0; i < 100; i++) await put(first, `/k${i % 10}`, 'x'.repeat(100));
    await first.close();
    // As of a process that was killed over it.
    await writeFile(join(path, 'snapshot-0000000000000900.snap.tmp'), 'begun');
    expect((await readdir(path)).some((name) => name.startsWith('snapshot-'))).toBe(true);
    expect((await readdir(path)).length).toBeLessThan(5);
    const second = await openLogStore(await openDisk(path));
    expect(second.revision).toBe(100);
    expect(await second.count('/')).toBe(10);
    expect((await readdir(path)).filter((name) => name.endsWith('.tmp'))).toEqual([]);
    await second.close();
  });

  it('cuts a torn tail, says so and keeps what it cut', async () => {
    const path = await directory();
    const first = await openLogStore(await openDisk(path));
    await put(first, '/a', '1');
    await first.close();
    const segment = join(path, (await readdir(path))[0] as string);
    await writeFile(segment, Buffer.from([9, 0, 0, 0, 1, 2, 3, 4, 5]), { flag: 'a' });
    const reports: string[] = [];
    const second = await openLogStore(await openDisk(path), {
      report: (line) => reports.push(line),
    });
    expect(second.revision).toBe(1);
    expect(reports.join()).toContain('cut 9 bytes');
    await second.close();
  });

  it('refuses damage before whole groups of commits, and a lost snapshot, instead of forgetting them', async () => {
    const path = await directory();
    const first = await openLogStore(await openDisk(path));
    for (const key of ['/a', '/b', '/c']) await put(first, key, 'acknowledged');
    await first.close();
    const segment = join(path, (await readdir(path))[0] as string);
    const whole = await readFile(segment);
    const reopened = async (bytes: Buffer) => {
      await writeFile(segment, bytes);
      return openLogStore(await openDisk(path));
    };
    // The first is damaged in its length, in its checksum, and in what it holds.
    for (const at of [16, 20, 40]) {
      const damaged = Buffer.from(whole);
      damaged[at] = (damaged[at] as number) ^ 0xff;
      await expect(reopened(damaged), `byte ${at}`).rejects.toThrow(/damaged after byte 16/);
      expect(await readFile(segment)).toEqual(damaged);
    }
    // The last one may be a write that was under way.
    const torn = Buffer.from(whole);
    torn[torn.length - 1] = (torn.at(-1) as number) ^ 0xff;
    const second = await reopened(torn);
    expect(second.revision).toBe(2);
    await second.close();
    // Its segment was begun at revision 3: without the one before, revisions are missing.
    await rm(segment);
    await expect(openDisk(path).then((disk) => openLogStore(disk))).rejects.toThrow(
      /wal-0000000000000003.log: revisions 1 to 2 are missing/,
    );
  });

  it('refuses files of something else instead of writing over them', async () => {
    const path = await directory();
    await writeFile(join(path, 'wal-0000000000000001.log'), 'this is a file of somebody else');
    await expect(openLogStore(await openDisk(path))).rejects.toThrow(CorruptStoreError);
  });

  it('turns read-only when the disk fails, and still reads', async () => {
    const disk = new FaultyDisk(seeded(1));
    const store = await openLogStore(disk);
    await put(store, '/a', '1');
    disk.failAt = disk.steps + 2;
    await expect(put(store, '/a', '2')).rejects.toThrow(ReadOnlyError);
    await expect(put(store, '/b', '1')).rejects.toThrow(/read-only.*no space left/);
    expect(Buffer.from((await store.get('/a'))?.value ?? []).toString()).toBe('1');
  });

  it('acknowledges nothing after a failed sync, and has what it acknowledged after a restart', async () => {
    const disk = new FaultyDisk(seeded(1));
    const store = await openLogStore(disk);
    await put(store, '/a', '1');
    disk.failure = new Error('EIO: i/o error, fdatasync');
    // The write before it went well.
    disk.failAt = disk.steps + 2;
    const others = [put(store, '/a', '2'), put(store, '/b', '1')];
    for (const refused of others) {
      await expect(refused).rejects.toThrow(/read-only because a write failed: EIO: i\/o error/);
    }
    // The disk works again, but nobody knows what it holds.
    disk.failAt = Number.MAX_SAFE_INTEGER;
    await expect(put(store, '/c', '1')).rejects.toThrow(ReadOnlyError);
    await store.close();
    const next = await openLogStore(disk.afterCrash());
    expect(next.revision).toBeGreaterThanOrEqual(1);
    expect(await put(next, '/c', '1')).toMatchObject({ ok: true });
  });

  it('puts a snapshot off while there is no room beside it, and writes on', async () => {
    const disk = new FaultyDisk(seeded(1));
    disk.capacity = 40_000;
    const reports: string[] = [];
    const report = (line: string) => reports.push(line);
    const store = await openLogStore(disk, { snapshotAfterBytes: 2_000, report });
    const write = async (times: number) => {
      for (let i = 0; i < times; i++) await put(store, `/k${i % 20}`, 'x'.repeat(100));
    };
    const hasSnapshot = async () => (await disk.list()).some((name) => name.endsWith('.snap'));
    // Others leave too little for a snapshot of 20 entries and the log after it.
    disk.taken = 35_000;
    await write(20);
    expect(reports.join()).toMatch(/^snapshot at \d+ failed: it needs 1 MiB .* tried again later/);
    expect(await hasSnapshot()).toBe(false);
    // They fill the disk while it is written: the log has the last of the room, not the snapshot.
    disk.taken = 0;
    const free = disk.free.bind(disk);
    disk.free = async () =>
      (await disk.list()).some((name) => name.endsWith('.snap.tmp')) ? 0 : free();
    await write(20);
    expect(await hasSnapshot()).toBe(false);
    await expect.poll(async () => (await disk.list()).join()).not.toContain('.tmp');
    disk.free = free;
    await write(40);
    await store.close();
    expect(await hasSnapshot()).toBe(true);
    expect((await disk.list()).length).toBeLessThan(5);
  });

  it('counts the log of earlier processes when it asks whether a snapshot is due', async () => {
    const disk = new FaultyDisk(seeded(1));
    for (let start = 0; start < 12; start++) {
      const store = await openLogStore(disk, { snapshotAfterBytes: 2_000 });
      for (let i = 0; i < 5; i++) await put(store, `/k${i}`, 'x'.repeat(100));
      await store.close();
    }
    expect((await disk.list()).length).toBeLessThan(6);
  });
});

/** One process's life on a disk that will fail: what it acknowledged and what it showed. */
interface Life {
  acknowledged: Map<number, string>;
  shown: string[];
}

const show = (event: StoreEvent): [number, string] =>
  event.type === 'put'
    ? [event.entry.revision, `${event.entry.key}=${Buffer.from(event.entry.value).toString()}`]
    : [event.revision, `${event.key} gone`];

/** Hands over everything the store can still tell, what it recovered included. */
function watchAll(store: Store, onEvent: (revision: number, text: string) => void): void {
  store.watch({
    prefix: '/',
    after: store.compactedRevision,
    onEvents: (events) => {
      for (const event of events) onEvent(...show(event));
    },
  });
}

async function live(disk: FaultyDisk, random: () => number, life: Life): Promise<void> {
  const store = await openLogStore(disk, { snapshotAfterBytes: 400 });
  const start = store.revision;
  watchAll(store, (revision, text) => life.shown.push(`${revision} ${text}`));
  const writer = async (name: number) => {
    for (let i = 0; i < 6; i++) {
      const key = `/k${Math.floor(random() * 5)}`;
      const value = `${name}.${i}.${Math.floor(random() * 1e9)}`;
      const remove = random() < 0.2;
      const result = await store.commit([
        remove ? { type: 'delete', key } : { type: 'put', key, value: Buffer.from(value) },
      ]);
      if (result.ok && result.revision > start && !remove) {
        life.acknowledged.set(result.revision, `${key}=${value}`);
      }
    }
  };
  await Promise.allSettled([0, 1, 2, 3].map(writer));
  await store.close().catch(() => {});
}

/** Three processes in a row on one disk, each cut off somewhere; then a look at what is left. */
async function crashRun(seed: number): Promise<void> {
  const random = seeded(seed);
  let disk = new FaultyDisk(random);
  /** What every revision meant to anybody who was ever told of it. */
  const meaning = new Map<number, string>();
  const learn = (revision: number, text: string) => {
    expect(meaning.get(revision) ?? text, `seed ${seed}: revision ${revision} reused`).toBe(text);
    meaning.set(revision, text);
  };
  for (let round = 0; round < 3; round++) {
    disk.failAt = 1 + Math.floor(random() * 60);
    const life: Life = { acknowledged: new Map(), shown: [] };
    await live(disk, random, life).catch((error: unknown) => {
      // The disk may fail while the store opens, but that must never look like damage.
      if (error instanceof CorruptStoreError) throw error;
    });
    let last: number | undefined;
    const shown = new Set(life.shown.map((line) => Number.parseInt(line, 10)));
    for (const revision of life.acknowledged.keys()) {
      expect(shown.has(revision), `seed ${seed}: revision ${revision} never shown`).toBe(true);
    }
    for (const line of life.shown) {
      const revision = Number.parseInt(line, 10);
      if (last !== undefined) expect(revision, `seed ${seed}: gap or disorder`).toBe(last + 1);
      learn(revision, line.slice(line.indexOf(' ') + 1));
      last = revision;
    }
    for (const [revision, text] of life.acknowledged) learn(revision, text);
    disk = disk.afterCrash();
  }
  await expectAllThere(disk, seed, meaning, learn);
}

/** After the last crash every key stands as the newest revision that touched it says. */
async function expectAllThere(
  disk: FaultyDisk,
  seed: number,
  meaning: Map<number, string>,
  learn: (revision: number, text: string) => void,
): Promise<void> {
  const newest = Math.max(0, ...meaning.keys());
  const store = await openLogStore(disk);
  expect(store.revision, `seed ${seed}: acknowledged writes lost`).toBeGreaterThanOrEqual(newest);
  watchAll(store, learn);
  await Promise.resolve();
  const standing = new Map<string, string>();
  for (const [, text] of [...meaning].sort(([a], [b]) => a - b)) {
    const key = text.split(/[= ]/)[0] as string;
    if (text.endsWith(' gone')) standing.delete(key);
    else standing.set(key, text);
  }
  const { entries } = await store.list('/');
  const stored = entries.map(({ key, value }) => `${key}=${Buffer.from(value).toString()}`);
  expect(stored, `seed ${seed}: state`).toEqual([...standing.values()].sort());
  await store.close();
}

it('says where the state is that cannot be opened', async () => {
  const path = join(await directory(), 'state');
  const options = { directory: path, after: () => () => {}, report: () => {} };
  await writeFile(path, 'in the way');
  await expect(openStore(options)).rejects.toThrow(`the state in ${path} cannot be opened: EEXIST`);
  await rm(path);
  await mkdir(path);
  await writeFile(join(path, 'snapshot-0000000000000005.snap'), 'short');
  await expect(openStore(options)).rejects.toThrow(`${path}/snapshot-0000000000000005.snap: not a`);
});

describe('log store after a crash', () => {
  it('loses no acknowledged write, reuses no revision, doubles no event: 10,000 seeds', {
    timeout: 300_000,
  }, async () => {
    for (let seed = 1; seed <= 10_000; seed++) await crashRun(seed);
  });
});
