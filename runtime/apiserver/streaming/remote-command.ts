/** Exec and attach: one process's streams carried over WebSocket channels or SPDY streams. */
import type { Duplex, Readable, Writable } from 'node:stream';
import { finished } from 'node:stream/promises';
import type { WebSocket } from 'ws';
import { type Clock, systemClock } from '../../api/clock.ts';
import { apiError } from '../../api/status.ts';
import { keepAlive, WebSocketChannels } from '../../client/channels.ts';
import type {
  AttachOptions,
  ExecOptions,
  ExecSession,
  ExitResult,
} from '../../client/pod-streams.ts';
import { SpdySession, type SpdyStream } from './spdy-session.ts';

/** How a client is connected to a process, whatever the transport. */
interface CommandTransport {
  readonly stdin: Readable | undefined;
  readonly stdout: Writable | undefined;
  readonly stderr: Writable | undefined;
  readonly resize: Readable | undefined;
  /** Says how it ended, then hangs up. */
  finish(result: ExitResult): Promise<void>;
  /** Resolves when the client has gone. */
  readonly closed: Promise<void>;
}

export const webSocketCommandProtocols = [
  'v5.channel.k8s.io',
  'v4.channel.k8s.io',
  'v4.base64.channel.k8s.io',
  'channel.k8s.io',
  'base64.channel.k8s.io',
];
export const spdyCommandProtocols = [
  'v4.channel.k8s.io',
  'v3.channel.k8s.io',
  'v2.channel.k8s.io',
  'channel.k8s.io',
];
const channel = { stdin: 0, stdout: 1, stderr: 2, error: 3, resize: 4 } as const;
const streamsTimeoutMs = 30_000;

/** Reads PodExecOptions or PodAttachOptions from a query. Throws BadRequest. */
export function commandOptions(query: URLSearchParams): ExecOptions {
  const flag = (name: string) => ['true', '1'].includes((query.get(name) ?? '').toLowerCase());
  const container = query.get('container');
  const tty = flag('tty');
  const options = {
    command: query.getAll('command'),
    ...(container ? { container } : {}),
    stdin: flag('stdin'),
    stdout: flag('stdout'),
    // A terminal has one output.
    stderr: flag('stderr') && !tty,
    tty,
  };
  if (!options.stdin && !options.stdout && !options.stderr) {
    throw apiError('BadRequest', 'you must specify at least 1 of stdin, stdout, stderr');
  }
  return options;
}

/** Carries a session over a WebSocket until it ends; never rejects. */
export async function commandOverWebSocket(
  socket: WebSocket,
  protocol: string | undefined,
  session: ExecSession,
  options: AttachOptions,
  clock: Clock = systemClock,
): Promise<void> {
  keepAlive(socket, clock);
  const channels = new WebSocketChannels(socket, { base64: protocol?.includes('base64') ?? false });
  const { stdin, stdout, stderr, tty } = options;
  const transport: CommandTransport = {
    stdin: stdin ? channels.readable(channel.stdin) : undefined,
    stdout: stdout ? channels.writable(channel.stdout) : undefined,
    stderr: stderr ? channels.writable(channel.stderr) : undefined,
    resize: tty ? channels.readable(channel.resize) : undefined,
    closed: channels.closed,
    async finish(result) {
      const text = resultText(result, /^v[45]/.test(protocol ?? ''));
      if (text !== '') await channels.send(channel.error, Buffer.from(text));
      channels.close();
    },
  };
  // An empty message tells the client that the streams are there.
  const first = stdout ? channel.stdout : stderr ? channel.stderr : channel.error;
  await channels.send(first, Buffer.alloc(0)).catch(() => {});
  await carry(session, transport);
}

