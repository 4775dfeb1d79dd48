import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { dataFinalizer } from '../../api/local-volumes.ts';
import type { PersistentVolume, PersistentVolumeClaim, StorageClass } from '../../api/types.ts';
import {
  at,
  persistentVolumeClaims,
  persistentVolumes,
  storageClasses,
} from '../../client/resources.ts';
import { type Bench, createBench } from '../testing/bench.ts';
import { runVolumeBinder } from './binder.ts';
import { provideDefaultClass } from './default-class.ts';
import { runVolumeProtection } from './protection.ts';

let bench: Bench;
beforeEach(() => {
  bench = createBench();
  const context = { ...bench.context, persistentVolumeRoot: '/data' };
  runVolumeBinder(context);
  runVolumeProtection(context);
});
afterEach(() => bench.stop());

const claim = (storageClassName: string, size = '1Gi') =>
  bench.create<PersistentVolumeClaim>({
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { name: 'data', namespace: 'default' },
    spec: {
      storageClassName,
      accessModes: ['ReadWriteOnce'],
      resources: { requests: { storage: size } },
    },
  });
const storageClass = (volumeBindingMode: string, provisioner = 'skiff.dev/local') =>
  bench.create({
    apiVersion: 'storage.k8s.io/v1',
    kind: 'StorageClass',
    metadata: { name: 'standard' },
    provisioner,
    reclaimPolicy: 'Delete',
    volumeBindingMode,
  });
const volume = (name: string, storage: string) =>
  bench.create({
    apiVersion: 'v1',
    kind: 'PersistentVolume',
    metadata: { name },
    spec: {
      capacity: { storage },
      accessModes: ['ReadWriteOnce'],
      storageClassName: 'manual',
      persistentVolumeReclaimPolicy: 'Retain',
      hostPath: { path: `/x/${name}` },
    },
  });
const data = () =>
  bench.fake.find<PersistentVolumeClaim>(persistentVolumeClaims, 'data', 'default');
const annotations = () => data()?.metadata.annotations ?? {};
const askedOf = (provisioner: string) => ({
  'volume.beta.kubernetes.io/storage-provisioner': provisioner,
  'volume.kubernetes.io/storage-provisioner': provisioner,
});
/** A pod that mounts the claim. */
const user = (name: string) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, namespace: 'default' },
  spec: {
    containers: [],
    volumes: [{ name: 'v', persistentVolumeClaim: { claimName: 'data' } }],
  },
});
const all = () => bench.fake.all<PersistentVolume>(persistentVolumes);

