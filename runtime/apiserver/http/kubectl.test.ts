/** The server as the real kubectl sees it. Skipped where kubectl is not installed. */
import { spawn } from 'node:child_process';
import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { KubeObject } from '../../api/object.ts';
import { LocalPodStreams } from '../streaming/testing/local-pod-streams.ts';
import { hasKubectl, type Kubectl, kubectlFor } from '../testing/kubectl.ts';
import { useTestServer } from '../testing/use-server.ts';

const manifest = `
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, labels: {app: web}}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers: [{name: c, image: "web:1", ports: [{containerPort: 80}]}]
`;

let kubectl: Kubectl['run'];
let ok: Kubectl['ok'];
let flags: readonly string[];
/** Stands for what runs in a pod. */
let backend: Server;

describe.skipIf(!hasKubectl)('kubectl', () => {
  const server = useTestServer({
    streams: new LocalPodStreams(),
    dial: async () => connect((backend.address() as AddressInfo).port, '127.0.0.1'),
  });
  beforeAll(async () => {
    backend = createServer((request, response) => {
      response.setHeader('Content-Type', 'text/html');
      response.end(`<a href="/next">${request.method} ${request.url}</a>`);
    });
    await new Promise<void>((resolve) => backend.listen(0, '127.0.0.1', resolve));
    const cli = await kubectlFor(server);
    kubectl = cli.run;
    ok = cli.ok;
    flags = cli.flags;
    await ok(['create', 'serviceaccount', 'default']);
  });
  afterAll(() => {
    backend.close();
  });

  it('finds a server of level 1.36', async () => {
    const { out, err } = await kubectl(['version']);
    expect(out).toContain('Server Version: v1.36.0+skiff');
    // The only complaint an older or newer kubectl may have, and has of the original too.
    expect(err.replace(/^WARNING: version difference .*\n?/, '')).toBe('');
    expect(await ok(['api-resources', '--verbs=list', '-o', 'name'])).toContain('deployments.apps');
    expect(await ok(['explain', 'deployment.spec.replicas'])).toContain(
      'FIELD: replicas <integer>',
    );
  });

  it('applies, shows, changes and deletes a deployment', async () => {
    expect(await ok(['apply', '-f', '-'], manifest)).toBe('deployment.apps/web created\n');
    expect(await ok(['apply', '-f', '-'], manifest)).toBe('deployment.apps/web unchanged\n');
    const table = await ok(['get', 'deployment', 'web', '-o', 'wide']);
    expect(table.split('\n')[0]?.split(/ {2,}/)).toEqual([
      'NAME',
      'READY',
      'UP-TO-DATE',
      'AVAILABLE',
      'AGE',
      'CONTAINERS',
      'IMAGES',
      'SELECTOR',
    ]);
    expect(table).toMatch(/web +0\/2 +0 +0 +\d+s +c +web:1 +app=web/);
    await ok(['scale', 'deployment', 'web', '--replicas=3']);
    await ok(['set', 'image', 'deployment/web', 'c=web:2']);
    await ok(['label', 'deployment', 'web', 'tier=front']);
    await ok(['patch', 'deployment', 'web', '-p', '{"spec":{"paused":true}}']);
    const text = await ok(['get', 'deployment', 'web', '-o', 'json']);
    expect(JSON.parse(text)).toMatchObject({
      metadata: { labels: { app: 'web', tier: 'front' }, generation: 4 },
      spec: { replicas: 3, paused: true, template: { spec: { containers: [{ image: 'web:2' }] } } },
    });
    expect(await ok(['describe', 'deployment', 'web'])).toContain(
      'Replicas:               3 desired',
    );
    expect(await ok(['delete', 'deployment', 'web'])).toContain('"web" deleted');
    const { err } = await kubectl(['get', 'deployment', 'web']);
    expect(err).toBe('Error from server (NotFound): deployments.apps "web" not found\n');
  });

  it('applies on the server and is told of conflicts', async () => {
    const map = (value: string) =>
      `{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"m"},"data":{"x":"${value}"}}`;
    await ok(['apply', '--server-side', '--field-manager=one', '-f', '-'], map('1'));
    const { code, err } = await kubectl(
      ['apply', '--server-side', '--field-manager=two', '-f', '-'],
      map('2'),
    );
    expect(code).toBe(1);
    expect(err).toContain('conflict with "one"');
    await ok(
      ['apply', '--server-side', '--force-conflicts', '--field-manager=two', '-f', '-'],
      map('2'),
    );
    expect(await ok(['get', 'configmap', 'm', '-o', 'jsonpath={.data.x}'])).toBe('2');
  });

  it('is told of fields that nobody knows', async () => {
    const { err } = await kubectl(['apply', '-f', '-'], manifest.replace('replicas', 'replicsa'));
    expect(err).toContain('strict decoding error: unknown field "spec.replicsa"');
    const warned = await kubectl(
      ['apply', '--validate=warn', '--dry-run=server', '-f', '-'],
      manifest.replace('replicas', 'replicsa'),
    );
    expect(warned.err).toContain('Warning: unknown field "spec.replicsa"');
    const { err: wrong } = await kubectl(['apply', '-f', '-'], manifest.replace(': 2', ': "two"'));
    expect(wrong).toContain(
      'json: cannot unmarshal string into Go struct field DeploymentSpec.spec.replicas of type int32',
    );
  });

  it('sends binary bodies and is understood', async () => {
    await ok(['create', 'namespace', 'demo']);
    await ok(['create', 'secret', 'generic', 's', '--from-literal=a=b']);
    expect(await ok(['get', 'secret', 's', '-o', 'jsonpath={.data.a}'])).toBe('Yg==');
    await ok(['run', 'p', '--image=x', '--port=80']);
    expect(await ok(['get', 'pod', 'p', '-o', 'wide'])).toMatch(
      /p +0\/1 +Pending +0 +\d+s +<none>/,
    );
    expect(await ok(['auth', 'can-i', 'create', 'pods'])).toBe('yes\n');
    expect((await ok(['create', 'token', 'default'])).split('.')).toHaveLength(3);
    const { out } = await kubectl(['auth', 'can-i', 'create', 'pods', '--as=jane']);
    expect(out).toBe('no\n');
  });

  it('runs commands in pods and talks to them', async () => {
    const pods = { group: '', version: 'v1', resource: 'pods', namespace: 'default' };
    const spec = { nodeName: 'n1', containers: [{ name: 'c', image: 'x' }] };
    const metadata = { name: 'run' };
    await server.client.create(pods, {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata,
      spec,
    } as KubeObject);
    await server.client.patch({ ...pods, name: 'run', subresource: 'status' }, 'merge', {
      status: { phase: 'Running', podIP: '10.244.0.2' },
    });
    expect(await ok(['exec', 'run', '--', 'echo', 'hello'])).toBe('hello\n');
    expect((await kubectl(['exec', 'run', '--', 'sh', '-c', 'exit 3'])).code).toBe(3);
    const path = '/api/v1/namespaces/default/pods/run:80/proxy/a?b=c';
    expect(await ok(['get', '--raw', path])).toBe(
      '<a href="/api/v1/namespaces/default/pods/run:80/proxy/next">GET /a?b=c</a>',
    );
    const { err } = await kubectl(['exec', 'nobody', '--', 'true']);
    expect(err).toContain('pods "nobody" not found');
  });

  it('watches', async () => {
    const child = spawn('kubectl', [...flags, 'get', 'configmaps', '-w', '-o', 'name']);
    const lines: string[] = [];
    const seen = new Promise<void>((resolve) => {
      child.stdout.on('data', (chunk: Buffer) => {
        lines.push(...chunk.toString().split('\n').filter(Boolean));
        if (lines.includes('configmap/watched')) resolve();
      });
    });
    await ok(['create', 'configmap', 'watched']);
    await seen;
    child.kill();
    expect(lines).toContain('configmap/watched');
  });
});
