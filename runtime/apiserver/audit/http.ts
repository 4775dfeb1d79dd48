/** How the trail of a request over HTTP begins and ends, and what its answer was. */
import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { gunzipSync } from 'node:zlib';
import { parse } from 'yaml';
import { decodeProtobuf } from '../protobuf/decode.ts';
import type { Auditor, Origin, Trail } from './auditor.ts';

/** Answers beyond this are not kept: a list of everything would stay in memory twice. */
const largestResponse = 32 * 1024 * 1024;

export function originOf(request: IncomingMessage): Origin {
  const forwarded = String(request.headers['x-forwarded-for'] ?? '')
    .split(',')
    .map((address) => address.trim())
    .filter((address) => address !== '');
  const peer = request.socket.remoteAddress;
  return {
    uri: request.url ?? '/',
    sourceIPs: [...forwarded, ...(peer === undefined ? [] : [peer])],
    userAgent: request.headers['user-agent'],
    id: auditIdOf(request),
  };
}

/** What a request is called in the trail and in the answer's head: as the client has it, or a new name. */
export function auditIdOf({ headers }: IncomingMessage): string {
  const given = headers['audit-id'];
  return typeof given === 'string' && given !== '' ? given.slice(0, 64) : randomUUID();
}

/** Begins the trail of a request that gets an answer; it ends when the answer has been sent. */
export function beginTrail(
  auditor: Auditor,
  request: IncomingMessage,
  response: ServerResponse,
): Trail {
  const trail = auditor.begin(originOf(request));
  response.setHeader('Audit-Id', trail.id);
  response.once('close', () => {
    trail.complete(response.statusCode);
  });
  return trail;
}

/** Keeps what is sent, to show it in the trail. Call once the policy has spoken. */
export function captureResponse(trail: Trail, response: ServerResponse): void {
  if (!trail.wantsResponse) return;
  const chunks: Buffer[] = [];
  let size = 0;
  const keep = (chunk: unknown) => {
    if (typeof chunk !== 'string' && !(chunk instanceof Uint8Array)) return;
    const bytes = Buffer.from(chunk as string);
    size += bytes.length;
    if (size <= largestResponse) chunks.push(bytes);
    else chunks.length = 0;
  };
  const write = response.write.bind(response) as (...args: unknown[]) => boolean;
  const end = response.end.bind(response) as (...args: unknown[]) => ServerResponse;
  response.write = (...args: unknown[]) => {
    keep(args[0]);
    return write(...args);
  };
  response.end = (...args: unknown[]) => {
    keep(args[0]);
    if (chunks.length > 0 && size <= largestResponse) {
      trail.responseObject(decoded(Buffer.concat(chunks), response));
    }
    return end(...args);
  };
}

/** Undefined for what is no object: logs, metrics, what a pod answers. */
function decoded(bytes: Buffer, response: ServerResponse): unknown {
  const type = String(response.getHeader('content-type') ?? '').split(';')[0];
  try {
    const gzip = response.getHeader('content-encoding') === 'gzip';
    const plain = gzip ? gunzipSync(bytes) : bytes;
    if (type === 'application/json') return JSON.parse(plain.toString()) as unknown;
    if (type === 'application/yaml')
      return parse(plain.toString(), { logLevel: 'error' }) as unknown;
    if (type === 'application/vnd.kubernetes.protobuf') return decodeProtobuf(plain);
  } catch {
    // A pod behind a proxy may call anything JSON.
  }
  return undefined;
}
