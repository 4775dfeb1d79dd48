import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ControllerRevision, Pod, StatefulSet } from '../../api/types.ts';
import {
  controllerRevisions,
  persistentVolumeClaims,
  statefulSets,
} from '../../client/resources.ts';
import { type Bench, createBench } from '../testing/bench.ts';
import { runStatefulSets } from './statefulset.ts';

let bench: Bench;
beforeEach(() => {
  bench = createBench();
  runStatefulSets(bench.context);
});
afterEach(() => bench.stop());

const template = (image: string) => ({
  metadata: { labels: { app: 'db' } },
  spec: { containers: [{ name: 'db', image }] },
});
const db = (spec: object = {}) => ({
  apiVersion: 'apps/v1',
  kind: 'StatefulSet',
  metadata: { name: 'db', namespace: 'default' },
  spec: {
    replicas: 3,
    serviceName: 'db',
    selector: { matchLabels: { app: 'db' } },
    updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 0 } },
    volumeClaimTemplates: [
      { metadata: { name: 'data' }, spec: { accessModes: ['ReadWriteOnce'] } },
    ],
    template: template('db:1'),
    ...spec,
  },
});
const names = () =>
  bench
    .pods()
    .map((pod) => pod.metadata.name)
    .sort();
const images = () =>
  bench
    .pods()
    .map((pod) => pod.spec.containers[0]?.image)
    .sort();
const status = () => bench.fake.find<StatefulSet>(statefulSets, 'db', 'default')?.status;
const get = (name: string): Pod => bench.pods().find((pod) => pod.metadata.name === name)!;

describe('a StatefulSet', () => {
  it('starts its pods in order, with names, hosts and claims of their own', async () => {
    await bench.create(db());
    await bench.until(() => names().length === 1);
    await bench.clock.advance(1000);
    expect(names()).toEqual(['db-0']);
    await bench.makeReady(get('db-0'));
    await bench.until(() => names().length === 2);
    await bench.makeReady(get('db-1'));
    await bench.until(() => names().length === 3);
    await bench.makeReady(get('db-2'));
    await bench.until(() => status()?.readyReplicas === 3);
    expect(get('db-1').spec).toMatchObject({
      hostname: 'db-1',
      subdomain: 'db',
      volumes: [{ name: 'data', persistentVolumeClaim: { claimName: 'data-db-1' } }],
    });
    expect(get('db-1').metadata.labels).toMatchObject({
      'statefulset.kubernetes.io/pod-name': 'db-1',
      'apps.kubernetes.io/pod-index': '1',
    });
    expect(
      bench.fake
        .all(persistentVolumeClaims)
        .map(({ metadata }) => metadata.name)
        .sort(),
    ).toEqual(['data-db-0', 'data-db-1', 'data-db-2']);
    expect(bench.eventLines()).toContain(
      'SuccessfulCreate: create Pod db-0 in StatefulSet db successful',
    );
    expect(bench.logged).toEqual([]);
  });

  it('scales down from the last and keeps the claims', async () => {
    bench.runNodes();
    await bench.create(db());
    await bench.until(() => status()?.readyReplicas === 3);
    await bench.patch(statefulSets, 'db', { spec: { replicas: 1 } });
    await bench.until(() => names().length === 1);
    expect(names()).toEqual(['db-0']);
    expect(bench.fake.all(persistentVolumeClaims)).toHaveLength(3);
  });

  it('renews pods from the last, stops at the partition, and notes revisions', async () => {
    bench.runNodes();
    await bench.create(db());
    await bench.until(() => status()?.readyReplicas === 3);
    await bench.patch(statefulSets, 'db', {
      spec: { template: template('db:2'), updateStrategy: { rollingUpdate: { partition: 2 } } },
    });
    await bench.until(() => images().includes('db:2'));
    await bench.clock.advance(2000);
    expect(get('db-2').spec.containers[0]?.image).toBe('db:2');
    expect(images()).toEqual(['db:1', 'db:1', 'db:2']);
    expect(status()?.currentRevision).not.toBe(status()?.updateRevision);
    await bench.patch(statefulSets, 'db', {
      spec: { updateStrategy: { rollingUpdate: { partition: 0 } } },
    });
    await bench.until(() => images().every((image) => image === 'db:2'));
    await bench.until(() => status()?.currentRevision === status()?.updateRevision);
    const names = bench.pods().map(({ metadata }) => metadata.labels?.['controller-revision-hash']);
    expect(new Set(names)).toEqual(new Set([status()?.updateRevision]));
    const revisions = bench.fake.all<ControllerRevision>(controllerRevisions);
    expect(revisions.map(({ revision }) => revision).sort()).toEqual([1, 2]);
  });

  it('Parallel: all at once; failed pods are made anew', async () => {
    await bench.create(db({ podManagementPolicy: 'Parallel' }));
    await bench.until(() => names().length === 3);
    const first = get('db-1').metadata.uid;
    bench.runNodes();
    await bench.setPodStatus(get('db-1'), { phase: 'Failed', conditions: [] });
    await bench.until(() => get('db-1') !== undefined && get('db-1').metadata.uid !== first);
    expect(bench.eventLines()).toContain(
      'RecreatingFailedPod: StatefulSet default/db is recreating failed Pod db-1',
    );
  });
});
