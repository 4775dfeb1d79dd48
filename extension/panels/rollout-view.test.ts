import { describe, expect, it } from 'vitest';
import type { RolloutTarget } from '../../media/messages.ts';
import type { CoreEvent, Deployment, Pod, ReplicaSet } from '../../runtime/api/types.ts';
import { type Rolled, type RolloutInput, rolloutView } from './rollout-view.ts';

const created = '2026-01-01T00:00:00Z';
const nowMs = Date.parse(created) + 30_000;
const target: RolloutTarget = {
  context: 'skiff',
  title: 'bookstore.yaml',
  workloads: [{ resource: 'deployments', namespace: 'shop', name: 'web' }],
  applied: [{ kind: 'Deployment', name: 'web', result: 'configured', failed: false }],
};

function deployment(status: object, generation = 2): Deployment {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: {
      name: 'web',
      namespace: 'shop',
      uid: 'd',
      generation,
      annotations: { 'deployment.kubernetes.io/revision': '2' },
    },
    spec: { replicas: 2 },
    status: { observedGeneration: 2, ...status },
  } as unknown as Deployment;
}

function replicaSet(revision: number): ReplicaSet {
  return {
    kind: 'ReplicaSet',
    metadata: {
      name: `web-${revision}`,
      uid: `r${revision}`,
      labels: { 'pod-template-hash': `h${revision}` },
      annotations: { 'deployment.kubernetes.io/revision': String(revision) },
      ownerReferences: [{ kind: 'Deployment', name: 'web', uid: 'd', controller: true }],
    },
  } as unknown as ReplicaSet;
}

function pod(name: string, revision: number, waiting?: object): Pod {
  return {
    kind: 'Pod',
    metadata: {
      name,
      uid: name,
      creationTimestamp: created,
      labels: { 'pod-template-hash': `h${revision}` },
      ownerReferences: [{ kind: 'ReplicaSet', uid: `r${revision}`, controller: true }],
    },
    spec: { containers: [{ name: 'app' }], nodeName: 'node-1' },
    status: {
      phase: 'Running',
      conditions: [{ type: 'Ready', status: waiting === undefined ? 'True' : 'False' }],
      containerStatuses: [
        { name: 'app', restartCount: 0, ready: waiting === undefined, state: { waiting } },
      ],
    },
  } as unknown as Pod;
}

function view(workload: Rolled | undefined, change: Partial<RolloutInput> = {}) {
  return rolloutView({
    target,
    workloads: new Map(workload === undefined ? [] : [['deployments/shop/web', workload]]),
    replicaSets: [replicaSet(1), replicaSet(2)],
    pods: [],
    events: [],
    startedMs: Date.parse(created),
    nowMs,
    ...change,
  });
}

