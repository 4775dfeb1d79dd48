/** Profiles that confine a container (seccomp, AppArmor), kernel parameters, the system it is for. */
import type { core } from '../types.ts';
import { relativePath } from './mounts.ts';
import { checkQualifiedName, type NameCheck } from './names.ts';
import type { Problems } from './problems.ts';
import { indexed, oneOf, record, requireName } from './values.ts';

/** What a pod's and a container's security context have alike. */
export function validateProfiles(
  context: { seccompProfile?: unknown; appArmorProfile?: unknown } | undefined,
  field: string,
  problems: Problems,
): void {
  for (const name of ['seccompProfile', 'appArmorProfile'] as const) {
    validateProfile(context?.[name], name, `${field}.${name}`, problems);
  }
}

function validateProfile(value: unknown, name: string, field: string, problems: Problems): void {
  const profile = record(value as { type?: string; localhostProfile?: string } | undefined);
  if (profile === undefined) return;
  const isSeccomp = name === 'seccompProfile';
  if (!profile.type) {
    problems.required(`${field}.type`, `type is required when ${name} is set`);
  } else {
    oneOf(profile.type, ['Localhost', 'RuntimeDefault', 'Unconfined'], `${field}.type`, problems);
  }
  const { type, localhostProfile: local } = profile;
  const at = `${field}.localhostProfile`;
  const words = isSeccomp ? 'seccomp type' : 'AppArmor type';
  if (type === 'Localhost' && local === undefined) {
    problems.required(at, `must be set when ${words} is Localhost`);
  } else if (type !== 'Localhost' && local !== undefined) {
    const given = isSeccomp ? profile : local;
    problems.invalid(at, given, `can only be set when ${words} is Localhost`);
  } else if (isSeccomp && local !== undefined) relativePath(local, at, problems);
  else if (local === '') problems.required(at, `must be set when ${words} is Localhost`);
  else if (local !== undefined && local !== local.trim()) {
    problems.invalid(at, local, 'must not be padded with whitespace');
  }
}

const segment = '[a-z0-9]([-_a-z0-9]*[a-z0-9])?';
const sysctlPattern = `(${segment}[\\./])*${segment}`;
const sysctl = new RegExp(`^${sysctlPattern}$`);

const checkSysctl: NameCheck = (name) =>
  name.length <= 253 && sysctl.test(name)
    ? []
    : [`must have at most 253 characters and match regex ^${sysctlPattern}$`];

export function validateSysctls(
  sysctls: readonly core.Sysctl[] | undefined,
  field: string,
  problems: Problems,
): void {
  const names = new Set<string>();
  for (const [i, { name }] of indexed(sysctls)) {
    requireName(name, checkSysctl, `${field}[${i}].name`, problems);
    if (names.has(name)) problems.duplicate(`${field}[${i}].name`, name);
    names.add(name);
  }
}

/** `os`, and the conditions that a pod waits for. */
export function validateSystem(spec: core.PodSpec, field: string, problems: Problems): void {
  const os = record(spec.os);
  if (os !== undefined) {
    if (!os.name) problems.required(`${field}.os.name`, 'cannot be empty');
    else oneOf(os.name, ['linux', 'windows'], `${field}.os`, problems);
  }
  for (const [i, gate] of indexed(spec.readinessGates)) {
    const at = `${field}.readinessGates[${i}].conditionType`;
    for (const problem of checkQualifiedName(gate.conditionType ?? '')) {
      problems.invalid(at, gate.conditionType ?? '', problem);
    }
  }
}
