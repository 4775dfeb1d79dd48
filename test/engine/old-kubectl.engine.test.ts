/**
 * kubectl 1.20 against today's API: it looks up types in OpenAPI v2 and old discovery, speaks SPDY to
 * containers and knows no server-side column but Table. Steps build on each other, so they run in order.
 */
import { existsSync } from 'node:fs';
import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CertificateSigningRequest, Deployment, Pod } from '../../runtime/api/types.ts';
import { eventually, run, type TestCluster, testCluster } from '../support/cluster.ts';

const cache = process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache');
const binary = process.env.SKIFF_OLD_KUBECTL || join(cache, 'skiff/kubectl-1.20');
const isHere = existsSync(binary);
const title = isHere
  ? 'kubectl 1.20'
  : 'kubectl 1.20, which is not here: "node scripts/setup/old-kubectl.mjs" gets it, or set SKIFF_OLD_KUBECTL';

const web = `
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      terminationGracePeriodSeconds: 1
      containers:
      - name: web
        image: skiff.local/base:1
        command: [node, -e, "console.log('listens'); require('http').createServer((_, r) => r.end('hello')).listen(8080)"]
        ports: [{containerPort: 8080}]
        resources: {requests: {cpu: 10m}}
`;

describe.skipIf(!isHere)(title, () => {
  let cluster: TestCluster;
  const kubectl = (...args: string[]) => cluster.kubectl(...args);
  const failing = (...args: string[]) => cluster.tryKubectl(args);
  const pods = async () => {
    const { items } = await cluster.json<{ items: Pod[] }>('get', 'pods', '-l', 'app=web');
    return items.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
  };
  const onePod = async () => (await pods())[0]?.metadata.name ?? '';
  const rollout = (...args: string[]) => kubectl('rollout', ...args, 'deployment/web');

  beforeAll(async () => {
    cluster = await testCluster('old-kubectl');
    const directory = cluster.scratch('bin');
    await mkdir(directory, { recursive: true });
    await symlink(binary, join(directory, 'kubectl'));
    process.env.PATH = `${directory}${delimiter}${process.env.PATH}`;
    const up = await cluster.up('--nodes', '2');
    expect(up.stderr).toBe('');
    expect(up.code).toBe(0);
  });
  afterAll(() => cluster?.remove());

  it('is what is driven, and finds what there is', async () => {
    expect(await kubectl('version', '--short')).toMatch(
      /Client Version: v1\.20\.\d+\nServer Version: v1\.\d+\.\d+/,
    );
    expect(await kubectl('api-resources')).toMatch(/^deployments +deploy +apps\/v1 +true +Deploy/m);
    expect(await kubectl('cluster-info')).toMatch(/CoreDNS.* is running at .*kube-dns:dns\/proxy/);
    expect(await kubectl('explain', 'deployment.spec.strategy.type')).toContain('RollingUpdate');
    expect(await kubectl('auth', 'can-i', 'create', 'pods')).toBe('yes\n');
    const stranger = await failing('auth', 'can-i', 'create', 'pods', '--as=nobody');
    expect(stranger).toMatchObject({ code: 1, stdout: 'no\n' });
  });

  it('applies, tells what would change, and refuses what its schema does not know', async () => {
    const file = cluster.scratch('web.yaml');
    await writeFile(file, web);
    const stray = web.replace('replicas:', 'replicants:');
    const refused = await cluster.tryKubectl(['apply', '-f', '-'], stray);
    expect(refused.stderr).toContain('unknown field "replicants" in io.k8s.api.apps.v1.Deployment');
    expect(await kubectl('apply', '-f', file)).toBe('deployment.apps/web created\n');
    expect(await kubectl('apply', '-f', file)).toBe('deployment.apps/web unchanged\n');
    await rollout('status', '--timeout=60s');
    await writeFile(file, web.replace('replicas: 2', 'replicas: 3'));
    const diff = await failing('diff', '-f', file);
    expect(diff.code).toBe(1);
    expect(diff.stdout).toMatch(/^-\s+replicas: 2\n\+\s+replicas: 3$/m);
    expect(await kubectl('apply', '--server-side', '--force-conflicts', '-f', file)).toBe(
      'deployment.apps/web serverside-applied\n',
    );
    await rollout('status', '--timeout=60s');
    expect(await kubectl('get', 'deployments')).toMatch(
      /^NAME +READY +UP-TO-DATE +AVAILABLE +AGE\nweb +3\/3 +3 +3 /,
    );
    expect(await kubectl('describe', 'deployment', 'web')).toContain('ScalingReplicaSet');
  });

  it('rolls out, shows the history, goes back, scales and edits', async () => {
    await kubectl('set', 'env', 'deployment/web', 'A=b');
    await rollout('status', '--timeout=60s');
    expect(await rollout('history')).toMatch(/^1 .*\n2 /m);
    await rollout('undo');
    await rollout('status', '--timeout=60s');
    const { spec } = await cluster.json<Deployment>('get', 'deployment', 'web');
    expect(spec.template.spec?.containers[0]?.env).toBeUndefined();
    await kubectl('scale', 'deployment/web', '--replicas=2');
    await kubectl('patch', 'deployment', 'web', '-p', '{"metadata":{"labels":{"a":"b"}}}');
    await kubectl('label', 'deployment', 'web', 'a-');
    await kubectl('annotate', 'deployment', 'web', 'note=old');
    const editor = { EDITOR: "sed -i 's/note: old/note: new/'" };
    const edited = await run('kubectl', ['edit', 'deployment', 'web'], {
      env: { ...cluster.environment, ...editor },
    });
    expect(edited.stdout).toBe('deployment.apps/web edited\n');
    const { metadata } = await cluster.json<Deployment>('get', 'deployment', 'web');
    expect(metadata.annotations?.note).toBe('new');
    expect(metadata.labels?.a).toBeUndefined();
    await kubectl('wait', '--for=condition=Available', 'deployment/web', '--timeout=60s');
  });

  it('reaches into pods by SPDY: logs, exec, copies, ports', async () => {
    const name = await onePod();
    const logs = cluster.startKubectl('logs', '-f', name);
    await logs.until(/listens/);
    logs.stop();
    const exec = await failing('exec', name, '--', 'sh', '-c', 'echo out; echo err >&2; exit 3');
    expect(exec).toMatchObject({ code: 3, stdout: 'out\n' });
    const piped = await cluster.tryKubectl(['exec', '-i', name, '--', 'cat'], 'to and fro');
    expect(piped.stdout).toBe('to and fro');
    const file = cluster.scratch('copied');
    await writeFile(file, 'copied');
    await kubectl('cp', file, `${name}:/tmp/copied`);
    await kubectl('cp', `${name}:/tmp/copied`, `${file}-back`);
    expect(await readFile(`${file}-back`, 'utf8')).toBe('copied');
    await kubectl('expose', 'deployment', 'web', '--port=80', '--target-port=8080');
    const forward = cluster.startKubectl('port-forward', 'service/web', ':80');
    const [, port] = await forward.until(/127\.0\.0\.1:(\d+)/);
    expect(await (await fetch(`http://127.0.0.1:${port}/`)).text()).toBe('hello');
    forward.stop();
  });

  it('runs a pod for as long as its input lasts, and attaches to it', async () => {
    const command = ['sh', '-c', 'cat; sleep 1; echo bye; exit 4'];
    const options = ['--image=skiff.local/base:1', '--restart=Never', '-i', '--rm', '--command'];
    const once = await cluster.tryKubectl(['run', 'once', ...options, '--', ...command], 'hi\n');
    expect(once.stdout).toMatch(/^hi\nbye\n/);
    expect(once.stderr).not.toContain('attach');
    expect(once.code).toBe(4);
  });

  it('empties a node and gives it back', async () => {
    await kubectl('taint', 'nodes', 'node-1', 'k=v:NoSchedule');
    await kubectl('taint', 'nodes', 'node-1', 'k:NoSchedule-');
    const drained = await kubectl('drain', 'node-2', '--ignore-daemonsets', '--timeout=60s');
    expect(drained).toContain('node/node-2 evicted');
    expect(await kubectl('get', 'nodes')).toMatch(/node-2 +Ready,SchedulingDisabled/);
    await kubectl('uncordon', 'node-2');
    await rollout('status', '--timeout=60s');
    expect(new Set((await pods()).map(({ spec }) => spec.nodeName))).toEqual(new Set(['node-1']));
  });

  it('shows figures, scales by them and approves certificates', async () => {
    const top = await eventually(
      () => failing('top', 'pods'),
      ({ code }) => code === 0,
    );
    expect(top.stdout).toMatch(/^NAME +CPU\(cores\) +MEMORY\(bytes\) +\nweb-/);
    await kubectl('autoscale', 'deployment', 'web', '--min=1', '--max=3', '--cpu-percent=50');
    expect(await kubectl('get', 'hpa', 'web')).toContain('Deployment/web');
    const key = cluster.scratch('key.pem');
    const subject = ['-subj', '/CN=ann/O=dev'];
    const request = await run('openssl', [
      ...['req', '-new', '-newkey', 'rsa:2048', '-nodes', '-keyout', key],
      ...subject,
    ]);
    const csr = {
      apiVersion: 'certificates.k8s.io/v1',
      kind: 'CertificateSigningRequest',
      metadata: { name: 'ann' },
      spec: {
        request: Buffer.from(request.stdout).toString('base64'),
        signerName: 'example.com/ours',
        usages: ['client auth'],
      },
    };
    await cluster.tryKubectl(['create', '-f', '-'], JSON.stringify(csr));
    expect(await kubectl('certificate', 'approve', 'ann')).toContain('ann approved');
    const { status } = await cluster.json<CertificateSigningRequest>('get', 'csr', 'ann');
    expect(status?.conditions?.map(({ type }) => type)).toEqual(['Approved']);
  });

  it('replaces and deletes', async () => {
    const file = cluster.scratch('web.yaml');
    expect(await kubectl('replace', '--force', '-f', file)).toContain(
      'deployment.apps/web replaced',
    );
    await rollout('status', '--timeout=60s');
    await kubectl('delete', 'deployment,service,hpa', '--all', '--timeout=60s');
    await eventually(pods, (found) => found.length === 0);
  });
});
