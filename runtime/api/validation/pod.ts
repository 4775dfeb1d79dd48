/** Pods, and the pod specs that templates hold. */
import type { core, Pod } from '../types.ts';
import { validateContainers } from './containers.ts';
import { checkAddress, checkLabel, checkQualifiedName, checkSubdomain } from './names.ts';
import { validateAppArmorMatch, validatePodAnnotations } from './pod-annotations.ts';
import { validatePodClaims } from './pod-claims.ts';
import type { Problems } from './problems.ts';
import { validateProfiles, validateSysctls, validateSystem } from './profiles.ts';
import { validateScheduling } from './scheduling.ts';
import { validateForSystem } from './systems.ts';
import {
  annotations,
  checkName,
  indexed,
  inRange,
  isRecord,
  labels,
  list,
  oneOf,
  record,
} from './values.ts';
import { validateVolumes } from './volumes.ts';

export function validatePod(pod: Pod, problems: Problems): void {
  if (!isRecord(pod.spec)) {
    problems.required('spec.containers');
    return;
  }
  validatePodAnnotations(pod.metadata?.annotations, pod.spec, 'metadata.annotations', problems);
  validatePodSpec(pod.spec, 'spec', problems, { isPod: true });
  if (list(pod.spec.ephemeralContainers).length > 0) {
    problems.forbidden(
      'spec.ephemeralContainers',
      'cannot be set on create; use the ephemeralcontainers subresource',
    );
  }
  validateAppArmorMatch(pod, problems);
}

export interface TemplateRules {
  /** Names of claims that a StatefulSet makes, which its containers mount like volumes. */
  claims?: readonly string[];
  /** The spec is that of a pod, which is held to more than templates are. */
  isPod?: boolean;
}

/** The template of a workload: labels, annotations and the spec. */
export function validateTemplate(
  template: core.PodTemplateSpec | undefined,
  field: string,
  problems: Problems,
  rules: TemplateRules = {},
): void {
  // A template that is left out is an empty one, which has no containers.
  const given = record(template);
  const metadata = record(given?.metadata);
  labels(metadata?.labels, `${field}.metadata.labels`, problems);
  annotations(metadata?.annotations, `${field}.metadata.annotations`, problems);
  const spec = given?.spec;
  if (!isRecord(spec)) {
    problems.required(`${field}.spec.containers`);
    return;
  }
  const noted = metadata?.annotations as Record<string, string> | undefined;
  validatePodAnnotations(noted, spec as core.PodSpec, `${field}.annotations`, problems);
  validatePodSpec(spec as core.PodSpec, `${field}.spec`, problems, rules);
  if (list((spec as core.PodSpec).ephemeralContainers).length > 0) {
    problems.forbidden(
      `${field}.spec.ephemeralContainers`,
      'ephemeral containers not allowed in pod template',
    );
  }
}

export function validatePodSpec(
  spec: core.PodSpec,
  field: string,
  problems: Problems,
  rules: TemplateRules = {},
): void {
  const { sound, causes } = problems;
  const check = () => checkPodSpec(spec, field, problems, rules);
  const before = causes.length;
  if (sound === undefined || rules.claims !== undefined) check();
  else sound.unlessKnown(spec, check, () => causes.length === before);
}

function checkPodSpec(
  spec: core.PodSpec,
  field: string,
  problems: Problems,
  rules: TemplateRules,
): void {
  const volumes = validateVolumes(spec.volumes, `${field}.volumes`, problems);
  for (const claim of rules.claims ?? []) volumes.set(claim, { isClaim: true });
  const hostNetwork = spec.hostNetwork === true;
  const claims = validatePodClaims(spec.resourceClaims, `${field}.resourceClaims`, problems);
  validateContainers(
    spec,
    field,
    { volumes, hostNetwork, claims, isPod: rules.isPod === true },
    problems,
  );
  oneOf(spec.restartPolicy, ['Always', 'OnFailure', 'Never'], `${field}.restartPolicy`, problems);
  oneOf(
    spec.dnsPolicy,
    ['ClusterFirstWithHostNet', 'ClusterFirst', 'Default', 'None'],
    `${field}.dnsPolicy`,
    problems,
  );
  validateDns(spec, field, problems);
  validateScheduling(spec, field, problems);
  validateNames(spec, field, problems);
  validateSystem(spec, field, problems);
  validateForSystem(spec, field, problems);
  inRange(spec.activeDeadlineSeconds, 1, 2 ** 31 - 1, `${field}.activeDeadlineSeconds`, problems);
  validatePreemption(spec.preemptionPolicy, `${field}.preemptionPolicy`, problems);
  validateSecurity(spec, field, problems);
}

