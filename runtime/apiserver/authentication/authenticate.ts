import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { TLSSocket } from 'node:tls';
import { apiError } from '../../api/status.ts';
import type { Tokens } from './tokens.ts';
import { anonymousUser, authenticatedGroup, type User } from './user.ts';

/** Who a connection's certificate names; found out once for each connection. */
const byConnection = new WeakMap<object, User | undefined>();

/**
 * Who asks: by client certificate, else by bearer token, else nobody in particular. Throws
 * Unauthorized for a token that does not hold.
 */
export async function authenticate(request: IncomingMessage, tokens: Tokens): Promise<User> {
  const certified = certificateUser(request.socket as TLSSocket);
  if (certified !== undefined) return certified;
  const token = bearerToken(request);
  if (token === undefined) return anonymousUser;
  const verified = await tokens.verify(token, [tokens.issuer]);
  if (verified === undefined) throw apiError('Unauthorized', 'Unauthorized');
  return verified.user;
}

function certificateUser(socket: TLSSocket): User | undefined {
  if (byConnection.has(socket)) return byConnection.get(socket);
  let user: User | undefined;
  if (socket.authorized === true) {
    const { subject, raw } = socket.getPeerCertificate();
    const name = subject?.CN as string | string[] | undefined;
    const organizations = subject?.O as string | string[] | undefined;
    if (typeof name === 'string' && name !== '') {
      const groups = organizations === undefined ? [] : [organizations].flat();
      const credential = `X509SHA256=${createHash('sha256').update(raw).digest('hex')}`;
      const extra = { 'authentication.kubernetes.io/credential-id': [credential] };
      user = { name, groups: [...groups, authenticatedGroup], extra };
    }
  }
  byConnection.set(socket, user);
  return user;
}

/** From the Authorization header, or from the WebSocket subprotocol that browsers have to use. */
function bearerToken(request: IncomingMessage): string | undefined {
  const { authorization } = request.headers;
  if (authorization !== undefined) {
    const [scheme = '', token] = authorization.trim().split(/ +/);
    return scheme.toLowerCase() === 'bearer' && token ? token : undefined;
  }
  const prefix = 'base64url.bearer.authorization.k8s.io.';
  const protocols = (request.headers['sec-websocket-protocol'] ?? '').split(',');
  const found = protocols.map((text) => text.trim()).find((text) => text.startsWith(prefix));
  if (found === undefined) return undefined;
  return Buffer.from(found.slice(prefix.length), 'base64url').toString();
}
