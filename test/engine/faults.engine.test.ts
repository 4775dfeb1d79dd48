/**
 * What happens to a cluster when the things below it fail: the engine, the disk, its own process. On
 * real ones: an engine that is killed, a disk that is full. Steps of a group run in order.
 */
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Node, Pod, Service } from '../../runtime/api/types.ts';
import { eventually, type Result, run, type TestCluster, testCluster } from '../support/cluster.ts';
import { type EngineLine, engineLine } from '../support/engine-line.ts';
import { type SecondEngine, secondEngine, secondEngineWorks } from '../support/second-engine.ts';

interface Items<T> {
  items: T[];
}

const base = 'skiff.local/base:1';
const canMount = process.platform === 'linux' && process.getuid?.() === 0;

/** One line for people, and nothing else. */
function expectRefusal({ code, stderr }: Result, words: RegExp): void {
  expect(stderr).toMatch(/^skiff: [^\n]+\n$/);
  expect(stderr).toMatch(words);
  expect(code).toBe(1);
}

function readyCondition({ status }: Node) {
  return status?.conditions?.find(({ type }) => type === 'Ready');
}

const node = (cluster: TestCluster) => cluster.json<Node>('get', 'node', 'node-1');

const untilNode = (cluster: TestCluster, ready: 'True' | 'False') =>
  eventually(
    () => node(cluster),
    (found) => readyCondition(found)?.status === ready,
  );

async function pods(cluster: TestCluster, app: string): Promise<Pod[]> {
  return (await cluster.json<Items<Pod>>('get', 'pods', '-l', `app=${app}`)).items;
}

const isReady = (pod: Pod) =>
  pod.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') ??
  false;

/** A Deployment that answers on port 8080 with its pod's name, and a Service before it. */
async function runEcho(cluster: TestCluster, app: string): Promise<void> {
  const script =
    "require('node:http').createServer((q, r) => r.end(require('node:os').hostname())).listen(8080)";
  const create = ['create', 'deployment', app, `--image=${base}`, '--replicas=2'];
  await cluster.kubectl(...create, '--', 'node', '-e', script);
  await cluster.kubectl('expose', 'deployment', app, '--port=80', '--target-port=8080');
  await available(cluster, app);
}

function available(cluster: TestCluster, app: string): Promise<string> {
  const wait = ['--for=condition=Available', `deployment/${app}`, '--timeout=60s'];
  return cluster.kubectl('wait', ...wait);
}

/** Uid and restarts of each pod: what must not change where nothing was restarted. */
const lives = (found: Pod[]) =>
  found
    .map(({ metadata, status }) => [
      metadata.uid,
      status?.containerStatuses?.[0]?.restartCount,
      status?.containerStatuses?.[0]?.containerID,
    ])
    .sort();

describe('up refuses, in one line,', () => {
  let cluster: TestCluster;
  beforeAll(async () => {
    cluster = await testCluster('faults-refused', { engine: 'unix:///nowhere/docker.sock' });
  });
  afterAll(() => cluster?.remove());

  it('to start without an engine', async () => {
    const started = Date.now();
    expectRefusal(await cluster.up(), /no container engine answers \(unix:\/\/\/nowhere\/docker/);
    expect(Date.now() - started).toBeLessThan(60_000);
    expect(await cluster.status()).toMatchObject({ state: 'stopped' });
  });

  it('a port that somebody else has', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as { port: number };
    try {
      const words = new RegExp(`port ${port} is in use on 127\\.0\\.0\\.1.*--port`);
      expectRefusal(await cluster.up('--port', String(port)), words);
    } finally {
      await new Promise((resolve) => server.close(resolve));
    }
  });

  it('a directory that cannot be written to', async () => {
    // Below a file: that is refused to root, too.
    const file = cluster.scratch('file');
    await writeFile(file, '');
    const words = /data directory \S+\/file\/data cannot be written to: .*--data/;
    const args = ['up', '--name', 'faults-refused', '--data', `${file}/data`];
    expectRefusal(await cluster.skiff(...args), words);
  });

  it('data of another format, and leaves it alone', async () => {
    const settings = `${cluster.data}/cluster.json`;
    const text = (await readFile(settings, 'utf8')).replace(
      /"formatVersion": \d+/,
      '"formatVersion": 99',
    );
    await writeFile(settings, text);
    expectRefusal(await cluster.up(), /has format 99, this Skiff reads format \d+/);
    expect(await readFile(settings, 'utf8')).toBe(text);
    expect(await cluster.status()).toMatchObject({
      state: 'stopped',
      message: expect.stringContaining('format 99'),
    });
  });
});

