/**
 * The examples as people meet them, on the real engine: deployed, used, taken down and up again. And
 * what `skiff deploy` says when something is wrong. Steps build on each other, so they run in order.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type {
  Job,
  Node,
  PersistentVolume,
  PersistentVolumeClaim,
  Pod,
  Service,
} from '../../runtime/api/types.ts';
import {
  eventually,
  type Result,
  root,
  run,
  type TestCluster,
  testCluster,
} from '../support/cluster.ts';

interface Items<T> {
  items: T[];
}

const folders = ['three-tier', 'lift-and-shift', 'training'] as const;
let cluster: TestCluster;
/** What the engine had before is not ours to remove. */
let imagesBefore: string[];

beforeAll(async () => {
  imagesBefore = await exampleImages();
  cluster = await testCluster('examples');
  const up = await cluster.up();
  expect(up.stderr).toBe('');
  for (const name of folders) await cluster.kubectl('create', 'namespace', name);
});
afterAll(async () => {
  await cluster?.remove();
  const built = (await exampleImages()).filter((image) => !imagesBefore.includes(image));
  if (built.length > 0) await run('docker', ['rmi', ...built]);
});

async function exampleImages(): Promise<string[]> {
  const format = '{{.Repository}}:{{.Tag}}';
  const { stdout } = await run('docker', ['images', '--format', format]);
  return stdout.split('\n').filter((image) => folders.some((name) => image.includes(`/${name}/`)));
}

function deploy(path: string, ...options: string[]): Promise<Result> {
  return cluster.skiff('deploy', path, '--context', 'skiff-examples', ...options);
}

/** An example into the namespace of its name. */
function deployExample(name: string): Promise<Result> {
  return deploy(`${root}/examples/${name}`, '--namespace', name, '--timeout', '90s');
}

async function podsOf(namespace: string, app: string): Promise<Pod[]> {
  const selector = `app.kubernetes.io/name=${app}`;
  const list = await cluster.json<Items<Pod>>('get', 'pods', '-n', namespace, '-l', selector);
  return list.items.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
}

const isReady = (pod: Pod | undefined) =>
  pod?.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') ??
  false;

async function nodeAddress(): Promise<string> {
  const { status } = await cluster.json<Node>('get', 'node', 'node-1');
  return status?.addresses?.find(({ type }) => type === 'InternalIP')?.address ?? '';
}

/** The answer's status and JSON; status 0 while nobody listens. */
async function ask(
  url: string,
  init: RequestInit = {},
): Promise<{ status: number; body: unknown }> {
  try {
    const answer = await fetch(url, { ...init, signal: AbortSignal.timeout(5_000) });
    const text = await answer.text();
    return { status: answer.status, body: answer.ok ? JSON.parse(text) : text };
  } catch (error) {
    return { status: 0, body: String(error) };
  }
}