describe('claims', () => {
  it('get the smallest volume that is large enough; the others stay free', async () => {
    await volume('small', '500Mi');
    await volume('large', '10Gi');
    await volume('right', '2Gi');
    await claim('manual');
    await bench.until(() => data()?.status?.phase === 'Bound');
    expect(data()?.spec.volumeName).toBe('right');
    expect(data()?.status?.capacity).toEqual({ storage: '2Gi' });
    await bench.until(() => all().every(({ status }) => status?.phase !== undefined));
    expect(Object.fromEntries(all().map((pv) => [pv.metadata.name, pv.status?.phase]))).toEqual({
      small: 'Available',
      large: 'Available',
      right: 'Bound',
    });
  });

  it('have volumes made by the class standard, which go with them', async () => {
    await storageClass('Immediate');
    const { metadata } = await claim('standard');
    await bench.until(() => data()?.status?.phase === 'Bound');
    expect(all()[0]).toMatchObject({
      metadata: { name: `pvc-${metadata.uid}` },
      spec: {
        hostPath: { path: `/data/pvc-${metadata.uid}_default_data` },
        capacity: { storage: '1Gi' },
      },
    });
    await bench.until(() => data()?.metadata.finalizers?.includes('kubernetes.io/pvc-protection'));
    await bench.fake.delete(at(persistentVolumeClaims, 'data', 'default'));
    // What still holds the volume is its data, which the node removes.
    await bench.until(
      () => data() === undefined && all()[0]?.metadata.finalizers?.join() === dataFinalizer,
    );
    expect(all()[0]?.metadata.deletionTimestamp).toBeDefined();
    expect(bench.logged).toEqual([]);
  });

  it('wait for their first consumer where the class says so, then get one', async () => {
    await storageClass('WaitForFirstConsumer');
    await claim('standard');
    await bench.until(() =>
      bench.eventLines().some((line) => line.startsWith('WaitForFirstConsumer')),
    );
    expect(all()).toEqual([]);
    await bench.create(user('p'));
    await bench.until(() =>
      bench.eventLines().includes('WaitForPodScheduled: waiting for pod p to be scheduled'),
    );
    // A node that has gone meanwhile is not waited for: the scheduler is to choose another.
    const choose = (node: string) =>
      bench.patch(persistentVolumeClaims, 'data', {
        metadata: { annotations: { 'volume.kubernetes.io/selected-node': node } },
      });
    await choose('gone');
    await bench.until(() => bench.eventLines().some((line) => line.includes('"gone" not found')));
    await bench.until(() => !('volume.kubernetes.io/selected-node' in annotations()));
    expect(all()).toEqual([]);
    bench.fake.put({ apiVersion: 'v1', kind: 'Node', metadata: { name: 'a' } });
    await choose('a');
    await bench.until(() => data()?.status?.phase === 'Bound');
    expect(all()[0]?.spec.nodeAffinity).toBeUndefined();
    expect(annotations()).toMatchObject(askedOf('skiff.dev/local'));
  });

  it('are handed to the provisioner that their class names', async () => {
    await storageClass('Immediate', 'disk.example.com');
    await claim('standard');
    await bench.until(() =>
      bench.eventLines().some((line) => /^ExternalProvisioning: .*'disk.example.com'/.test(line)),
    );
    expect(annotations()).toEqual(askedOf('disk.example.com'));
    expect(data()?.status?.phase).toBe('Pending');
  });

  it('are handed to the driver that came after what was built in, where there is one', async () => {
    await storageClass('Immediate', 'kubernetes.io/aws-ebs');
    await claim('standard');
    await bench.until(() => 'volume.kubernetes.io/storage-provisioner' in annotations());
    expect(annotations()).toEqual(askedOf('ebs.csi.aws.com'));
  });

  it('wait for volumes made by hand where nothing makes any', async () => {
    await storageClass('Immediate', 'kubernetes.io/no-provisioner');
    await claim('standard');
    const told = 'ProvisioningFailed: no volume plugin matched name: kubernetes.io/no-provisioner';
    await bench.until(() => bench.eventLines().includes(told));
    expect(annotations()).toEqual({});
  });
});

describe('a new cluster', () => {
  it('has the default class standard, made once', async () => {
    provideDefaultClass({ ...bench.context, persistentVolumeRoot: '/data' });
    const made = () => bench.fake.find<StorageClass>(storageClasses, 'standard');
    await bench.until(() => made() !== undefined);
    expect(made()).toMatchObject({
      provisioner: 'skiff.dev/local',
      volumeBindingMode: 'WaitForFirstConsumer',
      metadata: { annotations: { 'storageclass.kubernetes.io/is-default-class': 'true' } },
    });
  });
});

describe('protection', () => {
  it('keeps a deleted claim until no pod uses it', async () => {
    await volume('right', '2Gi');
    await claim('manual');
    bench.fake.put(user('p') as never);
    await bench.until(
      () => data()?.metadata.finalizers !== undefined && data()?.status?.phase === 'Bound',
    );
    await bench.fake.delete(at(persistentVolumeClaims, 'data', 'default'));
    await bench.clock.advance(1_000);
    expect(data()).toBeDefined();
    bench.fake.drop({ group: '', version: 'v1', resource: 'pods' }, 'p', 'default');
    await bench.until(() => data() === undefined);
    await bench.until(() => all()[0]?.status?.phase === 'Released');
  });
});
