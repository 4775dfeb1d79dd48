import { spawn } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { VirtualClock } from '../api/clock.ts';
import { openEtcdStore } from '../store/etcd/etcd.ts';
import { hasEtcd, startEtcd } from '../store/etcd/testing/etcd-server.ts';
import { createMemoryStore } from '../store/memory/memory.ts';
import type { Store } from '../store/store.ts';
import { type ClusterSettings, clusterPaths, formatVersion } from './data-directory.ts';
import { authorityKey, type Keys, openKeys } from './keys.ts';

const etcdChoice = 'etcd=http://127.0.0.1:2379';
const years = 365 * 24 * 3600 * 1000;
let home: string;
let clock: VirtualClock;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'skiff-keys-'));
  clock = new VirtualClock();
});
afterEach(() => rm(home, { recursive: true, force: true }));

/** Opens the keys as `skiff up --name NAME` does. */
function open(name: string, store: Store, settings: Partial<ClusterSettings> = {}) {
  const plain = { formatVersion, name, engine: 'simulated', nodes: 1, port: 1 } as const;
  return openKeys({
    paths: clusterPaths(join(home, name)),
    settings: { ...plain, ...settings },
    store,
    clock,
  });
}
const onEtcd = (pki?: string) => ({
  store: etcdChoice,
  ...(pki === undefined ? {} : { pki: join(home, pki) }),
});

describe('the keys of clusters that share their state', () => {
  it('are made once in the directory that all name', async () => {
    const store = createMemoryStore();
    const all: Keys[] = [];
    for (const name of ['a', 'b', 'c']) all.push(await open(name, store, onEtcd('shared')));
    expect(new Set(all.map(({ pki }) => pki.caPem)).size).toBe(1);
    expect(new Set(all.map(({ pki }) => pki.serviceAccount.keyId)).size).toBe(1);
    const secrets = all.map(({ secretKey }) => Buffer.from(secretKey).toString('hex'));
    expect(new Set(secrets).size).toBe(1);
    // What is of one server alone lies with that server.
    expect(new Set(all.map(({ pki }) => pki.admin.certPem)).size).toBe(3);
    expect((await readdir(join(home, 'shared'))).sort()).toEqual([
      'ca.crt',
      'ca.key',
      'front-proxy-ca.crt',
      'front-proxy-ca.key',
      'sa.key',
      'secrets.key',
    ]);
  });

  it('are waited for while another process makes them, for ten seconds', async () => {
    const store = createMemoryStore();
    // The lock asks whether its holder lives, and whether it is one of ours by its command line.
    const holder = spawn(process.execPath, ['-e', 'process.stdin.resume()', 'skiff']);
    await new Promise((resolve) => holder.once('spawn', resolve));
    await mkdir(join(home, 'shared'));
    await writeFile(join(home, 'shared/lock'), `${holder.pid}\n`);
    const tick = async () => {
      await new Promise((resolve) => setImmediate(resolve));
      await clock.advance(50);
    };
    let refused: unknown;
    const late = open('a', store, onEtcd('shared')).catch((error: unknown) => {
      refused = error;
    });
    while (refused === undefined) await tick();
    expect(String(refused)).toMatch(new RegExp(`process ${holder.pid} holds .*shared/lock`));
    await late;
    let keys: Keys | undefined;
    const waiting = open('a', store, onEtcd('shared')).then((opened) => {
      keys = opened;
    });
    for (let i = 0; i < 20; i++) await tick();
    expect(await readdir(join(home, 'shared'))).toEqual(['lock']);
    holder.kill('SIGKILL');
    await new Promise((resolve) => holder.once('exit', resolve));
    while (keys === undefined) await tick();
    await waiting;
    expect(await readdir(join(home, 'shared'))).not.toContain('lock');
  });

  it('may be a copy', async () => {
    const store = createMemoryStore();
    const first = await open('first', store, onEtcd());
    await cp(join(home, 'first/pki'), join(home, 'copy'), { recursive: true });
    const second = await open('second', store, onEtcd('copy'));
    expect(second.pki.caPem).toBe(first.pki.caPem);
  });

  it('must be those of the state: others are refused, and nothing is made', async () => {
    const store = createMemoryStore();
    await open('first', store, onEtcd());
    const { revision } = store;
    await expect(open('second', store, onEtcd())).rejects.toThrow(
      /belongs to cluster "first" .*second\/pki does not hold that cluster's keys.* --pki: .*Nothing was changed/,
    );
    await expect(readdir(join(home, 'second/pki'))).rejects.toThrow(/ENOENT/);
    await open('other', createMemoryStore(), onEtcd());
    await expect(open('other', store, onEtcd())).rejects.toThrow(/belongs to cluster "first"/);
    expect(store.revision).toBe(revision);
    // Not all of them: without the key for Secrets these could not be read.
    await cp(join(home, 'first/pki'), join(home, 'half'), { recursive: true });
    await rm(join(home, 'half/secrets.key'));
    await expect(open('second', store, onEtcd('half'))).rejects.toThrow(/"first"/);
    await writeFile(join(home, 'half/secrets.key'), Buffer.alloc(32).toString('base64'));
    await expect(open('second', store, onEtcd('half'))).rejects.toThrow(/"first"/);
  });

  it('are not mixed with the state of another kind of cluster', async () => {
    const store = createMemoryStore();
    const value = Buffer.from('k8s\0');
    await store.commit([{ type: 'put', key: '/registry/namespaces/default', value }]);
    await expect(open('a', store, onEtcd())).rejects.toThrow(/not Skiff's/);
  });

  it('pass on to the authority that follows one which nears its end', async () => {
    const store = createMemoryStore();
    const first = await open('a', store, onEtcd('shared'));
    await clock.advance(9.95 * years);
    const later = await open('b', store, onEtcd('shared'));
    expect(later.pki.caPem).not.toBe(first.pki.caPem);
    expect((await open('a', store, onEtcd('shared'))).pki.caPem).toBe(later.pki.caPem);
  });

  it('are of no concern to a store of its own', async () => {
    const store = createMemoryStore();
    await open('a', store);
    expect(await store.get(authorityKey)).toBeUndefined();
  });

  it.skipIf(!hasEtcd)('are claimed in etcd by one of two that start at once', async () => {
    const etcd = await startEtcd();
    const after = (ms: number, callback: () => void) => {
      const timer = setTimeout(callback, ms);
      return () => clearTimeout(timer);
    };
    const connect = () => openEtcdStore({ addresses: [etcd.address], after });
    const [one, two] = [await connect(), await connect()];
    try {
      const ends = await Promise.allSettled([open('a', one, onEtcd()), open('b', two, onEtcd())]);
      expect(ends.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    } finally {
      await one.close();
      await two.close();
      await etcd.remove();
    }
  });
});
