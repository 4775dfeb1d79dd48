/**
 * Service account tokens: JSON web tokens, signed with ES256, bound to the account and often to a
 * pod, and worthless once what they are bound to is gone.
 * https://kubernetes.io/docs/reference/access-authn-authz/service-accounts-admin/
 */
import {
  createHash,
  createPrivateKey,
  createPublicKey,
  type KeyObject,
  randomUUID,
} from 'node:crypto';
import { exportJWK, type JWTPayload, jwtVerify, SignJWT } from 'jose';
import type { Clock } from '../../api/clock.ts';
import type { Cache } from '../registry/cache.ts';
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

interface Verified {
  readonly user: User;
  readonly audiences: readonly string[];
}

const algorithm = 'ES256';
/** How long a verified signature is remembered; what it is bound to is looked up every time. */
const memoryMs = 60_000;
const memorySize = 4096;

export class Tokens {
  readonly issuer: string;
  readonly #privateKey: KeyObject;
  readonly #publicKey: KeyObject;
  readonly #keyId: string;
  readonly #cache: Cache;
  readonly #clock: Clock;
  readonly #verified = new Map<string, { claims: JWTPayload; until: number }>();

  constructor(options: {
    key: { keyPem: string; keyId: string };
    issuer: string;
    cache: Cache;
    clock: Clock;
  }) {
    this.issuer = options.issuer;
    this.#privateKey = createPrivateKey(options.key.keyPem);
    this.#publicKey = createPublicKey(options.key.keyPem);
    this.#keyId = options.key.keyId;
    this.#cache = options.cache;
    this.#clock = options.clock;
  }

  /** Signs a token. `warnAfterSeconds`: it lives longer than its holder was promised. */
  async issue(
    subject: TokenSubject,
    audiences: readonly string[],
    seconds: number,
    warnAfterSeconds?: number,
  ): Promise<string> {
    const now = Math.floor(this.#clock.now() / 1000);
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
    return new SignJWT({ 'kubernetes.io': claim })
      .setProtectedHeader({ alg: algorithm, kid: this.#keyId })
      .setIssuer(this.issuer)
      .setSubject(`system:serviceaccount:${namespace}:${subject.name}`)
      .setAudience([...audiences])
      .setIssuedAt(now)
      .setNotBefore(now)
      .setExpirationTime(now + seconds)
      .setJti(randomUUID())
      .sign(this.#privateKey);
  }

  /** Who the token stands for, or undefined if it is not ours, expired or no longer bound. */
  async verify(token: string, audiences: readonly string[]): Promise<Verified | undefined> {
    const claims = await this.#claimsOf(token);
    if (claims === undefined) return undefined;
    const own = typeof claims.aud === 'string' ? [claims.aud] : (claims.aud ?? []);
    const shared = audiences.filter((audience) => own.includes(audience));
    if (shared.length === 0) return undefined;
    const user = this.#userOf(claims);
    return user === undefined ? undefined : { user, audiences: shared };
  }

  /** The public key, as /openid/v1/jwks shows it. */
  async keySet(): Promise<unknown> {
    const jwk = await exportJWK(this.#publicKey);
    return { keys: [{ use: 'sig', ...jwk, kid: this.#keyId, alg: algorithm }] };
  }

  async #claimsOf(token: string): Promise<JWTPayload | undefined> {
    const now = this.#clock.now();
    const id = createHash('sha256').update(token).digest('base64');
    const known = this.#verified.get(id);
    if (known !== undefined && known.until > now) return known.claims;
    try {
      const { payload } = await jwtVerify(token, this.#publicKey, {
        issuer: this.issuer,
        algorithms: [algorithm],
        currentDate: new Date(now),
      });
      if (this.#verified.size >= memorySize) this.#verified.clear();
      const expiry = (payload.exp ?? 0) * 1000;
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
    const extra: Record<string, string[]> = {};
    const prefix = 'authentication.kubernetes.io';
    if (claims.jti !== undefined) extra[`${prefix}/credential-id`] = [`JTI=${claims.jti}`];
    if (pod !== undefined) {
      extra[`${prefix}/pod-name`] = [pod.name];
      extra[`${prefix}/pod-uid`] = [pod.uid];
    }
    if (node !== undefined) {
      extra[`${prefix}/node-name`] = [node.name];
      extra[`${prefix}/node-uid`] = [node.uid];
    }
    return { ...serviceAccountUser(namespace, serviceaccount.name, serviceaccount.uid), extra };
  }

  #lives(
    resource: string,
    namespace: string,
    { name, uid }: { name: string; uid: string },
  ): boolean {
    const cache = this.#cache.resource(`core/${resource}`);
    const object = cache.get(`${cache.prefix}${namespace}/${name}`)?.object;
    return object?.metadata.uid === uid;
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