describe('three-tier', () => {
  const namespace = 'three-tier';

  /** Where its page is for people: the address that its LoadBalancer got. */
  async function page(): Promise<string> {
    const { status } = await eventually(
      () => cluster.json<Service>('get', 'service', 'web', '-n', namespace),
      (service) => service.status?.loadBalancer?.ingress?.[0]?.ip !== undefined,
    );
    return `http://${status?.loadBalancer?.ingress?.[0]?.ip}:8080`;
  }

  async function notes(): Promise<string[]> {
    const url = `${await page()}/api/notes`;
    const { body } = await eventually(
      () => ask(url),
      ({ status }) => status === 200,
    );
    return (body as { text: string }[]).map(({ text }) => text);
  }

  it('is deployed and followed to ready, its images built', { timeout: 300_000 }, async () => {
    const { code, stdout, stderr } = await deployExample(namespace);
    expect(stderr).toBe('');
    expect(stdout).toContain('deployment.apps/web created');
    expect(stdout).toContain('persistentvolumeclaim/database created');
    for (const name of ['web', 'api', 'database']) {
      expect(stdout).toContain(`deployment "${name}" successfully rolled out`);
    }
    expect(code).toBe(0);
  });

  it('is unchanged by a second deploy', async () => {
    const { code, stdout } = await deployExample(namespace);
    const applied = stdout.split('\n').filter((line) => !line.includes(': ') && line !== '');
    expect(applied).toHaveLength(7);
    for (const line of applied) expect(line).toMatch(/^\S+ unchanged$/);
    expect(code).toBe(0);
  });

  it('has its claim bound to a volume that was made for it', async () => {
    const get = ['get', 'pvc', 'database', '-n', namespace];
    const { spec, status } = await cluster.json<PersistentVolumeClaim>(...get);
    expect(status).toMatchObject({ phase: 'Bound', capacity: { storage: '1Gi' } });
    const volume = await cluster.json<PersistentVolume>('get', 'pv', spec.volumeName ?? '');
    expect(volume.spec.claimRef).toMatchObject({ namespace, name: 'database' });
    expect(volume.spec.persistentVolumeReclaimPolicy).toBe('Delete');
  });

  it('serves its page and keeps notes through all three tiers', async () => {
    const url = await page();
    const { text } = await eventually(
      () => fetch(url).then(async (answer) => ({ text: await answer.text() })),
      ({ text }) => text.includes('<title>Notes</title>'),
    );
    expect(text).toContain('What to keep?');
    const kept = await ask(`${url}/api/notes`, {
      method: 'POST',
      body: JSON.stringify({ text: 'the first' }),
    });
    expect(kept.status).toBe(201);
    expect(await notes()).toEqual(['the first']);
  });

  it('keeps the notes when the pod of the database is deleted', async () => {
    const [before] = await podsOf(namespace, 'database');
    await cluster.kubectl('delete', 'pod', '-n', namespace, before?.metadata.name ?? '');
    const [after] = await eventually(
      () => podsOf(namespace, 'database'),
      ([pod]) => isReady(pod) && pod?.metadata.uid !== before?.metadata.uid,
    );
    expect(after?.metadata.name).not.toBe(before?.metadata.name);
    expect(await notes()).toEqual(['the first']);
  });

  it('keeps the notes through down and up', { timeout: 180_000 }, async () => {
    const down = await cluster.skiff('down', '--name', cluster.name);
    expect(down).toMatchObject({ code: 0, stderr: '' });
    expect(await cluster.status()).toMatchObject({ state: 'stopped' });
    const filter = ['--filter', 'label=skiff.cluster=examples'];
    expect((await run('docker', ['ps', '-aq', ...filter])).stdout).toBe('');

    const up = await cluster.up();
    expect(up).toMatchObject({ code: 0, stderr: '' });
    const wait = ['--for=condition=Available', 'deployment', '--all', '--timeout=100s'];
    await cluster.kubectl('wait', '-n', namespace, ...wait);
    await eventually(
      () => podsOf(namespace, 'database'),
      ([pod]) => isReady(pod),
    );
    expect(await notes()).toEqual(['the first']);
  });

  it('is deleted, and its PersistentVolume and the data with the claim', async () => {
    const stored = async () =>
      (await run('docker', ['exec', 'skiff-examples-node-1', 'ls', '/var/lib/skiff/pv'])).stdout;
    expect(await stored()).toMatch(/^pvc-\S+_database\n$/);
    await cluster.kubectl('delete', 'namespace', namespace, '--timeout=100s');
    await eventually(
      () => cluster.kubectl('get', 'pv', '-o', 'name'),
      (names) => names === '',
    );
    expect(await stored()).toBe('');
  });
});

