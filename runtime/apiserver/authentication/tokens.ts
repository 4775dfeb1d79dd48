/**
 * Service account tokens: JSON web tokens, signed with ES256, bound to the account and often to a
 * pod, and worthless once what they are bound to is gone.
 * https://kubernetes.io/docs/reference/access-authn-authz/service-accounts-admin/
 */
import { createHash, createPublicKey, type KeyObject, randomUUID } from 'node:crypto';
import { decodeJwt, errors, exportJWK, type JWTPayload, jwtVerify } from 'jose';
import type { Clock } from '../../api/clock.ts';
import type { Pki } from '../pki/pki.ts';
import type { Cache } from '../registry/cache.ts';
import { bootstrapUser, isBootstrapToken } from './bootstrap-token.ts';
import { boundUser, type KubernetesClaim, leewayMs } from './bound-token.ts';
import { legacyIssuer, legacyUser, type NoteUse } from './legacy-token.ts';
import { type TokenNotes, TokenRefusal } from './token-refusal.ts';
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

/** Who a token stands for, or why it is not accepted. */
export type Verdict =
  | { readonly user: User; readonly audiences: readonly string[] }
  | { readonly refused: string };

/** The whole answer to what is no token of ours at all. */
const invalid = 'invalid bearer token';
const algorithm = 'ES256';
/** How long a verified signature is remembered; what it is bound to is looked up every time. */
const memoryMs = 60_000;
const memorySize = 4096;

export interface TokensOptions {
  readonly key: Pki['serviceAccount'];
  readonly issuer: string;
  readonly cache: Cache;
  readonly clock: Clock;
  readonly onLegacyUse?: NoteUse;
  readonly issuance?: TokenIssuance;
}

/** `--service-account-max-token-expiration`, `--service-account-extend-token-expiration`. */
export interface TokenIssuance {
  /** Who asks for more gets this; left out: any time that may be asked for. */
  readonly maxExpirationSeconds?: number;
  /** Tokens of pods that are asked for as the default volume does live for a year; so if left out. */
  readonly extendExpiration?: boolean;
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

  get issuance(): TokenIssuance {
    return this.#options.issuance ?? {};
  }

  /** Signs a token. `warnAfterSeconds`: it lives longer than its holder was promised. */
  async issue(
    subject: TokenSubject,
    audiences: readonly string[],
    seconds: number,
    warnAfterSeconds?: number,
  ): Promise<{ readonly token: string; readonly id: string }> {
    const id = randomUUID();
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
    const token = await this.#options.key.sign({
      iss: this.issuer,
      sub: `system:serviceaccount:${namespace}:${subject.name}`,
      aud: [...audiences],
      iat: now,
      nbf: now,
      exp: now + seconds,
      jti: id,
      'kubernetes.io': claim,
    });
    return { token, id };
  }

  /** Never throws; `notes` are for the request that showed the token. */
  async verify(token: string, audiences: readonly string[], notes?: TokenNotes): Promise<Verdict> {
    try {
      return await this.#verify(token, audiences, notes);
    } catch (error) {
      if (!(error instanceof TokenRefusal)) throw error;
      return { refused: error.message };
    }
  }

  async #verify(
    token: string,
    audiences: readonly string[],
    notes: TokenNotes | undefined,
  ): Promise<Verdict> {
    const { cache, clock, onLegacyUse: noteUse } = this.#options;
    const nowMs = clock.now();
    if (isBootstrapToken(token)) {
      const user = bootstrapUser(token, cache, nowMs);
      if (user === undefined) throw new TokenRefusal(invalid);
      return { user, audiences: shared([this.issuer], audiences) };
    }
    const claims = await this.#claimsOf(token);
    if (claims.iss === legacyIssuer) {
      // Tokens that name no audience are for this server alone.
      const own = shared([this.issuer], audiences);
      return { user: legacyUser(token, claims, { cache, nowMs, notes, noteUse }), audiences: own };
    }
    const own = shared([claims.aud ?? []].flat(), audiences);
    return { user: boundUser(claims, cache, nowMs, notes), audiences: own };
  }

  /** The public key, as /openid/v1/jwks shows it. */
  async keySet(): Promise<unknown> {
    const jwk = await exportJWK(this.#publicKey);
    return { keys: [{ use: 'sig', ...jwk, kid: this.#options.key.keyId, alg: algorithm }] };
  }

  /** Throws TokenRefusal for what we have not signed, and out of its time. */
  async #claimsOf(token: string): Promise<JWTPayload> {
    const now = this.#options.clock.now();
    const id = createHash('sha256').update(token).digest('base64');
    const known = this.#verified.get(id);
    if (known !== undefined && known.until > now) return known.claims;
    const { claims, isLegacy } = await this.#checkSignature(token, now);
    // Only tokens that stand in Secrets may have no end.
    if (claims.exp === undefined && !isLegacy) throw new TokenRefusal(invalid);
    if (this.#verified.size >= memorySize) this.#verified.clear();
    const expiry = (claims.exp ?? Number.POSITIVE_INFINITY) * 1000 + leewayMs;
    this.#verified.set(id, { claims, until: Math.min(now + memoryMs, expiry) });
    return claims;
  }

  async #checkSignature(
    token: string,
    now: number,
  ): Promise<{ claims: JWTPayload; isLegacy: boolean }> {
    try {
      const isLegacy = decodeJwt(token).iss === legacyIssuer;
      const { payload } = await jwtVerify(token, this.#publicKey, {
        issuer: isLegacy ? legacyIssuer : this.issuer,
        algorithms: [algorithm],
        currentDate: new Date(now),
        clockTolerance: leewayMs / 1000,
      });
      return { claims: payload, isLegacy };
    } catch (error) {
      if (error instanceof errors.JWTExpired) {
        throw new TokenRefusal('service account token has expired');
      }
      if (error instanceof errors.JWTClaimValidationFailed && error.claim === 'nbf') {
        throw new TokenRefusal('service account token is not valid yet');
      }
      throw new TokenRefusal(invalid);
    }
  }
}

/** The audiences that a token is good for of those that are asked about. Throws TokenRefusal. */
function shared(own: readonly string[], asked: readonly string[]): string[] {
  const both = asked.filter((audience) => own.includes(audience));
  if (both.length > 0) return both;
  const list = (texts: readonly string[]) =>
    `[${texts.map((text) => JSON.stringify(text)).join(' ')}]`;
  throw new TokenRefusal(
    `token audiences ${list(own)} is invalid for the target audiences ${list(asked)}`,
  );
}
