/** What kubectl itself makes of our streams; skipped where it is not installed. */
import { type ChildProcessWithoutNullStreams, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { renderKubeconfig } from '../../client/kubeconfig-write.ts';
import { type PodServer, startPodServer } from './testing/pod-server.ts';

const found = spawnSync('kubectl', ['version', '--client']).status === 0;

describe.skipIf(!found)('kubectl', () => {
  let directory: string;
  let server: PodServer;
  let web: Server;
  let webPort: number;

  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), 'skiff-streaming-'));
    server = await startPodServer();
    const { server: url, ca } = server.connection;
    writeFileSync(
      join(directory, 'config'),
      renderKubeconfig({ name: 'test', server: url, ca, token: 't' }),
    );
    web = createServer((request, response) => {
      if (request.url === '/big') response.end(Buffer.alloc(8 << 20, 'x'));
      else request.on('data', () => {}).on('end', () => response.end(`hello ${request.url}`));
    });
    await new Promise<void>((resolve) => web.listen(0, '127.0.0.1', resolve));
    webPort = (web.address() as AddressInfo).port;
  });
  afterAll(() => {
    server.close();
    web.closeAllConnections();
    web.close();
    rmSync(directory, { recursive: true });
  });
  beforeEach(() => {
    server.upgrades.length = 0;
  });

  const start = (args: string[], env: NodeJS.ProcessEnv = {}) =>
    spawn('kubectl', args, {
      env: { ...process.env, HOME: directory, KUBECONFIG: join(directory, 'config'), ...env },
    });
  const finish = async (child: ChildProcessWithoutNullStreams, input?: string | Buffer) => {
    const output = { stdout: '', stderr: '' };
    child.stdout.on('data', (chunk: Buffer) => {
      output.stdout += chunk.toString('latin1');
    });
    child.stderr.on('data', (chunk: Buffer) => {
      output.stderr += chunk.toString('latin1');
    });
    child.stdin.end(input);
    const [code] = await once(child, 'close');
    return { code, ...output };
  };
  const kubectl = (args: string[], input?: string | Buffer, env?: NodeJS.ProcessEnv) =>
    finish(start(args, env), input);

  for (const [name, env, upgrade] of [
    ['WebSocket', {}, 'get websocket exec'],
    ['SPDY', { KUBECTL_REMOTE_COMMAND_WEBSOCKETS: 'false' }, 'post spdy/3.1 exec'],
  ] as const) {
    describe(`exec over ${name}`, () => {
      it('carries both outputs and the exit code', async () => {
        const result = await kubectl(
          ['exec', 'web', '--', 'sh', '-c', 'echo out; echo err >&2; exit 3'],
          undefined,
          env,
        );
        expect(result).toEqual({
          code: 3,
          stdout: 'out\n',
          stderr: 'err\ncommand terminated with exit code 3\n',
        });
        expect(server.upgrades).toEqual([upgrade]);
      });

      it('carries standard input to its end, in full', async () => {
        const input = Buffer.alloc(3_000_000, 'abcdefgh');
        const result = await kubectl(['exec', '-i', 'web', '--', 'wc', '-c'], input, env);
        expect(result).toMatchObject({ code: 0, stdout: expect.stringMatching(/^\s*3000000\n$/) });
      });

      it('ends when the process does, whatever input is left', async () => {
        const command = ['sh', '-c', 'head -c 10 >/dev/null; echo enough; exit 2'];
        const input = Buffer.alloc(20_000_000);
        const child = start(['exec', '-i', 'web', '--', ...command], env);
        child.stdin.on('error', () => {});
        expect(await finish(child, input)).toMatchObject({ code: 2, stdout: 'enough\n' });
      });

      it('carries large output in full', async () => {
        const command = ['sh', '-c', 'head -c 5000000 /dev/zero | tr "\\0" x'];
        const result = await kubectl(['exec', 'web', '--', ...command], undefined, env);
        expect(result.stdout.length).toBe(5_000_000);
      });

      it('says why a command cannot be started, and that a container is not there', async () => {
        const missing = await kubectl(['exec', 'web', '--', 'no-such-program'], undefined, env);
        expect(missing.code).toBe(1);
        expect(missing.stderr).toContain('error executing command in container: spawn no-such');
        const none = await kubectl(['exec', 'web', '-c', 'none', '--', 'true'], undefined, env);
        expect(none.stderr).toMatch(/container .*none|not found/);
      });

      it.skipIf(spawnSync('script', ['--version']).status !== 0)(
        'gives a terminal that follows the size of the own one',
        async () => {
          const inner = "kubectl exec -it web -- sh -c 'test -t 1 && echo tty && sleep 0.3'";
          const child = spawn('script', ['-qec', `stty cols 101 rows 33; ${inner}`, '/dev/null'], {
            env: { ...process.env, HOME: directory, KUBECONFIG: join(directory, 'config'), ...env },
          });
          const chunks: string[] = [];
          child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk.toString()));
          await once(child, 'close');
          expect(chunks.join('')).toContain('tty');
          expect(server.streams.sizes).toContain('101x33');
        },
      );
    });
  }

  it('attaches', async () => {
    const result = await kubectl(['attach', '-i', 'web'], 'echoed\n');
    expect(result.stdout).toContain('echoed');
  });

  it('copies files both ways', async () => {
    const from = join(directory, 'from.txt');
    const to = join(directory, 'to.txt');
    const back = join(directory, 'back.txt');
    writeFileSync(from, 'content '.repeat(50_000));
    const there = await kubectl(['cp', from, `default/web:${to}`]);
    expect(there.code).toBe(0);
    const again = await kubectl(['cp', `default/web:${to}`, back]);
    expect(again.code).toBe(0);
    expect(readFileSync(back, 'utf8')).toBe('content '.repeat(50_000));
  });

  for (const [name, env, upgrade] of [
    ['a WebSocket tunnel', {}, 'get websocket portforward'],
    ['SPDY', { KUBECTL_PORT_FORWARD_WEBSOCKETS: 'false' }, 'post spdy/3.1 portforward'],
  ] as const) {
    it(`forwards ports over ${name}`, async () => {
      const child = start(['port-forward', 'pod/web', `:${webPort}`, ':1'], env);
      const closed = once(child, 'close');
      const ports: number[] = [];
      let text = '';
      child.stderr.on('data', (chunk: Buffer) => {
        text += chunk;
      });
      await new Promise<void>((resolve, reject) => {
        child.once('close', () => reject(new Error(text)));
        child.stdout.on('data', (chunk: Buffer) => {
          text += chunk;
          ports.splice(0);
          for (const match of text.matchAll(/127\.0\.0\.1:(\d+) ->/g)) ports.push(Number(match[1]));
          if (ports.length === 2) resolve();
        });
      });
      try {
        const [port = 0, dead = 0] = ports;
        const answers = await Promise.all(
          ['a', 'b', 'c'].map(async (path) =>
            (await fetch(`http://127.0.0.1:${port}/${path}`)).text(),
          ),
        );
        expect(answers).toEqual(['hello /a', 'hello /b', 'hello /c']);
        const big = await (await fetch(`http://127.0.0.1:${port}/big`)).arrayBuffer();
        expect(big.byteLength).toBe(8 << 20);
        const posted = await fetch(`http://127.0.0.1:${port}/p`, {
          method: 'POST',
          body: 'y'.repeat(2_000_000),
        });
        expect(await posted.text()).toBe('hello /p');
        await expect(fetch(`http://127.0.0.1:${dead}/`)).rejects.toThrow();
        expect(server.upgrades).toEqual([upgrade]);
        expect(text).toContain('error forwarding port 1 to pod default/web');
      } finally {
        child.kill();
        await closed;
      }
    });
  }

  it('prints logs, and follows them as they come', async () => {
    expect(await kubectl(['logs', 'web'])).toMatchObject({ code: 0, stdout: 'one\ntwo\n' });
    const child = start(['logs', '-f', 'web']);
    server.streams.liveLog.write('now\n');
    const [chunk] = await once(child.stdout, 'data');
    expect(String(chunk)).toBe('now\n');
    server.streams.liveLog.end('bye\n');
    expect((await once(child, 'close'))[0]).toBe(0);
    const bad = await kubectl([
      'get',
      '--raw',
      '/api/v1/namespaces/default/pods/web/log?tailLines=-1',
    ]);
    expect(bad.stderr).toContain(
      'tailLines: Invalid value: -1: must be greater than or equal to 0',
    );
  });
});