describe('the process of a cluster', () => {
  let line: EngineLine;
  let cluster: TestCluster;
  beforeAll(async () => {
    line = await engineLine();
    await line.open();
    cluster = await testCluster('faults', { engine: line.address });
  });
  afterAll(async () => {
    await line?.open();
    await cluster?.remove();
    await line?.remove();
  });

  it('is told by an engine that hangs, not waited for', async () => {
    line.hold();
    try {
      expectRefusal(await cluster.up(), /no container engine answers \(.*does not answer/);
    } finally {
      await line.open();
    }
  });

  it('may be killed while it starts', async () => {
    const up = cluster.startUp();
    await up.until(/starting the API server/, 120_000);
    process.kill(await cluster.pid(), 'SIGKILL');
    expect(await up.end()).toBe(1);
    expect(up.output).toMatch(/skiff: the cluster process ended with SIGKILL/);
    expect(await cluster.status()).toMatchObject({ state: 'stopped' });
  });

  it('ends when up is interrupted', async () => {
    const up = cluster.startUp();
    await up.until(/preparing the network/);
    up.stop();
    expect(await up.end()).toBe(1);
    expect(up.output).toMatch(/skiff: cancelled\n$/);
    await eventually(
      () => cluster.status(),
      ({ state }) => state === 'stopped',
    );
  });

  it('is one, of two that are started at once', async () => {
    const [first, second] = await Promise.all([cluster.up(), cluster.up()]);
    const [winner, loser] = first.code === 0 ? [first, second] : [second, first];
    expect(winner).toMatchObject({ code: 0, stderr: '' });
    expectRefusal(loser, /cluster "faults" is already running \(process \d+\)/);
    expectRefusal(await cluster.up(), /cluster "faults" is already running \(process \d+\)/);
    expect(await cluster.status()).toMatchObject({ state: 'running' });
  });

  it('ends in good order on SIGTERM, and the next takes its pods over', async () => {
    await runEcho(cluster, 'echo');
    const before = lives(await pods(cluster, 'echo'));
    process.kill(await cluster.pid(), 'SIGTERM');
    await eventually(
      () => cluster.status(),
      ({ state }) => state === 'stopped',
    );
    const log = await readFile(`${cluster.data}/logs/skiff.log`, 'utf8');
    expect(log).toMatch(/process: ending on SIGTERM\n/);
    expect(log).not.toMatch(/ (stop|process: (uncaught|unhandled)): /);
    expect(await cluster.up()).toMatchObject({ code: 0, stderr: '' });
    await available(cluster, 'echo');
    expect(lives(await pods(cluster, 'echo'))).toEqual(before);
  });

  it('lives without its engine: the node is NotReady, the API goes on', async () => {
    await line.cut();
    const lost = await untilNode(cluster, 'False');
    expect(readyCondition(lost)).toMatchObject({
      reason: 'KubeletNotReady',
      message: expect.stringContaining('cannot reach the Docker engine'),
    });
    expect(await cluster.status()).toMatchObject({ state: 'running', nodes: [{ ready: false }] });
    expect(await pods(cluster, 'echo')).toHaveLength(2);
    await cluster.kubectl('create', 'configmap', 'meanwhile', '--from-literal=a=b');
    for (const args of [['logs'], ['exec'], ['attach']]) {
      const command = args[0] === 'exec' ? ['--', 'true'] : [];
      const asked = await cluster.tryKubectl([...args, 'deployment/echo', ...command]);
      expect(asked.code).toBe(1);
      expect(asked.stderr).toMatch(/the container engine does not answer, try again when it is/);
      expect(asked.stderr).not.toMatch(/InternalError|Internal error/);
    }
  });

  it('takes the same containers up again when the engine is back', async () => {
    const before = lives(await pods(cluster, 'echo'));
    await cluster.kubectl('create', 'deployment', 'late', `--image=${base}`, '--', 'sleep', '9999');
    await line.open();
    await untilNode(cluster, 'True');
    await available(cluster, 'late');
    await available(cluster, 'echo');
    expect(lives(await pods(cluster, 'echo'))).toEqual(before);
  });
});

describe.skipIf(!secondEngineWorks)('an engine that dies', () => {
  let engine: SecondEngine;
  let cluster: TestCluster;
  beforeAll(async () => {
    engine = await secondEngine();
    await engine.start();
    await engine.load(base);
    cluster = await testCluster('faults-engine', { engine: engine.address });
    expect(await cluster.up()).toMatchObject({ code: 0, stderr: '' });
    await runEcho(cluster, 'echo');
  });
  afterAll(async () => {
    await cluster?.remove();
    await engine?.remove();
  });

  /**
   * Who answers at the Service's address: the rules and the bridge must have come back, too. Asked from
   * here, since nobody opens the machine's firewall for the pods of this engine (`--iptables=false`).
   */
  const answers = async () => {
    const { spec } = await cluster.json<Service>('get', 'service', 'echo');
    const ask = () =>
      fetch(`http://${spec.clusterIP}/`, {
        headers: { connection: 'close' },
        signal: AbortSignal.timeout(3_000),
      }).then(
        (answer) => answer.text(),
        (error: unknown) => String(error),
      );
    const heard = await Promise.all(Array.from({ length: 20 }, ask));
    return [...new Set(heard)].sort().join();
  };

  it.each(['SIGKILL', 'SIGTERM'] as const)(
    'of %s comes back, and its pods with it',
    async (signal) => {
      const before = await pods(cluster, 'echo');
      await engine.end(signal);
      const lost = await untilNode(cluster, 'False');
      expect(readyCondition(lost)?.message).toContain('cannot reach the Docker engine');
      const meanwhile = await pods(cluster, 'echo');
      expect(meanwhile.map(({ metadata }) => metadata.uid)).toEqual(
        before.map(({ metadata }) => metadata.uid),
      );

      await engine.start();
      await untilNode(cluster, 'True');
      const restarts = (found: Pod[]) =>
        found.map(({ status }) => status?.containerStatuses?.[0]?.restartCount ?? 0);
      const after = await eventually(
        () => pods(cluster, 'echo'),
        (found) =>
          found.every(isReady) && restarts(found).every((n, i) => n > (restarts(before)[i] ?? 0)),
      );
      expect(after.map(({ metadata }) => metadata.uid)).toEqual(
        before.map(({ metadata }) => metadata.uid),
      );
      const names = after.map(({ metadata }) => metadata.name).sort();
      await eventually(answers, (heard) => heard === names.join());
    },
  );
});

describe.skipIf(!canMount)('a disk that is full', () => {
  const mebibyte = 1024 * 1024;
  let mount: string;
  let cluster: TestCluster;
  const acknowledged: string[] = [];
  beforeAll(async () => {
    mount = await mkdtemp(join(tmpdir(), 'skiff-disk-'));
    const made = await run('mount', ['-t', 'tmpfs', '-o', 'size=8m', 'tmpfs', mount]);
    expect(made).toMatchObject({ code: 0 });
    // On the simulated engine: only the state is of interest here.
    cluster = await testCluster('faults-disk', { data: `${mount}/data` });
    expect(await cluster.up('--engine', 'simulated')).toMatchObject({ code: 0, stderr: '' });
  });
  afterAll(async () => {
    await cluster?.remove();
    await run('umount', [mount]);
    await rm(mount, { recursive: true, force: true });
  });

  const configMaps = async () => {
    const names = await cluster.kubectl('get', 'configmap', '-o', 'name', '-l', 'full=disk');
    return names.split('\n').filter((name) => name !== '');
  };

  function write(name: string, bytes: number): Promise<Result> {
    const manifest = {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name, labels: { full: 'disk' } },
      data: { filler: 'x'.repeat(bytes) },
    };
    return cluster.tryKubectl(['create', '-f', '-'], JSON.stringify(manifest));
  }

  it('makes the store read-only: writes are refused with a Status that says why', async () => {
    let refusal: Result | undefined;
    for (let i = 0; refusal === undefined && i < 40; i++) {
      const result = await write(`filler-${i}`, mebibyte / 2);
      if (result.code === 0) acknowledged.push(`configmap/filler-${i}`);
      else refusal = result;
    }
    expect(acknowledged.length).toBeGreaterThan(3);
    expect(refusal?.stderr).toMatch(
      /InternalError\): .*the store is read-only.*ENOSPC.*Make room on its disk/,
    );
    // And so is the smallest one, from now on.
    expect((await write('small', 1)).stderr).toMatch(/the store is read-only/);
  });

  it('goes on reading', async () => {
    expect((await configMaps()).sort()).toEqual([...acknowledged].sort());
    expect(await cluster.status()).toMatchObject({
      state: 'running',
      message: expect.stringMatching(/the store is read-only.*ENOSPC.*Make room.*"skiff up"/),
    });
    const { stdout } = await cluster.skiff('status', '--name', cluster.name);
    expect(stdout).toMatch(/^ +problem +the store is read-only/m);
    const watch = cluster.startKubectl('get', 'configmap', 'filler-0', '-w');
    await watch.until(/filler-0 +1/);
    watch.stop();
  });

  it('is told in one line by up, while there is no room', async () => {
    process.kill(await cluster.pid(), 'SIGTERM');
    await eventually(
      () => cluster.status(),
      ({ state }) => state === 'stopped',
    );
    await run('dd', ['if=/dev/zero', `of=${mount}/filler`, 'bs=4k']);
    expectRefusal(await cluster.up(), /ENOSPC|no space left/);
  });

  it('has everything that was acknowledged after a restart with room again', async () => {
    await rm(`${mount}/filler`);
    await run('mount', ['-o', 'remount,size=64m', mount]);
    expect(await cluster.up()).toMatchObject({ code: 0, stderr: '' });
    expect((await configMaps()).sort()).toEqual([...acknowledged].sort());
    expect(await write('small', 1)).toMatchObject({ code: 0 });
  });

  it('has nothing of the cluster on it after a purge', async () => {
    const down = await cluster.skiff('down', '--name', cluster.name, '--purge');
    expect(down).toMatchObject({ code: 0, stderr: '' });
    expect(await readdir(mount)).toEqual([]);
    expect(await cluster.status()).toMatchObject({ state: 'absent' });
  });
});
