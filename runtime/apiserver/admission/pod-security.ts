/**
 * PodSecurity: pods are held against the level that their namespace's labels name; workloads' users
 * are warned of what their pods will run into.
 * https://kubernetes.io/docs/concepts/security/pod-security-admission/
 */
import type { UnknownObject } from '../../api/object.ts';
import type { PodToCheck } from '../../api/pod-security/check.ts';
import { describe, podIn, violationsOf } from '../../api/pod-security/evaluate.ts';
import {
  type LevelVersion,
  levels,
  type NamespacePolicy,
  nameOf,
  policyOf,
  sameLevel,
} from '../../api/pod-security/policy.ts';
import type { Pod } from '../../api/types.ts';
import type { Registry } from '../registry/registry.ts';
import { forbidden, invalid } from '../verbs/errors.ts';
import type { AdmissionPlugin, Attributes } from './admission.ts';
import { namespaceOf } from './dynamic/match.ts';

const annotations = 'pod-security.kubernetes.io/';
/** Existing pods that are looked at when a namespace's level changes. */
const mostPods = 3000;

export const podSecurity: AdmissionPlugin = {
  name: 'PodSecurity',
  validate(attributes, registry) {
    const { served, subresource, operation, object } = attributes;
    if (object === undefined || (operation !== 'CREATE' && operation !== 'UPDATE')) return;
    if (served.kind.group === '' && served.kind.kind === 'Namespace') {
      if (subresource === '') checkNamespace(attributes, registry, object);
      return;
    }
    if (!served.kind.namespaced || served.custom !== undefined) return;
    const isPod = served.kind.group === '' && served.kind.kind === 'Pod';
    if (subresource !== '' && !(isPod && subresource === 'ephemeralcontainers')) return;
    const pod = podIn(object as never);
    if (pod === undefined) return;
    if (isPod) checkPod(attributes, registry, pod);
    else warnOfTemplate(attributes, registry, pod);
  },
};

/** Policies by the labels of namespaces as they are stored, which never change. */
const policies = new WeakMap<object, ReturnType<typeof policyOf>>();
const noLabels = {};

function policyFor(registry: Registry, namespace: string) {
  const labels = namespaceOf(registry, namespace)?.metadata.labels ?? noLabels;
  let found = policies.get(labels);
  if (found === undefined) {
    found = policyOf(labels);
    policies.set(labels, found);
  }
  return found;
}

function checkPod(attributes: Attributes, registry: Registry, pod: PodToCheck): void {
  const { served, place, previous, call } = attributes;
  if (previous !== undefined && !matters(pod, previous as unknown as Pod)) return;
  const { policy } = policyFor(registry, place.namespace);
  call.annotate?.(`${annotations}enforce-policy`, nameOf(policy.enforce));
  const enforced = violationsOf(pod, policy.enforce);
  audit(attributes, policy, pod);
  if (enforced.length > 0) {
    const why = `violates PodSecurity "${nameOf(policy.enforce)}": ${describe(enforced)}`;
    throw forbidden(served, place.name, why);
  }
  warn(attributes, policy, pod);
}

/** Does an update touch what the levels are about? Of a pod little else can change. */
function matters(pod: PodToCheck, before: Pod): boolean {
  const images = ({ spec }: { spec: PodToCheck['spec'] }) =>
    [
      ...(spec.initContainers ?? []),
      ...spec.containers,
      ...((spec.ephemeralContainers ?? []) as { name: string; image?: string }[]),
    ].map(({ name, image }) => `${name}=${image}`);
  return images(pod).join() !== images(before).join();
}

/** Its pods may still be changed on their way, so a template is never refused. */
function warnOfTemplate(attributes: Attributes, registry: Registry, pod: PodToCheck): void {
  const { policy } = policyFor(registry, attributes.place.namespace);
  audit(attributes, policy, pod);
  warn(attributes, policy, pod);
}

function audit({ call }: Attributes, { audit: level }: NamespacePolicy, pod: PodToCheck): void {
  const found = violationsOf(pod, level);
  if (found.length === 0) return;
  const what = `would violate PodSecurity "${nameOf(level)}": ${describe(found)}`;
  call.annotate?.(`${annotations}audit-violations`, what);
}

function warn({ call }: Attributes, { warn: level }: NamespacePolicy, pod: PodToCheck): void {
  const found = violationsOf(pod, level);
  if (found.length > 0) {
    call.warn(`would violate PodSecurity "${nameOf(level)}": ${describe(found)}`);
  }
}

function checkNamespace(attributes: Attributes, registry: Registry, object: UnknownObject): void {
  const { served, place, previous, call } = attributes;
  const next = policyOf(object.metadata.labels ?? {});
  const before = previous && policyOf(previous.metadata.labels ?? {});
  if (next.problems.length > 0) {
    // What was let in broken may be changed without being mended.
    if (before === undefined || before.problems.length === 0) {
      throw invalid(served, place.name, next.problems);
    }
    return;
  }
  if (before === undefined || !isStricter(next.policy.enforce, before.policy.enforce)) return;
  const name = object.metadata.name ?? '';
  for (const line of complaints(registry, name, next.policy.enforce)) call.warn(line);
}

function isStricter(next: LevelVersion, before: LevelVersion): boolean {
  if (sameLevel(next, before) || next.level === 'privileged') return false;
  return next.minor !== before.minor || levels.indexOf(next.level) > levels.indexOf(before.level);
}

/** The existing pods that the new level would not let in, those with the same faults as one line. */
function complaints(registry: Registry, namespace: string, level: LevelVersion): string[] {
  const cache = registry.cache.resource('core/pods');
  const byFault = new Map<string, string[]>();
  for (const key of cache.keys(`${cache.prefix}${namespace}/`).slice(0, mostPods)) {
    const pod = cache.get(key)?.object as unknown as Pod;
    const found = violationsOf(pod as PodToCheck, level);
    if (found.length === 0) continue;
    const fault = found.map(({ reason }) => reason).join(', ');
    byFault.set(fault, [...(byFault.get(fault) ?? []), pod.metadata.name]);
  }
  if (byFault.size === 0) return [];
  const lines = [...byFault].map(([fault, [first = '', ...others]]) => {
    const more =
      others.length === 0
        ? ''
        : ` (and ${others.length} other ${others.length === 1 ? 'pod' : 'pods'})`;
    return `${first}${more}: ${fault}`;
  });
  return [
    `existing pods in namespace "${namespace}" violate the new PodSecurity enforce level "${nameOf(level)}"`,
    ...lines.sort(),
  ];
}
