/** Answers: one object, a text, an error; compressed where that pays. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createGzip } from 'node:zlib';
import { ApiError, apiError, type Status } from '../../api/status.ts';
import type { Trail } from '../audit/auditor.ts';
import { encodeProtobuf } from '../protobuf/encode.ts';
import { type Encoding, notAcceptable, plainEncoding } from './negotiate.ts';
import { PageError } from './page-error.ts';
import { readable } from './readable-list.ts';
import { warningHeaders } from './warnings.ts';
import type { YamlThread } from './yaml-thread.ts';

/** Smaller answers are sent as they are: on a fast network compressing costs more than it saves. */
const gzipFrom = 128 * 1024;
/** Bytes written at a time. */
const chunkSize = 120 * 1024;

export interface Reply {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** Texts for Warning headers. */
  readonly warnings: readonly string[];
  readonly encoding: Encoding;
  readonly pretty: boolean;
  /** Where the request is written down, if it is. */
  readonly audit?: Trail | undefined;
  /** For long YAML in requests. */
  readonly yaml?: YamlThread | undefined;
  /** To be called when a watch has been told what there was. */
  readonly begun?: () => void;
}

export const contentTypes: Record<Encoding, string> = {
  json: 'application/json',
  yaml: 'application/yaml',
  protobuf: 'application/vnd.kubernetes.protobuf',
};

/** What follows a JSON document on one line; there is none after an indented one, as with the original. */
export const lineEnd = Buffer.from('\n');

/** Sends JSON bytes, as YAML if the client wants that. */
export function sendJson(reply: Reply, code: number, bytes: Buffer, contentType?: string): void {
  const isReadable = reply.encoding === 'yaml' || reply.pretty;
  const body = isReadable
    ? Buffer.from(readable(JSON.parse(bytes.toString()), reply.encoding))
    : Buffer.concat([bytes, lineEnd]);
  sendBytes(reply, code, body, contentType ?? contentTypes[reply.encoding]);
}

export function sendObject(
  reply: Reply,
  code: number,
  object: unknown,
  contentType?: string,
): void {
  if (reply.encoding === 'protobuf') {
    const bytes = encodeProtobuf(object as Parameters<typeof encodeProtobuf>[0]);
    if (bytes === undefined) throw notAcceptable();
    sendBytes(reply, code, bytes, contentTypes.protobuf);
    return;
  }
  sendJson(reply, code, Buffer.from(JSON.stringify(object)), contentType);
}

export function sendBytes(reply: Reply, code: number, body: Buffer, contentType: string): void {
  const { response } = reply;
  setHeaders(reply, contentType);
  if (reply.request.method === 'HEAD') {
    response.writeHead(code, { 'Content-Length': body.length }).end();
  } else if (body.length >= gzipFrom && takesGzip(reply.request)) {
    void sendChunks(reply, code, [body]);
  } else {
    response.writeHead(code, { 'Content-Length': body.length }).end(body);
  }
}

/** What the original says of paths that nobody serves, whatever the client wants. */
export function sendNoPage(reply: Reply): void {
  reply.response.setHeader('X-Content-Type-Options', 'nosniff');
  sendBytes(reply, 404, Buffer.from('404 page not found\n'), 'text/plain; charset=utf-8');
}

/**
 * Sends a body in pieces, at the client's pace. The pieces may be a generator that makes them when
 * they are asked for. With a `length`, which must be that of all pieces together, they are written as
 * they are; without, each goes with its own length before it, which costs a copy.
 */
export async function sendChunks(
  reply: Reply,
  code: number,
  pieces: Iterable<Buffer> | AsyncIterable<Buffer>,
  contentType?: string,
  length?: number,
): Promise<void> {
  const { request, response } = reply;
  if (contentType !== undefined) setHeaders(reply, contentType);
  const gzip = takesGzip(request) ? createGzip({ level: 1 }) : undefined;
  if (gzip !== undefined) {
    response.setHeader('Content-Encoding', 'gzip');
    response.appendHeader('Vary', 'Accept-Encoding');
  } else if (length !== undefined) response.setHeader('Content-Length', length);
  response.writeHead(code);
  const sink = gzip ?? response;
  gzip?.pipe(response);
  let gone = false;
  response.on('close', () => {
    gone = true;
    sink.emit('drain');
  });
  let pending: Buffer[] = [];
  let size = 0;
  const flush = async () => {
    const ready = pending.length === 1 ? (pending[0] as Buffer) : Buffer.concat(pending, size);
    pending = [];
    size = 0;
    if (!sink.write(ready)) await new Promise((resolve) => sink.once('drain', resolve));
  };
  for await (const piece of pieces) {
    if (gone) return;
    pending.push(piece);
    size += piece.length;
    if (size >= chunkSize) await flush();
  }
  if (gone) return;
  if (size > 0) await flush();
  sink.end();
}

/** Sends a Status, or a page for a PageError. Whatever is no ApiError is our own fault and says so. */
export function sendError(reply: Reply, error: unknown): void {
  if (reply.response.headersSent) {
    reply.response.destroy();
    return;
  }
  if (error instanceof PageError) {
    reply.response.setHeader('X-Content-Type-Options', 'nosniff');
    const page = Buffer.from(error.page(reply.request.url ?? '/'));
    sendBytes(reply, error.code, page, 'text/plain; charset=utf-8');
    return;
  }
  const status = statusOf(error);
  const retry = status.details?.retryAfterSeconds;
  if (retry !== undefined) reply.response.setHeader('Retry-After', String(retry));
  const encoding = plainEncoding(reply.request.headers.accept);
  // Who takes nothing that we have is told so in JSON for people.
  const form =
    encoding === undefined ? ({ encoding: 'json', pretty: true } as const) : { encoding };
  sendObject({ ...reply, ...form }, status.code ?? 500, status);
}

export function statusOf(error: unknown): Status {
  const known =
    error instanceof ApiError
      ? error
      : apiError(
          'InternalError',
          `Internal error occurred: ${error instanceof Error ? error.message : String(error)}`,
        );
  const { kind, apiVersion, ...rest } = known.status;
  return { kind, apiVersion, ...rest };
}

function setHeaders(reply: Reply, contentType: string): void {
  const { response } = reply;
  response.setHeader('Content-Type', contentType);
  setWarnings(reply);
}

/** Puts what there is to warn of into the answer's head. */
export function setWarnings({ response, warnings }: Reply): void {
  if (warnings.length > 0) response.setHeader('Warning', warningHeaders(warnings));
}

function takesGzip(request: IncomingMessage): boolean {
  return /\bgzip\b/.test(String(request.headers['accept-encoding'] ?? ''));
}
