/** Hands HTTP requests on to pods and services, and their answers back. */
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { connect as tlsConnect } from 'node:tls';
import { apiError } from '../../api/status.ts';
import {
  type Forwarded,
  forward,
  forwardedHeaders,
  forwardUpgrade,
  withoutHops,
} from './forward.ts';
import type { Dial, ProxyTarget } from './proxy-target.ts';
import type { ResourceRequest } from './request-info.ts';
import type { Reply } from './respond.ts';

/** Larger pages are passed on as they are. */
const rewriteLimit = 4 * 1024 * 1024;

/** Throws ApiError while nothing was sent. */
export async function proxyRequest(
  dial: Dial,
  target: ProxyTarget,
  info: ResourceRequest,
  reply: Reply,
): Promise<void> {
  const { request, response } = reply;
  const method = request.method ?? 'GET';
  if (info.rest === '' && (method === 'GET' || method === 'HEAD')) return redirectToSlash(reply);
  const socket = await open(dial, target);
  response.once('close', () => socket.destroy());
  const answer = await forward(socket, request, forwardedTo(target, info, request));
  const headers = withoutHops(answer.headers);
  const prefix = prefixOf(request, info);
  if (headers.location?.startsWith('/')) headers.location = prefix + headers.location;
  const html = /^text\/html/i.test(String(headers['content-type'] ?? ''));
  const length = Number(headers['content-length'] ?? 0);
  if (html && headers['content-encoding'] === undefined && length <= rewriteLimit) {
    const chunks: Buffer[] = [];
    for await (const chunk of answer) chunks.push(chunk as Buffer);
    const body = Buffer.from(rewriteLinks(Buffer.concat(chunks).toString(), prefix));
    if (method !== 'HEAD') headers['content-length'] = String(body.length);
    response.writeHead(answer.statusCode ?? 502, headers);
    response.end(body);
    return;
  }
  response.writeHead(answer.statusCode ?? 502, headers);
  answer.pipe(response);
}

/** A page's relative links must begin behind the proxy's own path. */
export function redirectToSlash({ request, response }: Reply): void {
  const [path = '', query] = (request.url ?? '').split('?');
  response.writeHead(301, { Location: `${path}/${query === undefined ? '' : `?${query}`}` });
  response.end();
}

/** As `proxyRequest` for requests that change protocols: bytes go to and fro from then on. */
export async function proxyUpgrade(
  dial: Dial,
  target: ProxyTarget,
  info: ResourceRequest,
  request: IncomingMessage,
  socket: Duplex,
  head: Buffer,
): Promise<void> {
  const backend = await open(dial, target);
  forwardUpgrade(backend, request, socket, head, forwardedTo(target, info, request));
}

async function open(dial: Dial, target: ProxyTarget): Promise<Duplex> {
  const socket = await dial(target.address, target.port).catch((error: unknown) => {
    const why = error instanceof Error ? error.message : String(error);
    throw apiError('ServiceUnavailable', `error trying to reach service: ${why}`);
  });
  if (!target.tls) return socket;
  // As the original: who proxies to https pods does not know their authority.
  return tlsConnect({ socket, rejectUnauthorized: false });
}

function pathOf(info: ResourceRequest): string {
  const query = info.query.toString();
  const path = info.rest === '' ? '/' : info.rest;
  return query === '' ? path : `${path}?${query}`;
}

/** The path before the proxied one: `/api/v1/namespaces/a/pods/b/proxy`. */
function prefixOf(request: IncomingMessage, info: ResourceRequest): string {
  const [path = ''] = (request.url ?? '').split('?');
  return path.slice(0, path.length - info.rest.length);
}

function forwardedTo(
  target: ProxyTarget,
  info: ResourceRequest,
  request: IncomingMessage,
): Forwarded {
  const headers = forwardedHeaders(request, `${target.address}:${target.port}`);
  return { path: pathOf(info), headers };
}

/** Links from the root of the proxied site must go through the proxy again. */
export function rewriteLinks(html: string, prefix: string): string {
  return html.replace(
    /(\s(?:href|src|action|data|background|poster)\s*=\s*)(["']?)(\/(?!\/)[^"'\s>]*)/gi,
    (_, before: string, quote: string, path: string) => `${before}${quote}${prefix}${path}`,
  );
}
