/**
 * The keys of a cluster, and whose state a store holds. Processes that share an etcd must have the same
 * authorities, the same key for tokens and the same one for Secrets: a token that one of them has issued
 * is worth nothing to the others otherwise. So the first one writes into etcd whose it is, and nobody
 * with other keys serves from it.
 *
 *   /skiff/authority   {"cluster":"first","host":"ann","caPem":"…","serviceAccountKeyId":"…","secretsKeyId":"…"}
 *
 * Nothing in it is secret.
 */
import { createHmac, X509Certificate } from 'node:crypto';
import { mkdir, readFile, stat } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import type { Clock } from '../api/clock.ts';
import {
  loadOrCreateAuthorities,
  loadOrCreatePki,
  type Pki,
  renewBeforeMs,
} from '../apiserver/pki/pki.ts';
import type { Store } from '../store/store.ts';
import { ClusterError, type ClusterPaths, type ClusterSettings } from './data-directory.ts';
import { takeFile } from './lock.ts';
import { loadOrCreateSecretKey, secretKeyFile } from './secret-key.ts';

export interface Keys {
  readonly pki: Pki;
  /** 32 bytes, for Secrets. */
  readonly secretKey: Uint8Array;
}

export const authorityKey = '/skiff/authority';
/** Where kube-apiserver keeps what every cluster has; ours lies below its group. */
const foreignKey = '/registry/namespaces/default';
const lockPatienceMs = 10_000;
const lockPollMs = 50;

/** Whose a store is. */
interface Claim {
  readonly cluster: string;
  readonly host: string;
  readonly caPem: string;
  readonly serviceAccountKeyId: string;
  readonly secretsKeyId: string;
}

interface KeysOptions {
  readonly paths: ClusterPaths;
  readonly settings: ClusterSettings;
  readonly store: Store;
  readonly clock: Clock;
}

/** Where the keys lie that processes of one cluster share. */
export function keysDirectory(paths: ClusterPaths, settings: ClusterSettings): string {
  return settings.pki ?? paths.pki;
}

/**
 * Reads the keys, or makes them where the cluster has none. Throws ClusterError, with nothing changed,
 * if the store belongs to a cluster with other keys.
 */
export async function openKeys(options: KeysOptions): Promise<Keys> {
  const { paths, settings, clock } = options;
  const directory = keysDirectory(paths, settings);
  const isShared = settings.store !== undefined;
  const claim = isShared ? await readClaim(options) : undefined;
  if (claim !== undefined && !(await hasAllKeys(directory))) throw notOurs(options, claim.claim);
  const { authorities, secretKey } = await whileLocked(directory, clock, async () => ({
    authorities: await loadOrCreateAuthorities(directory, clock),
    secretKey: await loadOrCreateSecretKey(directory, settings.secretsEncrypted ?? false),
  }));
  const pki = await loadOrCreatePki(paths.pki, clock, authorities);
  if (isShared) await assertClaim(options, { pki, secretKey });
  return { pki, secretKey };
}

/** Writes down that the store is ours, if it is nobody's yet. Throws ClusterError if it is not. */
async function assertClaim(options: KeysOptions, keys: Keys): Promise<void> {
  const { store, settings } = options;
  const own: Claim = {
    cluster: settings.name,
    host: hostname(),
    caPem: keys.pki.caPem,
    serviceAccountKeyId: keys.pki.serviceAccount.keyId,
    secretsKeyId: secretsKeyId(keys.secretKey),
  };
  const value = Buffer.from(JSON.stringify(own));
  for (;;) {
    const found = await readClaim(options);
    if (found !== undefined) {
      const { claim } = found;
      const sameKeys =
        claim.serviceAccountKeyId === own.serviceAccountKeyId &&
        claim.secretsKeyId === own.secretsKeyId;
      if (!sameKeys) throw notOurs(options, claim);
      if (claim.caPem === own.caPem) return;
      if (!endsSoon(claim.caPem, options.clock)) throw notOurs(options, claim);
    }
    const expect = found?.revision ?? 0;
    const result = await store.commit([{ type: 'put', key: authorityKey, value, expect }]);
    if (result.ok) return;
    // Another process was quicker: perhaps with the same keys.
  }
}

async function readClaim({
  store,
  settings,
}: KeysOptions): Promise<{ claim: Claim; revision: number } | undefined> {
  const entry = await store.get(authorityKey);
  if (entry !== undefined) {
    const claim = JSON.parse(Buffer.from(entry.value).toString()) as Claim;
    return { claim, revision: entry.revision };
  }
  if ((await store.get(foreignKey)) === undefined) return undefined;
  throw new ClusterError(
    `${settings.store} holds the state of a cluster that is not Skiff's. Give Skiff an etcd of its own. Nothing was changed.`,
  );
}

/** An authority that nears its end is made anew, and its successor takes its place. */
function endsSoon(caPem: string, clock: Clock): boolean {
  return Date.parse(new X509Certificate(caPem).validTo) < clock.now() + renewBeforeMs;
}

/** Tells keys apart without telling anything of them. */
function secretsKeyId(key: Uint8Array): string {
  return createHmac('sha256', key).update('skiff secrets key').digest('base64url');
}

async function hasAllKeys(directory: string): Promise<boolean> {
  const names = ['ca.crt', 'ca.key', 'front-proxy-ca.crt', 'front-proxy-ca.key', 'sa.key'];
  const files = [...names.map((name) => join(directory, name)), secretKeyFile(directory)];
  const found = await Promise.all(files.map((file) => stat(file).catch(() => undefined)));
  return found.every((entry) => entry !== undefined);
}

function notOurs({ paths, settings }: KeysOptions, { cluster, host }: Claim): ClusterError {
  return new ClusterError(
    `${settings.store} belongs to cluster "${cluster}" (first started on ${host}), and ` +
      `${keysDirectory(paths, settings)} does not hold that cluster's keys. Name them with --pki: ` +
      'the directory that it was started with, or a copy of pki/ from its data directory. Nothing was changed.',
  );
}

/** Keeps others who share the directory from making keys at the same time. */
async function whileLocked<T>(directory: string, clock: Clock, work: () => Promise<T>): Promise<T> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  // Where nothing is to be made nothing needs to be written: the directory may be read-only.
  if (!(await needsMaking(directory, clock))) return work();
  const unlock = await lock(join(directory, 'lock'), clock);
  return work().finally(unlock);
}

async function needsMaking(directory: string, clock: Clock): Promise<boolean> {
  if (!(await hasAllKeys(directory))) return true;
  try {
    return endsSoon(await readFile(join(directory, 'ca.crt'), 'utf8'), clock);
  } catch {
    // Making them says what is wrong with it.
    return true;
  }
}

async function lock(file: string, clock: Clock): Promise<() => Promise<void>> {
  const held = (holder: number) =>
    new ClusterError(`process ${holder} holds ${file} and does not let go of it`);
  for (let waited = 0; ; waited += lockPollMs) {
    try {
      return await takeFile(file, held);
    } catch (error) {
      if (!(error instanceof ClusterError) || waited >= lockPatienceMs) throw error;
      await clock.sleep(lockPollMs);
    }
  }
}