describe('lift-and-shift', () => {
  const namespace = 'lift-and-shift';
  let pod: Pod;

  it('is built, applied and has every container ready', { timeout: 300_000 }, async () => {
    const build = await cluster.skiff('build', `${root}/examples/${namespace}`);
    expect(build).toMatchObject({ code: 0, stderr: '' });
    await cluster.kubectl('apply', '-n', namespace, '-f', `${root}/examples/${namespace}`);
    const wait = ['--for=condition=Available', 'deployment/shop', '--timeout=100s'];
    await cluster.kubectl('wait', '-n', namespace, ...wait);
    [pod] = (await podsOf(namespace, 'shop')) as [Pod];
    expect(await cluster.kubectl('get', 'pod', '-n', namespace, pod.metadata.name)).toMatch(
      / 4\/4 +Running +0 /,
    );
  });

  it('ran the init container to its end, then the sidecar, then the others', async () => {
    const { initContainerStatuses = [], containerStatuses = [] } = pod.status ?? {};
    const [prepare, log] = initContainerStatuses;
    expect(prepare?.state?.terminated).toMatchObject({ exitCode: 0, reason: 'Completed' });
    expect(log).toMatchObject({ name: 'log', ready: true, started: true });
    const order = [
      prepare?.state?.terminated?.finishedAt,
      log?.state?.running?.startedAt,
      ...containerStatuses.map(({ state }) => state?.running?.startedAt).sort(),
    ];
    expect(order).not.toContain(undefined);
    expect([...order].sort()).toEqual(order);
    const logs = await cluster.kubectl('logs', '-n', namespace, pod.metadata.name, '-c', 'prepare');
    expect(logs).toBe('prepared /var/shop\n');
  });

  it('takes an order over localhost and works it off through the shared volume', async () => {
    const url = `http://${await nodeAddress()}:30081/`;
    const taken = await eventually(
      () => ask(url, { method: 'POST' }),
      ({ status }) => status === 202,
    );
    const { order } = taken.body as { order: number };
    await eventually(
      () => ask(url),
      ({ body }) => (body as { done?: number }).done === 1,
    );
    expect((await ask(url)).body).toMatchObject({ name: 'The old shop', waiting: 0, done: 1 });
    const sidecar = ['logs', '-n', namespace, 'deployment/shop', '-c', 'log'];
    const logs = await eventually(
      () => cluster.kubectl(...sidecar),
      (text) => text.includes('worker sent'),
    );
    expect(logs).toMatch(/^web POST \/$/m);
    expect(logs).toContain(`app took order ${order}\n`);
    expect(logs).toContain(`worker sent order ${order}\n`);
  });
});

describe('training', () => {
  const namespace = 'training';
  const inTraining = ['-n', namespace];

  it('is deployed and followed until the Job is complete', { timeout: 300_000 }, async () => {
    const { code, stdout, stderr } = await deployExample(namespace);
    expect(stderr).toBe('');
    expect(stdout).toContain('job "train" completed');
    expect(code).toBe(0);
    const { status } = await cluster.json<Job>('get', 'job', 'train', ...inTraining);
    expect(status).toMatchObject({ succeeded: 6, completedIndexes: '0-5' });
    expect(status?.failed ?? 0).toBe(0);
    expect(status?.active ?? 0).toBe(0);
  });

  it('has every result on the volume, as a Job from the CronJob tells', async () => {
    await cluster.kubectl('create', 'job', ...inTraining, '--from=cronjob/report', 'now');
    const wait = ['--for=condition=Complete', 'job/now', '--timeout=60s'];
    await cluster.kubectl('wait', ...inTraining, ...wait);
    const report = await cluster.kubectl('logs', ...inTraining, 'job/now');
    expect(report).toMatch(/^6 models$/m);
    expect([...report.matchAll(/^(\d): rate/gm)].map(([, index]) => index).sort()).toEqual([
      '0',
      '1',
      '2',
      '3',
      '4',
      '5',
    ]);
  });

  it('is not trained again by a second deploy', async () => {
    const before = await cluster.json<Job>('get', 'job', 'train', ...inTraining);
    const { code, stdout } = await deployExample(namespace);
    expect(stdout).toContain('job.batch/train unchanged');
    expect(code).toBe(0);
    const after = await cluster.json<Job>('get', 'job', 'train', ...inTraining);
    expect(after.metadata.resourceVersion).toBe(before.metadata.resourceVersion);
  });
});

