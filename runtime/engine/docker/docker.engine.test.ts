import { mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import Docker from 'dockerode';
import { pack } from 'tar-stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describeEngine } from '../engine.case.ts';
import { type Engine, engineLabels } from '../engine.ts';
import { createDockerEngine } from './docker.ts';

const image = 'skiff.local/base:1';
const labels = { [engineLabels.cluster]: 'f-docker' };

describeEngine('docker', {
  create: async () => createDockerEngine(),
  image,
  network: { name: 'skiff-f-case', subnet: '10.231.0.0/17', gateway: '10.231.0.1' },
  runs: true,
});

describe('docker alone', () => {
  const warnings: string[] = [];
  let engine: Engine;
  const run = async (name: string, more: object = {}): Promise<string> => {
    const id = await engine.createContainer({
      name: `skiff-f-docker-${name}`,
      image,
      labels,
      entrypoint: ['/bin/sh', '-c', 'sleep 300'],
      network: { type: 'none' },
      ...more,
    });
    await engine.startContainer(id);
    return id;
  };
  beforeAll(async () => {
    engine = createDockerEngine({ log: (message) => warnings.push(message) });
  });
  afterAll(async () => {
    for (const { id } of await engine.containers(labels)) await engine.removeContainer(id);
    await engine.close();
  });

  it('runs with a negative oom_score_adj, or says once that the engine refuses it', async () => {
    const first = await run('oom-1', { oomScoreAdj: -998 });
    await run('oom-2', { oomScoreAdj: -998 });
    const process = await engine.exec(first, { command: ['cat', '/proc/1/oom_score_adj'] });
    const score = (await text(process.stdout)).trim();
    if (score === '-998') expect(warnings).toEqual([]);
    else expect(warnings).toEqual([expect.stringContaining('refuses a negative oom_score_adj')]);
  });

  it('keeps the engine’s words when a program cannot be started', async () => {
    const id = await engine.createContainer({
      name: 'skiff-f-docker-nope',
      image,
      labels,
      entrypoint: ['/nope'],
      network: { type: 'none' },
    });
    await expect(engine.startContainer(id)).rejects.toThrow(/\/nope/);
    const info = await engine.container(id);
    expect(info).toMatchObject({ state: 'exited', exitCode: 127 });
    expect(info?.error).toContain('/nope');
  });

  it('removes what a build of its own replaces, unless somebody uses or names it', async () => {
    const tag = 'skiff.local/f-docker-forerunner:1';
    const build = async (text: string, own = true): Promise<string> => {
      const context = pack();
      context.entry({ name: 'Dockerfile' }, `FROM ${image}\nLABEL f=${text}\n`);
      context.finalize();
      await engine.buildImage(Readable.from(context), {
        tag,
        ...(own ? { labels: { 'f-docker.build': 'yes' } } : {}),
      });
      return (await engine.image(tag))?.id ?? '';
    };
    const isThere = async (id: string) => (await engine.image(id)) !== undefined;
    const foreign = await build('a', false);
    const first = await build('b');
    const second = await build('c');
    expect([await isThere(foreign), await isThere(first)]).toEqual([true, false]);
    const container = await run('forerunner', { image: second });
    const third = await build('d');
    expect(await isThere(second)).toBe(true);
    expect(await build('d')).toBe(third);
    await engine.removeContainer(container);
    const docker = new Docker();
    for (const id of [foreign, second, third]) await docker.getImage(id).remove({ force: true });
  });

  it('says at once that an image cannot be had', async () => {
    await expect(engine.pullImage('registry.invalid/app:1')).rejects.toMatchObject({
      code: 'failed',
      message: expect.stringContaining('registry.invalid'),
    });
  });

  it('unpacks archives with owner and mode, and packs them again', async () => {
    const id = await run('archive');
    const tar = pack();
    tar.entry({ name: 'dir/', type: 'directory', mode: 0o750, uid: 12 });
    tar.entry({ name: 'dir/file', mode: 0o640, uid: 12, gid: 34 }, 'content');
    tar.finalize();
    await engine.putArchive(id, '/tmp', Readable.from(tar));
    const process = await engine.exec(id, { command: ['stat', '-c', '%u:%g %a', '/tmp/dir/file'] });
    expect(await text(process.stdout)).toBe('12:34 640\n');
    expect(await text((await engine.getArchive(id, '/tmp/dir/file'))!)).toContain('content');
    expect(await engine.getArchive(id, '/tmp/none')).toBeUndefined();
  });

  it('gives a terminal that can be resized', async () => {
    const id = await run('tty');
    const process = await engine.exec(id, {
      command: ['/bin/sh', '-c', 'read line; stty size'],
      stdin: true,
      tty: true,
    });
    await process.resize(91, 33);
    process.stdin?.write('\n');
    expect(await text(process.stdout)).toContain('33 91');
    expect(await process.exit).toBe(0);
  });

  it('goes on telling what a container says after its input has ended, if that may happen once', async () => {
    const script = {
      entrypoint: ['/bin/sh', '-c', 'cat; sleep 0.2; echo bye; exit 3'],
      stdin: true,
    };
    const once = await run('stdin-once', { ...script, stdinOnce: true });
    const attached = await engine.attach(once, { stdin: true });
    attached.stdin?.end('hello\n');
    expect(await text(attached.stdout)).toBe('hello\nbye\n');
    expect(await attached.exit).toBe(0);
    const often = await run('stdin-often', script);
    const first = await engine.attach(often, { stdin: true });
    first.stdin?.end('hello\n');
    await text(first.stdout);
    expect(await first.exit).toBe(0);
    expect((await engine.container(often))?.state).toBe('running');
  });

  it('shows what a running container uses', async () => {
    const id = await run('stats');
    const stats = await engine.stats(id);
    expect(stats?.memoryWorkingSetBytes).toBeGreaterThan(0);
    await engine.stopContainer(id, 0);
    expect(await engine.stats(id)).toBeUndefined();
  });

  it('is unavailable where no engine listens', async () => {
    const nowhere = createDockerEngine({ socketPath: '/nonexistent/docker.sock' });
    await expect(nowhere.info()).rejects.toMatchObject({ code: 'unavailable' });
    await expect(engine.dial('127.0.0.1', 1)).rejects.toMatchObject({ code: 'unavailable' });
  });

  it('says that everything must be looked at anew after the connection was lost', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'skiff-f-socket-'));
    const socketPath = join(directory, 'docker.sock');
    const proxy = new SocketProxy(socketPath, '/var/run/docker.sock');
    await proxy.open();
    const behind = createDockerEngine({ socketPath });
    const seen: string[] = [];
    let wake = () => {};
    behind.watch(labels, (event) => {
      seen.push(event.type);
      wake();
    });
    const until = async (type: string) => {
      while (!seen.includes(type)) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    };
    const id = await run('lost');
    await until('started');
    await proxy.close();
    await expect(behind.info()).rejects.toMatchObject({ code: 'unavailable' });
    await engine.killContainer(id, 'SIGKILL');
    await proxy.open();
    await until('resync');
    expect(await behind.container(id)).toMatchObject({ state: 'exited', exitCode: 137 });
    await engine.startContainer(id);
    await until('started');
    await behind.close();
    await proxy.close();
    rmSync(directory, { recursive: true });
  });
});

/** A socket in front of the engine's that can be taken away. */
class SocketProxy {
  readonly #path: string;
  readonly #target: string;
  readonly #connections = new Set<Socket>();
  #server: Server | undefined;

  constructor(path: string, target: string) {
    this.#path = path;
    this.#target = target;
  }

  async open(): Promise<void> {
    const server = createServer((client) => {
      const upstream = connect(this.#target);
      for (const socket of [client, upstream]) {
        this.#connections.add(socket);
        socket.on('error', () => {});
        socket.on('close', () => this.#connections.delete(socket));
      }
      client.pipe(upstream).pipe(client);
    });
    this.#server = server;
    await new Promise<void>((resolve) => server.listen(this.#path, resolve));
  }

  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.#server?.close(resolve));
    for (const socket of this.#connections) socket.destroy();
    await closed;
  }
}