/** Carries a session over a SPDY connection until it ends; never rejects. */
export async function commandOverSpdy(
  connection: Duplex,
  protocol: string | undefined,
  session: ExecSession,
  options: AttachOptions,
  clock: Clock = systemClock,
): Promise<void> {
  const version = Number(/^v(\d)/.exec(protocol ?? '')?.[1] ?? 1);
  const expected = ['error'];
  if (options.stdin) expected.push('stdin');
  if (options.stdout) expected.push('stdout');
  if (options.stderr) expected.push('stderr');
  if (options.tty && version >= 3) expected.push('resize');

  const streams = new Map<string, SpdyStream>();
  let complete: () => void = () => {};
  const all = new Promise<void>((resolve) => {
    complete = resolve;
  });
  const spdy = new SpdySession(connection, {
    ...{ role: 'server', clock },
    onStream: (stream) => {
      const type = stream.headers.get('streamtype') ?? '';
      if (!expected.includes(type) || streams.has(type)) {
        stream.reset();
        return;
      }
      streams.set(type, stream);
      if (streams.size === expected.length) complete();
    },
  });
  const cancel = clock.after(streamsTimeoutMs, () => spdy.close());
  await Promise.race([all, spdy.closed]);
  cancel();
  if (streams.size < expected.length) {
    session.close();
    return;
  }
  await carry(session, {
    stdin: streams.get('stdin'),
    stdout: streams.get('stdout'),
    stderr: streams.get('stderr'),
    resize: streams.get('resize'),
    closed: spdy.closed,
    async finish(result) {
      const error = streams.get('error');
      error?.end(resultText(result, version >= 4));
      if (error !== undefined) await finished(error, { readable: false }).catch(() => {});
      spdy.close();
    },
  });
}

async function carry(session: ExecSession, transport: CommandTransport): Promise<void> {
  let gone = false;
  void transport.closed.then(() => {
    gone = true;
    session.close();
  });
  if (transport.resize !== undefined) followResize(transport.resize, session);
  if (transport.stdin !== undefined && session.stdin !== undefined) {
    feed(transport.stdin, session.stdin);
  }
  const outputs = [
    drain(session.stdout, transport.stdout),
    drain(session.stderr, transport.stderr),
  ];
  const result = await session.exit;
  await Promise.all(outputs);
  if (!gone) await transport.finish(result).catch(() => {});
}

/** Standard input; a process that stops listening must not stop the connection. */
function feed(from: Readable, to: Writable): void {
  from.on('error', () => to.end());
  const spill = () => {
    from.unpipe(to);
    from.resume();
  };
  to.on('error', spill);
  to.on('close', spill);
  from.pipe(to);
}

/** One output, to its end, in full; resolves also if the client no longer listens. */
async function drain(from: Readable | undefined, to: Writable | undefined): Promise<void> {
  if (from === undefined) return;
  if (to === undefined) {
    from.resume();
    return;
  }
  // Without a listener the process would block on a full pipe.
  to.on('error', () => from.resume());
  to.on('close', () => from.resume());
  from.pipe(to);
  await finished(from).catch(() => {});
  if (!to.writableEnded) to.end();
  await finished(to, { readable: false }).catch(() => {});
}

/** Sizes come as JSON objects one behind the other: `{"Width":80,"Height":24}`. */
function followResize(from: Readable, session: ExecSession): void {
  let rest = '';
  from.on('error', () => {});
  from.on('data', (chunk: Buffer) => {
    rest += chunk.toString('utf8');
    for (let end = rest.indexOf('}'); end >= 0; end = rest.indexOf('}')) {
      const text = rest.slice(0, end + 1);
      rest = rest.slice(end + 1);
      try {
        const { Width, Height } = JSON.parse(text) as { Width?: number; Height?: number };
        if (Width && Height) session.resize(Width, Height);
      } catch {
        // A client that sends nonsense keeps the size it has.
      }
    }
  });
}

/** What goes over the error channel: a Status since v4, before that the message of a failure. */
function resultText(result: ExitResult, asStatus: boolean): string {
  if ('exitCode' in result && result.exitCode === 0) {
    return asStatus ? JSON.stringify({ metadata: {}, status: 'Success' }) : '';
  }
  if ('exitCode' in result) {
    const message = `command terminated with non-zero exit code: exit status ${result.exitCode}`;
    if (!asStatus) return message;
    const causes = [{ reason: 'ExitCode', message: String(result.exitCode) }];
    const reason = 'NonZeroExitCode';
    return JSON.stringify({
      metadata: {},
      status: 'Failure',
      message,
      reason,
      details: { causes },
    });
  }
  const why = `error executing command in container: ${result.error}`;
  const { status } = apiError('InternalError', `Internal error occurred: ${why}`, {
    causes: [{ message: why }],
  });
  return asStatus ? JSON.stringify(status) : `${status.message}`;
}
