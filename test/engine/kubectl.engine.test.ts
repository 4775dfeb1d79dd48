/**
 * The main path with kubectl alone, on the real engine: the bookstore from nothing to deletion, and a
 * control plane that is killed and comes back. Steps build on each other, so they run in order.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Deployment, Node, Pod, Secret } from '../../runtime/api/types.ts';
import { eventually, root, run, type TestCluster, testCluster } from '../support/cluster.ts';

interface Items<T> {
  items: T[];
}

const namespace = 'shop';
const inShop = ['-n', namespace];
const bookstore = `${root}/examples/bookstore`;

let cluster: TestCluster;
beforeAll(async () => {
  cluster = await testCluster('kubectl');
  const up = await cluster.up('--nodes', '2');
  expect(up.stderr).toBe('');
  expect(up.code).toBe(0);
});
afterAll(() => cluster?.remove());

async function pods(app?: string): Promise<Pod[]> {
  const selector = app === undefined ? [] : ['-l', `app.kubernetes.io/name=${app}`];
  const list = await cluster.json<Items<Pod>>('get', 'pods', ...inShop, ...selector);
  return list.items.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
}

const isReady = (pod: Pod) =>
  pod.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') ??
  false;

const allReady = (found: Pod[]) => found.length > 0 && found.every(isReady);

/** The names of the engine's containers of a pod. */
async function containersOf(pod: Pod): Promise<string[]> {
  const filter = `label=skiff.pod.uid=${pod.metadata.uid}`;
  const { stdout } = await run('docker', ['ps', '--filter', filter, '--format', '{{.Names}}']);
  return stdout.trim().split('\n');
}

/** Runs a line of JavaScript in a pod of the storefront; its output. */
async function inPod(script: string): Promise<string> {
  const [pod] = (await pods('storefront')).filter(isReady);
  return cluster.kubectl('exec', ...inShop, pod?.metadata.name ?? '', '--', 'node', '-e', script);
}

describe('a fresh cluster', () => {
  it('has its nodes Ready, without taints', async () => {
    const { items } = await cluster.json<Items<Node>>('get', 'nodes');
    expect(items.map(({ metadata }) => metadata.name)).toEqual(['node-1', 'node-2']);
    expect(items.flatMap(({ spec }) => spec.taints ?? [])).toEqual([]);
    expect(await cluster.status()).toMatchObject({
      state: 'running',
      nodes: [{ ready: true }, { ready: true }],
      engine: { simulated: false },
    });
  });

  it('refuses a second up of the same name', async () => {
    const again = await cluster.up();
    expect(again.code).toBe(1);
    expect(again.stderr).toContain('cluster "kubectl" is already running');
  });

  it('makes kubectl complain of nothing', async () => {
    expect((await cluster.tryKubectl(['get', 'nodes,namespaces'])).stderr).toBe('');
    // Its own minor version is its one concern, with the original as well (as JSON, because the plain
    // form of 1.27 complains of itself).
    const { stderr } = await cluster.tryKubectl(['version', '-o', 'json']);
    expect(stderr.replace(/^WARNING: version difference between client .*\n?/, '')).toBe('');
  });
});

