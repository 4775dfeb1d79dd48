/**
 * Logs, exec, attach and port-forward of any cluster from outside: logs over HTTP, the rest over
 * WebSocket channels (`v5` with half-close, else `v4`; port-forward one WebSocket a connection with
 * `v4`, which servers of every age understand, unlike the SPDY tunnel of 1.31 and later).
 */
import type { IncomingMessage } from 'node:http';
import { Duplex, PassThrough, type Readable } from 'node:stream';
import { WebSocket } from 'ws';
import { type Clock, systemClock } from '../api/clock.ts';
import type { Status } from '../api/status.ts';
import { keepAlive, WebSocketChannels } from './channels.ts';
import { type Connection, currentCredentials, identityHeaders, tlsOptions } from './connection.ts';
import { pathOf, queryOf } from './paths.ts';
import type {
  AttachOptions,
  ExecOptions,
  ExecSession,
  ExitResult,
  LogOptions,
  PodKey,
  PodStreams,
} from './pod-streams.ts';
import { pods } from './resources.ts';
import { createTransport, errorOf, readText, unreachable } from './transport.ts';

const channel = { stdin: 0, stdout: 1, stderr: 2, error: 3, resize: 4 } as const;
const commandProtocols = ['v5.channel.k8s.io', 'v4.channel.k8s.io'];
const handshakeTimeoutMs = 30_000;

/** Reaches the pods of a cluster through its API server. */
export function createHttpPodStreams(
  connection: Connection,
  clock: Clock = systemClock,
): PodStreams {
  const transport = createTransport(connection, clock);
  const command = async (pod: PodKey, subresource: string, options: Partial<ExecOptions>) => {
    const { command: words, container, stdin, stdout, stderr, tty } = options;
    const query = queryOf({ command: words, container, stdin, stdout, stderr, tty });
    const path = pathOf({ ...pods, ...pod, subresource }) + query;
    const socket = await dial(connection, path, commandProtocols);
    return new WebSocketSession(socket, options, clock);
  };
  return {
    async logs(pod: PodKey, { signal, ...options }: LogOptions): Promise<Readable> {
      const path = pathOf({ ...pods, ...pod, subresource: 'log' }) + queryOf(options);
      const response = await transport.open({
        method: 'GET',
        path,
        headers: { accept: '*/*' },
        idleTimeoutMs: 0,
        ...(signal === undefined ? {} : { signal }),
      });
      return quietly(response, connection.server, signal);
    },
    exec: (pod, options) => command(pod, 'exec', options),
    attach: (pod, options: AttachOptions) => command(pod, 'attach', options),
    async portForward(pod: PodKey, port: number): Promise<Duplex> {
      const path = pathOf({ ...pods, ...pod, subresource: 'portforward' });
      const query = queryOf({ ports: port });
      const socket = await dial(connection, path + query, ['v4.channel.k8s.io']);
      keepAlive(socket, clock);
      return new ForwardedPort(new WebSocketChannels(socket, { base64: false }));
    },
  };
}

/** A response that an abort ends rather than breaks. */
function quietly(
  response: IncomingMessage,
  server: string,
  signal: AbortSignal | undefined,
): Readable {
  const log = new PassThrough();
  response.on('error', (error) => {
    if (signal?.aborted) log.end();
    else log.destroy(unreachable(server, error) as Error);
  });
  log.once('close', () => response.destroy());
  return response.pipe(log);
}

/** Opens a WebSocket, paused until somebody listens. Throws ApiError. */
async function dial(connection: Connection, path: string, protocols: string[]): Promise<WebSocket> {
  const credentials = await currentCredentials(connection);
  const base = new URL(connection.server);
  const url = `${base.protocol === 'http:' ? 'ws:' : 'wss:'}//${base.host}${base.pathname.replace(/\/$/, '')}${path}`;
  const socket = new WebSocket(url, protocols, {
    ...tlsOptions(connection, credentials),
    // ws writes the values of an array as several headers, which is what is wanted.
    headers: identityHeaders(connection, credentials) as Record<string, string>,
    handshakeTimeout: handshakeTimeoutMs,
    perMessageDeflate: false,
    maxPayload: 16 << 20,
  });
  return new Promise((resolve, reject) => {
    socket.once('open', () => {
      socket.pause();
      resolve(socket);
    });
    socket.once('unexpected-response', (_request, response) => {
      if (response.statusCode === 401) connection.credentials?.expire();
      readText(response).then(
        (body) => reject(errorOf(response.statusCode ?? 500, body)),
        (error) => reject(unreachable(connection.server, error)),
      );
    });
    socket.on('error', (error) => reject(unreachable(connection.server, error)));
  });
}

