import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../api/clock.ts';
import type { KubeObject } from '../api/object.ts';
import type { CoreEvent, core, Node, Pod } from '../api/types.ts';
import { createInformers } from '../client/informer.ts';
import { at, configMaps, events, leases, nodes, pods } from '../client/resources.ts';
import { FakeClient } from '../client/testing/fake-client.ts';
import { createDockerEngine } from '../engine/docker/docker.ts';
import { type Engine, engineLabels } from '../engine/engine.ts';
import { ensureBusybox } from '../engine/testing/busybox.ts';
import { createKubelet, type Kubelet } from './kubelet.ts';

const image = 'skiff-test/busybox:f';
const cluster = 'f-kubelet';
const network = `skiff-${cluster}`;
const labels = { [engineLabels.cluster]: cluster };

describe('a kubelet on Docker', () => {
  const client = new FakeClient({ clock: systemClock });
  const logLines: string[] = [];
  let engine: Engine;
  let kubelet: Kubelet;
  let files: { containerId: string; root: string; enginePath: string };
  let address: string;

  const cleanUp = async () => {
    for (const { id } of await engine.containers(labels)) await engine.removeContainer(id);
    for (const { name } of await engine.volumes(labels)) await engine.removeVolume(name);
    for (const { name } of await engine.networks(labels)) await engine.removeNetwork(name);
  };

  const startKubelet = async (): Promise<Kubelet> => {
    const abort = new AbortController();
    const made = createKubelet({
      client,
      informers: createInformers(client, systemClock, abort.signal),
      engine,
      clock: systemClock,
      log: (line) => logLines.push(line),
      signal: abort.signal,
      node: {
        name: 'node-1',
        address,
        containerId: files.containerId,
        cpu: 2,
        memoryBytes: 4 * 2 ** 30,
        maxPods: 110,
      },
      cluster: {
        name: cluster,
        dnsAddress: '10.96.0.10',
        domain: 'cluster.local',
        networkName: network,
        sandboxImage: image,
        sandboxCommand: [
          '/bin/sh',
          '-c',
          'trap "exit 0" TERM; while :; do sleep 3600 & wait $!; done',
        ],
      },
      files,
      apiServer: { host: '10.96.0.1', caPem: '' },
    });
    await made.ready;
    return made;
  };

  beforeAll(async () => {
    engine = createDockerEngine();
    await ensureBusybox(engine, image);
    await cleanUp();
    await engine.createNetwork({
      name: network,
      subnet: '10.231.128.0/17',
      gateway: '10.231.128.1',
      labels,
    });
    const enginePath = await engine.createVolume(network, { labels });
    const containerId = await engine.createContainer({
      name: `${network}-node-1`,
      image,
      labels: { ...labels, [engineLabels.role]: 'node' },
      entrypoint: ['/bin/sh', '-c', 'while :; do sleep 3600 & wait $!; done'],
      network: { type: 'bridge', name: network },
      mounts: [{ type: 'volume', source: network, target: '/var/lib/skiff' }],
    });
    await engine.startContainer(containerId);
    address = (await engine.container(containerId))?.address ?? '';
    files = { containerId, root: '/var/lib/skiff', enginePath };
    kubelet = await startKubelet();
  });

  afterAll(async () => {
    kubelet?.stop();
    await cleanUp();
    await engine.close();
  });

  const put = (name: string, spec: Partial<core.PodSpec>): Pod =>
    client.put({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name, namespace: 'default', labels: { app: name }, generation: 1 },
      spec: {
        nodeName: 'node-1',
        restartPolicy: 'Always',
        terminationGracePeriodSeconds: 2,
        ...spec,
      },
      status: {
        phase: 'Pending',
        conditions: [
          { type: 'PodScheduled', status: 'True', lastTransitionTime: '2026-01-01T00:00:00Z' },
        ],
      },
    } as unknown as Pod);

  const shell = (
    name: string,
    script: string,
    more: Partial<core.Container> = {},
  ): core.Container => ({
    name,
    image,
    command: ['/bin/sh', '-c', script],
    ...more,
  });

  const pod = (name: string) => client.find<Pod>(pods, name, 'default');
  const status = (name: string) => pod(name)?.status;
  const app = (name: string) => status(name)?.containerStatuses?.[0];
  const until = async (condition: () => unknown, what: string, seconds = 20): Promise<void> => {
    const deadline = Date.now() + seconds * 1000;
    while (!(await condition())) {
      if (Date.now() > deadline)
        throw new Error(`waited in vain for ${what}\n${logLines.join('\n')}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  };
  const isReady = (name: string) =>
    status(name)?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True');
  const eventsOf = (name: string) =>
    client
      .all<CoreEvent>(events)
      .filter(({ involvedObject }) => involvedObject.name === name)
      .map(({ reason, message }) => `${reason}: ${message}`);
  const run = async (name: string, ...command: string[]): Promise<string> => {
    const session = await kubelet.streams.exec({ namespace: 'default', name }, { command });
    return text(session.stdout!);
  };
  const logsOf = async (name: string, options: object = {}) =>
    text(await kubelet.streams.logs({ namespace: 'default', name }, options));
  const remove = (name: string, options: object = {}) =>
    client.delete(at(pods, name, 'default'), options);

  it('announces the node and its heartbeat', async () => {
    const node = client.find<Node>(nodes, 'node-1');
    expect(node?.metadata.labels).toMatchObject({ 'kubernetes.io/hostname': 'node-1' });
    expect(node?.status?.nodeInfo?.kubeletVersion).toBe('v1.33.0+skiff');
    expect(node?.status?.nodeInfo?.containerRuntimeVersion).toMatch(/^docker:\/\/\d/);
    expect(node?.status?.capacity).toMatchObject({ cpu: '2', memory: '4194304Ki', pods: '110' });
    expect(node?.status?.conditions?.find(({ type }) => type === 'Ready')?.status).toBe('True');
    expect(client.find(leases, 'node-1', 'kube-node-lease')).toBeDefined();
  });

  it('runs a pod with volumes, variables, hosts and logs', async () => {
    client.put({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'settings', namespace: 'default' },
      data: { color: 'blue', 'deep.txt': 'first', extra: 'x' },
    } as KubeObject);
    put('web', {
      hostAliases: [{ ip: '1.2.3.4', hostnames: ['elsewhere'] }],
      containers: [
        shell('web', 'echo "$GREETING"; echo $COLOR; while :; do sleep 1; done', {
          env: [
            { name: 'NAME', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
            { name: 'GREETING', value: 'hello $(NAME) $$(NAME)' },
            { name: 'COLOR', valueFrom: { configMapKeyRef: { name: 'settings', key: 'color' } } },
          ],
          volumeMounts: [
            { name: 'config', mountPath: '/config' },
            { name: 'scratch', mountPath: '/scratch' },
            { name: 'memory', mountPath: '/memory' },
            { name: 'scratch', mountPath: '/part', subPath: 'a/b' },
            { name: 'pod', mountPath: '/pod' },
          ],
          securityContext: { runAsUser: 1000, capabilities: { drop: ['ALL'] } },
        }),
      ],
      volumes: [
        { name: 'config', configMap: { name: 'settings' } },
        { name: 'scratch', emptyDir: {} },
        { name: 'memory', emptyDir: { medium: 'Memory', sizeLimit: '16Mi' } },
        {
          name: 'pod',
          downwardAPI: { items: [{ path: 'labels', fieldRef: { fieldPath: 'metadata.labels' } }] },
        },
      ],
    });
    const begun = Date.now();
    await until(() => isReady('web'), 'web to be ready');
    console.log(`pod ready after ${Date.now() - begun} ms`);
    expect(status('web')).toMatchObject({
      phase: 'Running',
      hostIP: address,
      qosClass: 'BestEffort',
    });
    expect(status('web')?.podIP).toMatch(/^10\.231\./);
    expect(
      status('web')
        ?.conditions?.map(({ type, status }) => `${type}=${status}`)
        .sort(),
    ).toEqual([
      'ContainersReady=True',
      'Initialized=True',
      'PodReadyToStartContainers=True',
      'PodScheduled=True',
      'Ready=True',
    ]);
    expect(app('web')).toMatchObject({
      name: 'web',
      ready: true,
      started: true,
      restartCount: 0,
      image,
      imageID: expect.stringMatching(/^docker:\/\/sha256:/),
      containerID: expect.stringMatching(/^docker:\/\/[0-9a-f]{64}$/),
      state: { running: { startedAt: expect.any(String) } },
      lastState: {},
    });
    expect(eventsOf('web')).toEqual([
      `Pulled: Container image "${image}" already present on machine`,
      'Created: Created container: web',
      'Started: Started container web',
    ]);
    await until(async () => (await logsOf('web')).includes('blue'), 'the log');
    expect(await logsOf('web')).toBe('hello web $(NAME)\nblue\n');
    expect(await logsOf('web', { tailLines: 1, timestamps: true })).toMatch(/^\d{4}-\S+Z blue\n$/);
    expect(await logsOf('web', { limitBytes: 5 })).toBe('hello');
    expect(await run('web', 'cat', '/config/deep.txt')).toBe('first');
    expect(await run('web', 'cat', '/pod/labels')).toBe('app="web"');
    expect(await run('web', 'cat', '/etc/hosts')).toContain(`${status('web')?.podIP}\tweb\n`);
    expect(await run('web', 'cat', '/etc/hosts')).toContain('1.2.3.4\telsewhere');
    expect(await run('web', 'cat', '/etc/resolv.conf')).toContain(
      'search default.svc.cluster.local',
    );
    expect(await run('web', 'hostname')).toBe('web\n');
    expect(await run('web', 'sh', '-c', 'echo x > /scratch/x && ls /scratch && id -u')).toBe(
      'a\nx\n1000\n',
    );
    expect(await run('web', 'sh', '-c', 'echo y > /memory/y && df /memory | tail -1')).toMatch(
      /tmpfs\s+16384/,
    );
  });

  it('shows a changed config map in the running container', async () => {
    await client.patch(at(configMaps, 'settings', 'default'), 'merge', {
      data: { 'deep.txt': 'second', extra: null, more: '3' },
    });
    await until(
      async () => (await run('web', 'cat', '/config/deep.txt')) === 'second',
      'the change',
    );
    expect(await run('web', 'ls', '/config')).toBe('color\ndeep.txt\nmore\n');
    expect(app('web')?.restartCount).toBe(0);
  });

  it('restarts what was killed at once, and then backs off', async () => {
    const first = app('web')?.containerID?.slice('docker://'.length) ?? '';
    await engine.killContainer(first, 'SIGKILL');
    await until(() => app('web')?.restartCount === 1 && isReady('web'), 'the first restart', 5);
    expect(app('web')?.lastState?.terminated).toMatchObject({
      exitCode: 137,
      reason: 'Error',
      containerID: `docker://${first}`,
    });
    expect(await logsOf('web', { previous: true })).toContain('blue');
    const second = app('web')?.containerID?.slice('docker://'.length) ?? '';
    await engine.killContainer(second, 'SIGKILL');
    await until(() => app('web')?.state?.waiting !== undefined, 'the back-off');
    expect(app('web')?.state?.waiting).toEqual({
      reason: 'CrashLoopBackOff',
      message: expect.stringMatching(
        /^back-off 10s restarting failed container=web pod=web_default\(.+\)$/,
      ),
    });
    await until(() => app('web')?.restartCount === 2 && isReady('web'), 'the second restart', 15);
  });

  it('is taken over by another kubelet without a restart', async () => {
    const before = app('web');
    kubelet.stop();
    await client.patch(at(configMaps, 'settings', 'default'), 'merge', { data: { more: '4' } });
    client.put({ ...put('gone', { containers: [shell('a', 'sleep 600')] }) });
    client.drop(pods, 'gone', 'default');
    kubelet = await startKubelet();
    await until(async () => (await run('web', 'cat', '/config/more')) === '4', 'the change');
    expect(app('web')).toEqual(before);
    expect((await engine.container(before?.containerID?.slice(9) ?? ''))?.state).toBe('running');
  });

  it('goes gracefully, and leaves nothing behind', async () => {
    const { uid } = pod('web')!.metadata;
    await remove('web');
    expect(pod('web')?.metadata.deletionTimestamp).toBeDefined();
    await until(() => pod('web') === undefined, 'web to go', 10);
    expect(await engine.containers({ ...labels, [engineLabels.podUid]: uid })).toEqual([]);
    expect(await engine.volumes({ ...labels, [engineLabels.podUid]: uid })).toEqual([]);
    await until(() => eventsOf('web').includes('Killing: Stopping container web'), 'the event');
  });

  it('runs init containers in order, a sidecar beside the app, and comes to an end', async () => {
    put('job', {
      restartPolicy: 'Never',
      initContainers: [
        shell('one', 'echo one >> /work/order', {
          volumeMounts: [{ name: 'w', mountPath: '/work' }],
        }),
        shell('side', 'trap "exit 0" TERM; echo side >> /work/order; while :; do sleep 0.1; done', {
          restartPolicy: 'Always',
          startupProbe: { exec: { command: ['grep', 'side', '/work/order'] }, periodSeconds: 1 },
          volumeMounts: [{ name: 'w', mountPath: '/work' }],
        }),
        shell('two', 'echo two >> /work/order', {
          volumeMounts: [{ name: 'w', mountPath: '/work' }],
        }),
      ],
      containers: [
        shell('app', 'cat /work/order; echo bye > /dev/termination-log', {
          volumeMounts: [{ name: 'w', mountPath: '/work' }],
        }),
      ],
      volumes: [{ name: 'w', emptyDir: {} }],
    });
    await until(() => status('job')?.phase === 'Succeeded', 'the job to succeed');
    expect(await logsOf('job', { container: 'app' })).toBe('one\nside\ntwo\n');
    expect(app('job')?.state?.terminated).toMatchObject({
      exitCode: 0,
      reason: 'Completed',
      message: 'bye\n',
    });
    await remove('job');
    await until(() => pod('job') === undefined, 'the job to go');
  });

  it('restarts what fails its liveness probe and keeps what is not ready out', async () => {
    put('sick', {
      containers: [
        shell('app', 'touch /tmp/ok; sleep 600', {
          livenessProbe: {
            exec: { command: ['test', '-e', '/tmp/ok'] },
            periodSeconds: 1,
            failureThreshold: 1,
          },
          readinessProbe: { tcpSocket: { port: 81 }, periodSeconds: 1 },
        }),
      ],
      terminationGracePeriodSeconds: 0,
    });
    await until(() => app('sick')?.state?.running, 'sick to run');
    expect(isReady('sick')).toBe(false);
    await run('sick', 'sh', '-c', 'nc -ll -p 81 -e true </dev/null >/dev/null 2>&1 & sleep 0.1');
    await until(() => isReady('sick'), 'sick to be ready');
    await run('sick', 'rm', '/tmp/ok');
    await until(() => app('sick')?.restartCount === 1, 'the restart');
    const said = eventsOf('sick');
    expect(said).toContain('Killing: Container app failed liveness probe, will be restarted');
    expect(
      said.some((line) =>
        /^Unhealthy: Readiness probe failed: dial tcp .*:81: connect: connection refused$/.test(
          line,
        ),
      ),
    ).toBe(true);
    await remove('sick', { gracePeriodSeconds: 0 });
  });

  it('forwards to ports, those on loopback too', async () => {
    const serve = 'cd /tmp; echo here > page; httpd -p 7001; httpd -p 127.0.0.1:7002; sleep 600';
    put('server', { containers: [shell('app', serve)] });
    await until(() => isReady('server'), 'the server');
    const listening = async () => (await run('server', 'netstat', '-lnt')).match(/:700[12] /g);
    await until(async () => (await listening())?.length === 2, 'the listeners');
    const forward = (port: number) =>
      kubelet.streams.portForward({ namespace: 'default', name: 'server' }, port);
    for (const port of [7001, 7002]) {
      const stream = await forward(port);
      stream.write('GET /page HTTP/1.0\r\n\r\n');
      expect(await text(stream)).toMatch(/^HTTP\/1.\d 200 OK[^]*here\n$/);
      stream.destroy();
    }
    await expect(text(await forward(7003))).rejects.toThrow(/port 7003/);
    await remove('server', { gracePeriodSeconds: 0 });
  });

  it('says in the engine’s words why a pod does not start', async () => {
    put('noimage', { containers: [shell('app', '', { image: 'registry.invalid/app:1' })] });
    put('noconfig', {
      containers: [
        shell('app', '', {
          env: [{ name: 'X', valueFrom: { secretKeyRef: { name: 'nope', key: 'k' } } }],
        }),
      ],
    });
    put('novolume', {
      containers: [shell('app', 'sleep 600')],
      volumes: [{ name: 'v', configMap: { name: 'nope' } }],
    });
    put('noprogram', {
      restartPolicy: 'Never',
      containers: [{ name: 'app', image, command: ['/nope'] }],
    });
    await until(() => app('noimage')?.state?.waiting?.reason === 'ErrImagePull', 'ErrImagePull');
    expect(app('noimage')?.state?.waiting?.message).toContain('registry.invalid');
    await until(
      () => app('noconfig')?.state?.waiting?.reason === 'CreateContainerConfigError',
      'the config error',
    );
    expect(app('noconfig')?.state?.waiting?.message).toBe('secret "nope" not found');
    expect(eventsOf('noconfig')).toContain('Failed: Error: secret "nope" not found');
    await until(() => eventsOf('novolume').length > 0, 'the mount error');
    expect(eventsOf('novolume')[0]).toBe(
      'FailedMount: MountVolume.SetUp failed for volume "v" : configmap "nope" not found',
    );
    await until(() => status('noprogram')?.phase === 'Failed', 'the start error');
    expect(app('noprogram')?.state?.terminated).toMatchObject({
      exitCode: 127,
      reason: 'ContainerCannotRun',
    });
    await until(
      () => app('noimage')?.state?.waiting?.reason === 'ImagePullBackOff',
      'ImagePullBackOff',
    );
    for (const name of ['noimage', 'noconfig', 'novolume', 'noprogram']) {
      await remove(name, { gracePeriodSeconds: 0 });
    }
    await until(
      async () =>
        (await engine.containers({ ...labels, [engineLabels.role]: 'sandbox' })).length === 0,
      'everything to go',
    );
  });
});
