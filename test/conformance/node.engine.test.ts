/** What conformance tests since 1.21 ask of a node, on real containers. */
import { describe, expect, it } from 'vitest';
import type { core, Node, Pod } from '../../runtime/api/types.ts';
import {
  at,
  configMaps,
  nodes,
  pods,
  priorityClasses,
  runtimeClasses,
  secrets,
} from '../../runtime/client/resources.ts';
import { image, podAt, shellPod, useCluster } from './support/on-cluster.ts';

const on = useCluster('conf-node');

/** Speaks the health protocol of gRPC by hand; says that it serves as long as the file is there. */
const grpcServer = `
  const { existsSync } = require('node:fs');
  require('node:http2').createServer().on('stream', (stream, headers) => {
    stream.resume();
    stream.on('end', () => {
      stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
      stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }));
      const status = existsSync('/tmp/sick') ? 2 : 1;
      stream.end(Buffer.from([0, 0, 0, 0, 2, 8, status]));
    });
  }).listen(5000);
`;

const mainOf = (pod: Pod) => pod.status?.containerStatuses?.[0];

/** Runs a pod to its end; what it said. */
async function said(namespace: string, pod: ReturnType<typeof shellPod>): Promise<string> {
  await on.create(pods, namespace, pod);
  const { status } = await on.finished(namespace, pod.metadata.name);
  const log = await on.log(namespace, pod.metadata.name);
  expect({ phase: status?.phase, log }).toMatchObject({ phase: 'Succeeded' });
  return log;
}