describe('rolloutView', () => {
  it('is complete when all pods of the newest revision are available and no other is left', () => {
    const status = { replicas: 2, updatedReplicas: 2, availableReplicas: 2 };
    expect(view(deployment(status))).toMatchObject({
      state: 'complete',
      headline: 'Rolled out',
      seconds: 30,
      workloads: [{ wanted: 2, ready: 2, revision: '2', canRollBack: true }],
    });
  });

  it('waits for the controller when the status is of an older generation', () => {
    const status = { replicas: 2, updatedReplicas: 2, availableReplicas: 2 };
    expect(view(deployment(status, 3))).toMatchObject({ state: 'progressing' });
  });

  it('puts new pods before old ones and says once what holds them up', () => {
    const waiting = { reason: 'ImagePullBackOff', message: 'no such image: web:2' };
    const result = view(deployment({ replicas: 3, updatedReplicas: 2, availableReplicas: 1 }), {
      pods: [pod('web-1-a', 1), pod('web-2-b', 2, waiting), pod('web-2-c', 2, waiting)],
    });
    expect(result.workloads[0]?.message).toBe(
      'Waiting for deployment "web" rollout to finish: 1 old replicas are pending termination...',
    );
    expect(
      result.workloads[0]?.pods.map(({ name, isNew, reason }) => [name, isNew, reason]),
    ).toEqual([
      ['web-2-b', true, 'app: no such image: web:2'],
      ['web-2-c', true, undefined],
      ['web-1-a', false, undefined],
    ]);
  });

  it('has failed when the deadline is over', () => {
    const conditions = [
      {
        type: 'Progressing',
        status: 'False',
        reason: 'ProgressDeadlineExceeded',
        message: 'timed out',
      },
    ];
    expect(view(deployment({ conditions }))).toMatchObject({
      state: 'failed',
      headline: 'Failed: web',
    });
  });

  it('has failed when an object was not accepted', () => {
    const applied = [{ kind: 'Service', name: 'web', result: 'invalid port', failed: true }];
    const status = { replicas: 2, updatedReplicas: 2, availableReplicas: 2 };
    expect(view(deployment(status), { target: { ...target, applied } })).toMatchObject({
      state: 'failed',
      headline: '1 object was not accepted',
    });
  });

  it('says where it would have been even where nothing was accepted', () => {
    const applied = [{ kind: 'Deployment', name: 'web', result: 'no', failed: true }];
    const refused = { ...target, workloads: [], namespaces: ['shop'], applied };
    expect(view(undefined, { target: refused })).toMatchObject({
      namespace: 'shop',
      state: 'failed',
    });
    expect(view(undefined, { target: { ...refused, namespaces: [] } }).namespace).toBe('');
  });

  it('says under a pod what only events say: why it does not begin', () => {
    const stuck = pod('web-2-a', 2, { reason: 'ContainerCreating' });
    stuck.status = { ...stuck.status, phase: 'Pending' };
    const event = (type: string, reason: string, second: string) =>
      ({
        type,
        reason,
        message: `${reason} of web-2-a`,
        metadata: { uid: reason },
        involvedObject: { kind: 'Pod', name: 'web-2-a', uid: 'web-2-a' },
        lastTimestamp: `2026-01-01T00:00:${second}Z`,
      }) as unknown as CoreEvent;
    const failed = [event('Normal', 'Scheduled', '01'), event('Warning', 'FailedMount', '02')];
    const podIn = (events: CoreEvent[], each = stuck) =>
      view(deployment({ replicas: 2 }), { pods: [each], events }).workloads[0]?.pods[0];
    expect(podIn(failed)).toMatchObject({ level: 'warning', reason: 'FailedMount of web-2-a' });
    // What is over is no reason any more.
    expect(podIn([...failed, event('Normal', 'Pulled', '03')])?.reason).toBeUndefined();
    expect(podIn(failed, pod('web-2-a', 2))?.reason).toBeUndefined();
  });

  it('shows the events of its pods, also of those that are gone, but no older ones', () => {
    const event = (name: string, seconds: number): CoreEvent =>
      ({
        metadata: { uid: `${name}${seconds}` },
        involvedObject: { kind: 'Pod', name },
        type: 'Warning',
        reason: 'Failed',
        message: 'no such image\n',
        lastTimestamp: new Date(Date.parse(created) + seconds * 1000).toISOString(),
      }) as unknown as CoreEvent;
    const events = [
      event('web-2-x', 10),
      event('web-2-x', 20),
      event('db-0', 20),
      event('web-1-a', -60),
    ];
    expect(view(undefined, { events }).events.map((e) => [e.object, e.time])).toEqual([
      ['pod/web-2-x', '10s'],
      ['pod/web-2-x', '20s'],
    ]);
  });

  it('puts the event that was written last first where times are the same', () => {
    const event = (reason: string, resourceVersion: string): CoreEvent =>
      ({
        metadata: { uid: reason, resourceVersion },
        involvedObject: { kind: 'Pod', name: 'web-2-x' },
        reason,
        lastTimestamp: created,
      }) as unknown as CoreEvent;
    const events = [event('Scheduled', '9'), event('Started', '11'), event('Pulled', '10')];
    expect(view(undefined, { events }).events.map(({ reason }) => reason)).toEqual([
      'Started',
      'Pulled',
      'Scheduled',
    ]);
  });
});
