/** A throw-away authority, server certificate and client certificate for tests. */
import 'reflect-metadata';
import { webcrypto } from 'node:crypto';
import * as x509 from '@peculiar/x509';

export interface TestCertificates {
  /** All PEM. */
  ca: string;
  cert: string;
  key: string;
  clientCert: string;
  clientKey: string;
}

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };

/** The server's names are localhost and 127.0.0.1; the client is `tester` of `system:masters`. */
export async function makeCertificates(): Promise<TestCertificates> {
  x509.cryptoProvider.set(webcrypto as never);
  const authority = await makeKeys();
  const issuer = 'CN=test-ca';
  const life = { notBefore: new Date(Date.now() - 60_000), notAfter: new Date(Date.now() + 864e5) };
  const ca = await x509.X509CertificateGenerator.createSelfSigned({
    name: issuer,
    keys: authority,
    signingAlgorithm: algorithm,
    ...life,
    extensions: [new x509.BasicConstraintsExtension(true, undefined, true)],
  });
  const leaf = async (subject: string, extensions: x509.Extension[]) => {
    const keys = await makeKeys();
    const certificate = await x509.X509CertificateGenerator.create({
      subject,
      issuer,
      publicKey: keys.publicKey,
      signingKey: authority.privateKey,
      signingAlgorithm: algorithm,
      ...life,
      extensions,
    });
    const key = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey));
    return {
      cert: certificate.toString('pem'),
      key: x509.PemConverter.encode(new Uint8Array(key).buffer, 'PRIVATE KEY'),
    };
  };
  const server = await leaf('CN=server', [
    new x509.SubjectAlternativeNameExtension([
      { type: 'dns', value: 'localhost' },
      { type: 'ip', value: '127.0.0.1' },
    ]),
  ]);
  const client = await leaf('CN=tester,O=system:masters', []);
  return {
    ca: ca.toString('pem'),
    ...server,
    clientCert: client.cert,
    clientKey: client.key,
  };
}

function makeKeys() {
  return webcrypto.subtle.generateKey(algorithm, true, [
    'sign',
    'verify',
  ]) as Promise<webcrypto.CryptoKeyPair>;
}
