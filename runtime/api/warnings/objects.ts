/** Accounts, secrets, nodes, classes and definitions. */
import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import type { Node, Secret, ServiceAccount } from '../types.ts';
import { indexed, isRecord } from '../validation/values.ts';
import { block } from './addresses.ts';
import type { Warnings } from './collector.ts';
import { labelKeys } from './node-labels.ts';

export const mountableSecrets = 'kubernetes.io/enforce-mountable-secrets';

export function serviceAccount({ metadata }: ServiceAccount, warnings: Warnings): void {
  if (metadata.annotations?.[mountableSecrets] === undefined) return;
  const field = `metadata.annotations[${mountableSecrets}]`;
  const message =
    'deprecated in v1.32+; prefer separate namespaces to isolate access to mounted secrets';
  warnings.deprecated(field, `${field}: ${message}`);
}

export function node({ spec }: Node, warnings: Warnings): void {
  // Newer clients no longer know either.
  const { configSource, externalID, podCIDRs } = spec as Record<string, unknown>;
  if (isRecord(configSource)) {
    warnings.deprecated('spec.configSource', 'spec.configSource: the feature is removed');
  }
  if (typeof externalID === 'string' && externalID !== '') {
    const message = 'this field is deprecated, and is unused by Kubernetes';
    warnings.deprecated('spec.externalID', `spec.externalID: ${message}`);
  }
  for (const [i, cidr] of Array.isArray(podCIDRs) ? podCIDRs.entries() : []) {
    block(cidr, `spec.podCIDRs[${i}]`, warnings);
  }
}

interface RuntimeClass {
  readonly scheduling?: { readonly nodeSelector?: Readonly<Record<string, string>> };
}

export function runtimeClass({ scheduling }: RuntimeClass, warnings: Warnings): void {
  const field = 'scheduling.nodeSelector';
  labelKeys(scheduling?.nodeSelector, field, warnings, () => field);
}

/** A certificate and a key that do not go together, in the words of Go's `tls.X509KeyPair`. */
export function secret({ type, data }: Secret, warnings: Warnings): void {
  if (type !== 'kubernetes.io/tls') return;
  const text = (key: string) => Buffer.from(data?.[key] ?? '', 'base64').toString('latin1');
  const problem = keyPairProblem(text('tls.crt'), text('tls.key'));
  if (problem !== undefined) warnings.say(problem.field, problem.text);
}

const pemBlock = /-----BEGIN ([A-Z0-9 ]+)-----\r?\n[\s\S]*?-----END \1-----/g;

function keyPairProblem(
  certificates: string,
  keys: string,
): { field: string; text: string } | undefined {
  const found = blockOf(certificates, 'certificate', (type) => type === 'CERTIFICATE');
  if ('problem' in found) return { field: 'data.tls.crt', text: found.problem };
  const wanted = (type: string) => type === 'PRIVATE KEY' || type.endsWith(' PRIVATE KEY');
  const keyFound = blockOf(keys, 'key', wanted);
  if ('problem' in keyFound) return { field: 'data.tls.key', text: keyFound.problem };
  let certificate: X509Certificate;
  try {
    certificate = new X509Certificate(found.pem);
  } catch {
    return { field: 'data.tls.crt', text: 'x509: malformed certificate' };
  }
  let key: KeyObject;
  try {
    key = createPrivateKey(keyFound.pem);
  } catch {
    return { field: 'data.tls.key', text: 'tls: failed to parse private key' };
  }
  if (certificate.checkPrivateKey(key)) return undefined;
  const kind = certificate.publicKey.asymmetricKeyType;
  const text =
    kind === key.asymmetricKeyType
      ? 'tls: private key does not match public key'
      : 'tls: private key type does not match public key type';
  return { field: 'data.tls.key', text };
}

function blockOf(
  text: string,
  what: 'certificate' | 'key',
  isWanted: (type: string) => boolean,
): { pem: string } | { problem: string } {
  const blocks = [...text.matchAll(pemBlock)];
  const wanted = blocks.find(([, type = '']) => isWanted(type));
  if (wanted !== undefined) return { pem: wanted[0] };
  const types = blocks.map(([, type = '']) => type);
  if (types.length === 0) {
    return { problem: `tls: failed to find any PEM data in ${what} input` };
  }
  const mixed = types.length === 1 ? mixedUp(types[0] ?? '', what) : undefined;
  if (mixed !== undefined) return { problem: mixed };
  const sought =
    what === 'key' ? 'PEM block with type ending in "PRIVATE KEY"' : '"CERTIFICATE" PEM block';
  const skipped = `after skipping PEM blocks of the following types: [${types.join(' ')}]`;
  return { problem: `tls: failed to find ${sought} in ${what} input ${skipped}` };
}

/** Each given in place of the other. */
function mixedUp(type: string, what: 'certificate' | 'key'): string | undefined {
  if (what === 'certificate' && type.endsWith('PRIVATE KEY')) {
    return 'tls: failed to find certificate PEM data in certificate input, but did find a private key; PEM inputs may have been switched';
  }
  if (what === 'key' && type === 'CERTIFICATE') {
    return 'tls: found a certificate rather than a key in the PEM for the private key';
  }
  return undefined;
}

/** What servers know to check in texts; any other format says something to readers alone. */
const formats = new Set(
  'bsonobjectid byte cidr creditcard date date-time datetime duration email hexcolor hostname ipv4 ipv6 isbn isbn10 isbn13 k8s-long-name k8s-short-name mac password rgbcolor ssn uri uuid uuid3 uuid4 uuid5'.split(
    ' ',
  ),
);

interface Definition {
  readonly spec?: {
    readonly versions?: readonly { readonly schema?: { readonly openAPIV3Schema?: unknown } }[];
  };
}

export function definition({ spec }: Definition, warnings: Warnings): void {
  const said = new Set<string>();
  for (const [i, { schema }] of indexed(spec?.versions)) {
    const field = `spec.versions[${i}].schema.openAPIV3Schema`;
    for (const found of formatsIn(schema?.openAPIV3Schema, field)) {
      if (formats.has(found.format) || said.has(found.format)) continue;
      said.add(found.format);
      warnings.say(found.field, `unrecognized format ${JSON.stringify(found.format)}`);
    }
  }
}

/** Formats of texts, wherever in the schema. */
function* formatsIn(schema: unknown, field: string): Generator<{ format: string; field: string }> {
  if (!isRecord(schema)) return;
  const { type, format, properties, items, additionalProperties } = schema;
  if (type === 'string' && typeof format === 'string' && format !== '') {
    yield { format, field: `${field}.format` };
  }
  for (const [name, child] of Object.entries(isRecord(properties) ? properties : {})) {
    yield* formatsIn(child, `${field}.properties[${name}]`);
  }
  yield* formatsIn(items, `${field}.items`);
  yield* formatsIn(additionalProperties, `${field}.additionalProperties`);
}