describe('skiff deploy', () => {
  const configMap = (name: string) =>
    `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ${name}\ndata:\n  key: value\n`;
  const deployment = (name: string, image: string, spec = '') => `apiVersion: apps/v1
kind: Deployment
metadata:
  name: ${name}
spec:
  selector: { matchLabels: { app: ${name} } }
${spec}  template:
    metadata: { labels: { app: ${name} } }
    spec:
      containers:
        - { name: main, image: "${image}" }
`;

  async function file(name: string, text: string): Promise<string> {
    const path = cluster.scratch(`manifests/${name}`);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, text);
    return path;
  }

  const objects = () =>
    cluster.kubectl('get', 'deployment,configmap', '-n', 'default', '-o', 'name');

  it('names file and line of broken YAML, and applies nothing', async () => {
    const before = await objects();
    const path = await file('broken.yaml', `${configMap('good')}---\nkind: [ConfigMap\nname: x\n`);
    const { code, stdout, stderr } = await deploy(path);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^skiff: \S+broken\.yaml:(9|10): .+\n$/);
    expect(stdout).toBe('');
    expect(await objects()).toBe(before);
  });

  it('names the path of a field that the server does not know', async () => {
    const text = `${configMap('fine')}---\n${deployment('odd', 'skiff.local/base:1', '  replica: 2\n')}`;
    const path = await file('unknown.yaml', text);
    const { code, stdout, stderr } = await deploy(path);
    expect(code).toBe(1);
    expect(stdout).toContain('configmap/fine created');
    expect(stdout).toMatch(/unknown\.yaml:8: deployment\.apps\/odd failed: .*spec\.replica\b/);
    expect(stderr).toBe('skiff: 1 of 2 objects were refused\n');
    expect(await objects()).not.toContain('odd');
    await cluster.kubectl('delete', 'configmap', 'fine');
  });

  it('says at once that an image cannot be pulled, and gives up soon', async () => {
    const path = await file('nowhere.yaml', deployment('nowhere', 'skiff.local/nowhere:1'));
    const started = Date.now();
    const { code, stdout, stderr } = await deploy(path, '--patience', '6s');
    expect(Date.now() - started).toBeLessThan(60_000);
    expect(code).toBe(1);
    expect(stdout).toMatch(
      /nowhere-\S+: container "main" image cannot be pulled .*"skiff\.local\/nowhere:1": \S/,
    );
    expect(stderr).toMatch(
      /^skiff: the rollout failed: deployment\.apps\/nowhere: container "main" image cannot be pulled .*\n$/,
    );
    await cluster.kubectl('delete', 'deployment', 'nowhere');
  });

  it('changes nothing in a dry run, and tells what it would', async () => {
    const before = await objects();
    const text = `${configMap('dry')}---\n${deployment('dry', 'skiff.local/base:1')}`;
    const { code, stdout, stderr } = await deploy(await file('dry.yaml', text), '--dry-run');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toBe('configmap/dry created (dry run)\ndeployment.apps/dry created (dry run)\n');
    expect(await objects()).toBe(before);
  });

  it.each([
    ['a path that is not there', ['/nowhere/at-all.yaml'], /nowhere\/at-all\.yaml cannot be read/],
    ['a context that is not there', ['.', '--context', 'moon'], /moon/],
  ])('says in one line that it cannot use %s', async (_, args, words) => {
    const { code, stdout, stderr } = await cluster.skiff('deploy', ...args);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(/^skiff: .+\n$/);
    expect(stderr).toMatch(words);
  });
});
