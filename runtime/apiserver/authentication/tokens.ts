/**
 * Service account tokens: JSON web tokens, signed with ES256, bound to the account and often to a
 * pod, and worthless once what they are bound to is gone.
 * https://kubernetes.io/docs/reference/access-authn-authz/service-accounts-admin/
 */
import { createHash, createPublicKey, type KeyObject, randomUUID } from 'node:crypto';
import { decodeJwt, exportJWK, type JWTPayload, jwtVerify } from 'jose';
import type { Clock } from '../../api/clock.ts';
import type { Pki } from '../pki/pki.ts';
import type { Cache } from '../registry/cache.ts';
import type { Place } from '../registry/registry.ts';
import { bootstrapUser, isBootstrapToken } from './bootstrap-token.ts';
import { legacyIssuer, legacyToken } from './legacy-token.ts';
import type { User } from './user.ts';

export interface BoundObject {
  readonly kind: 'Pod' | 'Secret' | 'Node';
  readonly name: string;
  readonly uid: string;
}

export interface TokenSubject {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly bound?: BoundObject | undefined;
  /** The node that the bound pod is on. */
  readonly node?: { name: string; uid: string } | undefined;
}

interface KubernetesClaim {
  namespace: string;
  serviceaccount: { name: string; uid: string };
  pod?: { name: string; uid: string };
  secret?: { name: string; uid: string };
  node?: { name: string; uid: string };
  warnafter?: number;
}

export interface Verified {
  readonly user: User;
  readonly audiences: readonly string[];
}

const algorithm = 'ES256';
/** What a token is bound to may take so long to go. */
const leewayMs = 60_000;
/** How long a verified signature is remembered; what it is bound to is looked up every time. */
const memoryMs = 60_000;
const memorySize = 4096;

export interface TokensOptions {
  readonly key: Pki['serviceAccount'];
  readonly issuer: string;
  readonly cache: Cache;
  readonly clock: Clock;
  /** Told of the Secret of a token that never ends, on the first use of a day (`2026-01-31`). */
  readonly onLegacyUse?: (secret: Place, day: string) => void;
}

export class Tokens {
  readonly issuer: string;
  readonly #options: TokensOptions;
  readonly #publicKey: KeyObject;
  readonly #verified = new Map<string, { claims: JWTPayload; until: number }>();

  constructor(options: TokensOptions) {
    this.issuer = options.issuer;
    this.#options = options;
    this.#publicKey = createPublicKey(options.key.publicPem);
  }

