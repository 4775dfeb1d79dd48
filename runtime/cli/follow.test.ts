import { beforeEach, describe, expect, it } from 'vitest';
import { VirtualClock } from '../api/clock.ts';
import type { KubeObject } from '../api/object.ts';
import type { ApplyResult } from '../client/apply.ts';
import { at, deployments, pods } from '../client/resources.ts';
import { FakeClient } from '../client/testing/fake-client.ts';
import { followAll } from './follow.ts';

describe('following what was deployed', () => {
  let clock: VirtualClock;
  let client: FakeClient;
  let printed: string[];
  let outcome: string | undefined;

  beforeEach(() => {
    clock = new VirtualClock();
    client = new FakeClient({ clock });
    printed = [];
    outcome = undefined;
  });

  const controlledBy = (kind: string, uid: string) => [
    { apiVersion: 'apps/v1', kind, name: 'x', uid, controller: true },
  ];
  function deploy(name: string): ApplyResult {
    const annotations = { 'deployment.kubernetes.io/revision': '2' };
    const object = client.put({
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name, namespace: 'default', uid: name, generation: 2, annotations },
      spec: { replicas: 1, selector: { matchLabels: { app: name } } },
      status: { observedGeneration: 2 },
    } as unknown as KubeObject);
    for (const revision of ['1', '2']) {
      client.put({
        apiVersion: 'apps/v1',
        kind: 'ReplicaSet',
        metadata: {
          name: `${name}-${revision}`,
          namespace: 'default',
          uid: `${name}-${revision}`,
          annotations: { 'deployment.kubernetes.io/revision': revision },
          ownerReferences: controlledBy('Deployment', name),
        },
      } as unknown as KubeObject);
    }
    return {
      ...{ state: 'configured', object, resource: deployments, namespace: 'default' },
      title: `deployment.apps/${name}`,
    } as ApplyResult;
  }
  const pod = (name: string, set: string, status: object) =>
    client.put({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: {
        ...{ name, namespace: 'default', uid: name, labels: { app: set.slice(0, -2) } },
        ownerReferences: controlledBy('ReplicaSet', set),
      },
      spec: { containers: [{ name: 'app', image: 'x:1' }] },
      status,
    } as unknown as KubeObject);
  const waiting = (reason: string, message = 'no such image', restartCount = 0) => ({
    containerStatuses: [
      {
        name: 'app',
        image: 'x:1',
        ready: false,
        restartCount,
        state: { waiting: { reason, message } },
      },
    ],
  });
  const running = {
    containerStatuses: [{ name: 'app', image: 'x:1', ready: false, state: { running: {} } }],
  };
  const rolledOut = (name: string) =>
    client.patch(at(deployments, name, 'default', 'status'), 'merge', {
      status: { replicas: 1, updatedReplicas: 1, availableReplicas: 1 },
    });
  function follow(...results: ApplyResult[]): void {
    void followAll({
      ...{ client, clock, results, timeoutMs: 600_000, patienceMs: 30_000 },
      print: (line) => printed.push(line),
    }).then(
      () => {
        outcome = 'done';
      },
      (error: Error) => {
        outcome = error.message;
      },
    );
  }
  const told = (words: string) => printed.filter((line) => line.includes(words));

  it('tells at once why a pod cannot run, and gives up when it has not changed', async () => {
    follow(deploy('web'));
    pod('web-a', 'web-2', waiting('ErrImagePull'));
    await clock.advance(100);
    const line =
      'deployment.apps/web: web-a: container "app" image cannot be pulled (ErrImagePull)';
    expect(printed).toContain(`${line} "x:1": no such image`);
    pod('web-a', 'web-2', waiting('ImagePullBackOff'));
    pod('web-b', 'web-2', waiting('ImagePullBackOff'));
    await clock.advance(29_000);
    expect(outcome).toBeUndefined();
    expect(told('cannot be pulled')).toHaveLength(1);
    await clock.advance(1_000);
    expect(outcome).toMatch(
      /^the rollout failed: deployment.apps\/web: container "app" image cannot be pulled/,
    );
  });

  it('goes on when the trouble has gone', async () => {
    follow(deploy('web'));
    pod('web-a', 'web-2', waiting('ErrImagePull'));
    await clock.advance(20_000);
    pod('web-a', 'web-2', running);
    await clock.advance(60_000);
    expect(outcome).toBeUndefined();
    await rolledOut('web');
    await clock.advance(100);
    expect(outcome).toBe('done');
  });

  it('is not taken in by a crashing container that runs now and then', async () => {
    follow(deploy('web'));
    for (let turn = 1; turn <= 4; turn++) {
      pod('web-a', 'web-2', waiting('CrashLoopBackOff', 'back-off', turn));
      await clock.advance(5_000);
      pod('web-a', 'web-2', running);
      await clock.advance(4_000);
    }
    expect(told('keeps crashing')).toHaveLength(1);
    expect(outcome).toMatch(/: container "app" keeps crashing \(CrashLoopBackOff, \d restarts\)$/);
  });

  it('does not mind pods of the revision before, nor those that only wait', async () => {
    follow(deploy('web'));
    pod('web-old', 'web-1', waiting('CrashLoopBackOff'));
    pod('web-new', 'web-2', waiting('ContainerCreating'));
    await clock.advance(300_000);
    expect(outcome).toBeUndefined();
    await rolledOut('web');
    await clock.advance(100);
    expect(outcome).toBe('done');
    expect(told('crashing')).toEqual([]);
  });

  it('tells what no pod can: no room, nothing to mount, no permission', async () => {
    follow(deploy('web'), deploy('api'), deploy('db'));
    const message = '0/1 nodes are available: 1 Insufficient cpu.';
    const conditions = [
      { type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message },
    ];
    pod('web-a', 'web-2', { conditions });
    pod('api-a', 'api-2', waiting('ContainerCreating', ''));
    client.put({
      apiVersion: 'v1',
      kind: 'Event',
      metadata: { name: 'e', namespace: 'default' },
      involvedObject: { kind: 'Pod', name: 'api-a', uid: 'api-a' },
      ...{ type: 'Warning', reason: 'FailedMount', message: 'configmap "c" not found' },
    } as unknown as KubeObject);
    const refused = { type: 'ReplicaFailure', status: 'True', message: 'exceeded quota' };
    await client.patch(at(deployments, 'db', 'default', 'status'), 'merge', {
      status: { conditions: [refused] },
    });
    await clock.advance(30_000);
    expect(printed).toContain(`deployment.apps/web: web-a: cannot be scheduled: ${message}`);
    expect(printed).toContain('deployment.apps/api: api-a: configmap "c" not found');
    expect(printed).toContain('deployment.apps/db: pods cannot be made: exceeded quota');
    expect(outcome).toBe('the rollout failed: 3 of 3 workloads');
  });

  it('does not wait for the others much longer than for the one that failed', async () => {
    follow(deploy('web'), deploy('db'));
    pod('db-a', 'db-2', waiting('ErrImagePull'));
    await clock.advance(59_000);
    expect(outcome).toBeUndefined();
    await clock.advance(2_000);
    expect(outcome).toBe('the rollout failed: 2 of 2 workloads');
    expect(printed).toContain('deployment.apps/web: not done when the deployment was given up');
  });

  it('ends when an object is deleted meanwhile', async () => {
    follow(deploy('web'));
    await clock.advance(100);
    client.drop(deployments, 'web', 'default');
    client.drop(pods, 'web-a', 'default');
    await clock.advance(100);
    expect(outcome).toMatch(/object has been deleted/);
  });
});
