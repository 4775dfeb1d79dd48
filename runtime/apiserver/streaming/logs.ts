/** Container logs, as chunked text or as WebSocket messages. */
import type { ServerResponse } from 'node:http';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { WebSocket } from 'ws';
import type { Clock } from '../../api/clock.ts';
import { apiError, type StatusCause } from '../../api/status.ts';
import { keepAlive } from '../../client/channels.ts';
import type { LogOptions } from '../../client/pod-streams.ts';

export const logProtocols = ['binary.k8s.io', 'base64.binary.k8s.io'];

/** Reads PodLogOptions of a pod from a query. Throws Invalid or BadRequest, in the original's words. */
export function logOptions(query: URLSearchParams, pod: string): LogOptions {
  const causes: StatusCause[] = [];
  const flag = (name: string) => {
    const text = query.get(name);
    return text !== null && text !== '0' && text.toLowerCase() !== 'false';
  };
  const invalid = (field: string, value: unknown, message: string) =>
    causes.push({
      reason: 'FieldValueInvalid',
      message: `Invalid value: ${JSON.stringify(value)}: ${message}`,
      field,
    });
  const number = (name: string, least: number) => {
    const text = query.get(name);
    if (text === null || text === '') return {};
    if (!/^[+-]?\d+$/.test(text)) {
      const why = `strconv.ParseInt: parsing ${JSON.stringify(text)}: invalid syntax`;
      throw apiError('BadRequest', why);
    }
    const value = Number(text);
    if (value < least) {
      invalid(name, value, `must be greater than ${least === 0 ? 'or equal to 0' : '0'}`);
    }
    return { [name]: value };
  };
  const container = query.get('container');
  const sinceTime = query.get('sinceTime');
  if (sinceTime && Number.isNaN(Date.parse(sinceTime))) {
    const text = JSON.stringify(sinceTime);
    const why = `parsing time ${text} as "2006-01-02T15:04:05Z07:00": cannot parse ${text} as "2006"`;
    throw apiError('BadRequest', why);
  }
  const options: LogOptions = {
    ...(container ? { container } : {}),
    ...(sinceTime ? { sinceTime } : {}),
    ...number('tailLines', 0),
    ...number('limitBytes', 1),
    ...number('sinceSeconds', 1),
    follow: flag('follow'),
    previous: flag('previous'),
    timestamps: flag('timestamps'),
  };
  if (sinceTime && options.sinceSeconds !== undefined) {
    causes.push({
      reason: 'FieldValueForbidden',
      message: 'Forbidden: at most one of `sinceTime` or `sinceSeconds` may be specified',
      // A path without a name.
      field: '[]',
    });
  }
  if (causes.length > 0) {
    const list = causes.map(({ field, message }) => `${field}: ${message}`).join(', ');
    const message = `PodLogOptions ${JSON.stringify(pod)} is invalid: ${causes.length > 1 ? `[${list}]` : list}`;
    throw apiError('Invalid', message, { name: pod, kind: 'PodLogOptions', causes });
  }
  return options;
}

/** Sends a log, each piece as it comes; resolves at the end or when the client has gone. */
export async function logOverHttp(response: ServerResponse, log: Readable): Promise<void> {
  response.writeHead(200, {
    'content-type': 'text/plain',
    'cache-control': 'no-cache, private',
    // Something between us that buffers or compresses would break following.
    'x-accel-buffering': 'no',
  });
  // A followed log may say nothing for long; the client wants to know that it is connected.
  response.flushHeaders();
  // The client has gone, or the log has broken off after the answer began: it ends either way.
  await pipeline(log, response).catch(() => {});
}

/** Sends a log over a WebSocket and closes it; resolves when that is done. */
export async function logOverWebSocket(
  socket: WebSocket,
  protocol: string | undefined,
  log: Readable,
  clock?: Clock,
): Promise<void> {
  keepAlive(socket, clock);
  const base64 = protocol?.startsWith('base64') ?? false;
  socket.on('error', () => socket.terminate());
  socket.once('close', () => log.destroy());
  socket.resume();
  try {
    for await (const chunk of log) {
      const bytes = chunk as Buffer;
      await new Promise<void>((resolve, reject) => {
        const message = base64 ? bytes.toString('base64') : bytes;
        socket.send(message, (error) => (error ? reject(error) : resolve()));
      });
    }
    socket.close(1000);
  } catch {
    socket.terminate();
  }
}
