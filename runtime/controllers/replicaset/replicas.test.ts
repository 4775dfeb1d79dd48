import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { VirtualClock } from '../../api/clock.ts';
import { controllerOf } from '../../api/object.ts';
import { apiError } from '../../api/status.ts';
import type { Pod, ReplicaSet, ReplicationController } from '../../api/types.ts';
import { at, pods, replicaSets, replicationControllers } from '../../client/resources.ts';
import { findCondition } from '../kit/conditions.ts';
import { podsToDelete } from '../kit/ranking.ts';
import { type Bench, createBench } from '../testing/bench.ts';
import { runReplicaSets } from './replicaset.ts';
import { runReplicationControllers } from './replicationcontroller.ts';

let bench: Bench;
beforeEach(() => {
  bench = createBench();
  runReplicaSets(bench.context);
  runReplicationControllers(bench.context);
});
afterEach(() => bench.stop());

const template = {
  metadata: { labels: { app: 'web' } },
  spec: { containers: [{ name: 'c', image: 'x' }] },
};
const replicaSet = (replicas: number) => ({
  apiVersion: 'apps/v1',
  kind: 'ReplicaSet',
  metadata: { name: 'web', namespace: 'default' },
  spec: { replicas, selector: { matchLabels: { app: 'web' } }, template },
});
const set = () => bench.fake.find<ReplicaSet>(replicaSets, 'web', 'default');
const labelled = (pod: Pod, app: string) =>
  bench.fake.patch(at(pods, pod.metadata.name, 'default'), 'merge', {
    metadata: { labels: { app } },
  });

describe('a ReplicaSet', () => {
  it('adopts a pod that matches, and makes only what is missing', async () => {
    bench.fake.put({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'stray', namespace: 'default', labels: { app: 'web' } },
      spec: { containers: [] },
    } as never);
    await bench.create(replicaSet(2));
    await bench.until(() => set()?.status?.replicas === 2);
    const stray = bench.fake.find<Pod>(pods, 'stray', 'default');
    expect(controllerOf(stray!)?.uid).toBe(set()?.metadata.uid);
    expect(bench.pods()).toHaveLength(2);
  });

  it('releases a pod whose labels no longer match, and replaces it', async () => {
    await bench.create(replicaSet(1));
    await bench.until(() => bench.pods().length === 1);
    const [pod] = bench.pods();
    await labelled(pod!, 'debug');
    await bench.until(() => bench.pods().length === 2);
    const released = bench.fake.find<Pod>(pods, pod!.metadata.name, 'default');
    expect(released?.metadata.ownerReferences ?? []).toEqual([]);
  });

  it('says why it cannot make pods, and takes it back when it can', async () => {
    const heal = bench.fake.fail(({ verb, resource }) =>
      verb === 'create' && resource === 'pods'
        ? apiError('Forbidden', 'exceeded quota: q')
        : undefined,
    );
    await bench.create(replicaSet(3));
    const failure = () => findCondition(set()?.status?.conditions, 'ReplicaFailure');
    await bench.until(() => failure() !== undefined);
    expect(failure()).toMatchObject({
      status: 'True',
      reason: 'FailedCreate',
      message: 'exceeded quota: q',
    });
    expect(bench.eventLines()).toContain('FailedCreate: Error creating: exceeded quota: q');
    heal();
    await bench.until(() => set()?.status?.replicas === 3 && failure() === undefined, 1_000);
  });

  it('counts a pod as available only after minReadySeconds', async () => {
    bench.runNodes();
    const object = replicaSet(1);
    await bench.create({ ...object, spec: { ...object.spec, minReadySeconds: 30 } });
    await bench.until(() => set()?.status?.readyReplicas === 1);
    expect(set()?.status?.availableReplicas ?? 0).toBe(0);
    await bench.clock.advance(31_000);
    await bench.until(() => set()?.status?.availableReplicas === 1);
  });
});

describe('a ReplicationController', () => {
  it('keeps its pods by a plain selector', async () => {
    bench.runNodes();
    await bench.create({
      apiVersion: 'v1',
      kind: 'ReplicationController',
      metadata: { name: 'old', namespace: 'default' },
      spec: { replicas: 2, selector: { app: 'web' }, template },
    });
    const status = () =>
      bench.fake.find<ReplicationController>(replicationControllers, 'old', 'default')?.status;
    await bench.until(() => status()?.readyReplicas === 2);
    await bench.patch(replicationControllers, 'old', { spec: { replicas: 0 } });
    await bench.until(() => bench.pods().length === 0);
  });
});

describe('podsToDelete', () => {
  const pod = (
    name: string,
    more: { nodeName?: string; phase?: string; ready?: boolean; cost?: string },
  ) =>
    ({
      metadata: {
        name,
        uid: name,
        creationTimestamp: '2026-01-01T00:00:00Z',
        annotations: more.cost ? { 'controller.kubernetes.io/pod-deletion-cost': more.cost } : {},
      },
      spec: { nodeName: more.nodeName },
      status: {
        phase: more.phase ?? 'Running',
        conditions: more.ready === false ? [] : [{ type: 'Ready', status: 'True' }],
      },
    }) as unknown as Pod;

  it('takes those first that serve least', () => {
    const all = [
      pod('good', { nodeName: 'a' }),
      pod('crowded', { nodeName: 'b' }),
      pod('cheap', { nodeName: 'a', cost: '-5' }),
      pod('unready', { nodeName: 'a', ready: false }),
      pod('pending', { nodeName: 'a', phase: 'Pending', ready: false }),
      pod('unplaced', { phase: 'Pending', ready: false }),
    ];
    const related = [
      ...all,
      pod('x', { nodeName: 'b' }),
      pod('y', { nodeName: 'b' }),
      pod('z', { nodeName: 'b' }),
      pod('w', { nodeName: 'b' }),
    ];
    const order = podsToDelete(all, related, 5, new VirtualClock()).map(
      ({ metadata }) => metadata.name,
    );
    expect(order).toEqual(['unplaced', 'pending', 'unready', 'cheap', 'crowded']);
  });
});
