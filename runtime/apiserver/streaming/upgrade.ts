/** Answers to requests that want to leave HTTP: WebSocket, raw SPDY, or a refusal. */
import { type IncomingMessage, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import { type ApiError, apiError } from '../../api/status.ts';

/** What a server hands over when a client asks for an upgrade. */
export interface Upgrade {
  readonly request: IncomingMessage;
  readonly socket: Duplex;
  /** What came behind the request already. */
  readonly head: Buffer;
}

export type UpgradeKind = 'websocket' | 'spdy';

/** The protocol that the client wants to switch to, if it is one of ours. */
export function upgradeKind({ headers }: IncomingMessage): UpgradeKind | undefined {
  const wanted = (headers.upgrade ?? '').toLowerCase();
  if (wanted === 'websocket') return 'websocket';
  return wanted === 'spdy/3.1' ? 'spdy' : undefined;
}

/** The items of a header that may be repeated or hold a list. */
export function listHeader({ headers }: IncomingMessage, name: string): string[] {
  const value = headers[name];
  const text = Array.isArray(value) ? value.join(',') : (value ?? '');
  return text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');
}

/** Answers with a Status over plain HTTP and closes. */
export function refuse(socket: Duplex, error: ApiError): void {
  if (socket.destroyed || socket.writableEnded) return;
  const body = JSON.stringify(error.status);
  const { code } = error;
  socket.end(
    `HTTP/1.1 ${code} ${STATUS_CODES[code] ?? ''}\r\nContent-Type: application/json\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  );
}

/** Switches to SPDY/3.1; `protocol` is the one of what the client offered that we chose. */
export function acceptSpdy({ socket, head }: Upgrade, protocol: string | undefined): Duplex {
  const chosen = protocol === undefined ? '' : `X-Stream-Protocol-Version: ${protocol}\r\n`;
  socket.write(
    `HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: SPDY/3.1\r\n${chosen}\r\n`,
  );
  if (head.length > 0) socket.unshift(head);
  return socket;
}

/**
 * Switches to WebSocket with one of the client's protocols. `undefined`: the client offered none.
 * The name goes around `ws`, which takes `SPDY/3.1+portforward.k8s.io` for malformed because of the
 * slash (RFC 6455 wants a token; Kubernetes does not keep to it). It comes paused, so that nothing is
 * lost before the caller listens.
 */
export function acceptWebSocket(
  { request, socket, head }: Upgrade,
  protocol: string | undefined,
): Promise<WebSocket> {
  return new Promise((resolve, reject) => {
    const server = new WebSocketServer({ noServer: true, maxPayload: 16 << 20 });
    server.on('headers', (lines) => {
      if (protocol !== undefined) lines.push(`Sec-WebSocket-Protocol: ${protocol}`);
    });
    server.on('wsClientError', reject);
    delete request.headers['sec-websocket-protocol'];
    server.handleUpgrade(request, socket, head, (webSocket) => {
      webSocket.pause();
      resolve(webSocket);
    });
    socket.once('error', reject);
    socket.once('close', () => reject(new Error('the client went away')));
  });
}

/** The first of the client's protocols that we have; throws if it offered some and we have none. */
export function chooseProtocol(
  offered: readonly string[],
  ours: readonly string[],
): string | undefined {
  if (offered.length === 0) return undefined;
  const chosen = offered.find((protocol) => ours.includes(protocol));
  if (chosen !== undefined) return chosen;
  throw apiError(
    'Forbidden',
    `unable to upgrade: unable to negotiate protocol: client supports [${offered.join(' ')}], server accepts [${ours.join(' ')}]`,
  );
}
