/**
 * Port-forward. Over SPDY (raw, or tunnelled in a WebSocket) the client opens two streams for every
 * connection, `error` and `data`, with the same requestID; over WebSocket channels every port of the
 * query has two channels for one connection, which begin with the port's number.
 */
import type { Duplex } from 'node:stream';
import { createWebSocketStream, type WebSocket } from 'ws';
import type { Clock } from '../../api/clock.ts';
import { apiError } from '../../api/status.ts';
import { keepAlive, WebSocketChannels } from '../../client/channels.ts';
import type { PodKey, PodStreams } from '../../client/pod-streams.ts';
import { SpdySession, type SpdyStream } from './spdy-session.ts';

export const portForwardProtocol = 'portforward.k8s.io';
export const tunnelProtocol = `SPDY/3.1+${portForwardProtocol}`;
export const channelPortForwardProtocols = ['v4.channel.k8s.io', 'v4.base64.channel.k8s.io'];

type Dial = (port: number) => Promise<Duplex>;

/** The ports of a query. Throws BadRequest. */
export function portsOf(query: URLSearchParams): number[] {
  const ports = query.getAll('ports').flatMap((value) => value.split(','));
  const numbers = ports.map((port) => parsePort(port));
  if (numbers.length === 0) throw apiError('BadRequest', 'query parameter "ports" is required');
  return numbers.map((port, index) => {
    if (port === undefined)
      throw apiError('BadRequest', `unable to parse "${ports[index]}" as a port`);
    return port;
  });
}

function parsePort(text: string | undefined): number | undefined {
  const port = /^\d{1,5}$/.test(text ?? '') ? Number(text) : 0;
  return port > 0 && port < 65_536 ? port : undefined;
}

/** Serves a WebSocket that carries a whole SPDY session; resolves at its end. */
export function portForwardTunnel(
  socket: WebSocket,
  streams: PodStreams,
  pod: PodKey,
  clock?: Clock,
): Promise<void> {
  keepAlive(socket, clock);
  return portForwardOverSpdy(createWebSocketStream(socket), streams, pod);
}

/** Serves a SPDY connection; resolves at its end, never rejects. */
export async function portForwardOverSpdy(
  connection: Duplex,
  streams: PodStreams,
  pod: PodKey,
): Promise<void> {
  /** The first of a pair, by request. */
  const waiting = new Map<string, SpdyStream>();
  const spdy = new SpdySession(connection, {
    role: 'server',
    onStream: (stream) => {
      const type = stream.headers.get('streamtype');
      const port = parsePort(stream.headers.get('port'));
      const request = stream.headers.get('requestid') ?? '';
      const other = waiting.get(request);
      if (port === undefined || (type !== 'data' && type !== 'error')) stream.reset();
      else if (other === undefined) waiting.set(request, stream);
      else if (other.headers.get('streamtype') === type) stream.reset();
      else {
        waiting.delete(request);
        const [data, error] = type === 'data' ? [stream, other] : [other, stream];
        void forward(data, error, port, pod, (p) => streams.portForward(pod, p));
      }
    },
  });
  await spdy.closed;
  connection.destroy();
}

/** Connects one pair of streams with a port, and tells the client why that failed. */
async function forward(
  data: SpdyStream,
  error: SpdyStream,
  port: number,
  pod: PodKey,
  dial: Dial,
): Promise<void> {
  error.resume();
  let target: Duplex;
  try {
    target = await dial(port);
  } catch (failure) {
    error.end(failureText(port, pod, failure));
    data.resume();
    data.end();
    return;
  }
  if (data.destroyed) {
    target.destroy();
    return;
  }
  target.on('error', (failure) => {
    if (!error.writableEnded) error.end(failureText(port, pod, failure));
  });
  target.once('close', () => {
    if (!data.writableEnded) data.end();
    if (!error.writableEnded) error.end();
    // What the client still sends has nowhere to go.
    data.unpipe(target);
    data.resume();
  });
  data.once('close', () => {
    if (!target.destroyed) target.destroy();
  });
  data.pipe(target);
  target.pipe(data);
}

function failureText(port: number, { namespace, name }: PodKey, failure: unknown): string {
  const why = failure instanceof Error ? failure.message : String(failure);
  return `error forwarding port ${port} to pod ${namespace}/${name}: ${why}`;
}

/** Serves the channels of a WebSocket, one connection a port; resolves at the end, never rejects. */
export async function portForwardOverChannels(
  socket: WebSocket,
  base64: boolean,
  ports: readonly number[],
  streams: PodStreams,
  pod: PodKey,
  clock?: Clock,
): Promise<void> {
  keepAlive(socket, clock);
  const channels = new WebSocketChannels(socket, { base64 });
  const connections = ports.map(async (port, index) => {
    const [dataChannel, errorChannel] = [2 * index, 2 * index + 1];
    const number = Buffer.alloc(2);
    number.writeUInt16LE(port);
    const input = channels.readable(dataChannel);
    await channels.send(dataChannel, number);
    await channels.send(errorChannel, number);
    try {
      const target = await streams.portForward(pod, port);
      await relay(target, input, channels, dataChannel);
    } catch (failure) {
      await channels.send(errorChannel, Buffer.from(failureText(port, pod, failure)));
    }
  });
  await Promise.allSettled(connections);
  channels.close();
  await channels.closed;
}

/** Resolves when the target has closed; rejects with its error. */
function relay(
  target: Duplex,
  input: NodeJS.ReadableStream,
  channels: WebSocketChannels,
  channel: number,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const output = channels.writable(channel);
    output.on('error', () => target.destroy());
    output.on('finish', resolve);
    target.on('error', reject);
    target.on('close', () => output.end());
    void channels.closed.then(() => target.destroy());
    input.pipe(target);
    target.pipe(output);
  });
}
