/** X.509 certificates on P-256 keys, through WebCrypto. */
import 'reflect-metadata';
import { webcrypto, X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import * as x509 from '@peculiar/x509';
import type { SigningOrder } from '../../api/certificate-request.ts';

export interface KeyAndCertificate {
  readonly certPem: string;
  /** PKCS #8. */
  readonly keyPem: string;
}

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
const dayMs = 24 * 3600 * 1000;
const serverAuth = '1.3.6.1.5.5.7.3.1';
const clientAuth = '1.3.6.1.5.5.7.3.2';

export async function createAuthority(name: string, nowMs: number, days: number) {
  const keys = await createKeys();
  const certificate = await x509.X509CertificateGenerator.createSelfSigned(
    {
      name: `CN=${name}`,
      serialNumber: randomSerial(),
      // An hour back, for clocks that do not quite agree.
      notBefore: new Date(nowMs - 3600 * 1000),
      notAfter: new Date(nowMs + days * dayMs),
      keys,
      signingAlgorithm: algorithm,
      extensions: [
        new x509.BasicConstraintsExtension(true, undefined, true),
        new x509.KeyUsagesExtension(
          x509.KeyUsageFlags.keyCertSign |
            x509.KeyUsageFlags.digitalSignature |
            x509.KeyUsageFlags.keyEncipherment,
          true,
        ),
        new x509.SubjectAlternativeNameExtension([{ type: 'dns', value: name }]),
        await x509.SubjectKeyIdentifierExtension.create(keys.publicKey, false, webcrypto),
      ],
    },
    webcrypto,
  );
  return { certPem: certificate.toString('pem'), keyPem: await exportKey(keys.privateKey) };
}

export interface Request {
  /** `CN=kubernetes-admin,O=system:masters` */
  readonly subject: readonly Record<string, string[]>[];
  readonly use: 'server' | 'client';
  /** DNS names and IP addresses, for servers. */
  readonly hosts?: readonly string[];
  readonly nowMs: number;
  readonly days: number;
}

/** Issues a certificate for a new key. */
export async function issueCertificate(
  authority: KeyAndCertificate,
  request: Request,
): Promise<KeyAndCertificate> {
  const keys = await createKeys();
  const { issuer, signingKey } = await signerOf(authority);
  const certificate = await x509.X509CertificateGenerator.create(
    {
      subject: [...request.subject],
      issuer: issuer.subject,
      serialNumber: randomSerial(),
      notBefore: new Date(request.nowMs - 3600 * 1000),
      notAfter: new Date(Math.min(request.nowMs + request.days * dayMs, issuer.notAfter.getTime())),
      publicKey: keys.publicKey,
      signingKey,
      signingAlgorithm: algorithm,
      extensions: [
        new x509.BasicConstraintsExtension(false, undefined, true),
        new x509.KeyUsagesExtension(
          x509.KeyUsageFlags.digitalSignature | x509.KeyUsageFlags.keyEncipherment,
          true,
        ),
        new x509.ExtendedKeyUsageExtension([request.use === 'server' ? serverAuth : clientAuth]),
        await x509.AuthorityKeyIdentifierExtension.create(issuer, false, webcrypto),
        ...(request.hosts === undefined
          ? []
          : [
              new x509.SubjectAlternativeNameExtension(
                request.hosts.map((host) => ({ type: isIP(host) ? 'ip' : 'dns', value: host })),
              ),
            ]),
      ],
    },
    webcrypto,
  );
  return { certPem: certificate.toString('pem'), keyPem: await exportKey(keys.privateKey) };
}

/** As KeyUsage and ExtendedKeyUsage write what CertificateSigningRequests name. */
const keyUsages: Readonly<Record<string, x509.KeyUsageFlags>> = {
  'digital signature': x509.KeyUsageFlags.digitalSignature,
  'content commitment': x509.KeyUsageFlags.nonRepudiation,
  'key encipherment': x509.KeyUsageFlags.keyEncipherment,
  'data encipherment': x509.KeyUsageFlags.dataEncipherment,
  'key agreement': x509.KeyUsageFlags.keyAgreement,
  'cert sign': x509.KeyUsageFlags.keyCertSign,
  'crl sign': x509.KeyUsageFlags.cRLSign,
  'encipher only': x509.KeyUsageFlags.encipherOnly,
  'decipher only': x509.KeyUsageFlags.decipherOnly,
};
const extendedUsages: Readonly<Record<string, string>> = {
  any: '2.5.29.37.0',
  'server auth': serverAuth,
  'client auth': clientAuth,
  'code signing': '1.3.6.1.5.5.7.3.3',
  'email protection': '1.3.6.1.5.5.7.3.4',
  's/mime': '1.3.6.1.5.5.7.3.4',
  'ipsec end system': '1.3.6.1.5.5.7.3.5',
  'ipsec tunnel': '1.3.6.1.5.5.7.3.6',
  'ipsec user': '1.3.6.1.5.5.7.3.7',
  timestamping: '1.3.6.1.5.5.7.3.8',
  'ocsp signing': '1.3.6.1.5.5.7.3.9',
  'microsoft sgc': '1.3.6.1.4.1.311.10.3.3',
  'netscape sgc': '2.16.840.1.113730.4.1',
};
/** Certificates are good from a little earlier, for clocks that do not quite agree. */
const backdateMs = 5 * 60 * 1000;

/** Certifies the key and names of a request; never for longer than the authority lives. */
export async function certify(
  authority: KeyAndCertificate,
  { request, usages, seconds }: SigningOrder,
  nowMs: number,
): Promise<string> {
  const { issuer, signingKey } = await signerOf(authority);
  const flags = usages.reduce((sum, usage) => sum | (keyUsages[usage] ?? 0), 0);
  const extended = usages.flatMap((usage) => extendedUsages[usage] ?? []);
  const names: x509.JsonGeneralNames = [
    ...request.dnsNames.map((value) => ({ type: 'dns' as const, value })),
    ...request.emailAddresses.map((value) => ({ type: 'email' as const, value })),
    ...request.ipAddresses.map((value) => ({ type: 'ip' as const, value })),
    ...request.uris.map((value) => ({ type: 'url' as const, value })),
  ];
  const certificate = await x509.X509CertificateGenerator.create(
    {
      subject: new x509.Name(request.subject.slice().buffer),
      issuer: issuer.subject,
      serialNumber: randomSerial(),
      notBefore: new Date(nowMs - backdateMs),
      notAfter: new Date(Math.min(nowMs + seconds * 1000, issuer.notAfter.getTime())),
      publicKey: new x509.PublicKey(request.publicKey.slice().buffer),
      signingKey,
      signingAlgorithm: algorithm,
      extensions: [
        ...(flags === 0 ? [] : [new x509.KeyUsagesExtension(flags, true)]),
        ...(extended.length === 0
          ? []
          : [new x509.ExtendedKeyUsageExtension([...new Set(extended)])]),
        new x509.BasicConstraintsExtension(false, undefined, true),
        await x509.AuthorityKeyIdentifierExtension.create(issuer, false, webcrypto),
        ...(names.length === 0 ? [] : [new x509.SubjectAlternativeNameExtension(names)]),
      ],
    },
    webcrypto,
  );
  return `${certificate.toString('pem').trim()}\n`;
}

/** True if the certificate is good for `days` more and names all the hosts. Throws if it cannot be parsed. */
export function isGood(
  certPem: string,
  nowMs: number,
  days: number,
  hosts: readonly string[] = [],
): boolean {
  const certificate = new X509Certificate(certPem);
  if (Date.parse(certificate.validTo) < nowMs + days * dayMs) return false;
  return hosts.every((host) =>
    isIP(host) ? certificate.checkIP(host) : certificate.checkHost(host, { subject: 'never' }),
  );
}

/** True if `authority` has signed it. Throws if one of them cannot be parsed. */
export function isSignedBy(certPem: string, authorityPem: string): boolean {
  return new X509Certificate(certPem).verify(new X509Certificate(authorityPem).publicKey);
}

interface Signer {
  readonly issuer: x509.X509Certificate;
  readonly signingKey: webcrypto.CryptoKey;
}

const signers = new WeakMap<KeyAndCertificate, Promise<Signer>>();

/** An authority signs several certificates in a start; to parse it takes as long as to sign. */
function signerOf(authority: KeyAndCertificate): Promise<Signer> {
  let signer = signers.get(authority);
  if (signer === undefined) {
    const issuer = new x509.X509Certificate(authority.certPem);
    signer = importKey(authority.keyPem).then((signingKey) => ({ issuer, signingKey }));
    signers.set(authority, signer);
  }
  return signer;
}

export async function createKeys(): Promise<webcrypto.CryptoKeyPair> {
  return (await webcrypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, [
    'sign',
    'verify',
  ])) as webcrypto.CryptoKeyPair;
}

export async function exportKey(key: webcrypto.CryptoKey): Promise<string> {
  const der = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', key)).toString('base64');
  const lines = der.match(/.{1,64}/g) ?? [];
  return `-----BEGIN PRIVATE KEY-----\n${lines.join('\n')}\n-----END PRIVATE KEY-----\n`;
}

async function importKey(pem: string): Promise<webcrypto.CryptoKey> {
  const der = Buffer.from(pem.replace(/-----[^-]+-----|\s/g, ''), 'base64');
  return (await webcrypto.subtle.importKey(
    'pkcs8',
    der,
    { name: 'ECDSA', namedCurve: 'P-256' },
    false,
    ['sign'],
  )) as webcrypto.CryptoKey;
}

function randomSerial(): string {
  const bytes = Buffer.from(webcrypto.getRandomValues(new Uint8Array(16)));
  // Positive, and without a leading zero byte that strict parsers refuse.
  bytes[0] = ((bytes[0] ?? 0) & 0x7f) | 0x40;
  return bytes.toString('hex');
}
