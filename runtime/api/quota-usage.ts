/**
 * What objects use up of a ResourceQuota, and which quotas they fall under. Shared by admission, which
 * charges what is about to be made, and the controller, which counts what is there. Pure.
 * https://kubernetes.io/docs/concepts/policy/resource-quotas/
 */
import type { KubeObject } from './object.ts';
import { addQuantities, podTotals, type Quantities, quantitiesIn } from './pod-totals.ts';
import { qosClassOf } from './qos.ts';
import { compare, type Quantity, quantityOf } from './quantity.ts';
import { qualifiedResource } from './status.ts';
import type { core, PersistentVolumeClaim, Pod, ResourceQuota, Service } from './types.ts';

export type Usage = Quantities;

export interface Counted {
  readonly group: string;
  readonly resource: string;
}

/** Besides pods, services and claims: counted under their plain name as well as under `count/…`. */
export const plainCounts: ReadonlySet<string> = new Set([
  'configmaps',
  'replicationcontrollers',
  'resourcequotas',
  'secrets',
]);
const computed = ['cpu', 'memory', 'ephemeral-storage'];
const classSuffix = '.storageclass.storage.k8s.io/';
const one = quantityOf(1);

/** What an object uses. `nowMs` decides whether a pod that is being deleted still counts. */
export function usageOf(counted: Counted, object: KubeObject, nowMs: number): Usage {
  const { group, resource } = counted;
  const usage: Usage = new Map([[`count/${qualifiedResource(group, resource)}`, one]]);
  if (group !== '') return usage;
  if (resource === 'pods') addQuantities(usage, podUsage(object as Pod, nowMs));
  else if (resource === 'services') addQuantities(usage, serviceUsage(object as Service));
  else if (resource === 'persistentvolumeclaims') {
    addQuantities(usage, claimUsage(object as PersistentVolumeClaim));
  } else if (plainCounts.has(resource)) usage.set(resource, one);
  return usage;
}

/** Nothing once the pod has ended, or should have been gone for longer than its grace period. */
export function podUsage(pod: Pod, nowMs: number): Usage {
  const usage: Usage = new Map();
  if (isOver(pod, nowMs)) return usage;
  usage.set('pods', one);
  const overhead = quantitiesIn(pod.spec.overhead);
  const requests = podTotals(pod, 'requests');
  addQuantities(requests, overhead);
  for (const [name, value] of requests) {
    if (computed.includes(name) || name.startsWith('hugepages-')) usage.set(name, value);
    usage.set(`requests.${name}`, value);
  }
  const limits = podTotals(pod, 'limits');
  addQuantities(limits, new Map([...overhead].filter(([name]) => limits.has(name))));
  for (const name of computed) {
    const value = limits.get(name);
    if (value !== undefined) usage.set(`limits.${name}`, value);
  }
  return usage;
}

function isOver({ metadata, status }: Pod, nowMs: number): boolean {
  if (status?.phase === 'Succeeded' || status?.phase === 'Failed') return true;
  const { deletionTimestamp, deletionGracePeriodSeconds } = metadata;
  if (deletionTimestamp === undefined || deletionGracePeriodSeconds === undefined) return false;
  return nowMs > Date.parse(deletionTimestamp) + deletionGracePeriodSeconds * 1000;
}

export function serviceUsage({ spec }: Service): Usage {
  const usage: Usage = new Map([['services', one]]);
  const ports = spec.ports ?? [];
  if (spec.type === 'NodePort') usage.set('services.nodeports', quantityOf(ports.length));
  if (spec.type !== 'LoadBalancer') return usage;
  usage.set('services.loadbalancers', one);
  const own = ports.filter(({ nodePort }) => nodePort !== undefined && nodePort !== 0);
  const opened = spec.allocateLoadBalancerNodePorts === false ? own : ports;
  usage.set('services.nodeports', quantityOf(opened.length));
  return usage;
}

export function claimUsage({ metadata, spec, status }: PersistentVolumeClaim): Usage {
  const usage: Usage = new Map([['persistentvolumeclaims', one]]);
  const asked = quantitiesIn(spec.resources?.requests).get('storage');
  const allocated = quantitiesIn(status?.allocatedResources).get('storage');
  const storage = asked === undefined ? undefined : whole(larger(asked, allocated));
  if (storage !== undefined) usage.set('requests.storage', storage);
  const name =
    metadata.annotations?.['volume.beta.kubernetes.io/storage-class'] ?? spec.storageClassName;
  if (!name) return usage;
  usage.set(`${name}${classSuffix}persistentvolumeclaims`, one);
  if (storage !== undefined) usage.set(`${name}${classSuffix}requests.storage`, storage);
  return usage;
}

