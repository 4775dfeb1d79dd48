/** Hands requests on over connections that are open: to pods and services, and to other API servers. */
import { request as httpRequest, type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { apiError } from '../../api/status.ts';

/** Concern one connection only, and are not handed on. */
const hopByHop = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/** The request as the other side is to see it. */
export interface Forwarded {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
}

/**
 * The client's headers without what concerns this server alone: who asks, and for whom. `host` is the
 * other side's.
 */
export function forwardedHeaders(request: IncomingMessage, host: string): IncomingHttpHeaders {
  const headers = withoutHops(request.headers);
  delete headers.authorization;
  for (const name of Object.keys(headers))
    if (name.startsWith('impersonate-')) delete headers[name];
  headers.host = host;
  const client = request.socket.remoteAddress;
  if (client !== undefined) {
    headers['x-forwarded-for'] = [headers['x-forwarded-for'] ?? [], client].flat().join(', ');
  }
  return headers;
}

export function withoutHops(headers: IncomingHttpHeaders): IncomingHttpHeaders {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !hopByHop.has(name)));
}

/** Sends the request with its body; resolves when the answer begins. Throws ServiceUnavailable. */
export function forward(
  socket: Duplex,
  request: IncomingMessage,
  { path, headers }: Forwarded,
): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const method = request.method ?? 'GET';
    const outgoing = httpRequest({ createConnection: () => socket, method, path, headers });
    outgoing.once('response', resolve);
    outgoing.on('error', (error) => {
      reject(apiError('ServiceUnavailable', `error trying to reach service: ${error.message}`));
    });
    // Nobody has asked for another protocol: left alone, Node would neither answer nor fail.
    outgoing.on('upgrade', (_, upgraded) => {
      upgraded.destroy();
      reject(apiError('ServiceUnavailable', 'error trying to reach service: protocol changed'));
    });
    request.pipe(outgoing);
  });
}

/** As `forward` for requests that change protocols: bytes go to and fro from then on. */
export function forwardUpgrade(
  backend: Duplex,
  request: IncomingMessage,
  socket: Duplex,
  head: Buffer,
  { path, headers }: Forwarded,
): void {
  const upgrade = { ...headers, connection: 'Upgrade', upgrade: request.headers.upgrade ?? '' };
  const lines = Object.entries(upgrade).flatMap(([name, value]) =>
    [value ?? []].flat().map((text) => `${name}: ${text}`),
  );
  backend.write(`${request.method} ${path} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`);
  backend.write(head);
  for (const end of [backend, socket]) end.on('error', () => {});
  // Who vanishes takes the other side along: a pipe passes on an orderly end only.
  backend.once('close', () => socket.destroy());
  socket.once('close', () => backend.destroy());
  socket.pipe(backend).pipe(socket);
}
