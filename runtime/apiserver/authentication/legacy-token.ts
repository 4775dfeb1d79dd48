/**
 * Tokens of service accounts that stand in Secrets: they never end, and are good as long as their
 * Secret and account are there.
 * https://kubernetes.io/docs/reference/access-authn-authz/service-accounts-admin/#auto-generated-legacy-serviceaccount-token-clean-up
 */
import type { JWTPayload } from 'jose';
import type { Secret } from '../../api/types.ts';
import type { Cache } from '../registry/cache.ts';
import type { Place } from '../registry/registry.ts';
import { sameText } from './same-text.ts';

export const legacyIssuer = 'kubernetes/serviceaccount';
/** The day on which the token was last used. */
export const lastUsedLabel = 'kubernetes.io/legacy-token-last-used';
/** Set by whoever finds that nobody uses the token. */
const invalidLabel = 'kubernetes.io/legacy-token-invalid-since';

const claim = (name: string) => `kubernetes.io/serviceaccount/${name}`;

export interface LegacyToken {
  readonly namespace: string;
  readonly account: { readonly name: string; readonly uid: string };
  readonly secret: Place;
  /** The day that its Secret names as the last on which it was used. */
  readonly lastUsed: string | undefined;
}

/** Whose token it is; undefined if its Secret is gone, holds another one or has been made invalid. */
export function legacyToken(
  token: string,
  claims: JWTPayload,
  cache: Cache,
): LegacyToken | undefined {
  const text = (name: string) => String(claims[claim(name)] ?? '');
  const namespace = text('namespace');
  const secret = { namespace, name: text('secret.name') };
  const secrets = cache.resource('core/secrets');
  const object = secrets.get(`${secrets.prefix}${namespace}/${secret.name}`)?.object;
  const { metadata, data } = (object ?? { metadata: {} }) as unknown as Secret;
  if (object === undefined || metadata.deletionTimestamp !== undefined) return undefined;
  if (metadata.labels?.[invalidLabel] !== undefined) return undefined;
  const held = Buffer.from(data?.token ?? '', 'base64').toString();
  if (!sameText(held, token)) return undefined;
  return {
    namespace,
    account: { name: text('service-account.name'), uid: text('service-account.uid') },
    secret,
    lastUsed: metadata.labels?.[lastUsedLabel],
  };
}