function larger(a: Quantity, b: Quantity | undefined): Quantity {
  return b !== undefined && compare(b, a) > 0 ? b : a;
}

const unit = 1_000_000_000n;

/** Parts of a byte count as one. */
function whole(quantity: Quantity): Quantity {
  const rest = quantity.nano % unit;
  return rest === 0n ? quantity : { ...quantity, nano: quantity.nano - rest + unit };
}

/** Those of a quota's limits that objects of this kind can use up. */
export function limitsOn(counted: Counted, names: readonly string[]): string[] {
  const { group, resource } = counted;
  const count = `count/${qualifiedResource(group, resource)}`;
  return names.filter((name) => name === count || (group === '' && isAbout(resource, name)));
}

function isAbout(resource: string, name: string): boolean {
  switch (resource) {
    case 'pods': {
      const asked = name.replace(/^requests\./, '');
      if (name === 'pods' || computed.includes(name.replace(/^(requests|limits)\./, '')))
        return true;
      if (asked.startsWith('hugepages-')) return true;
      // Extended resources have a domain, and may only be named with the prefix.
      return asked !== name && asked.includes('/');
    }
    case 'services':
      return name === 'services' || name.startsWith('services.');
    case 'persistentvolumeclaims':
      return name === resource || name === 'requests.storage' || name.includes(classSuffix);
    default:
      return name === resource && plainCounts.has(resource);
  }
}

/** True if the quota's scopes take the object in. They are about pods, and one about claims. */
export function coversObject(quota: ResourceQuota, counted: Counted, object: KubeObject): boolean {
  return scopesOf(quota).every(({ scopeName, operator, values = [] }) => {
    if (counted.group !== '') return false;
    if (counted.resource === 'pods') return inScope(object as Pod, scopeName, operator, values);
    if (counted.resource !== 'persistentvolumeclaims') return false;
    if (scopeName !== 'VolumeAttributesClass') return false;
    return namesMatch(attributeClasses(object as PersistentVolumeClaim), operator, values);
  });
}

/** True if the quota counts some objects only. */
export function isScoped(quota: ResourceQuota): boolean {
  return scopesOf(quota).length > 0;
}

function scopesOf({ spec }: ResourceQuota) {
  return [
    ...(spec.scopes ?? []).map((scopeName) => ({ scopeName, operator: 'Exists', values: [] })),
    ...(spec.scopeSelector?.matchExpressions ?? []),
  ];
}

function inScope(
  { spec }: Pod,
  scope: string,
  operator: string,
  values: readonly string[],
): boolean {
  switch (scope) {
    case 'Terminating':
      return isTimeLimited(spec);
    case 'NotTerminating':
      return !isTimeLimited(spec);
    case 'BestEffort':
      return qosClassOf(spec) === 'BestEffort';
    case 'NotBestEffort':
      return qosClassOf(spec) !== 'BestEffort';
    case 'PriorityClass':
      return namesMatch(spec.priorityClassName ? [spec.priorityClassName] : [], operator, values);
    case 'CrossNamespacePodAffinity':
      return looksIntoOthers(spec.affinity);
    default:
      return false;
  }
}

/** The scope Terminating: pods that end by themselves. */
export function isTimeLimited({ activeDeadlineSeconds }: core.PodSpec): boolean {
  return activeDeadlineSeconds !== undefined && activeDeadlineSeconds >= 0;
}

function namesMatch(
  names: readonly string[],
  operator: string,
  values: readonly string[],
): boolean {
  if (operator === 'Exists') return names.length > 0;
  if (operator === 'DoesNotExist') return names.length === 0;
  return names.some((name) => values.includes(name)) === (operator === 'In');
}

function attributeClasses({ spec, status }: PersistentVolumeClaim): string[] {
  return [
    spec.volumeAttributesClassName,
    status?.currentVolumeAttributesClassName,
    status?.modifyVolumeStatus?.targetVolumeAttributesClassName,
  ].filter((name): name is string => name !== undefined && name !== '');
}

/** Has a term that names namespaces, or selects them. */
function looksIntoOthers(affinity: core.Affinity | undefined): boolean {
  return [affinity?.podAffinity, affinity?.podAntiAffinity].some((rules) =>
    [
      ...(rules?.requiredDuringSchedulingIgnoredDuringExecution ?? []),
      ...(rules?.preferredDuringSchedulingIgnoredDuringExecution ?? []).map(
        ({ podAffinityTerm }) => podAffinityTerm,
      ),
    ].some(
      ({ namespaces, namespaceSelector }) =>
        (namespaces ?? []).length > 0 || namespaceSelector !== undefined,
    ),
  );
}