describe('the bookstore', () => {
  it('is built from its folders', { timeout: 300_000 }, async () => {
    const build = await cluster.skiff('build', bookstore);
    expect(build.stderr).toBe('');
    expect(build.code).toBe(0);
  });

  it('is applied and becomes ready', async () => {
    await cluster.kubectl('create', 'namespace', namespace);
    const watch = cluster.startKubectl('get', 'pods', ...inShop, '-w');
    const applied = await cluster.kubectl('apply', ...inShop, '-f', bookstore);
    expect(applied).toContain('deployment.apps/storefront created');
    await cluster.kubectl(
      'wait',
      ...inShop,
      '--for=condition=Available',
      'deployment',
      '--all',
      '--timeout=100s',
    );
    await watch.until(/storefront-\S+ +1\/1 +Running/);
    watch.stop();
    expect((await pods()).every(({ spec }) => spec.nodeName?.startsWith('node-'))).toBe(true);
  });

  it('is described with its events', async () => {
    const [pod] = await pods('catalog');
    const text = await cluster.kubectl('describe', 'pod', ...inShop, pod?.metadata.name ?? '');
    expect(text).toMatch(/Successfully assigned shop\/catalog-/);
    expect(text).toMatch(/Started container catalog/);
    expect(await cluster.kubectl('describe', 'deployment', ...inShop, 'catalog')).toMatch(
      /ScalingReplicaSet/,
    );
  });

  it('answers a call from pod to pod by Service name', async () => {
    const books = await eventually(
      () => inPod("fetch('http://catalog/books').then(r=>r.text()).then(console.log)"),
      (text) => text.includes('Dune'),
    );
    expect(books).toContain('Frank Herbert');
  });

  it('streams logs', async () => {
    const [pod] = await pods('storefront');
    const logs = cluster.startKubectl('logs', '-f', ...inShop, pod?.metadata.name ?? '');
    await logs.until(/listens on 8080/);
    logs.stop();
  });

  it('runs commands, with their exit code, input and a terminal', async () => {
    const [pod] = await pods('orders');
    const name = pod?.metadata.name ?? '';
    const failing = await cluster.tryKubectl([
      'exec',
      ...inShop,
      name,
      '--',
      'sh',
      '-c',
      'echo out; exit 3',
    ]);
    expect(failing).toMatchObject({ code: 3, stdout: 'out\n' });
    const piped = await cluster.tryKubectl(
      ['exec', '-i', ...inShop, name, '--', 'cat'],
      'to and fro',
    );
    expect(piped.stdout).toBe('to and fro');
    const terminal = await run(
      'script',
      [
        '-qec',
        `kubectl exec -it ${inShop.join(' ')} ${name} -- sh -c "test -t 0 && echo it is a terminal"`,
        '/dev/null',
      ],
      { env: cluster.environment },
    );
    expect(terminal.stdout).toContain('it is a terminal');
  });

  it('is reached through port-forward', async () => {
    const forward = cluster.startKubectl('port-forward', ...inShop, 'service/storefront', ':80');
    const [, port] = await forward.until(/127\.0\.0\.1:(\d+)/);
    const page = await fetch(`http://127.0.0.1:${port}/`);
    expect(page.status).toBe(200);
    expect(await page.text()).toContain('Dune');
    forward.stop();
  });

  it('scales', async () => {
    await cluster.kubectl('scale', ...inShop, 'deployment/catalog', '--replicas=3');
    await cluster.kubectl('rollout', 'status', ...inShop, 'deployment/catalog', '--timeout=60s');
    expect((await pods('catalog')).filter(isReady)).toHaveLength(3);
  });
});

describe('a rollout', () => {
  it('that cannot succeed says why, and is undone', async () => {
    await cluster.kubectl(
      'set',
      'image',
      ...inShop,
      'deployment/reviews',
      'reviews=skiff.local/nowhere:1',
    );
    const problem = await eventually(
      () => pods('reviews'),
      (found) => found.some((pod) => waitingReason(pod) === 'ImagePullBackOff'),
    );
    expect(problem.some(isReady)).toBe(true);
    await cluster.kubectl('rollout', 'undo', ...inShop, 'deployment/reviews');
    await cluster.kubectl('rollout', 'status', ...inShop, 'deployment/reviews', '--timeout=60s');
    const after = await eventually(
      () => pods('reviews'),
      (found) => found.length === 1,
    );
    expect(after[0]?.spec.containers[0]?.image).toBe('skiff.local/bookstore/reviews:1');
  });

  it('of a new image replaces every pod', async () => {
    await run('docker', [
      'tag',
      'skiff.local/bookstore/payments:1',
      'skiff.local/bookstore/payments:2',
    ]);
    const before = (await pods('payments')).map(({ metadata }) => metadata.uid);
    await cluster.kubectl(
      'set',
      'image',
      ...inShop,
      'deployment/payments',
      'payments=skiff.local/bookstore/payments:2',
    );
    const status = await cluster.kubectl(
      'rollout',
      'status',
      ...inShop,
      'deployment/payments',
      '--timeout=60s',
    );
    expect(status).toContain('successfully rolled out');
    const after = await eventually(
      () => pods('payments'),
      (found) => found.length === 1,
    );
    expect(before).not.toContain(after[0]?.metadata.uid);
    const history = await cluster.kubectl('rollout', 'history', ...inShop, 'deployment/payments');
    expect(history).toMatch(/^1 /m);
    expect(history).toMatch(/^2 /m);
    await run('docker', ['rmi', 'skiff.local/bookstore/payments:2']);
  });
});

