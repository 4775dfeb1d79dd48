/** Both of our own ends against each other: the server's streams and `HttpPodStreams`. */
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import type { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import type { PodStreams } from '../../client/pod-streams.ts';
import { createHttpPodStreams } from '../../client/pod-streams-http.ts';
import { type PodServer, startPodServer } from './testing/pod-server.ts';

const pod = { namespace: 'default', name: 'web' };

async function text(stream: Readable | undefined): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream ?? []) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

describe('pod streams over HTTP', () => {
  let server: PodServer;
  let streams: PodStreams;
  beforeAll(async () => {
    server = await startPodServer();
    streams = createHttpPodStreams(server.connection);
  });
  afterAll(() => server.close());

  it('runs a command with both outputs and its exit code', async () => {
    const session = await streams.exec(pod, {
      command: ['sh', '-c', 'echo out; echo err >&2; exit 7'],
      stdout: true,
      stderr: true,
    });
    const [out, err, exit] = await Promise.all([
      text(session.stdout),
      text(session.stderr),
      session.exit,
    ]);
    expect({ out, err, exit }).toEqual({ out: 'out\n', err: 'err\n', exit: { exitCode: 7 } });
  });

  it('closes standard input and goes on reading', async () => {
    const session = await streams.exec(pod, { command: ['wc', '-c'], stdin: true, stdout: true });
    session.stdin?.end(Buffer.alloc(1_000_000));
    expect((await text(session.stdout)).trim()).toBe('1000000');
    expect(await session.exit).toEqual({ exitCode: 0 });
  });

  it('resizes, and lets go', async () => {
    const session = await streams.exec(pod, {
      command: ['sleep', '60'],
      stdout: true,
      tty: true,
    });
    session.resize(90, 20);
    await expect.poll(() => server.streams.sizes).toContain('90x20');
    session.close();
    expect(await session.exit).toEqual({ error: expect.stringContaining('connection was lost') });
  });

  it('lets go of the process when the client is gone', async () => {
    const session = await streams.exec(pod, {
      command: ['sh', '-c', 'echo $$; exec sleep 600'],
      stdout: true,
    });
    const [chunk] = await once(session.stdout as Readable, 'data');
    const pid = Number(String(chunk));
    session.close();
    const alive = () => {
      try {
        return process.kill(pid, 0);
      } catch {
        return false;
      }
    };
    await expect.poll(alive).toBe(false);
  });

  it('attaches', async () => {
    const session = await streams.attach(pod, { stdin: true, stdout: true });
    session.stdin?.end('hello');
    expect(await text(session.stdout)).toBe('hello');
  });

  it('says what was refused, and why a command did not start', async () => {
    const refused = streams.exec(pod, { command: ['true'], container: 'none', stdout: true });
    await expect(refused).rejects.toMatchObject({ reason: 'NotFound' });
    await expect(streams.exec(pod, { command: ['true'] })).rejects.toMatchObject({
      message: 'you must specify at least 1 of stdin, stdout, stderr',
    });
    const session = await streams.exec(pod, { command: ['no-such'], stdout: true });
    expect(await session.exit).toEqual({ error: expect.stringContaining('spawn no-such') });
    const nobody = createHttpPodStreams({ server: 'https://127.0.0.1:1' });
    await expect(nobody.exec(pod, { command: ['x'], stdout: true })).rejects.toMatchObject({
      reason: 'ServiceUnavailable',
    });
  });

  it('forwards a port, in both directions and large', async () => {
    const echo = createServer((socket) => socket.pipe(socket)).listen(0, '127.0.0.1');
    await once(echo, 'listening');
    const { port } = echo.address() as AddressInfo;
    const connection = await streams.portForward(pod, port);
    const sent = Buffer.alloc(2_000_000, '0123456789');
    connection.write(sent);
    let received = 0;
    for await (const chunk of connection) {
      received += (chunk as Buffer).length;
      if (received === sent.length) break;
    }
    expect(received).toBe(sent.length);
    echo.close();
    const dead = await streams.portForward(pod, 1);
    const [error] = await once(dead.resume(), 'error').catch((failure) => [failure]);
    expect(String(error)).toContain('error forwarding port 1 to pod default/web');
  });

  it('reads a log, and follows one until told to stop', async () => {
    expect(await text(await streams.logs(pod, {}))).toBe('one\ntwo\n');
    await expect(streams.logs(pod, { tailLines: -1 })).rejects.toMatchObject({ reason: 'Invalid' });
    const stop = new AbortController();
    const log = await streams.logs(pod, { follow: true, signal: stop.signal });
    server.streams.liveLog.write('live\n');
    const [chunk] = await once(log, 'data');
    expect(String(chunk)).toBe('live\n');
    stop.abort();
    await once(log, 'end');
    await expect.poll(() => server.streams.liveLog.destroyed).toBe(true);
  });

  it.each([
    ['channel.k8s.io', (data: Buffer) => [data[0], data.toString('utf8', 1)]],
    [
      'base64.channel.k8s.io',
      (data: Buffer) => [
        Number(data.toString('latin1', 0, 1)),
        Buffer.from(data.toString('latin1', 1), 'base64').toString(),
      ],
    ],
  ] as const)('speaks %s to old clients', async (protocol, read) => {
    const url = `${server.connection.server.replace('https', 'wss')}/api/v1/namespaces/default/pods/web/exec?command=echo&command=hi&stdout=1&stderr=1`;
    const socket = new WebSocket(url, [protocol], { ca: server.connection.ca });
    const messages: unknown[] = [];
    socket.on('message', (data) => messages.push(read(data as Buffer)));
    await once(socket, 'close');
    expect(messages).toEqual([
      [1, ''],
      [1, 'hi\n'],
    ]);
  });

  it('sends a log as WebSocket messages', async () => {
    const url = `${server.connection.server.replace('https', 'wss')}/api/v1/namespaces/default/pods/web/log`;
    const socket = new WebSocket(url, ['binary.k8s.io'], { ca: server.connection.ca });
    const messages: string[] = [];
    socket.on('message', (data) => messages.push(String(data)));
    await once(socket, 'close');
    expect(messages.join('')).toBe('one\ntwo\n');
  });
});
