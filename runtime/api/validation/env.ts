/** Environment variables and where they come from. */
import type { core } from '../types.ts';
import { checkConfigKey, checkEnvName, checkSubdomain } from './names.ts';
import type { Problems } from './problems.ts';
import { indexed, isRecord, oneOf, record, requireName } from './values.ts';

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
    validateSource(source, `${at}.valueFrom`, problems);
    if (variable.value) {
      problems.invalid(`${at}.valueFrom`, '', 'may not be specified when `value` is not empty');
    }
  }
}

function validateSource(source: core.EnvVarSource, field: string, problems: Problems): void {
  const given = [
    'fieldRef',
    'resourceFieldRef',
    'configMapKeyRef',
    'secretKeyRef',
    'fileKeyRef',
  ].filter((name) => isRecord((source as Record<string, unknown>)[name]));
  if (given.length === 0) {
    problems.invalid(
      field,
      '',
      'must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef` or `secretKeyRef`',
    );
  } else if (given.length > 1) {
    problems.invalid(field, '', 'may not have more than one field specified at a time');
  }
  validateFieldRef(source.fieldRef, `${field}.fieldRef`, fieldPaths, problems);
  validateResourceFieldRef(source.resourceFieldRef, `${field}.resourceFieldRef`, false, problems);
  for (const name of ['configMapKeyRef', 'secretKeyRef'] as const) {
    const reference = record(source[name]);
    if (reference === undefined) continue;
    requireName(reference.name, checkSubdomain, `${field}.${name}.name`, problems);
    requireName(reference.key, checkConfigKey, `${field}.${name}.key`, problems);
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
  }
  const subscript = /^metadata\.(labels|annotations)\['(.*)'\]$/.exec(path);
  if (subscript === null && !paths.includes(path)) {
    problems.notSupported(`${field}.fieldPath`, path, paths);
  }
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
  if (!resource) {
    problems.required(`${field}.resource`);
    return;
  }
  if (/^(limits|requests)\.hugepages-/.test(resource)) return;
  oneOf(resource, resourcePaths, `${field}.resource`, problems);
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
