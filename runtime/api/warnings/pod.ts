/** Pods, and the templates of those who make them. */
import type { ObjectMeta } from '../object.ts';
import type { core } from '../types.ts';
import { indexed, isRecord } from '../validation/values.ts';
import { address } from './addresses.ts';
import { fractionOf } from './amounts.ts';
import type { Warnings } from './collector.ts';
import { containersOf, type PlacedContainer, ports, variables } from './containers.ts';
import { labelKeys, labelValue, nodeSelectorTerm } from './node-labels.ts';
import { volumes } from './volumes.ts';

interface PodLike {
  readonly metadata?: ObjectMeta | core.PodTemplateSpec['metadata'];
  readonly spec?: core.PodSpec;
}

/** @param field of the template, with a dot behind it; empty for a pod */
export function podWarnings({ metadata, spec }: PodLike, field: string, warnings: Warnings): void {
  if (!isRecord(spec)) return;
  const annotations: Annotations = isRecord(metadata?.annotations) ? metadata.annotations : {};
  const { all, sound } = warnings;
  const say = () => allWarnings(spec, annotations, field, warnings);
  const before = all.length;
  // Of the annotations only the old ones matter.
  if (sound === undefined || Object.keys(annotations).some(isOld)) say();
  else sound.unlessKnown(spec, say, () => all.length === before);
}

type Annotations = Readonly<Record<string, unknown>>;

/** Whether it may be one that something is to be said of. */
function isOld(annotation: string): boolean {
  return annotation.includes('alpha.kubernetes.io/') || annotation.includes('beta.kubernetes.io/');
}

function allWarnings(
  spec: core.PodSpec,
  annotations: Annotations,
  field: string,
  warnings: Warnings,
): void {
  const at = `${field}spec`;
  const containers = containersOf(spec, at);
  nodes(spec, at, warnings);
  oldAnnotations(annotations, field, warnings);
  volumes(spec.volumes, `${at}.volumes`, warnings);
  hostsAndSecrets(spec, at, warnings);
  for (const name of ['memory', 'ephemeral-storage']) {
    fractionOf(spec.overhead, name, `${at}.overhead`, warnings);
  }
  profiles(spec, annotations, containers, field, warnings);
  for (const container of containers) resources(container, warnings);
  for (const container of containers) variables(container, warnings);
  ports(containers, warnings);
  if (Number(spec.terminationGracePeriodSeconds) < 0) {
    const message = 'must be >= 0; negative values are invalid and will be treated as 1';
    warnings.at(`${at}.terminationGracePeriodSeconds`, message);
  }
  podAffinities(spec, `${at}.affinity`, warnings);
  for (const [i, server] of (spec.dnsConfig?.nameservers ?? []).entries()) {
    address(server, `${at}.dnsConfig.nameservers[${i}]`, warnings);
  }
  for (const [i, { ip }] of indexed(spec.hostAliases)) {
    address(ip, `${at}.hostAliases[${i}].ip`, warnings);
  }
}

const noSelector = 'a null labelSelector results in matching no pod';

/** Where it is to run. */
function nodes(spec: core.PodSpec, at: string, warnings: Warnings): void {
  labelKeys(spec.nodeSelector, `${at}.nodeSelector`, warnings);
  const affinity = spec.affinity?.nodeAffinity;
  const field = `${at}.affinity.nodeAffinity`;
  const required = affinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms;
  for (const [i, term] of indexed(required)) {
    const path = `${field}.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms[${i}]`;
    nodeSelectorTerm(term, path, warnings);
  }
  const preferred = affinity?.preferredDuringSchedulingIgnoredDuringExecution;
  for (const [i, { preference }] of indexed(preferred)) {
    const path = `${field}.preferredDuringSchedulingIgnoredDuringExecution[${i}].preference`;
    // Validation lets any value pass here, for those who have used it always.
    nodeSelectorTerm(preference, path, warnings, true);
  }
  for (const [i, constraint] of indexed(spec.topologySpreadConstraints)) {
    const path = `${at}.topologySpreadConstraints[${i}]`;
    labelValue(constraint.topologyKey, `${path}.topologyKey`, warnings);
    if (!isRecord(constraint.labelSelector)) warnings.at(`${path}.labelSelector`, noSelector);
  }
}

