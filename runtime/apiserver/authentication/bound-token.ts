/**
 * Tokens that are bound: to their service account, and often to a pod, a secret or a node. They end when
 * what they are bound to is gone.
 * https://kubernetes.io/docs/reference/access-authn-authz/service-accounts-admin/#bound-service-account-tokens
 */
import type { JWTPayload } from 'jose';
import type { Cache } from '../registry/cache.ts';
import { type TokenNotes, TokenRefusal } from './token-refusal.ts';
import { serviceAccountUser, type User } from './user.ts';

/** What a token of ours says under `kubernetes.io`. */
export interface KubernetesClaim {
  readonly namespace: string;
  readonly serviceaccount: Reference;
  readonly pod?: Reference;
  readonly secret?: Reference;
  readonly node?: Reference;
  /** In seconds since the epoch: from then on its holder should have had another one. */
  readonly warnafter?: number;
}

interface Reference {
  readonly name: string;
  readonly uid: string;
}

/** Clocks differ, and what a token is bound to may take so long to go. */
export const leewayMs = 60_000;
const extraPrefix = 'authentication.kubernetes.io';

/** Who it stands for; signature, time and audience have been checked. Throws TokenRefusal. */
export function boundUser(
  claims: JWTPayload,
  cache: Cache,
  nowMs: number,
  notes: TokenNotes | undefined,
): User {
  const claim = claims['kubernetes.io'] as KubernetesClaim | null | undefined;
  // Of any shape: whoever has the key, as an issuer that other clusters share, may sign anything.
  if (typeof claim?.namespace !== 'string' || typeof claim.serviceaccount?.name !== 'string') {
    throw new TokenRefusal('invalid bearer token');
  }
  const { namespace, serviceaccount: account, pod, secret, node } = claim;
  const { name } = account;
  checkAccount(cache, namespace, account, nowMs - leewayMs);
  const check = (kind: string, place: string, reference: Reference) => {
    const found = metadataOf(cache, `${kind}s`, place, reference.name);
    if (found === undefined || deletedBefore(found.deletionTimestamp, nowMs - leewayMs)) {
      throw new TokenRefusal('service account token has been invalidated');
    }
    if (found.uid === reference.uid) return;
    const shown = kind === 'secret' ? kind : kind === 'pod' ? 'pod' : 'node';
    throw new TokenRefusal(
      `${shown} UID (${found.uid}) does not match service account ${shown} ref claim (${reference.uid})`,
    );
  };
  if (secret !== undefined) check('secret', namespace, secret);
  if (pod !== undefined) check('pod', namespace, pod);
  // A token of a pod that was on a node names both; bound to the node it goes with the node.
  const toNode = pod === undefined && secret === undefined ? node : undefined;
  if (toNode !== undefined) check('node', '', toNode);
  noteStale(claims, claim, nowMs, notes);
  const extra: Record<string, string[]> = {};
  if (claims.jti !== undefined) extra[`${extraPrefix}/credential-id`] = [`JTI=${claims.jti}`];
  if (pod !== undefined) {
    extra[`${extraPrefix}/pod-name`] = [pod.name];
    extra[`${extraPrefix}/pod-uid`] = [pod.uid];
  }
  if (node !== undefined) {
    extra[`${extraPrefix}/node-name`] = [node.name];
    if (node.uid !== '') extra[`${extraPrefix}/node-uid`] = [node.uid];
  }
  return { ...serviceAccountUser(namespace, name, account.uid), extra };
}

/** Throws TokenRefusal unless the account is there, the same as ever, and not deleted before then. */
export function checkAccount(
  cache: Cache,
  namespace: string,
  { name, uid }: Reference,
  deletedBeforeMs: number,
): void {
  const found = metadataOf(cache, 'serviceaccounts', namespace, name);
  if (found === undefined) throw new TokenRefusal(`serviceaccounts "${name}" not found`);
  if (deletedBefore(found.deletionTimestamp, deletedBeforeMs)) {
    throw new TokenRefusal(`service account ${namespace}/${name} has been deleted`);
  }
  if (found.uid !== uid) {
    throw new TokenRefusal(`service account UID (${found.uid}) does not match claim (${uid})`);
  }
}

function metadataOf(cache: Cache, resource: string, namespace: string, name: string) {
  const objects = cache.resource(`core/${resource}`);
  const key = namespace === '' ? name : `${namespace}/${name}`;
  return objects.get(`${objects.prefix}${key}`)?.object.metadata;
}

function deletedBefore(deletionTimestamp: string | undefined, timeMs: number): boolean {
  return deletionTimestamp !== undefined && Date.parse(deletionTimestamp) < timeMs;
}

/** Holders that never ask for another token are to be found, before theirs really ends. */
function noteStale(
  { sub }: JWTPayload,
  { warnafter = 0 }: KubernetesClaim,
  nowMs: number,
  notes: TokenNotes | undefined,
): void {
  const late = Math.floor(nowMs / 1000) - warnafter;
  if (warnafter === 0 || late <= 0) return;
  const text = `subject: ${sub}, seconds after warning threshold: ${late}`;
  notes?.annotate('authentication.k8s.io/stale-token', text);
}
