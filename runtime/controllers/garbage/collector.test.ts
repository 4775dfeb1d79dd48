import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { apiError } from '../../api/status.ts';
import type { ConfigMap, Namespace } from '../../api/types.ts';
import { configMaps, namespaces, serviceAccounts } from '../../client/resources.ts';
import { runNamespaces } from '../namespace/namespace.ts';
import { runRootCaPublisher } from '../namespace/root-ca.ts';
import { runServiceAccounts } from '../namespace/service-account.ts';
import { type Bench, createBench } from '../testing/bench.ts';
import { runGarbageCollector } from './collector.ts';

let bench: Bench;
beforeEach(() => {
  bench = createBench();
});
afterEach(() => bench.stop());

const owned = (name: string, uid: string, owners: object[] = [], more: object = {}) =>
  bench.fake.put({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name, namespace: 'default', uid, ownerReferences: owners, ...more },
  } as never);
const by = (name: string, uid: string, more: object = {}) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  name,
  uid,
  ...more,
});
const names = () =>
  bench.fake
    .all<ConfigMap>(configMaps)
    .map(({ metadata }) => metadata.name)
    .sort();

describe('the garbage collector', () => {
  it('deletes what is left of a deleted owner, down the tree', async () => {
    owned('root', '1');
    owned('child', '2', [by('root', '1')]);
    owned('grandchild', '3', [by('child', '2')]);
    owned('free', '4');
    runGarbageCollector(bench.context);
    await bench.clock.advance(100);
    expect(names()).toEqual(['child', 'free', 'grandchild', 'root']);
    bench.fake.drop(configMaps, 'root', 'default');
    await bench.until(() => names().length === 1);
    expect(names()).toEqual(['free']);
  });

  it('goes on following kinds that cannot be asked for', async () => {
    owned('root', '1');
    owned('child', '2', [by('root', '1')]);
    let broken = false;
    const verbs = ['delete', 'list', 'watch'];
    const own = { name: 'configmaps', kind: 'ConfigMap', namespaced: true, verbs };
    const raw = vi.spyOn(bench.context.client, 'raw').mockImplementation((async (path: string) => {
      if (path === '/apis') return { groups: [] };
      if (broken) throw apiError('ServiceUnavailable', 'not now');
      return { groupVersion: 'v1', resources: [own] };
    }) as never);
    runGarbageCollector(bench.context);
    await bench.clock.advance(100);
    broken = true;
    const asked = raw.mock.calls.length;
    const metadata = { name: 'things.example.com', uid: '3' };
    const apiVersion = 'apiextensions.k8s.io/v1';
    bench.fake.put({ apiVersion, kind: 'CustomResourceDefinition', metadata } as never);
    await bench.until(() => raw.mock.calls.length >= asked + 2);
    await bench.clock.advance(100);
    bench.fake.drop(configMaps, 'root', 'default');
    await bench.until(() => names().length === 0);
  });

  it('keeps what still has another owner, and forgets the dead one', async () => {
    owned('alive', '1');
    owned('child', '2', [by('alive', '1'), by('dead', '9')]);
    runGarbageCollector(bench.context);
    await bench.until(
      () => bench.fake.find(configMaps, 'child', 'default')?.metadata.ownerReferences?.length === 1,
    );
    expect(names()).toEqual(['alive', 'child']);
  });

  it('foreground: the owner goes after its dependents', async () => {
    owned('root', '1', [], {
      deletionTimestamp: '2026-01-01T00:00:00Z',
      finalizers: ['foregroundDeletion'],
    });
    owned('held', '2', [by('root', '1', { blockOwnerDeletion: true })], {
      finalizers: ['test/hold'],
    });
    runGarbageCollector(bench.context);
    const held = () => bench.fake.find(configMaps, 'held', 'default');
    await bench.until(() => held()?.metadata.deletionTimestamp !== undefined);
    expect(names()).toEqual(['held', 'root']);
    await bench.patch(configMaps, 'held', { metadata: { finalizers: null } });
    await bench.until(() => names().length === 0);
  });

  it('orphan: dependents are set free', async () => {
    owned('root', '1', [], { deletionTimestamp: '2026-01-01T00:00:00Z', finalizers: ['orphan'] });
    owned('child', '2', [by('root', '1')]);
    runGarbageCollector(bench.context);
    await bench.until(() => names().length === 1);
    expect(bench.fake.find(configMaps, 'child', 'default')?.metadata.ownerReferences ?? []).toEqual(
      [],
    );
  });
});

describe('namespaces', () => {
  it('get a service account and the certificate, and lose everything when deleted', async () => {
    const context = { ...bench.context, rootCaPem: 'PEM' };
    runServiceAccounts(context);
    runRootCaPublisher(context);
    runNamespaces(context);
    await bench.create({
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: 'shop' },
      spec: { finalizers: ['kubernetes'] },
    });
    await bench.until(() => bench.fake.find(serviceAccounts, 'default', 'shop'));
    await bench.until(() => bench.fake.find(configMaps, 'kube-root-ca.crt', 'shop'));
    bench.fake.put({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'held', namespace: 'shop', finalizers: ['test/hold'] },
    } as never);
    await bench.fake.delete({ ...namespaces, name: 'shop' });
    const shop = () => bench.fake.find<Namespace>(namespaces, 'shop');
    await bench.until(() => (shop()?.status?.conditions ?? []).length === 5);
    const remaining = shop()?.status?.conditions?.find(
      (c) => c.type === 'NamespaceFinalizersRemaining',
    );
    expect(remaining).toMatchObject({
      status: 'True',
      message:
        'Some content in the namespace has finalizers remaining: test/hold in 1 resource instances',
    });
    await bench.fake.patch({ ...configMaps, name: 'held', namespace: 'shop' }, 'merge', {
      metadata: { finalizers: null },
    });
    await bench.until(() => shop() === undefined, 1000);
    expect(bench.fake.all(serviceAccounts)).toEqual([]);
  });
});
