/** The kubelet on the simulated engine, with virtual time. */
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { VirtualClock } from '../api/clock.ts';
import type { CoreEvent, core, Lease, Node, Pod } from '../api/types.ts';
import { at, events, leases, nodes, pods } from '../client/resources.ts';
import { FakeClient } from '../client/testing/fake-client.ts';
import { type Engine, EngineError } from '../engine/engine.ts';
import { createSimulatedEngine } from '../engine/simulated/simulated.ts';
import type { Kubelet } from './kubelet.ts';
import { testKubelet } from './testing/test-kubelet.ts';

describe('a kubelet', () => {
  let clock: VirtualClock;
  let client: FakeClient;
  let engine: Engine;
  let kubelet: Kubelet;
  let broken: boolean;
  let abort: AbortController;
  let missing: Set<string>;

  beforeEach(async () => {
    clock = new VirtualClock();
    client = new FakeClient({ clock });
    broken = false;
    missing = new Set(['missing:1']);
    const simulated = createSimulatedEngine({ clock, hasImage: (name) => !missing.has(name) });
    const guard =
      <A extends unknown[], R>(call: (...args: A) => Promise<R>) =>
      async (...args: A): Promise<R> => {
        if (broken) throw new EngineError('unavailable', 'cannot reach the Docker engine: gone');
        return call(...args);
      };
    engine = { ...simulated, info: guard(simulated.info), containers: guard(simulated.containers) };
    abort = new AbortController();
    kubelet = testKubelet({ client, engine, clock, signal: abort.signal });
    await kubelet.ready;
  });
  afterEach(() => {
    kubelet.stop();
    abort.abort();
  });

  const put = (name: string, spec: Partial<core.PodSpec> = {}) =>
    client.put({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name, namespace: 'default' },
      spec: {
        nodeName: 'node-1',
        restartPolicy: 'Always',
        containers: [{ name: 'app', image: 'a:1' }],
        ...spec,
      },
      status: { phase: 'Pending' },
    } as unknown as Pod);
  const status = (name: string) => client.find<Pod>(pods, name, 'default')?.status;
  const app = (name: string) => status(name)?.containerStatuses?.[0];
  const ready = () =>
    client.find<Node>(nodes, 'node-1')?.status?.conditions?.find(({ type }) => type === 'Ready');
  const kill = (name: string) =>
    engine.killContainer(app(name)?.containerID?.slice('docker://'.length) ?? '', 'SIGKILL');

  it('marks node and pods as simulated', async () => {
    put('web');
    await client.until(() => status('web')?.phase === 'Running', 'the pod to run');
    expect(client.find<Node>(nodes, 'node-1')?.metadata.labels).toMatchObject({
      'skiff.dev/simulated': 'true',
    });
    expect(status('web')?.message).toBe('simulated: no container runs');
    const log = await kubelet.streams.logs({ namespace: 'default', name: 'web' }, {});
    expect(await text(log)).toMatch(/^simulated: /);
  });

  it('restarts at once, then after 10, 20 and 40 seconds', async () => {
    put('web');
    await client.until(() => app('web')?.state?.running, 'the pod to run');
    await kill('web');
    await client.until(() => app('web')?.restartCount === 1, 'the first restart');
    for (const [restarts, seconds] of [
      [2, 10],
      [3, 20],
      [4, 40],
    ] as const) {
      await client.until(() => app('web')?.state?.running, 'a run');
      await kill('web');
      await client.until(() => app('web')?.state?.waiting, 'the back-off');
      expect(app('web')?.state?.waiting?.message).toContain(`back-off ${seconds}s`);
      await clock.advance(seconds * 1_000 - 1);
      expect(app('web')?.restartCount).toBe(restarts - 1);
      await clock.advance(1);
      await client.until(() => app('web')?.restartCount === restarts, `restart ${restarts}`);
    }
  });

  it('refuses what it has no room or no port for', async () => {
    const asking = (cpu: string, hostPort?: number) => ({
      containers: [
        {
          name: 'app',
          image: 'a:1',
          resources: { requests: { cpu } },
          ...(hostPort === undefined ? {} : { ports: [{ containerPort: 80, hostPort }] }),
        },
      ],
    });
    put('first', asking('1500m', 8080));
    put('greedy', asking('600m'));
    put('same-port', asking('100m', 8080));
    put('modest', asking('500m', 8081));
    await client.until(() => status('modest')?.phase === 'Running', 'the last pod to run');
    expect(status('first')?.phase).toBe('Running');
    await client.until(() => status('same-port')?.phase === 'Failed', 'the refusal');
    expect(status('greedy')?.containerStatuses).toBeUndefined();
    expect(status('greedy')).toMatchObject({
      phase: 'Failed',
      reason: 'OutOfcpu',
      message:
        "Pod was rejected: Node didn't have enough resource: cpu, requested: 600, used: 1500, capacity: 2000",
      qosClass: 'Burstable',
    });
    expect(status('same-port')).toMatchObject({
      reason: 'NodePorts',
      message:
        "Pod was rejected: Predicate NodePorts failed: node(s) didn't have free ports for the requested pod ports",
    });
    expect(client.all<CoreEvent>(events).map(({ type, reason }) => `${type} ${reason}`)).toContain(
      'Warning OutOfcpu',
    );
    await client.delete(at(pods, 'first', 'default'), { gracePeriodSeconds: 0 });
    put('next', asking('1400m', 8080));
    await client.until(() => status('next')?.phase === 'Running', 'the room to be used again');
    await client.delete(at(pods, 'greedy', 'default'));
    await client.until(() => status('greedy') === undefined, 'a refused pod to go');
  });

  const resources = (cpu: string, memory: string) => ({
    requests: { cpu, memory },
    limits: { cpu, memory },
  });
  const resize = (name: string, cpu: string, memory: string) => {
    const pod = client.find<Pod>(pods, name, 'default')!;
    const containers = pod.spec.containers.map((container) => ({
      ...container,
      resources: resources(cpu, memory),
    }));
    client.put({ ...pod, spec: { ...pod.spec, containers } });
  };
  const resizable = (cpu: string): Partial<core.PodSpec> => ({
    containers: [
      {
        name: 'app',
        image: 'a:1',
        resources: resources(cpu, '64Mi'),
        resizePolicy: [{ resourceName: 'memory', restartPolicy: 'RestartContainer' }],
      } as core.Container,
    ],
  });
  const pending = (name: string) =>
    status(name)?.conditions?.find(({ type }) => type === 'PodResizePending');

  it('gives more to a container as it runs, and restarts it where it asks for that', async () => {
    put('web', resizable('100m'));
    await client.until(() => app('web')?.state?.running, 'the pod to run');
    resize('web', '200m', '64Mi');
    await client.until(() => app('web')?.resources?.limits?.cpu === '200m', 'more processor');
    expect(app('web')?.allocatedResources).toEqual({ cpu: '200m', memory: '64Mi' });
    expect(app('web')?.restartCount).toBe(0);

    resize('web', '200m', '96Mi');
    await client.until(() => app('web')?.resources?.limits?.memory === '96Mi', 'more memory');
    expect(app('web')?.restartCount).toBe(1);
    const said = client
      .all<CoreEvent>(events)
      .map(({ reason, message }) => `${reason} ${message}`)
      .filter((text) => /^Resize|resize requires/.test(text));
    const told = (cpu: string, memory: string) =>
      JSON.stringify({ containers: [{ name: 'app', resources: resources(cpu, memory) }] });
    expect(said).toEqual([
      `ResizeStarted Pod resize started: ${told('200m', '64Mi')}`,
      `ResizeCompleted Pod resize completed: ${told('200m', '64Mi')}`,
      `ResizeStarted Pod resize started: ${told('200m', '96Mi')}`,
      'Killing Container app resize requires restart',
      `ResizeCompleted Pod resize completed: ${told('200m', '96Mi')}`,
    ]);
  });

  it('keeps what a pod has while there is no room for more, and gives more when there is', async () => {
    put('web', resizable('500m'));
    put('other', resizable('1'));
    await client.until(
      () => app('web')?.state?.running && app('other')?.state?.running,
      'both pods to run',
    );
    resize('web', '9', '64Mi');
    await client.until(() => pending('web'), 'the refusal');
    expect(pending('web')).toMatchObject({
      status: 'True',
      reason: 'Infeasible',
      message: "Node didn't have enough capacity: cpu, requested: 9000, capacity: 2000",
    });
    resize('web', '1500m', '64Mi');
    await client.until(() => pending('web')?.reason === 'Deferred', 'the delay');
    expect(pending('web')?.message).toBe(
      "Node didn't have enough resource: cpu, requested: 1500, used: 1000, capacity: 2000",
    );
    expect(app('web')?.allocatedResources?.cpu).toBe('500m');
    expect(app('web')?.resources?.limits?.cpu).toBe('500m');

    await client.delete(at(pods, 'other', 'default'), { gracePeriodSeconds: 0 });
    await client.until(() => app('web')?.resources?.limits?.cpu === '1500m', 'more processor');
    await client.until(() => pending('web') === undefined, 'the condition to go');
    expect(app('web')?.restartCount).toBe(0);
  });

  it('lets a pod that has ended be', async () => {
    const env = [{ name: 'SKIFF_SIMULATED_SECONDS', value: '5' }];
    put('job', { restartPolicy: 'Never', containers: [{ name: 'app', image: 'a:1', env }] });
    await client.until(() => status('job')?.phase === 'Running', 'the pod to run');
    await clock.advance(5_000);
    await client.until(() => status('job')?.phase === 'Succeeded', 'the pod to succeed');
    await client.until(
      async () => (await engine.containers({})).every(({ state }) => state === 'exited'),
      'the sandbox to stop',
    );
    expect(app('job')?.state?.terminated?.reason).toBe('Completed');
  });

  it('ends a pod at its deadline', async () => {
    put('slow', { activeDeadlineSeconds: 30, terminationGracePeriodSeconds: 1 });
    await client.until(() => status('slow')?.phase === 'Running', 'the pod to run');
    await clock.advance(30_000);
    await client.until(() => status('slow')?.phase === 'Failed', 'the pod to fail');
    expect(status('slow')).toMatchObject({
      reason: 'DeadlineExceeded',
      message: 'Pod was active on the node longer than the specified deadline',
    });
  });

  it('uses an image as soon as it is there', async () => {
    put('web', { containers: [{ name: 'app', image: 'missing:1' }] });
    await client.until(() => app('web')?.state?.waiting?.reason === 'ErrImagePull', 'ErrImagePull');
    await clock.advance(5_000);
    await client.until(
      () => app('web')?.state?.waiting?.reason === 'ImagePullBackOff',
      'ImagePullBackOff',
    );
    expect(app('web')?.state?.waiting?.message).toMatch(
      /^Back-off pulling image "missing:1": ErrImagePull: simulated: nothing is pulled/,
    );
    missing.clear();
    await clock.advance(5_000);
    await client.until(() => app('web')?.state?.running, 'the pod to run');
  });

  it('says that the node is not ready while the engine is away, and forgets nothing', async () => {
    put('web');
    await client.until(() => app('web')?.state?.running, 'the pod to run');
    const before = app('web');
    broken = true;
    await clock.advance(10_000);
    await client.until(() => ready()?.status === 'False', 'NotReady');
    expect(ready()).toMatchObject({
      reason: 'KubeletNotReady',
      message: 'container runtime is down: cannot reach the Docker engine: gone',
    });
    expect(app('web')).toEqual(before);
    broken = false;
    await clock.advance(10_000);
    await client.until(() => ready()?.status === 'True', 'Ready');
    expect(app('web')).toEqual(before);
  });

  it('asks to try again who wants a log, a terminal or a port while the engine is away', async () => {
    put('web');
    await client.until(() => app('web')?.state?.running, 'the pod to run');
    const { streams } = kubelet;
    const web = { namespace: 'default', name: 'web' };
    const calls = [
      () => streams.logs(web, {}),
      () => streams.exec(web, { command: ['true'] }),
      () => streams.attach(web, {}),
      () => streams.portForward(web, 80),
    ];
    broken = true;
    for (const call of calls) {
      await expect(call()).rejects.toMatchObject({
        reason: 'ServiceUnavailable',
        code: 503,
        message: expect.stringMatching(/does not answer, try again .*: cannot reach the Docker/),
      });
    }
    broken = false;
    expect(await text(await streams.logs(web, {}))).toMatch(/^simulated: /);
  });

  it('renews its lease every ten seconds and offers extended resources while they are there', async () => {
    const renewed = () => client.find<Lease>(leases, 'node-1', 'kube-node-lease')?.spec.renewTime;
    const first = renewed();
    await client.patch(at(nodes, 'node-1', undefined, 'status'), 'merge', {
      status: { capacity: { 'example.com/foo': '3' } },
    });
    await clock.advance(10_000);
    await client.until(() => renewed() !== first, 'the renewal');
    const node = () => client.find<Node>(nodes, 'node-1')?.status;
    await client.until(() => node()?.allocatable?.['example.com/foo'] === '3', 'the resource');
    expect(node()?.capacity).toMatchObject({ cpu: '2', 'example.com/foo': '3' });
    await client.patch(at(nodes, 'node-1', undefined, 'status'), 'merge', {
      status: { capacity: { 'example.com/foo': null } },
    });
    await clock.advance(10_000);
    await client.until(() => !('example.com/foo' in (node()?.allocatable ?? {})), 'its end');
    expect(node()?.allocatable).toMatchObject({ cpu: '2' });
  });

  it('deletes what was asked to go', async () => {
    put('web', { terminationGracePeriodSeconds: 1 });
    await client.until(() => app('web')?.state?.running, 'the pod to run');
    await client.delete(at(pods, 'web', 'default'));
    await client.until(() => status('web') === undefined, 'the pod to go');
    expect(await engine.containers({})).toEqual([]);
  });
});