class WebSocketSession implements ExecSession {
  readonly stdin;
  readonly stdout;
  readonly stderr;
  readonly exit: Promise<ExitResult>;
  readonly #channels: WebSocketChannels;
  readonly #resize;

  constructor(socket: WebSocket, options: AttachOptions, clock: Clock) {
    keepAlive(socket, clock);
    const channels = new WebSocketChannels(socket, { base64: false });
    const { stdin, stdout, stderr, tty } = options;
    const closes = socket.protocol.startsWith('v5');
    this.#channels = channels;
    this.stdin = stdin ? channels.writable(channel.stdin, { closes }) : undefined;
    this.stdout = stdout ? channels.readable(channel.stdout) : undefined;
    this.stderr = stderr && !tty ? channels.readable(channel.stderr) : undefined;
    this.#resize = tty ? channels.writable(channel.resize) : undefined;
    // The process may be gone before the last of its input.
    this.stdin?.on('error', () => {});
    this.#resize?.on('error', () => {});
    const verdict: Buffer[] = [];
    channels.readable(channel.error).on('data', (chunk: Buffer) => verdict.push(chunk));
    this.exit = channels.closed.then(() => exitOf(Buffer.concat(verdict).toString('utf8')));
  }

  resize(columns: number, rows: number): void {
    this.#resize?.write(JSON.stringify({ Width: columns, Height: rows }));
  }

  close(): void {
    this.#channels.close();
  }
}

/** Reads the Status of the error channel. */
function exitOf(text: string): ExitResult {
  if (text === '') return { error: 'the connection was lost before the command ended' };
  let status: Omit<Status, 'reason'> & { reason?: string };
  try {
    status = JSON.parse(text);
  } catch {
    return { error: text };
  }
  if (status.status === 'Success') return { exitCode: 0 };
  const code = status.details?.causes?.find(({ reason }) => reason === 'ExitCode')?.message;
  if (status.reason === 'NonZeroExitCode' && code !== undefined) return { exitCode: Number(code) };
  return { error: status.message ?? text };
}

/**
 * One connection to a port. These channels know no half-close: ending it keeps reading until the
 * pod hangs up, destroying it hangs up.
 */
class ForwardedPort extends Duplex {
  readonly #channels: WebSocketChannels;
  readonly #input: Readable;

  constructor(channels: WebSocketChannels) {
    super({ allowHalfOpen: true });
    this.#channels = channels;
    this.#input = channels.readable(0);
    const problems = channels.readable(1);
    // Both channels begin with the port's number in two bytes, which may come in any pieces.
    let skip = 2;
    this.#input.on('data', (chunk: Buffer) => {
      const bytes = chunk.subarray(Math.min(skip, chunk.length));
      skip = Math.max(0, skip - chunk.length);
      if (bytes.length > 0 && !this.push(bytes)) this.#input.pause();
    });
    this.#input.once('end', () => this.push(null));
    const problem: Buffer[] = [];
    problems.on('data', (chunk: Buffer) => {
      problem.push(chunk);
      const text = Buffer.concat(problem).toString('utf8', 2);
      if (text !== '') this.destroy(new Error(text));
    });
  }

  override _read(): void {
    this.#input.resume();
  }

  override _write(
    chunk: Buffer,
    _encoding: BufferEncoding,
    callback: (error?: Error | null) => void,
  ): void {
    this.#channels.send(0, chunk).then(() => callback(), callback);
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    this.#channels.close();
    callback(error);
  }
}
