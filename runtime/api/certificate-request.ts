/** Reads PKCS #10 certificate requests, as they stand in CertificateSigningRequests. */
import 'reflect-metadata';
import { webcrypto } from 'node:crypto';
import * as x509 from '@peculiar/x509';

/** subjectAltName */
const alternativeNames = '2.5.29.17';

/** What a request asks to be certified. */
export interface CertificateRequest {
  readonly commonName: string;
  readonly organizations: readonly string[];
  readonly dnsNames: readonly string[];
  readonly ipAddresses: readonly string[];
  readonly emailAddresses: readonly string[];
  readonly uris: readonly string[];
  /** SPKI in DER. */
  readonly publicKey: Uint8Array;
  /** The subject's name in DER. */
  readonly subject: Uint8Array;
  /** True if whoever asks holds the key. */
  isSigned(): Promise<boolean>;
}

/**
 * Reads the base64 of a PEM block, as `spec.request` holds it.
 * @throws Error in the words of the original
 */
export function parseCertificateRequest(base64: string): CertificateRequest {
  const pem = Buffer.from(base64, 'base64').toString('latin1');
  const block = /-----BEGIN ([A-Z ]+)-----\s+([A-Za-z0-9+/=\s]+?)\s*-----END \1-----/.exec(pem);
  if (block?.[1] !== 'CERTIFICATE REQUEST') {
    throw new Error('PEM block type must be CERTIFICATE REQUEST');
  }
  const der = Buffer.from(block[2] ?? '', 'base64');
  let request: x509.Pkcs10CertificateRequest;
  try {
    request = new x509.Pkcs10CertificateRequest(der);
  } catch (error) {
    throw new Error(`asn1: syntax error: ${error instanceof Error ? error.message : error}`);
  }
  return describe(request);
}

function describe(request: x509.Pkcs10CertificateRequest): CertificateRequest {
  const found = request.getExtension(alternativeNames);
  const names =
    found === null ? [] : new x509.SubjectAlternativeNameExtension(found.rawData).names.items;
  const ofType = (type: x509.GeneralNameType) =>
    names.filter((name) => name.type === type).map(({ value }) => value);
  const { subjectName, publicKey } = request;
  return {
    commonName: subjectName.getField('CN')[0] ?? '',
    organizations: subjectName.getField('O'),
    dnsNames: ofType('dns'),
    ipAddresses: ofType('ip'),
    emailAddresses: ofType('email'),
    uris: ofType('url'),
    publicKey: new Uint8Array(publicKey.rawData),
    subject: new Uint8Array(subjectName.toArrayBuffer()),
    isSigned: () => request.verify(webcrypto).catch(() => false),
  };
}

/** What a signer has decided to certify. */
export interface SigningOrder {
  readonly request: CertificateRequest;
  /** As `spec.usages` names them. */
  readonly usages: readonly string[];
  /** How long it is to be good for. */
  readonly seconds: number;
}