/** Of pods and of priority classes. */
export function validatePreemption(policy: unknown, field: string, problems: Problems): void {
  if (policy === '') problems.required(field);
  else oneOf(policy, ['PreemptLowerPriority', 'Never'], field, problems);
}

function validateNames(spec: core.PodSpec, field: string, problems: Problems): void {
  for (const name of [
    'serviceAccountName',
    'nodeName',
    'priorityClassName',
    'runtimeClassName',
  ] as const) {
    const value = spec[name];
    if (value) checkName(value, checkSubdomain, `${field}.${name}`, problems);
  }
  for (const name of ['hostname', 'subdomain'] as const) {
    const value = spec[name];
    if (value) checkName(value, checkLabel, `${field}.${name}`, problems);
  }
  validateGates(spec, field, problems);
  for (const [i, alias] of indexed(spec.hostAliases)) {
    for (const problem of checkAddress(String(alias.ip ?? ''))) {
      problems.invalid(`${field}.hostAliases[${i}].ip`, alias.ip, problem);
    }
    for (const [h, hostname] of list(alias.hostnames).entries()) {
      const at = `${field}.hostAliases[${i}].hostnames[${h}]`;
      checkName(hostname, checkSubdomain, at, problems);
    }
  }
}

function validateGates(spec: core.PodSpec, field: string, problems: Problems): void {
  const names = new Set<string>();
  for (const [i, { name = '' }] of indexed(spec.schedulingGates)) {
    const at = `${field}.schedulingGates[${i}]`;
    checkName(name, checkQualifiedName, at, problems);
    if (names.has(name)) problems.duplicate(at, name);
    names.add(name);
  }
  if (names.size > 0 && spec.nodeName) {
    problems.forbidden(
      `${field}.nodeName`,
      'cannot be set until all schedulingGates have been cleared',
    );
  }
}

/** A dot alone is the root; underscores are in the names of services. */
const searchDomain =
  /^(\.|[a-z0-9_]([-a-z0-9_]*[a-z0-9_])?(\.[a-z0-9_]([-a-z0-9_]*[a-z0-9_])?)*\.?)$/;

function validateDns(spec: core.PodSpec, field: string, problems: Problems): void {
  const config = record(spec.dnsConfig);
  const servers = list(config?.nameservers);
  if (spec.dnsPolicy === 'None') {
    if (config === undefined) {
      problems.required(`${field}.dnsConfig`, 'must provide `dnsConfig` when `dnsPolicy` is None');
    } else if (servers.length === 0) {
      problems.required(
        `${field}.dnsConfig.nameservers`,
        'must provide at least one DNS nameserver when `dnsPolicy` is None',
      );
    }
  }
  if (servers.length > 3) {
    problems.invalid(
      `${field}.dnsConfig.nameservers`,
      servers,
      'must not have more than 3 nameservers',
    );
  }
  for (const [i, server] of servers.entries()) {
    checkName(server, checkAddress, `${field}.dnsConfig.nameservers[${i}]`, problems);
  }
  for (const [i, search] of list(config?.searches).entries()) {
    if (searchDomain.test(search) && search.length <= 253) continue;
    checkName(search, checkSubdomain, `${field}.dnsConfig.searches[${i}]`, problems);
  }
  for (const [i, option] of indexed(config?.options)) {
    if (!option.name) {
      problems.required(`${field}.dnsConfig.options[${i}]`, 'must not be empty');
    }
  }
}

function validateSecurity(spec: core.PodSpec, field: string, problems: Problems): void {
  const at = `${field}.securityContext`;
  const security = record(spec.securityContext);
  validateProfiles(security, at, problems);
  validateSysctls(security?.sysctls, `${at}.sysctls`, problems);
  oneOf(
    (security as { supplementalGroupsPolicy?: string } | undefined)?.supplementalGroupsPolicy,
    ['Merge', 'Strict'],
    `${at}.supplementalGroupsPolicy`,
    problems,
  );
  for (const name of ['runAsUser', 'runAsGroup', 'fsGroup'] as const) {
    inRange(security?.[name], 0, 2 ** 31 - 1, `${at}.${name}`, problems);
  }
  for (const [i, group] of list(security?.supplementalGroups).entries()) {
    inRange(group, 0, 2 ** 31 - 1, `${at}.supplementalGroups[${i}]`, problems);
  }
  oneOf(
    security?.fsGroupChangePolicy,
    ['Always', 'OnRootMismatch'],
    `${at}.fsGroupChangePolicy`,
    problems,
  );
  if (spec.shareProcessNamespace === true && spec.hostPID === true) {
    problems.invalid(
      `${field}.shareProcessNamespace`,
      true,
      'ShareProcessNamespace and HostPID cannot both be enabled',
    );
  }
}
