/** What pods may ask of a node, on a real engine. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { KubeObject, UnknownObject } from '../api/object.ts';
import type { core } from '../api/types.ts';
import { engineLabels } from '../engine/engine.ts';
import { DockerHarness, image } from './testing/docker-harness.ts';

describe('pods on Docker', () => {
  const on = new DockerHarness('f-pods', '10.231.144');
  const directory = mkdtempSync(join(tmpdir(), 'skiff-f-host-'));
  const mount = (name: string, mountPath: string, more = {}) => ({ name, mountPath, ...more });
  const run = (name: string, spec: Partial<core.PodSpec>) => {
    on.put(name, spec);
    return on.until(() => on.isReady(name), `${name} to be ready`);
  };
  const go = (name: string) => on.remove(name, { gracePeriodSeconds: 0 });

  beforeAll(() => on.start());
  afterAll(async () => {
    await on.stop();
    rmSync(directory, { recursive: true, force: true });
  });

  it('mount paths of the machine, by type, and claims that are bound', async () => {
    writeFileSync(join(directory, 'file'), 'from the host\n');
    on.client.put({
      apiVersion: 'v1',
      kind: 'PersistentVolume',
      metadata: { name: 'pv' },
      spec: { hostPath: { path: join(directory, 'pv'), type: 'DirectoryOrCreate' } },
    } as unknown as KubeObject);
    on.client.put({
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: { name: 'claim', namespace: 'default' },
      spec: { volumeName: 'pv' },
      status: { phase: 'Bound' },
    } as unknown as KubeObject);
    await run('host', {
      containers: [
        on.shell('app', 'cat /host/file > /claim/copy; sleep 600', {
          volumeMounts: [mount('host', '/host', { readOnly: true }), mount('claim', '/claim')],
        }),
      ],
      volumes: [
        { name: 'host', hostPath: { path: directory, type: 'Directory' } },
        { name: 'claim', persistentVolumeClaim: { claimName: 'claim' } },
      ],
    });
    await on.until(async () => (await on.run('host', 'ls', '/claim')) === 'copy\n', 'the copy');
    expect(readFileSync(join(directory, 'pv/copy'), 'utf8')).toBe('from the host\n');
    await go('host');
    const path = join(directory, 'file');
    on.put('wrong', {
      containers: [on.shell('app', 'sleep 600')],
      volumes: [{ name: 'v', hostPath: { path, type: 'Directory' } }],
    });
    await on.until(() => on.eventsOf('wrong').length > 0, 'the mount error');
    expect(on.eventsOf('wrong')[0]).toBe(
      'FailedMount: MountVolume.SetUp failed for volume "v" : ' +
        `hostPath type check failed: ${path} is not a directory`,
    );
    await go('wrong');
  });

  it('share files of their group, with tokens among them', async () => {
    const create = on.client.create.bind(on.client);
    on.client.create = (async (target, object, options) => {
      if ((target as { subresource?: string }).subresource !== 'token') {
        return create(target, object, options);
      }
      const { spec } = object as unknown as { spec: { audiences?: string[] } };
      const expires = new Date(Date.now() + 3_600_000).toISOString();
      return {
        ...object,
        status: { token: `token-for-${spec.audiences}`, expirationTimestamp: expires },
      };
    }) as typeof on.client.create;
    on.client.put({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'ca', namespace: 'default' },
      data: { 'ca.crt': 'PEM' },
    } as unknown as UnknownObject);
    await run('group', {
      securityContext: { fsGroup: 3000, runAsUser: 1000, runAsGroup: 2000 },
      containers: [
        on.shell('app', 'sleep 600', {
          volumeMounts: [
            mount('all', '/all'),
            mount('all', '/ca', { subPath: 'ca.crt' }),
            mount('dir', '/dir'),
            mount('memory', '/memory'),
          ],
        }),
      ],
      volumes: [
        { name: 'dir', emptyDir: {} },
        { name: 'memory', emptyDir: { medium: 'Memory' } },
        {
          name: 'all',
          projected: {
            sources: [
              { serviceAccountToken: { path: 'token', audience: 'x' } },
              { configMap: { name: 'ca', items: [{ key: 'ca.crt', path: 'ca.crt' }] } },
              {
                downwardAPI: {
                  items: [{ path: 'namespace', fieldRef: { fieldPath: 'metadata.namespace' } }],
                },
              },
            ],
          },
        },
      ],
    });
    expect(await on.run('group', 'id')).toMatch(/uid=1000 gid=2000 groups=2000,3000|3000/);
    expect(await on.run('group', 'cat', '/all/token')).toBe('token-for-x');
    expect(await on.run('group', 'cat', '/ca')).toBe('PEM');
    expect(await on.run('group', 'cat', '/all/namespace')).toBe('default');
    for (const path of ['/dir', '/memory']) {
      const write = `echo x > ${path}/x; stat -c "%g" ${path}/x; stat -c "%a" ${path}`;
      expect(await on.run('group', 'sh', '-c', write)).toBe('3000\n2777\n');
    }
    await go('group');
  });

  it('on the host’s network have the node’s address and processes in common if they want', async () => {
    await run('net', {
      hostNetwork: true,
      shareProcessNamespace: true,
      containers: [on.shell('app', 'sleep 601'), on.shell('other', 'sleep 602')],
    });
    expect(on.status('net')?.podIP).toBe(on.address);
    const session = await on.kubelet.streams.exec(
      { namespace: 'default', name: 'net' },
      { container: 'app', command: ['sh', '-c', 'ps | grep -c "sleep 60[12]$"; ip addr'] },
    );
    const chunks: Buffer[] = [];
    for await (const chunk of session.stdout ?? []) chunks.push(chunk as Buffer);
    const output = Buffer.concat(chunks).toString();
    expect(output).toMatch(/^2\n/);
    expect(output).toContain(on.address);
    await go('net');
  });

  it('are probed over HTTP and run their hooks', async () => {
    await run('hooks', {
      terminationGracePeriodSeconds: 5,
      containers: [
        on.shell('app', 'mkdir /www; echo ok > /www/health; httpd -p 80 -h /www; sleep 600', {
          ports: [{ name: 'http', containerPort: 80 }],
          startupProbe: { httpGet: { path: '/health', port: 'http' }, periodSeconds: 1 },
          livenessProbe: { httpGet: { path: '/health', port: 80 }, periodSeconds: 1 },
          readinessProbe: {
            httpGet: { path: '/health', port: 80 },
            periodSeconds: 1,
            failureThreshold: 1,
          },
          lifecycle: {
            postStart: { exec: { command: ['touch', '/post'] } },
            preStop: { exec: { command: ['sh', '-c', `cp /post /host/stopped`] } },
          },
          volumeMounts: [mount('host', '/host')],
        }),
      ],
      volumes: [{ name: 'host', hostPath: { path: directory } }],
    });
    expect(await on.run('hooks', 'ls', '/post')).toBe('/post\n');
    await on.run('hooks', 'rm', '/www/health');
    await on.until(() => !on.isReady('hooks'), 'the pod not to be ready');
    await on.until(
      () =>
        on
          .eventsOf('hooks')
          .includes('Unhealthy: Readiness probe failed: HTTP probe failed with statuscode: 404'),
      'the event',
    );
    await on.remove('hooks');
    await on.until(() => on.pod('hooks') === undefined, 'the pod to go');
    expect(readFileSync(join(directory, 'stopped'), 'utf8')).toBe('');
  });

  it('get a new sandbox when theirs is killed', async () => {
    await run('sandbox', { containers: [on.shell('app', 'sleep 600')] });
    const { uid } = on.pod('sandbox')!.metadata;
    const [sandbox] = await on.engine.containers({
      ...on.labels,
      [engineLabels.podUid]: uid,
      [engineLabels.role]: 'sandbox',
    });
    await on.engine.killContainer(sandbox!.id, 'SIGKILL');
    await on.until(
      () => on.app('sandbox')?.restartCount === 1 && on.isReady('sandbox'),
      'the pod to be back',
    );
    expect(on.eventsOf('sandbox')).toContain(
      'SandboxChanged: Pod sandbox changed, it will be killed and re-created.',
    );
    expect((await on.containersOf(uid)).filter((name) => name.startsWith('k8s_POD_'))).toHaveLength(
      1,
    );
    await go('sandbox');
  });

  it('may be resized, and are told their limits', async () => {
    const resources = { limits: { cpu: '500m', memory: '64Mi' } };
    const env = [{ name: 'LIMIT', valueFrom: { resourceFieldRef: { resource: 'limits.memory' } } }];
    await run('size', {
      containers: [on.shell('app', 'echo $LIMIT; sleep 600', { resources, env })],
    });
    await expect.poll(() => on.logsOf('size')).toBe(`${64 * 2 ** 20}\n`);
    const limit = () =>
      on.run(
        'size',
        'sh',
        '-c',
        'cat /sys/fs/cgroup/memory/memory.limit_in_bytes /sys/fs/cgroup/memory.max 2>/dev/null',
      );
    expect(await limit()).toBe(`${64 * 2 ** 20}\n`);
    const pod = on.pod('size')!;
    const larger = { limits: { cpu: '500m', memory: '96Mi' } };
    on.client.put({
      ...pod,
      spec: { ...pod.spec, containers: [{ ...pod.spec.containers[0]!, resources: larger }] },
    });
    await on.until(async () => (await limit()) === `${96 * 2 ** 20}\n`, 'the new limit');
    expect(on.app('size')?.restartCount).toBe(0);

    const smaller = { limits: { cpu: '500m', memory: '48Mi' } };
    const resizePolicy = [{ resourceName: 'memory', restartPolicy: 'RestartContainer' }];
    const container = { ...pod.spec.containers[0]!, resources: smaller, resizePolicy };
    on.client.put({ ...on.pod('size')!, spec: { ...pod.spec, containers: [container] } });
    await on.until(() => on.app('size')?.restartCount === 1 && on.isReady('size'), 'a restart');
    expect(await limit()).toBe(`${48 * 2 ** 20}\n`);
    await go('size');
  });

  it('start anew as a whole where a container has ended so that its rules want it', async () => {
    const rule = { action: 'RestartAllContainers', exitCodes: { operator: 'In', values: [42] } };
    const rules = { restartPolicy: 'Never', restartPolicyRules: [rule] } as Partial<core.Container>;
    const mounts = { volumeMounts: [{ name: 'shared', mountPath: '/shared' }] };
    const first = 'test -f /shared/seen && exec sleep 600; touch /shared/seen; exit 42';
    await run('anew', {
      restartPolicy: 'Never',
      volumes: [{ name: 'shared', emptyDir: {} }],
      initContainers: [on.shell('init', 'echo again >> /shared/inits', mounts)],
      containers: [
        on.shell('app', first, { ...mounts, ...rules }),
        on.shell('other', 'cat /shared/inits; exec sleep 600', mounts),
      ],
    });
    await on.until(
      () => on.status('anew')?.containerStatuses?.every(({ restartCount }) => restartCount === 1),
      'both containers to run again',
    );
    await on.until(() => on.isReady('anew'), 'the pod to be ready');
    await expect.poll(() => on.logsOf('anew', { container: 'other' })).toBe('again\nagain\n');
    await go('anew');
  });

  it('may be joined by a container for debugging', async () => {
    await run('debug', { containers: [on.shell('app', 'sleep 600')] });
    const pod = on.pod('debug')!;
    on.client.put({
      ...pod,
      spec: {
        ...pod.spec,
        ephemeralContainers: [
          {
            name: 'look',
            image,
            command: ['sh', '-c', 'ps | grep "sleep 600"'],
            targetContainerName: 'app',
          },
        ],
      },
    });
    await on.until(
      () => on.status('debug')?.ephemeralContainerStatuses?.[0]?.state?.terminated !== undefined,
      'the debugger to end',
    );
    await expect.poll(() => on.logsOf('debug', { container: 'look' })).toContain('sleep 600');
    expect(on.isReady('debug')).toBe(true);
    await go('debug');
  });
});