function podAffinities({ affinity }: core.PodSpec, at: string, warnings: Warnings): void {
  for (const name of ['podAffinity', 'podAntiAffinity'] as const) {
    const terms = affinity?.[name];
    const required = `${at}.${name}.requiredDuringSchedulingIgnoredDuringExecution`;
    for (const [i, term] of indexed(terms?.requiredDuringSchedulingIgnoredDuringExecution)) {
      if (!isRecord(term.labelSelector)) {
        warnings.at(`${required}[${i}].labelSelector`, noSelector);
      }
    }
    const preferred = `${at}.${name}.preferredDuringSchedulingIgnoredDuringExecution`;
    for (const [i, term] of indexed(terms?.preferredDuringSchedulingIgnoredDuringExecution)) {
      if (!isRecord(term.podAffinityTerm?.labelSelector)) {
        warnings.at(`${preferred}[${i}].podAffinityTerm.labelSelector`, noSelector);
      }
    }
  }
}

const annotationsGone: readonly [key: string, message: string][] = [
  [
    'scheduler.alpha.kubernetes.io/critical-pod',
    'non-functional in v1.16+; use the "priorityClassName" field instead',
  ],
  [
    'security.alpha.kubernetes.io/sysctls',
    'non-functional in v1.11+; use the "sysctls" field instead',
  ],
  [
    'security.alpha.kubernetes.io/unsafe-sysctls',
    'non-functional in v1.11+; use the "sysctls" field instead',
  ],
];

function oldAnnotations(annotations: Annotations, field: string, warnings: Warnings): void {
  for (const [key, message] of annotationsGone) {
    if (key in annotations) annotation(key, message, field, warnings);
  }
}

function annotation(key: string, message: string, field: string, warnings: Warnings): void {
  const at = `${field}metadata.annotations[${key}]`;
  warnings.deprecated(at, `${at}: ${message}`);
}

const seccompPod = 'seccomp.security.alpha.kubernetes.io/pod';
const seccompContainer = 'container.seccomp.security.alpha.kubernetes.io/';
const appArmorContainer = 'container.apparmor.security.beta.kubernetes.io/';
const useSeccomp = 'non-functional in v1.27+; use the "seccompProfile" field instead';
const useAppArmor = 'deprecated since v1.30; use the "appArmorProfile" field instead';

/** Profiles that annotations name, and no field. */
function profiles(
  spec: core.PodSpec,
  annotations: Annotations,
  containers: readonly PlacedContainer[],
  field: string,
  warnings: Warnings,
): void {
  const has = (context: unknown, profile: string) =>
    isRecord(context) && isRecord(context[profile]);
  if (seccompPod in annotations && !has(spec.securityContext, 'seccompProfile')) {
    annotation(seccompPod, useSeccomp, field, warnings);
  }
  for (const { container } of containers) {
    const { name, securityContext } = container;
    if (`${seccompContainer}${name}` in annotations && !has(securityContext, 'seccompProfile')) {
      annotation(`${seccompContainer}${name}`, useSeccomp, field, warnings);
    }
    const confined =
      has(spec.securityContext, 'appArmorProfile') || has(securityContext, 'appArmorProfile');
    if (`${appArmorContainer}${name}` in annotations && !confined) {
      annotation(`${appArmorContainer}${name}`, useAppArmor, field, warnings);
    }
  }
}

/** Names that are given twice, or are none. */
function hostsAndSecrets(spec: core.PodSpec, at: string, warnings: Warnings): void {
  const addresses = new Set<string>();
  for (const [i, { ip }] of indexed(spec.hostAliases)) {
    if (typeof ip !== 'string') continue;
    if (addresses.has(ip)) {
      warnings.at(`${at}.hostAliases[${i}].ip`, `duplicate ip ${JSON.stringify(ip)}`);
    }
    addresses.add(ip);
  }
  const secrets = new Set<string>();
  for (const [i, { name = '' }] of indexed(spec.imagePullSecrets)) {
    const field = `${at}.imagePullSecrets[${i}].name`;
    if (secrets.has(name)) warnings.at(field, `duplicate name ${JSON.stringify(name)}`);
    secrets.add(name);
  }
  for (const [i, { name = '' }] of indexed(spec.imagePullSecrets)) {
    if (name === '') warnings.at(`${at}.imagePullSecrets[${i}].name`, 'invalid empty name ""');
  }
}

function resources({ container, field }: PlacedContainer, warnings: Warnings): void {
  for (const name of ['memory', 'ephemeral-storage']) {
    for (const which of ['limits', 'requests'] as const) {
      const amounts = container.resources?.[which];
      fractionOf(amounts, name, `${field}.resources.${which}`, warnings);
    }
  }
}
