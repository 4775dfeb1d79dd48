import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { KubeObject } from '../api/object.ts';
import type { Node } from '../api/types.ts';
import { at, configMaps, leases, nodes, pods } from '../client/resources.ts';
import { engineLabels } from '../engine/engine.ts';
import { DockerHarness, image } from './testing/docker-harness.ts';

describe('a kubelet on Docker', () => {
  const on = new DockerHarness('f-kubelet', '10.231.128');
  beforeAll(() => on.start());
  afterAll(() => on.stop());

  it('announces the node and its heartbeat', async () => {
    const node = on.client.find<Node>(nodes, 'node-1');
    expect(node?.metadata.labels).toMatchObject({ 'kubernetes.io/hostname': 'node-1' });
    expect(node?.status?.nodeInfo?.kubeletVersion).toBe('v1.36.0+skiff');
    expect(node?.status?.nodeInfo?.containerRuntimeVersion).toMatch(/^docker:\/\/\d/);
    expect(node?.status?.capacity).toMatchObject({ cpu: '2', memory: '4194304Ki', pods: '110' });
    expect(node?.status?.conditions?.find(({ type }) => type === 'Ready')?.status).toBe('True');
    expect(on.client.find(leases, 'node-1', 'kube-node-lease')).toBeDefined();
  });

  it('runs a pod with volumes, variables, hosts and logs', async () => {
    on.client.put({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'settings', namespace: 'default' },
      data: { color: 'blue', 'deep.txt': 'first', extra: 'x' },
    } as KubeObject);
    on.put('web', {
      hostAliases: [{ ip: '1.2.3.4', hostnames: ['elsewhere'] }],
      containers: [
        on.shell('web', 'echo "$GREETING"; echo $COLOR; while :; do sleep 1; done', {
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
    await on.until(() => on.isReady('web'), 'web to be ready');
    console.log(`pod ready after ${Date.now() - begun} ms`);
    expect(on.status('web')).toMatchObject({
      phase: 'Running',
      hostIP: on.address,
      qosClass: 'BestEffort',
    });
    expect(on.status('web')?.podIP).toMatch(/^10\.231\./);
    expect(
      on
        .status('web')
        ?.conditions?.map(({ type, status }) => `${type}=${status}`)
        .sort(),
    ).toEqual([
      'ContainersReady=True',
      'Initialized=True',
      'PodReadyToStartContainers=True',
      'PodScheduled=True',
      'Ready=True',
    ]);
    expect(on.app('web')).toMatchObject({
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
    expect(on.eventsOf('web')).toEqual([
      `Pulled: Container image "${image}" already present on machine`,
      'Created: Created container: web',
      'Started: Started container web',
    ]);
    await on.until(async () => (await on.logsOf('web')).includes('blue'), 'the log');
    expect(await on.logsOf('web')).toBe('hello web $(NAME)\nblue\n');
    expect(await on.logsOf('web', { tailLines: 1, timestamps: true })).toMatch(
      /^\d{4}-\S+Z blue\n$/,
    );
    expect(await on.logsOf('web', { limitBytes: 5 })).toBe('hello');
    expect(await on.run('web', 'cat', '/config/deep.txt')).toBe('first');
    expect(await on.run('web', 'cat', '/pod/labels')).toBe('app="web"');
    expect(await on.run('web', 'cat', '/etc/hosts')).toContain(`${on.status('web')?.podIP}\tweb\n`);
    expect(await on.run('web', 'cat', '/etc/hosts')).toContain('1.2.3.4\telsewhere');
    expect(await on.run('web', 'cat', '/etc/resolv.conf')).toContain(
      'search default.svc.cluster.local',
    );
    expect(await on.run('web', 'hostname')).toBe('web\n');
    expect(await on.run('web', 'sh', '-c', 'echo x > /scratch/x && ls /scratch && id -u')).toBe(
      'a\nx\n1000\n',
    );
    expect(await on.run('web', 'sh', '-c', 'echo y > /memory/y && df /memory | tail -1')).toMatch(
      /tmpfs\s+16384/,
    );
  });

  it('shows a changed config map in the running container', async () => {
    await on.client.patch(at(configMaps, 'settings', 'default'), 'merge', {
      data: { 'deep.txt': 'second', extra: null, more: '3' },
    });
    await on.until(
      async () => (await on.run('web', 'cat', '/config/deep.txt')) === 'second',
      'the change',
    );
    expect(await on.run('web', 'ls', '/config')).toBe('color\ndeep.txt\nmore\n');
    expect(on.app('web')?.restartCount).toBe(0);
  });

  it('shows a changed annotation of a pod without labels', async () => {
    const bare = at(pods, 'bare', 'default');
    const items = [{ path: 'notes', fieldRef: { fieldPath: 'metadata.annotations' } }];
    on.put('bare', {
      containers: [
        on.shell('bare', 'while :; do sleep 1; done', {
          volumeMounts: [{ name: 'about', mountPath: '/about' }],
        }),
      ],
      volumes: [{ name: 'about', downwardAPI: { items } }],
    });
    await on.client.patch(bare, 'merge', { metadata: { labels: null } });
    await on.until(() => on.isReady('bare'), 'the pod to be ready');
    await on.client.patch(bare, 'merge', { metadata: { annotations: { note: 'new' } } });
    await on.until(
      async () => (await on.run('bare', 'cat', '/about/notes')) === 'note="new"',
      'the change',
    );
    await on.client.delete(bare, {});
  });

  it('restarts what was killed at once, and then backs off', async () => {
    const first = on.appId('web');
    await on.engine.killContainer(first, 'SIGKILL');
    await on.until(
      () => on.app('web')?.restartCount === 1 && on.isReady('web'),
      'the first restart',
      5,
    );
    expect(on.app('web')?.lastState?.terminated).toMatchObject({
      exitCode: 137,
      reason: 'Error',
      containerID: `docker://${first}`,
    });
    expect(await on.logsOf('web', { previous: true })).toContain('blue');
    const second = on.appId('web');
    await on.engine.killContainer(second, 'SIGKILL');
    await on.until(() => on.app('web')?.state?.waiting !== undefined, 'the back-off');
    expect(on.app('web')?.state?.waiting).toEqual({
      reason: 'CrashLoopBackOff',
      message: expect.stringMatching(
        /^back-off 10s restarting failed container=web pod=web_default\(.+\)$/,
      ),
    });
    await on.until(
      () => on.app('web')?.restartCount === 2 && on.isReady('web'),
      'the second restart',
      15,
    );
  });

  it('is taken over by another kubelet without a restart', async () => {
    const before = on.app('web');
    const gone = on.put('gone', { containers: [on.shell('app', 'sleep 600')] });
    await on.until(() => on.isReady('gone'), 'the pod that will be gone');
    on.kubelet.stop();
    await on.client.patch(at(configMaps, 'settings', 'default'), 'merge', { data: { more: '4' } });
    on.client.drop(pods, 'gone', 'default');
    await on.startKubelet();
    await on.until(async () => (await on.run('web', 'cat', '/config/more')) === '4', 'the change');
    expect(on.app('web')).toEqual(before);
    expect((await on.engine.container(on.appId('web')))?.state).toBe('running');
    const left = async () => (await on.containersOf(gone.metadata.uid)).length;
    await on.until(async () => (await left()) === 0, 'the rest of what is gone to go');
  });

  it('goes gracefully, and leaves nothing behind', async () => {
    const { uid } = on.pod('web')!.metadata;
    await on.remove('web');
    expect(on.pod('web')?.metadata.deletionTimestamp).toBeDefined();
    await on.until(() => on.pod('web') === undefined, 'web to go', 10);
    expect(await on.engine.containers({ ...on.labels, [engineLabels.podUid]: uid })).toEqual([]);
    expect(await on.engine.volumes({ ...on.labels, [engineLabels.podUid]: uid })).toEqual([]);
    await on.until(
      () => on.eventsOf('web').includes('Killing: Stopping container web'),
      'the event',
    );
  });

  it('runs init containers in order, a sidecar beside the app, and comes to an end', async () => {
    on.put('job', {
      restartPolicy: 'Never',
      initContainers: [
        on.shell('one', 'echo one >> /work/order', {
          volumeMounts: [{ name: 'w', mountPath: '/work' }],
        }),
        on.shell(
          'side',
          'trap "exit 0" TERM; echo side >> /work/order; while :; do sleep 0.1; done',
          {
            restartPolicy: 'Always',
            startupProbe: { exec: { command: ['grep', 'side', '/work/order'] }, periodSeconds: 1 },
            volumeMounts: [{ name: 'w', mountPath: '/work' }],
          },
        ),
        on.shell('two', 'echo two >> /work/order', {
          volumeMounts: [{ name: 'w', mountPath: '/work' }],
        }),
      ],
      containers: [
        on.shell('app', 'cat /work/order; echo bye > /dev/termination-log', {
          volumeMounts: [{ name: 'w', mountPath: '/work' }],
        }),
      ],
      volumes: [{ name: 'w', emptyDir: {} }],
    });
    await on.until(() => on.status('job')?.phase === 'Succeeded', 'the job to succeed');
    expect(await on.logsOf('job', { container: 'app' })).toBe('one\nside\ntwo\n');
    expect(on.app('job')?.state?.terminated).toMatchObject({
      exitCode: 0,
      reason: 'Completed',
      message: 'bye\n',
    });
    await on.remove('job');
    await on.until(() => on.pod('job') === undefined, 'the job to go');
  });

  it('restarts what fails its liveness probe and keeps what is not ready out', async () => {
    on.put('sick', {
      containers: [
        on.shell('app', 'touch /tmp/ok; sleep 600', {
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
    await on.until(() => on.app('sick')?.state?.running, 'sick to run');
    expect(on.isReady('sick')).toBe(false);
    await on.run('sick', 'sh', '-c', 'nc -ll -p 81 -e true </dev/null >/dev/null 2>&1 & sleep 0.1');
    await on.until(() => on.isReady('sick'), 'sick to be ready');
    await on.run('sick', 'rm', '/tmp/ok');
    await on.until(() => on.app('sick')?.restartCount === 1, 'the restart');
    const said = on.eventsOf('sick');
    expect(said).toContain('Killing: Container app failed liveness probe, will be restarted');
    expect(
      said.some((line) =>
        /^Unhealthy: Readiness probe failed: dial tcp .*:81: connect: connection refused$/.test(
          line,
        ),
      ),
    ).toBe(true);
    await on.remove('sick', { gracePeriodSeconds: 0 });
  });

  it('forwards to ports, those on loopback too', async () => {
    const serve = 'cd /tmp; echo here > page; httpd -p 7001; httpd -p 127.0.0.1:7002; sleep 600';
    on.put('server', { containers: [on.shell('app', serve)] });
    await on.until(() => on.isReady('server'), 'the server');
    const listening = async () => (await on.run('server', 'netstat', '-lnt')).match(/:700[12] /g);
    await on.until(async () => (await listening())?.length === 2, 'the listeners');
    const forward = (port: number) =>
      on.kubelet.streams.portForward({ namespace: 'default', name: 'server' }, port);
    for (const port of [7001, 7002]) {
      const stream = await forward(port);
      stream.write('GET /page HTTP/1.0\r\n\r\n');
      expect(await text(stream)).toMatch(/^HTTP\/1.\d 200 OK[\s\S]*here\n$/);
      stream.destroy();
    }
    await expect(text(await forward(7003))).rejects.toThrow(/port 7003/);
    await on.remove('server', { gracePeriodSeconds: 0 });
  });

  it('says in the engine’s words why a pod does not start', async () => {
    on.put('noimage', { containers: [on.shell('app', '', { image: 'registry.invalid/app:1' })] });
    on.put('noconfig', {
      containers: [
        on.shell('app', '', {
          env: [{ name: 'X', valueFrom: { secretKeyRef: { name: 'nope', key: 'k' } } }],
        }),
      ],
    });
    on.put('novolume', {
      containers: [on.shell('app', 'sleep 600')],
      volumes: [{ name: 'v', configMap: { name: 'nope' } }],
    });
    on.put('noprogram', {
      restartPolicy: 'Never',
      containers: [{ name: 'app', image, command: ['/nope'] }],
    });
    await on.until(
      () => on.app('noimage')?.state?.waiting?.reason === 'ErrImagePull',
      'ErrImagePull',
    );
    expect(on.app('noimage')?.state?.waiting?.message).toContain('registry.invalid');
    await on.until(
      () => on.app('noconfig')?.state?.waiting?.reason === 'CreateContainerConfigError',
      'the config error',
    );
    expect(on.app('noconfig')?.state?.waiting?.message).toBe('secret "nope" not found');
    expect(on.eventsOf('noconfig')).toContain('Failed: Error: secret "nope" not found');
    await on.until(() => on.eventsOf('novolume').length > 0, 'the mount error');
    expect(on.eventsOf('novolume')[0]).toBe(
      'FailedMount: MountVolume.SetUp failed for volume "v" : configmap "nope" not found',
    );
    await on.until(() => on.status('noprogram')?.phase === 'Failed', 'the start error');
    expect(on.app('noprogram')?.state?.terminated).toMatchObject({
      exitCode: 127,
      reason: 'ContainerCannotRun',
    });
    await on.until(
      () => on.app('noimage')?.state?.waiting?.reason === 'ImagePullBackOff',
      'ImagePullBackOff',
    );
    for (const name of ['noimage', 'noconfig', 'novolume', 'noprogram']) {
      await on.remove(name, { gracePeriodSeconds: 0 });
    }
    await on.until(
      async () =>
        (await on.engine.containers({ ...on.labels, [engineLabels.role]: 'sandbox' })).length === 0,
      'everything to go',
    );
  });
});
