/** What a pod for Windows must leave out, and one for Linux. */
import type { core } from '../types.ts';
import type { Problems } from './problems.ts';
import { indexed, list, record } from './values.ts';

const podFields = ['hostPID', 'hostIPC', 'shareProcessNamespace', 'hostUsers'];
const podSecurityFields = [
  'appArmorProfile',
  'seLinuxOptions',
  'seccompProfile',
  'fsGroup',
  'fsGroupChangePolicy',
  'sysctls',
  'runAsUser',
  'runAsGroup',
  'supplementalGroups',
  'supplementalGroupsPolicy',
];
const containerFields = [
  'appArmorProfile',
  'seLinuxOptions',
  'seccompProfile',
  'capabilities',
  'readOnlyRootFilesystem',
  'privileged',
  'allowPrivilegeEscalation',
  'procMount',
  'runAsUser',
  'runAsGroup',
];

type Fields = Readonly<Record<string, unknown>>;

/** Only where `spec.os` says which system the pod is for. */
export function validateForSystem(spec: core.PodSpec, field: string, problems: Problems): void {
  const system = record(spec.os)?.name;
  const contexts = [...containersOf(spec, field)];
  if (system === 'windows') {
    forbid(spec as unknown as Fields, podFields, field, problems);
    const at = `${field}.securityContext`;
    forbid(record(spec.securityContext) as Fields, podSecurityFields, at, problems);
    for (const [context, path] of contexts) forbid(context, containerFields, path, problems);
  } else if (system === 'linux') {
    const all = [[record(spec.securityContext), `${field}.securityContext`], ...contexts] as const;
    for (const [context, path] of all) {
      if (record((context as Fields | undefined)?.windowsOptions as object) === undefined) continue;
      const why = 'windows options cannot be set for a linux pod';
      problems.forbidden(`${path}.windowsOptions`, why);
    }
  }
}

function* containersOf(spec: core.PodSpec, field: string): Generator<[Fields, string]> {
  for (const part of ['initContainers', 'containers'] as const) {
    for (const [i, container] of indexed(list(spec[part] as core.Container[] | undefined))) {
      const context = record(container.securityContext);
      if (context === undefined) continue;
      yield [context as unknown as Fields, `${field}.${part}[${i}].securityContext`];
    }
  }
}

function forbid(
  given: Fields | undefined,
  names: readonly string[],
  field: string,
  problems: Problems,
): void {
  for (const name of names) {
    const value = given?.[name];
    const isThere = Array.isArray(value) ? value.length > 0 : value !== undefined && value !== null;
    // These two are plain booleans of the original's pod, so false says nothing.
    if (!isThere || (value === false && (name === 'hostPID' || name === 'hostIPC'))) continue;
    problems.forbidden(`${field}.${name}`, 'cannot be set for a windows pod');
  }
}