const waitingReason = (pod: Pod) => pod.status?.containerStatuses?.[0]?.state?.waiting?.reason;

describe('healing', () => {
  it('restarts a container that is killed', async () => {
    const [pod] = await pods('inventory');
    const [container] = (await containersOf(pod as Pod)).filter((name) => !name.includes('_POD_'));
    await run('docker', ['kill', container ?? '']);
    const healed = await eventually(
      () => pods('inventory'),
      (found) => allReady(found) && found[0]?.status?.containerStatuses?.[0]?.restartCount === 1,
    );
    expect(healed[0]?.metadata.uid).toBe(pod?.metadata.uid);
  });

  it('replaces a pod that is deleted', async () => {
    const [pod] = await pods('orders');
    await cluster.kubectl('delete', 'pod', ...inShop, pod?.metadata.name ?? '');
    const found = await eventually(() => pods('orders'), allReady);
    expect(found[0]?.metadata.uid).not.toBe(pod?.metadata.uid);
  });

  it('keeps the values of Secrets off the disk', async () => {
    const value = 'value-that-nobody-may-read';
    const create = ['create', 'secret', 'generic', 'hidden', `--from-literal=key=${value}`];
    await cluster.kubectl(...create);
    const encoded = Buffer.from(value).toString('base64');
    const { data } = await cluster.json<Secret>('get', 'secret', 'hidden');
    expect(data).toEqual({ key: encoded });
    const found = await run('grep', ['-rl', '-e', value, '-e', encoded, cluster.data]);
    expect(found).toMatchObject({ code: 1, stdout: '' });
    await cluster.kubectl('delete', 'secret', 'hidden');
  });

  it('survives kill -9 of the control plane: nothing lost, no container restarted', async () => {
    const before = await pods();
    const containers = new Map<string, string[]>();
    for (const pod of before) containers.set(pod.metadata.uid, (await containersOf(pod)).sort());
    const objects = await cluster.kubectl('get', 'all,cm,secret,sa', '-A', '-o', 'name');
    process.kill(await cluster.pid(), 'SIGKILL');
    await eventually(
      () => cluster.status(),
      ({ state }) => state === 'stopped',
    );

    const up = await cluster.up();
    expect(up.stderr).toBe('');
    expect(up.code).toBe(0);
    const after = await eventually(
      pods,
      (found) => found.length === before.length && allReady(found),
    );
    expect(await cluster.kubectl('get', 'all,cm,secret,sa', '-A', '-o', 'name')).toBe(objects);
    const restarts = (found: Pod[]) =>
      new Map(
        found.map(({ metadata, status }) => [
          metadata.uid,
          status?.containerStatuses?.[0]?.restartCount,
        ]),
      );
    expect(restarts(after)).toEqual(restarts(before));
    for (const pod of after) {
      expect((await containersOf(pod)).sort()).toEqual(containers.get(pod.metadata.uid));
    }
    await cluster.kubectl('scale', ...inShop, 'deployment/catalog', '--replicas=2');
    const rollout = await cluster.kubectl(
      'rollout',
      'status',
      ...inShop,
      'deployment/catalog',
      '--timeout=60s',
    );
    expect(rollout).toContain('successfully rolled out');
    const { items } = await cluster.json<Items<Deployment>>('get', 'deployments', ...inShop);
    expect(items).toHaveLength(6);
  });
});

describe('the end', () => {
  it('deletes the namespace with everything in it', async () => {
    await cluster.kubectl('delete', 'namespace', namespace, '--timeout=100s');
    const filter = `label=skiff.pod.namespace=${namespace}`;
    const left = await eventually(
      async () =>
        (
          await run('docker', [
            'ps',
            '-aq',
            '--filter',
            filter,
            '--filter',
            'label=skiff.cluster=kubectl',
          ])
        ).stdout,
      (ids) => ids === '',
    );
    expect(left).toBe('');
  });

  it('goes down and leaves nothing on the engine', async () => {
    const down = await cluster.skiff('down', '--name', cluster.name, '--purge');
    expect(down.code).toBe(0);
    const filter = 'label=skiff.cluster=kubectl';
    for (const what of ['ps -aq', 'network ls -q', 'volume ls -q']) {
      expect((await run('docker', [...what.split(' '), '--filter', filter])).stdout).toBe('');
    }
    expect(await cluster.status()).toMatchObject({ state: 'absent' });
  });
});