describe.concurrent('a pod', { timeout: 120_000 }, () => {
  it('is probed over gRPC, and restarted when it says that it does not serve', async () => {
    const namespace = await on.namespace('grpc');
    const probe = { grpc: { port: 5000 }, periodSeconds: 1, failureThreshold: 2 };
    const pod = shellPod(...(['grpc', '', { restartPolicy: 'Always' }] as const), {
      command: ['node', '-e', grpcServer],
      ...{
        livenessProbe: probe,
        readinessProbe: probe,
        startupProbe: { ...probe, failureThreshold: 60 },
      },
    });
    await on.create(pods, namespace, pod);
    expect(mainOf(await on.ready(namespace, 'grpc'))?.restartCount).toBe(0);
    await on.exec(namespace, 'grpc', ['touch', '/tmp/sick']);
    await on.until<Pod>(pods, namespace, 'grpc', (found) => mainOf(found)?.restartCount === 1);
    await on.ready(namespace, 'grpc');
  });

  it('knows the addresses of its node and its own', async () => {
    const namespace = await on.namespace('addresses');
    const field = (name: string, fieldPath: string) => ({
      name,
      valueFrom: { fieldRef: { fieldPath } },
    });
    const env = [field('HOSTS', 'status.hostIPs'), field('PODS', 'status.podIPs')];
    const log = await said(namespace, shellPod('pod', 'echo $HOSTS $PODS', {}, { env }));
    const { status } = await on.client.get<Pod>(podAt(namespace, 'pod'));
    expect(status?.hostIPs).toEqual([{ ip: status?.hostIP }]);
    expect(log).toBe(`${status?.hostIP} ${status?.podIP}\n`);
  });

  it('has variables of unusual names from ConfigMaps and Secrets', async () => {
    const namespace = await on.namespace('variables');
    await on.create(configMaps, namespace, { metadata: { name: 'source' }, data: { one: '1' } });
    await on.create(secrets, namespace, { metadata: { name: 'source' }, stringData: { two: '2' } });
    const envFrom = [
      { prefix: '#_', configMapRef: { name: 'source' } },
      { prefix: '1-$_', secretRef: { name: 'source' } },
    ];
    // A shell would drop what is no name to it.
    const command = ['node', '-e', 'console.log(process.env["#_one"], process.env["1-$_two"])'];
    expect(await said(namespace, shellPod('pod', '', {}, { command, envFrom }))).toBe('1 2\n');
  });

  it('takes in ephemeral containers while it runs', async () => {
    const namespace = await on.namespace('ephemeral');
    await on.create(pods, namespace, shellPod('pod', 'sleep 300'));
    await on.ready(namespace, 'pod');
    const target = { ...podAt(namespace, 'pod'), subresource: 'ephemeralcontainers' };
    for (const name of ['first', 'second']) {
      const added = {
        ...{
          name,
          image,
          command: ['sh', '-c', 'ps -o comm,args; sleep 300'],
          tty: true,
          stdin: true,
        },
        targetContainerName: 'main',
      };
      await on.client.patch(target, 'strategic', { spec: { ephemeralContainers: [added] } });
      await on.until<Pod>(
        ...([pods, namespace, 'pod'] as const),
        ({ status }) =>
          status?.ephemeralContainerStatuses?.some(
            (each) => each.name === name && each.state?.running !== undefined,
          ) ?? false,
      );
    }
    expect(await on.exec(namespace, 'pod', ['echo', 'here'], 'second')).toBe('here\n');
    // It shares the processes of the container that it was put beside.
    expect(await on.exec(namespace, 'pod', ['ps', '-o', 'args'], 'first')).toContain('sleep 300');
  });

  it('mounts an image as a volume, whole or a part of it', async () => {
    const namespace = await on.namespace('images');
    const volumes = [{ name: 'image', image: { reference: image, pullPolicy: 'IfNotPresent' } }];
    const volumeMounts = [
      { name: 'image', mountPath: '/whole' },
      { name: 'image', mountPath: '/part', subPath: 'bin' },
    ];
    const script =
      'ls /whole/usr/local/bin/node && ls /part/sh && ! touch /whole/new 2>/dev/null && echo well';
    expect(await said(namespace, shellPod('pod', script, { volumes }, { volumeMounts }))).toMatch(
      /well\n$/,
    );
  });

  it('counts the generations of its specification', async () => {
    const namespace = await on.namespace('generations');
    const pod = shellPod('pod', 'sleep 300', { terminationGracePeriodSeconds: 3 });
    const created = await on.create(pods, namespace, {
      ...pod,
      metadata: { ...pod.metadata, generation: 100 },
    });
    expect(created.metadata.generation).toBe(1);
    await on.ready(namespace, 'pod');
    const target = podAt(namespace, 'pod');
    await on.client.patch(target, 'merge', { metadata: { labels: { none: 'counted' } } });
    for (let left = 100; left > 0; left--)
      await on.client.patch(target, 'merge', { spec: { activeDeadlineSeconds: 10_000 + left } });
    const seen = await on.until<Pod>(
      ...([pods, namespace, 'pod'] as const),
      ({ status }) => (status as { observedGeneration?: number })?.observedGeneration === 101,
    );
    expect(seen.metadata.generation).toBe(101);
    await on.client.delete(target);
    expect((await on.client.get(target)).metadata.generation).toBe(102);
  });

  it('may have its status patched', async () => {
    const namespace = await on.namespace('status');
    await on.create(pods, namespace, shellPod('pod', 'sleep 300'));
    await on.ready(namespace, 'pod');
    const target = { ...podAt(namespace, 'pod'), subresource: 'status' };
    const patched = await on.client.patch<Pod>(target, 'strategic', {
      metadata: { labels: { patched: 'yes' } },
      status: { message: 'patched' },
    });
    expect(patched.status?.message).toBe('patched');
  });

  it('costs what its runtime class says', async () => {
    const namespace = await on.namespace('overhead');
    const overhead = { podFixed: { cpu: '10m', memory: '1Mi' } };
    await on.create(runtimeClasses, undefined, {
      metadata: { name: 'costly' },
      handler: 'runc',
      overhead,
    });
    const pod = shellPod('pod', 'true', { runtimeClassName: 'costly' });
    const { spec } = await on.create<Pod>(pods, namespace, pod);
    expect(spec.overhead).toEqual({ cpu: '10m', memory: '1Mi' });
  });

  it('runs as who it says', async () => {
    const namespace = await on.namespace('users');
    const securityContext = { runAsUser: 1001, runAsGroup: 2002 };
    const [ofPod, ofContainer] = await Promise.all([
      said(namespace, shellPod('pod', 'id -u; id -g', { securityContext })),
      said(
        namespace,
        shellPod(
          'container',
          'id -u; id -g',
          { securityContext: { runAsUser: 7 } },
          { securityContext },
        ),
      ),
    ]);
    expect([ofPod, ofContainer]).toEqual(['1001\n2002\n', '1001\n2002\n']);
  });

  it('has the kernel settings that are safe; others are refused', async () => {
    const namespace = await on.namespace('sysctls');
    const pod = (name: string, setting: string) =>
      shellPod(name, 'cat /proc/sys/kernel/shm_rmid_forced', {
        securityContext: { sysctls: [{ name: setting, value: '1' }] },
      });
    expect(await said(namespace, pod('safe', 'kernel.shm_rmid_forced'))).toBe('1\n');
    await on.create(pods, namespace, pod('unsafe', 'kernel.msgmax'));
    expect((await on.finished(namespace, 'unsafe')).status).toMatchObject({
      ...{ phase: 'Failed', reason: 'SysctlForbidden' },
    });
    await expect(on.create(pods, namespace, pod('invalid', 'foo-'))).rejects.toThrow(
      /spec\.securityContext\.sysctls\[0\]\.name: Invalid value: "foo-"/,
    );
  });

  it('finds out with its own token who has issued it', async () => {
    const namespace = await on.namespace('issuer');
    const script = `
      const fs = require('node:fs');
      const home = '/var/run/secrets/kubernetes.io/serviceaccount/';
      const token = fs.readFileSync(home + 'token', 'utf8');
      const [, claims] = token.split('.').map((part) => Buffer.from(part, 'base64url').toString());
      const issuer = JSON.parse(claims).iss;
      const get = async (url) => {
        const answer = await fetch(url, { headers: { authorization: 'Bearer ' + token } });
        if (!answer.ok) throw new Error(url + ': ' + answer.status);
        return answer.json();
      };
      (async () => {
        const found = await get(issuer + '/.well-known/openid-configuration');
        const { keys } = await get(found.jwks_uri.replace(/^https:\\/\\/[^/]+/, issuer));
        const { createPublicKey, verify } = require('node:crypto');
        const [head, body, signature] = token.split('.');
        const { kid, alg } = JSON.parse(Buffer.from(head, 'base64url'));
        const key = createPublicKey({ format: 'jwk', key: keys.find((each) => each.kid === kid) });
        const dsaEncoding = 'ieee-p1363';
        const good = verify('sha256', Buffer.from(head + '.' + body), alg[0] === 'E' ? { key, dsaEncoding } : key, Buffer.from(signature, 'base64url'));
        console.log(found.issuer === issuer && good ? 'verified' : 'not verified');
      })();
    `;
    const env = [
      {
        name: 'NODE_EXTRA_CA_CERTS',
        value: '/var/run/secrets/kubernetes.io/serviceaccount/ca.crt',
      },
    ];
    const command = ['node', '-e', script];
    expect(await said(namespace, shellPod('pod', '', {}, { command, env }))).toBe('verified\n');
  });

  it('is resized in place, and says what it then has', async () => {
    const namespace = await on.namespace('resize');
    const resources = (cpu: string, memory: string) => ({
      ...{ requests: { cpu, memory }, limits: { cpu, memory } },
    });
    const pod = shellPod('pod', 'sleep 300', {}, { resources: resources('100m', '64Mi') });
    await on.create(pods, namespace, pod);
    await on.ready(namespace, 'pod');
    const target = { ...podAt(namespace, 'pod'), subresource: 'resize' };
    const live = await on.client.get<Pod>(target);
    const [container] = live.spec.containers;
    const wanted = resources('200m', '128Mi');
    await on.client.update(target, {
      ...live,
      spec: { ...live.spec, containers: [{ ...container, resources: wanted }] },
    } as Pod);
    const resized = await on.until<Pod>(
      ...([pods, namespace, 'pod'] as const),
      (found) => mainOf(found)?.resources?.limits?.memory === '128Mi',
    );
    expect(mainOf(resized)).toMatchObject({ restartCount: 0, resources: wanted });
    const inside =
      'cat /sys/fs/cgroup/memory/memory.limit_in_bytes 2>/dev/null || cat /sys/fs/cgroup/memory.max';
    expect(await on.exec(namespace, 'pod', ['sh', '-c', inside])).toBe(`${128 * 2 ** 20}\n`);
  });

  it('is told apart as disturbed when one of higher priority takes its place', async () => {
    const namespace = await on.namespace('preempted');
    const resource = 'example.com/seat';
    const capacity: core.NodeStatus = { capacity: { [resource]: '1' } };
    await on.client.patch(at(nodes, 'node-2', undefined, 'status'), 'strategic', {
      status: capacity,
    });
    await on.until<Node>(
      nodes,
      undefined,
      'node-2',
      ({ status }) => status?.allocatable?.[resource] === '1',
    );
    for (const [name, value] of [
      ['low', 1],
      ['high', 100],
    ] as const)
      await on.create(priorityClasses, undefined, { metadata: { name }, value });
    const seat = { resources: { limits: { [resource]: '1' } } };
    const pod = (priorityClassName: string) => {
      const made = shellPod(priorityClassName, 'sleep 300', { priorityClassName }, seat);
      return { ...made, metadata: { ...made.metadata, finalizers: ['example.com/watched'] } };
    };
    await on.create(pods, namespace, pod('low'));
    await on.ready(namespace, 'low');
    await on.create(pods, namespace, pod('high'));
    const low = await on.until<Pod>(
      ...([pods, namespace, 'low'] as const),
      ({ metadata, status }) =>
        metadata.deletionTimestamp !== undefined && status?.phase !== 'Running',
    );
    expect(low.status?.conditions).toContainEqual(
      expect.objectContaining({
        ...{ type: 'DisruptionTarget', status: 'True', reason: 'PreemptionByScheduler' },
      }),
    );
    for (const name of ['low', 'high'])
      await on.client.patch(podAt(namespace, name), 'merge', { metadata: { finalizers: [] } });
    await on.ready(namespace, 'high');
  });
});