  /** Signs a token. `warnAfterSeconds`: it lives longer than its holder was promised. */
  async issue(
    subject: TokenSubject,
    audiences: readonly string[],
    seconds: number,
    warnAfterSeconds?: number,
  ): Promise<string> {
    const now = Math.floor(this.#options.clock.now() / 1000);
    const { bound, node, namespace } = subject;
    const claim: KubernetesClaim = {
      namespace,
      ...(node === undefined ? {} : { node }),
      ...(bound === undefined
        ? {}
        : { [bound.kind.toLowerCase()]: { name: bound.name, uid: bound.uid } }),
      serviceaccount: { name: subject.name, uid: subject.uid },
      ...(warnAfterSeconds === undefined ? {} : { warnafter: now + warnAfterSeconds }),
    };
    return this.#options.key.sign({
      iss: this.issuer,
      sub: `system:serviceaccount:${namespace}:${subject.name}`,
      aud: [...audiences],
      iat: now,
      nbf: now,
      exp: now + seconds,
      jti: randomUUID(),
      'kubernetes.io': claim,
    });
  }

  /** Who the token stands for, or undefined if it is not ours, expired or no longer bound. */
  async verify(token: string, audiences: readonly string[]): Promise<Verified | undefined> {
    const { cache, clock } = this.#options;
    if (isBootstrapToken(token))
      return this.#own(bootstrapUser(token, cache, clock.now()), audiences);
    const claims = await this.#claimsOf(token);
    if (claims === undefined) return undefined;
    if (claims.iss === legacyIssuer) return this.#own(this.#legacyUser(token, claims), audiences);
    const own = typeof claims.aud === 'string' ? [claims.aud] : (claims.aud ?? []);
    const shared = audiences.filter((audience) => own.includes(audience));
    if (shared.length === 0) return undefined;
    const user = this.#userOf(claims);
    return user === undefined ? undefined : { user, audiences: shared };
  }

  /** Tokens that name no audience are for this server alone. */
  #own(user: User | undefined, audiences: readonly string[]): Verified | undefined {
    const shared = audiences.filter((audience) => audience === this.issuer);
    return user === undefined || shared.length === 0 ? undefined : { user, audiences: shared };
  }

  #legacyUser(token: string, claims: JWTPayload): User | undefined {
    const { cache, clock, onLegacyUse } = this.#options;
    const found = legacyToken(token, claims, cache);
    if (found === undefined) return undefined;
    const { namespace, account, secret, lastUsed } = found;
    if (!this.#lives('serviceaccounts', namespace, account)) return undefined;
    const today = new Date(clock.now()).toISOString().slice(0, 10);
    if (lastUsed !== today) onLegacyUse?.(secret, today);
    return serviceAccountUser(namespace, account.name, account.uid);
  }

  /** The public key, as /openid/v1/jwks shows it. */
  async keySet(): Promise<unknown> {
    const jwk = await exportJWK(this.#publicKey);
    return { keys: [{ use: 'sig', ...jwk, kid: this.#options.key.keyId, alg: algorithm }] };
  }

  async #claimsOf(token: string): Promise<JWTPayload | undefined> {
    const now = this.#options.clock.now();
    const id = createHash('sha256').update(token).digest('base64');
    const known = this.#verified.get(id);
    if (known !== undefined && known.until > now) return known.claims;
    try {
      const legacy = decodeJwt(token).iss === legacyIssuer;
      const { payload } = await jwtVerify(token, this.#publicKey, {
        issuer: legacy ? legacyIssuer : this.issuer,
        algorithms: [algorithm],
        currentDate: new Date(now),
      });
      if (this.#verified.size >= memorySize) this.#verified.clear();
      // Only tokens that stand in Secrets may have no end.
      if (payload.exp === undefined && !legacy) return undefined;
      const expiry = (payload.exp ?? Number.POSITIVE_INFINITY) * 1000;
      this.#verified.set(id, { claims: payload, until: Math.min(now + memoryMs, expiry) });
      return payload;
    } catch {
      return undefined;
    }
  }

  #userOf(claims: JWTPayload): User | undefined {
    const claim = claims['kubernetes.io'] as KubernetesClaim | undefined;
    if (claim === undefined) return undefined;
    const { namespace, serviceaccount, pod, secret, node } = claim;
    if (!this.#lives('serviceaccounts', namespace, serviceaccount)) return undefined;
    if (pod !== undefined && !this.#lives('pods', namespace, pod)) return undefined;
    if (secret !== undefined && !this.#lives('secrets', namespace, secret)) return undefined;
    // A token of a pod that was on a node names both; bound to the node it goes with the node.
    const bound = pod === undefined && secret === undefined ? node : undefined;
    if (bound !== undefined && !this.#lives('nodes', '', bound)) return undefined;
    const extra: Record<string, string[]> = {};
    const prefix = 'authentication.kubernetes.io';
    if (claims.jti !== undefined) extra[`${prefix}/credential-id`] = [`JTI=${claims.jti}`];
    if (pod !== undefined) {
      extra[`${prefix}/pod-name`] = [pod.name];
      extra[`${prefix}/pod-uid`] = [pod.uid];
    }
    if (node !== undefined) {
      extra[`${prefix}/node-name`] = [node.name];
      if (node.uid !== '') extra[`${prefix}/node-uid`] = [node.uid];
    }
    return { ...serviceAccountUser(namespace, serviceaccount.name, serviceaccount.uid), extra };
  }

  #lives(
    resource: string,
    namespace: string,
    { name, uid }: { name: string; uid: string },
  ): boolean {
    const cache = this.#options.cache.resource(`core/${resource}`);
    const key = namespace === '' ? name : `${namespace}/${name}`;
    const metadata = cache.get(`${cache.prefix}${key}`)?.object.metadata;
    if (metadata === undefined || metadata.uid !== uid) return false;
    const { deletionTimestamp } = metadata;
    if (deletionTimestamp === undefined) return true;
    return Date.parse(deletionTimestamp) + leewayMs > this.#options.clock.now();
  }
}

export function serviceAccountUser(namespace: string, name: string, uid: string): User {
  return {
    name: `system:serviceaccount:${namespace}:${name}`,
    uid,
    groups: [
      'system:serviceaccounts',
      `system:serviceaccounts:${namespace}`,
      'system:authenticated',
    ],
  };
}
