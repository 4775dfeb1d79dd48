import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock, timestamp } from '../api/clock.ts';
import { openEtcdStore } from '../store/etcd/etcd.ts';
import { type EtcdServer, hasEtcd, startEtcd } from '../store/etcd/testing/etcd-server.ts';
import type { Store } from '../store/store.ts';
import { type ClusterSettings, clusterPaths, formatVersion } from './data-directory.ts';
import { purgeStore } from './purge-store.ts';

describe.skipIf(!hasEtcd)('the state of a cluster in etcd', () => {
  let etcd: EtcdServer;
  let store: Store;
  let settings: ClusterSettings;
  const paths = clusterPaths('/nowhere/a');
  const said: string[] = [];
  const purge = () => purgeStore(settings, paths, systemClock, (line) => said.push(line));

  beforeEach(async () => {
    etcd = await startEtcd();
    store = await openEtcdStore({ addresses: [etcd.address], after: systemClock.after });
    settings = {
      ...{ formatVersion, name: 'a', engine: 'simulated', nodes: 1, port: 1 },
      store: `etcd=http://${etcd.address}`,
    };
    said.length = 0;
    const value = Buffer.from('{}');
    const names = Array.from({ length: 700 }, (_, i) => `/registry/core/pods/default/p-${i}`);
    await Promise.all(
      [...names, '/others/thing', '/skiff/authority'].map((key) =>
        store.commit([{ type: 'put', key, value }]),
      ),
    );
  }, 60_000);
  afterEach(async () => {
    await store.close();
    await etcd.remove();
  });

  const lease = (node: string, renewed: number) => {
    const spec = { leaseDurationSeconds: 40, renewTime: timestamp(renewed) };
    const key = `/registry/coordination.k8s.io/leases/kube-node-lease/${node}`;
    return store.commit([{ type: 'put', key, value: Buffer.from(JSON.stringify({ spec })) }]);
  };

  it('goes with it, and with nothing that is not its own', async () => {
    await lease('a-node-1', systemClock.now());
    await lease('b-node-1', systemClock.now() - 60_000);
    await purge();
    expect(await store.count('/registry/')).toBe(0);
    expect(await store.count('/skiff/')).toBe(0);
    expect(await store.count('/others/')).toBe(1);
  });

  it('stays while nodes of another cluster live in it, without its own', async () => {
    await lease('a-node-1', systemClock.now());
    await lease('b-node-1', systemClock.now());
    await purge();
    expect(await store.count('/registry/')).toBe(701);
    expect(await store.count('/skiff/')).toBe(1);
    expect(said).toEqual([
      `the state in ${settings.store} is left as it is: b-node-1, which is not of this cluster, uses it`,
    ]);
  });
});
