/**
 * The cluster's keys: an authority, the API server's own certificate, the administrator's client
 * certificate and the key that signs service account tokens. Kept in a directory as PEM files that
 * only their owner can read, made when missing, renewed when they near their end.
 */
import { createHash, createPrivateKey, createPublicKey } from 'node:crypto';
import { chmod, mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { SignJWT } from 'jose';
import type { SigningOrder } from '../../api/certificate-request.ts';
import type { Clock } from '../../api/clock.ts';
import {
  certify,
  createAuthority,
  createKeys,
  exportKey,
  isGood,
  isSignedBy,
  issueCertificate,
  type KeyAndCertificate,
} from './certificates.ts';

export interface Pki {
  /** The authority that has signed everything else, for clients to trust. */
  readonly caPem: string;
  readonly caKeyPem: string;
  /** O=system:masters */
  readonly admin: KeyAndCertificate;
  /** Signs the tokens of service accounts. */
  readonly serviceAccount: {
    readonly publicPem: string;
    readonly keyId: string;
    /** A JSON web token with these claims, by ES256. */
    sign(claims: Readonly<Record<string, unknown>>): Promise<string>;
  };
  /** The API server's certificate for these host names and addresses; kept, and renewed if need be. */
  serverCertificate(hosts: readonly string[]): Promise<KeyAndCertificate>;
  /**
   * The authority of the front proxy, and the certificate by which extension API servers know this
   * server when it speaks for others. Kept, and renewed if need be.
   */
  frontProxy(): Promise<{ readonly caPem: string; readonly client: KeyAndCertificate }>;
  /** Certifies what a signer has approved; the result is PEM. */
  certify(order: SigningOrder): Promise<string>;
  /** A client certificate for a component or a person; not kept. */
  clientCertificate(name: string, groups: readonly string[]): Promise<KeyAndCertificate>;
}

const authorityDays = 3650;
const leafDays = 365;
/** Renew what has less than this to live. */
const renewDays = 30;

/** An authority with less than this to live is made anew at the next start. */
export const renewBeforeMs = renewDays * 24 * 3600 * 1000;

/** What all servers of one cluster have in common. */
export interface Authorities {
  readonly ca: KeyAndCertificate;
  readonly frontProxyCa: KeyAndCertificate;
  /** Of the key that signs service account tokens. */
  readonly serviceAccountKeyPem: string;
}

/** Throws if the directory cannot be read or written. One process at a time may do this. */
export async function loadOrCreateAuthorities(
  directory: string,
  clock: Clock,
): Promise<Authorities> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const authority = (file: string, name: string) =>
    keep(
      directory,
      file,
      ({ certPem }) => isGood(certPem, clock.now(), renewDays),
      () => createAuthority(name, clock.now(), authorityDays),
    );
  return {
    ca: await authority('ca', 'kubernetes'),
    frontProxyCa: await authority('front-proxy-ca', 'front-proxy-ca'),
    serviceAccountKeyPem: await serviceAccountKey(directory),
  };
}

/**
 * The keys of one server, in a directory of its own; its authorities lie there, too, unless they are
 * handed in because several servers share them. Throws if the directory cannot be read or written.
 */
export async function loadOrCreatePki(
  directory: string,
  clock: Clock,
  shared?: Authorities,
): Promise<Pki> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const now = () => clock.now();
  const authorities = shared ?? (await loadOrCreateAuthorities(directory, clock));
  const authority = authorities.ca;
  const leaf = (name: string, hosts: readonly string[], make: () => Promise<KeyAndCertificate>) =>
    keep(
      directory,
      name,
      ({ certPem }) =>
        isGood(certPem, now(), renewDays, hosts) && isSignedBy(certPem, authority.certPem),
      make,
    );
  const client = (name: string, groups: readonly string[]) =>
    issueCertificate(authority, {
      subject: [...groups.map((group) => ({ O: [group] })), { CN: [name] }],
      use: 'client',
      nowMs: now(),
      days: leafDays,
    });
  // Made once, however many ask.
  let proxy: ReturnType<Pki['frontProxy']> | undefined;
  return {
    caPem: authority.certPem,
    caKeyPem: authority.keyPem,
    admin: await leaf('admin', [], () => client('kubernetes-admin', ['system:masters'])),
    serviceAccount: signerOf(authorities.serviceAccountKeyPem),
    serverCertificate: (hosts) =>
      leaf('apiserver', hosts, () =>
        issueCertificate(authority, {
          subject: [{ CN: ['kube-apiserver'] }],
          use: 'server',
          hosts: [...new Set(hosts)],
          nowMs: now(),
          days: leafDays,
        }),
      ),
    frontProxy: () => {
      proxy ??= frontProxy(directory, authorities.frontProxyCa, now);
      return proxy;
    },
    certify: (order) => certify(authority, order, now()),
    clientCertificate: client,
  };
}

async function frontProxy(
  directory: string,
  authority: KeyAndCertificate,
  now: () => number,
): ReturnType<Pki['frontProxy']> {
  const client = await keep(
    directory,
    'front-proxy-client',
    ({ certPem }) => isGood(certPem, now(), renewDays) && isSignedBy(certPem, authority.certPem),
    () =>
      issueCertificate(authority, {
        subject: [{ CN: ['front-proxy-client'] }],
        use: 'client',
        nowMs: now(),
        days: leafDays,
      }),
  );
  return { caPem: authority.certPem, client };
}

/** Reads `<name>.crt` and `<name>.key`, or makes them anew if they are missing or no longer good. */
async function keep(
  directory: string,
  name: string,
  good: (found: KeyAndCertificate) => boolean,
  make: () => Promise<KeyAndCertificate>,
): Promise<KeyAndCertificate> {
  const certFile = join(directory, `${name}.crt`);
  const keyFile = join(directory, `${name}.key`);
  const certPem = await read(certFile);
  const keyPem = await read(keyFile);
  if (certPem !== undefined && keyPem !== undefined && isFine(good, { certPem, keyPem })) {
    return { certPem, keyPem };
  }
  const made = await make();
  await writePrivate(keyFile, made.keyPem);
  await writePrivate(certFile, made.certPem);
  return made;
}

/** What cannot even be parsed is not good. */
function isFine(good: (found: KeyAndCertificate) => boolean, found: KeyAndCertificate): boolean {
  try {
    return good(found);
  } catch {
    return false;
  }
}

async function serviceAccountKey(directory: string): Promise<string> {
  const file = join(directory, 'sa.key');
  const found = await read(file);
  if (found !== undefined) return found;
  const made = await exportKey((await createKeys()).privateKey);
  await writePrivate(file, made);
  return made;
}

function signerOf(keyPem: string): Pki['serviceAccount'] {
  const publicKey = createPublicKey(keyPem);
  const der = publicKey.export({ type: 'spki', format: 'der' });
  const keyId = createHash('sha256').update(der).digest('base64url');
  const privateKey = createPrivateKey(keyPem);
  return {
    publicPem: publicKey.export({ type: 'spki', format: 'pem' }).toString(),
    keyId,
    sign: (claims) =>
      new SignJWT(claims).setProtectedHeader({ alg: 'ES256', kid: keyId }).sign(privateKey),
  };
}

async function read(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** In place of the old file at once, so that a crash leaves one or the other. */
async function writePrivate(file: string, text: string): Promise<void> {
  const temporary = `${file}.new`;
  await writeFile(temporary, text, { mode: 0o600 });
  await chmod(temporary, 0o600);
  await rename(temporary, file);
}
