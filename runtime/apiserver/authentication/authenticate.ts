import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { TLSSocket } from 'node:tls';
import { type ApiError, apiError } from '../../api/status.ts';
import type { TokenNotes } from './token-refusal.ts';
import type { Tokens } from './tokens.ts';
import { anonymousUser, authenticatedGroup, type User } from './user.ts';

/** What a connection's certificate says; found out once for each connection. */
type Certified =
  | { readonly type: 'none' }
  | { readonly type: 'refused'; readonly why: string }
  | { readonly type: 'user'; readonly user: User; readonly until: number };

const byConnection = new WeakMap<object, Certified>();

/**
 * Who asks: by client certificate, else by bearer token, else nobody in particular. Throws
 * Unauthorized, with the reason as its cause, for a token or certificate that does not hold: who shows
 * one does not want to be nobody.
 */
export async function authenticate(
  request: IncomingMessage,
  tokens: Tokens,
  now: number,
  notes?: TokenNotes,
): Promise<User> {
  const certified = certifiedBy(request.socket as TLSSocket);
  const inTime = certified.type === 'user' && now <= certified.until;
  if (inTime) return certified.user;
  const token = bearerToken(request);
  if (token === undefined) {
    if (certified.type === 'none') return anonymousUser;
    const why = certified.type === 'refused' ? certified.why : 'CERT_HAS_EXPIRED';
    throw unauthorized(`the client certificate is not accepted: ${why}`);
  }
  const verdict = await tokens.verify(token, [tokens.issuer], notes);
  if ('refused' in verdict) throw unauthorized(refusedText(verdict.refused));
  return verdict.user;
}

/** As the original puts it: what it says of any bad token, and the reason where it knows one. */
export function refusedText(why: string): string {
  const general = 'invalid bearer token';
  return why === general ? general : `[${general}, ${why}]`;
}

function unauthorized(why: string): ApiError {
  const error = apiError('Unauthorized', 'Unauthorized');
  error.cause = why;
  return error;
}

function certifiedBy(socket: TLSSocket): Certified {
  const known = byConnection.get(socket);
  if (known !== undefined) return known;
  const found = readCertificate(socket);
  byConnection.set(socket, found);
  return found;
}

function readCertificate(socket: TLSSocket): Certified {
  const { subject, raw, valid_to: validTo } = socket.getPeerCertificate();
  // Without a certificate it is an empty object, whatever the types say.
  if ((raw as Buffer | undefined) === undefined) return { type: 'none' };
  if (socket.authorized !== true)
    return { type: 'refused', why: String(socket.authorizationError) };
  const name = subject?.CN as string | string[] | undefined;
  const organizations = subject?.O as string | string[] | undefined;
  if (typeof name !== 'string' || name === '') {
    return { type: 'refused', why: 'its subject has no common name' };
  }
  const groups = organizations === undefined ? [] : [organizations].flat();
  const credential = `X509SHA256=${createHash('sha256').update(raw).digest('hex')}`;
  const extra = { 'authentication.kubernetes.io/credential-id': [credential] };
  const user: User = { name, groups: [...groups, authenticatedGroup], extra };
  return { type: 'user', user, until: Date.parse(validTo) };
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
