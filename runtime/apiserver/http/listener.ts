/**
 * The TLS server itself: which protocols it speaks, and how long and how many may hold a connection.
 * A client that is slow, by fault or on purpose, holds nothing but its own connection, and not for
 * long. How long a body may take is a matter of flow/deadlines.ts; an answer may last for hours, as
 * watches do.
 */
import { createServer, type Server } from 'node:https';
import type { Socket } from 'node:net';

/** Milliseconds for the handshake, for the head of a request and between requests; bytes of a head. */
const slowClients = {
  handshakeTimeout: 10_000,
  headersTimeout: 32_000,
  requestTimeout: 0,
  connectionsCheckingInterval: 5_000,
  keepAliveTimeout: 90_000,
  // As large as the original allows: impersonation and long selectors take room.
  maxHeaderSize: 1024 * 1024,
} as const;

/** Forward secrecy and authenticated encryption only; every client since 2014 has one of them. */
const ciphers = [
  'TLS_AES_128_GCM_SHA256',
  'TLS_AES_256_GCM_SHA384',
  'TLS_CHACHA20_POLY1305_SHA256',
  'ECDHE-ECDSA-AES128-GCM-SHA256',
  'ECDHE-ECDSA-AES256-GCM-SHA384',
  'ECDHE-ECDSA-CHACHA20-POLY1305',
].join(':');

/** With so many open, connections that have waited for their next request for a while are closed. */
const crowded = 2_000;
/** In milliseconds. Less than that, and its client may be about to use it. */
const quietMs = 5_000;
/** Nobody else gets in; at some 30 KB each. */
const mostConnections = 10_000;
/** Looking through all of them takes a while, so it is not done for every newcomer. */
const clearingMs = 1_000;
/** That nobody else gets in is not said for each who does not. */
const tellMs = 60_000;

export interface ListenerOptions {
  readonly certPem: string;
  readonly keyPem: string;
  /** Who has signed the certificates of clients. */
  readonly caPem: string;
  readonly log?: (message: string) => void;
  /** For tests. */
  readonly crowded?: number;
  readonly quietMs?: number;
}

/** A server that does not listen yet. */
export function createListener({ certPem, keyPem, caPem, ...rest }: ListenerOptions): Server {
  const server = createServer({
    cert: certPem,
    key: keyPem,
    ca: caPem,
    requestCert: true,
    // Who shows a certificate that does not hold is told so by authentication.
    rejectUnauthorized: false,
    ALPNProtocols: ['http/1.1'],
    minVersion: 'TLSv1.2',
    ciphers,
    // A peer that vanished without a word, a killed pod for one, is noticed.
    keepAlive: true,
    keepAliveInitialDelay: 30_000,
    ...slowClients,
  });
  server.maxConnections = mostConnections;
  if (rest.log !== undefined) tellOfDropped(server, rest.log);
  clearWhenCrowded(server, rest.crowded ?? crowded, rest.quietMs ?? quietMs);
  return server;
}

/** Somebody who is not let in hears nothing but a closed connection. */
function tellOfDropped(server: Server, log: (message: string) => void): void {
  let toldAt = Number.NEGATIVE_INFINITY;
  server.on('drop', () => {
    const now = performance.now();
    if (now - toldAt < tellMs) return;
    toldAt = now;
    log(`refused connections: ${server.maxConnections} are open, which is as many as there may be`);
  });
}

interface Use {
  /** Requests under way. */
  busy: number;
  /** When the last one ended, and how many bytes had been read by then: more are a part of the next. */
  since: number;
  bytes: number;
}

/**
 * Clients reconnect without a word when a connection is closed that they did not use. One that a client
 * is just writing a request to would fail, though, and who keeps its connections busy is not to blame.
 */
function clearWhenCrowded(server: Server, limit: number, quiet: number): void {
  const uses = new Map<Socket, Use>();
  let open = 0;
  let clearedAt = Number.NEGATIVE_INFINITY;
  const rests = (socket: Socket, use: Use) => {
    use.since = performance.now();
    use.bytes = socket.bytesRead;
  };
  server.on('secureConnection', (socket) => {
    const use = { busy: 0, since: 0, bytes: 0 };
    rests(socket, use);
    uses.set(socket, use);
    socket.once('close', () => uses.delete(socket));
  });
  server.on('request', ({ socket }, response) => {
    const use = uses.get(socket);
    if (use === undefined) return;
    use.busy++;
    response.once('close', () => {
      use.busy--;
      rests(socket, use);
    });
  });
  server.on('connection', (socket) => {
    open++;
    socket.once('close', () => {
      open--;
    });
    const now = performance.now();
    if (open <= limit || now - clearedAt < clearingMs) return;
    clearedAt = now;
    for (const [idle, { busy, since, bytes }] of uses) {
      if (busy === 0 && now - since >= quiet && idle.bytesRead === bytes) idle.destroy();
    }
  });
}
