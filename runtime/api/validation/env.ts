/** Environment variables and where they come from. */

import { format, parseQuantity } from '../quantity.ts';
import type { core } from '../types.ts';
import { checkConfigKey, checkEnvName, checkQualifiedName, checkSubdomain } from './names.ts';
import type { Problems } from './problems.ts';
import { checkName, indexed, isRecord, oneOf, record, requireName } from './values.ts';

const fieldPaths = [
  'metadata.name',
  'metadata.namespace',
  'metadata.uid',
  'spec.nodeName',
  'spec.serviceAccountName',
  'status.hostIP',
  'status.hostIPs',
  'status.podIP',
  'status.podIPs',
];
/** All that a pod can tell of itself, in variables or in files. */
const knownPaths = new Set([...fieldPaths, 'metadata.annotations', 'metadata.labels']);
const resourcePaths = [
  'limits.cpu',
  'limits.ephemeral-storage',
  'limits.memory',
  'requests.cpu',
  'requests.ephemeral-storage',
  'requests.memory',
];

export function validateEnv(
  env: readonly core.EnvVar[] | undefined,
  field: string,
  problems: Problems,
): void {
  for (const [i, variable] of indexed(env)) {
    const at = `${field}[${i}]`;
    requireName(variable.name, checkEnvName, `${at}.name`, problems);
    const source = record(variable.valueFrom);
    if (source === undefined) continue;
    validateSource(source, variable.value, `${at}.valueFrom`, problems);
  }
}

function validateSource(
  source: core.EnvVarSource,
  value: string | undefined,
  field: string,
  problems: Problems,
): void {
  const given = [
    'fieldRef',
    'resourceFieldRef',
    'configMapKeyRef',
    'secretKeyRef',
    'fileKeyRef',
  ].filter((name) => isRecord((source as Record<string, unknown>)[name]));
  validateFieldRef(source.fieldRef, `${field}.fieldRef`, fieldPaths, problems);
  validateResourceFieldRef(source.resourceFieldRef, `${field}.resourceFieldRef`, false, problems);
  for (const name of ['configMapKeyRef', 'secretKeyRef'] as const) {
    const reference = record(source[name]);
    if (reference === undefined) continue;
    // A name that is left out is an empty one, which is none.
    checkName(reference.name ?? '', checkSubdomain, `${field}.${name}.name`, problems);
    requireName(reference.key, checkConfigKey, `${field}.${name}.key`, problems);
  }
  if (given.length === 0) {
    problems.invalid(
      field,
      '',
      'must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef` or `secretKeyRef`',
    );
  } else if (value) {
    problems.invalid(field, '', 'may not be specified when `value` is not empty');
  } else if (given.length > 1) {
    problems.invalid(field, '', 'may not have more than one field specified at a time');
  }
}

/** `fieldRef`, in variables and in downward volumes, which know other paths. */
export function validateFieldRef(
  reference: core.ObjectFieldSelector | undefined,
  field: string,
  paths: readonly string[],
  problems: Problems,
): void {
  if (!isRecord(reference)) return;
  const path = (reference as { fieldPath?: string }).fieldPath;
  if (!path) {
    problems.required(`${field}.fieldPath`);
    return;
  }
  const version = (reference as { apiVersion?: string }).apiVersion ?? 'v1';
  if (version !== '' && version !== 'v1') {
    const why = `error converting fieldPath: unsupported pod version: ${version}`;
    problems.invalid(`${field}.fieldPath`, path, why);
    return;
  }
  const [, labels, subscript] = /^metadata\.(labels|annotations)\['(.*)'\]$/.exec(path) ?? [];
  if (subscript !== undefined) {
    const key = labels === 'labels' ? subscript : subscript.toLowerCase();
    for (const problem of checkQualifiedName(key)) problems.invalid(field, key, problem);
  } else if (!knownPaths.has(path)) {
    const why = `error converting fieldPath: field label not supported: ${path}`;
    problems.invalid(`${field}.fieldPath`, path, why);
  } else if (!paths.includes(path)) problems.notSupported(`${field}.fieldPath`, path, paths);
}

export function validateResourceFieldRef(
  reference: core.ResourceFieldSelector | undefined,
  field: string,
  needsContainer: boolean,
  problems: Problems,
): void {
  if (!isRecord(reference)) return;
  const { containerName, resource } = reference as { containerName?: string; resource?: string };
  if (needsContainer && !containerName) problems.required(`${field}.containerName`);
  else if (!resource) problems.required(`${field}.resource`);
  else if (!/^(limits|requests)\.hugepages-/.test(resource)) {
    oneOf(resource, resourcePaths, `${field}.resource`, problems);
  }
  validateDivisor(
    resource ?? '',
    (reference as core.ResourceFieldSelector).divisor,
    field,
    problems,
  );
}

const byteDivisors = ['1', ...'kMGTPE', ...[...'KMGTPE'].map((letter) => `${letter}i`)].map(
  (unit) => (unit === '1' ? unit : `1${unit}`),
);
/** By what follows `limits.` or `requests.`: the units that an amount can be told in, and its name. */
const divisors = [
  { of: /^cpu$/, units: ['1m', '1'], listed: '1m and 1', name: 'cpu' },
  { of: /^memory$/, units: byteDivisors, listed: byteDivisors.join(', '), name: 'memory' },
  {
    of: /^ephemeral-storage$/,
    units: byteDivisors,
    listed: byteDivisors.join(', '),
    name: 'local ephemeral storage',
  },
  { of: /^hugepages-/, units: byteDivisors, listed: byteDivisors.join(', '), name: 'hugepages' },
];

function validateDivisor(
  resource: string,
  divisor: unknown,
  field: string,
  problems: Problems,
): void {
  if (typeof divisor !== 'string' && typeof divisor !== 'number') return;
  const quantity = parseQuantity(divisor);
  if (quantity === undefined || quantity.nano === 0n) return;
  const amount = resource.replace(/^(limits|requests)\./, '');
  const rule = amount === resource ? undefined : divisors.find(({ of }) => of.test(amount));
  if (rule === undefined || rule.units.includes(format(quantity))) return;
  const why = `only divisor's values ${rule.listed} are supported with the ${rule.name} resource`;
  problems.invalid(`${field}.divisor`, resource, why);
}

export const downwardPaths = [
  'metadata.annotations',
  'metadata.labels',
  'metadata.name',
  'metadata.namespace',
  'metadata.uid',
];

export function validateEnvFrom(
  sources: readonly core.EnvFromSource[] | undefined,
  field: string,
  problems: Problems,
): void {
  for (const [i, source] of indexed(sources)) {
    const at = `${field}[${i}]`;
    if (source.prefix) {
      for (const problem of checkEnvName(source.prefix)) {
        problems.invalid(`${at}.prefix`, source.prefix, problem);
      }
    }
    const given = (['configMapRef', 'secretRef'] as const).filter((name) => isRecord(source[name]));
    if (given.length === 0) {
      problems.invalid(at, '', 'must specify one of: `configMapRef` or `secretRef`');
    } else if (given.length > 1) {
      problems.invalid(at, '', 'may not have more than one field specified at a time');
    }
    for (const name of given) {
      requireName(source[name]?.name, checkSubdomain, `${at}.${name}.name`, problems);
    }
  }
}
