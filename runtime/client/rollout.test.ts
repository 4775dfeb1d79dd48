import { describe, expect, it } from 'vitest';
import { VirtualClock } from '../api/clock.ts';
import type { KubeObject } from '../api/object.ts';
import type { Pod } from '../api/types.ts';
import { podProblems } from './pod-problems.ts';
import { at, deployments, pods } from './resources.ts';
import { followRollout, rolloutStatus, workloadProblems } from './rollout.ts';
import { FakeClient } from './testing/fake-client.ts';

function workload(kind: string, spec: object, status: object): KubeObject {
  return {
    apiVersion: 'apps/v1',
    kind,
    metadata: { name: 'web', namespace: 'default', generation: 2 },
    spec,
    status: { observedGeneration: 2, ...status },
  } as KubeObject;
}

describe('rollout status', () => {
  it.each([
    [{ observedGeneration: 1 }, 'Waiting for deployment spec update to be observed...'],
    [
      { updatedReplicas: 1, replicas: 3 },
      'Waiting for deployment "web" rollout to finish: 1 out of 3 new replicas have been updated...',
    ],
    [
      { updatedReplicas: 3, replicas: 4 },
      'Waiting for deployment "web" rollout to finish: 1 old replicas are pending termination...',
    ],
    [
      { updatedReplicas: 3, replicas: 3, availableReplicas: 2 },
      'Waiting for deployment "web" rollout to finish: 2 of 3 updated replicas are available...',
    ],
    [
      { updatedReplicas: 3, replicas: 3, availableReplicas: 3 },
      'deployment "web" successfully rolled out',
    ],
    [
      { conditions: [{ type: 'Progressing', reason: 'ProgressDeadlineExceeded' }] },
      'deployment "web" exceeded its progress deadline',
    ],
  ])('of a deployment: %j', (status, message) => {
    const result = rolloutStatus(workload('Deployment', { replicas: 3 }, status));
    expect(result.message).toBe(message);
    expect(result.done).toBe(/success|exceeded/.test(message));
  });

  it('of stateful sets, daemon sets and jobs', () => {
    const message = (kind: string, spec: object, status: object) =>
      rolloutStatus(workload(kind, spec, status)).message;
    const rolling = { replicas: 3, updateStrategy: { rollingUpdate: { partition: 1 } } };
    expect(message('StatefulSet', rolling, { readyReplicas: 1 })).toBe(
      'Waiting for 2 pods to be ready...',
    );
    expect(message('StatefulSet', rolling, { readyReplicas: 3, updatedReplicas: 1 })).toBe(
      'Waiting for partitioned roll out to finish: 1 out of 2 new pods have been updated...',
    );
    expect(message('DaemonSet', {}, { desiredNumberScheduled: 2, updatedNumberScheduled: 2 })).toBe(
      'Waiting for daemon set "web" rollout to finish: 0 of 2 updated pods are available...',
    );
    const failed = { type: 'Failed', status: 'True', reason: 'BackoffLimitExceeded', message: 'x' };
    expect(rolloutStatus(workload('Job', {}, { conditions: [failed] }))).toEqual({
      done: true,
      failed: true,
      message: 'job "web" failed: BackoffLimitExceeded: x',
    });
  });
});

describe('following a rollout', () => {
  const deployment = (status: object) => workload('Deployment', { replicas: 1 }, status);
  const rolled = { replicas: 1, updatedReplicas: 1, availableReplicas: 1 };

  function setUp() {
    const clock = new VirtualClock();
    const fake = new FakeClient({ clock, objects: [deployment({})] });
    const options = {
      client: fake,
      clock,
      resource: deployments,
      namespace: 'default',
      name: 'web',
    };
    return { clock, fake, options };
  }

  it('tells each step once and ends with the last', async () => {
    const { fake, options } = setUp();
    const told: string[] = [];
    const end = followRollout({ ...options, onProgress: ({ message }) => told.push(message) });
    await fake.until(() => told.length === 1);
    fake.put(deployment({ ...rolled, availableReplicas: 0 }));
    fake.put(deployment({ ...rolled, availableReplicas: 0, readyReplicas: 0 }));
    fake.put(deployment(rolled));
    expect(await end).toEqual({ done: true, message: 'deployment "web" successfully rolled out' });
    expect(told).toHaveLength(3);
    await fake.until(() => fake.watchCount === 0);
  });

  it('gives up in time, and when the object goes or was never there', async () => {
    const { clock, fake, options } = setUp();
    const late = followRollout({ ...options, timeoutMs: 60_000 });
    const verdict = expect(late).rejects.toThrow(/^timed out waiting.* 0 out of 1 new replicas/);
    await clock.advance(60_000);
    await verdict;
    const gone = expect(followRollout(options)).rejects.toThrow('object has been deleted');
    await fake.until(() => fake.watchCount === 1);
    await fake.delete(at(deployments, 'web', 'default'));
    await gone;
    await expect(followRollout(options)).rejects.toMatchObject({ reason: 'NotFound' });
  });
});

describe('pod problems', () => {
  const pod = (status: object, spec: object = { containers: [{ name: 'main' }] }) =>
    ({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'web-1', namespace: 'default', labels: { app: 'web' } },
      spec,
      status,
    }) as unknown as Pod;
  const waiting = (reason: string, more: object = {}) =>
    pod({
      containerStatuses: [
        {
          name: 'main',
          image: 'shop/web',
          restartCount: 4,
          state: { waiting: { reason } },
          ...more,
        },
      ],
    });

  it('are told in plain words', () => {
    expect(podProblems(waiting('ContainerCreating'))).toEqual([]);
    expect(
      podProblems(
        waiting('ErrImagePull', {
          state: { waiting: { reason: 'ErrImagePull', message: 'no such image' } },
        }),
      ),
    ).toEqual(['container "main" image cannot be pulled (ErrImagePull) "shop/web": no such image']);
    expect(
      podProblems(
        waiting('CrashLoopBackOff', {
          lastState: { terminated: { exitCode: 137, reason: 'OOMKilled' } },
        }),
      ),
    ).toEqual([
      'container "main" keeps crashing (CrashLoopBackOff, 4 restarts): last exited with code 137 (OOMKilled)',
    ]);
    const unschedulable = {
      type: 'PodScheduled',
      status: 'False',
      reason: 'Unschedulable',
      message: '0/1 nodes are available: 1 Insufficient cpu.',
    };
    expect(podProblems(pod({ phase: 'Pending', conditions: [unschedulable] }))).toEqual([
      'cannot be scheduled: 0/1 nodes are available: 1 Insufficient cpu.',
    ]);
    const probed = {
      containers: [{ name: 'main', readinessProbe: { httpGet: { path: '/ok', port: 80 } } }],
    };
    const running = { containerStatuses: [{ name: 'main', ready: false, state: { running: {} } }] };
    expect(podProblems(pod(running, probed))).toEqual([
      'container "main" is running but does not pass its readiness probe (HTTP GET /ok on port 80)',
    ]);
  });

  it('are found for a whole workload', async () => {
    const fake = new FakeClient({ objects: [waiting('InvalidImageName')] });
    const web = workload('Deployment', { selector: { matchLabels: { app: 'web' } } }, {});
    expect(await workloadProblems(fake, web)).toEqual([
      { pod: 'web-1', problems: [expect.stringContaining('image name is not valid')] },
    ]);
    expect(fake.all(pods)).toHaveLength(1);
  });
});
