/** What an object uses up of a quota, and which quotas it falls under. */
import type { Kind } from '../../api/kinds.ts';
import type { UnknownObject } from '../../api/object.ts';
import { add, compare, parseQuantity, type Quantity, quantityOf } from '../../api/quantity.ts';
import type { core, PersistentVolumeClaim, Pod, ResourceQuota, Service } from '../../api/types.ts';
import { qosClassOf } from '../strategies/qos.ts';
import type { Attributes } from './admission.ts';

type Usage = Map<string, Quantity>;
type Amounts = Record<string, string>;

/** Kinds that are counted under their plain name as well as under `count/…`. */
const plainCounts = new Set([
  'pods',
  'services',
  'secrets',
  'configmaps',
  'replicationcontrollers',
  'resourcequotas',
  'persistentvolumeclaims',
]);
/** Requests that may be named without the prefix. */
const bareRequests = new Set(['cpu', 'memory', 'ephemeral-storage']);
const one = quantityOf(1);

export function usageOf(kind: Kind, object: UnknownObject): Usage {
  const usage: Usage = new Map();
  const count = (name: string, amount = one) => usage.set(name, amount);
  const whole = kind.group === '' ? kind.resource : `${kind.resource}.${kind.group}`;
  if (kind.kind === 'Pod' && kind.group === '' && hasEnded(object as unknown as Pod)) return usage;
  count(`count/${whole}`);
  if (kind.group !== '') return usage;
  if (plainCounts.has(kind.resource)) count(kind.resource);
  if (kind.kind === 'Pod') podUsage(object as unknown as Pod, usage);
  if (kind.kind === 'PersistentVolumeClaim') {
    claimUsage(object as unknown as PersistentVolumeClaim, usage);
  }
  if (kind.kind === 'Service') {
    const { type, ports = [], allocateLoadBalancerNodePorts } = (object as unknown as Service).spec;
    const balanced = type === 'LoadBalancer';
    if (balanced) count('services.loadbalancers');
    const opens = type === 'NodePort' || (balanced && allocateLoadBalancerNodePorts !== false);
    if (opens) count('services.nodeports', quantityOf(ports.length));
  }
  return usage;
}

function hasEnded(pod: Pod): boolean {
  return pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed';
}

function podUsage(pod: Pod, usage: Usage): void {
  for (const side of ['requests', 'limits'] as const) {
    for (const [name, amount] of podTotals(pod.spec, side)) {
      if (side === 'limits') usage.set(`limits.${name}`, amount);
      else {
        usage.set(`requests.${name}`, amount);
        if (bareRequests.has(name)) usage.set(name, amount);
      }
    }
  }
}

/** What a pod needs: the sum of its containers, or more if an init container needs more; overhead. */
function podTotals(spec: core.PodSpec, side: 'requests' | 'limits'): Usage {
  const sums: Usage = new Map();
  const plus = (amounts: Amounts | undefined) => {
    for (const [name, text] of Object.entries(amounts ?? {})) {
      const value = parseQuantity(text);
      if (value !== undefined)
        sums.set(name, add(sums.get(name) ?? quantityOf(0, value.format), value));
    }
  };
  for (const { resources } of spec.containers) plus(resources?.[side] as Amounts | undefined);
  const initial: Usage = new Map();
  for (const { resources, restartPolicy } of spec.initContainers ?? []) {
    const amounts = resources?.[side] as Amounts | undefined;
    // Sidecars stay, so they are added; the others only have to fit one at a time.
    if (restartPolicy === 'Always') plus(amounts);
    else {
      for (const [name, text] of Object.entries(amounts ?? {})) {
        const value = parseQuantity(text);
        const old = initial.get(name);
        if (value !== undefined && (old === undefined || compare(value, old) > 0))
          initial.set(name, value);
      }
    }
  }
  for (const [name, value] of initial) {
    const sum = sums.get(name);
    if (sum === undefined || compare(value, sum) > 0) sums.set(name, value);
  }
  plus(spec.overhead as Amounts | undefined);
  return sums;
}

function claimUsage(claim: PersistentVolumeClaim, usage: Usage): void {
  const text = (claim.spec.resources?.requests as Amounts | undefined)?.storage;
  const storage = text === undefined ? undefined : parseQuantity(text);
  if (storage !== undefined) usage.set('requests.storage', storage);
  const name = claim.spec.storageClassName;
  if (!name) return;
  const prefix = `${name}.storageclass.storage.k8s.io`;
  usage.set(`${prefix}/persistentvolumeclaims`, one);
  if (storage !== undefined) usage.set(`${prefix}/requests.storage`, storage);
}

/** Does the quota's scope take in the object? Scopes are about pods. */
export function coversObject(quota: ResourceQuota, attributes: Attributes): boolean {
  const terms = [
    ...(quota.spec.scopes ?? []).map((scopeName) => ({
      scopeName,
      operator: 'Exists',
      values: [],
    })),
    ...(quota.spec.scopeSelector?.matchExpressions ?? []),
  ];
  if (terms.length === 0) return true;
  if (attributes.served.kind.group !== '' || attributes.served.kind.kind !== 'Pod') return false;
  const pod = attributes.object as unknown as Pod;
  return terms.every(({ scopeName, operator, values }) =>
    inScope(pod, scopeName, operator, values ?? []),
  );
}

function inScope(pod: Pod, scope: string, operator: string, values: readonly string[]): boolean {
  const terminating = (pod.spec.activeDeadlineSeconds ?? -1) >= 0;
  const bestEffort = qosClassOf(pod.spec) === 'BestEffort';
  switch (scope) {
    case 'Terminating':
      return terminating;
    case 'NotTerminating':
      return !terminating;
    case 'BestEffort':
      return bestEffort;
    case 'NotBestEffort':
      return !bestEffort;
    case 'PriorityClass': {
      const name = pod.spec.priorityClassName ?? '';
      if (operator === 'Exists') return name !== '';
      if (operator === 'DoesNotExist') return name === '';
      return values.includes(name) === (operator === 'In');
    }
    case 'CrossNamespacePodAffinity':
      return JSON.stringify(pod.spec.affinity ?? {}).includes('"namespaces"');
    default:
      return false;
  }
}

/**
 * Under a quota on computing resources every container must say what it needs. Empty if it does, else
 * what is missing: `limits.cpu for: web; requests.cpu for: web`.
 */
export function missingAmounts(attributes: Attributes, constrained: readonly string[]): string {
  const { kind } = attributes.served;
  if (attributes.operation !== 'CREATE' || kind.kind !== 'Pod' || kind.group !== '') return '';
  const { spec } = attributes.object as unknown as Pod;
  const lacking: string[] = [];
  for (const name of [...constrained].sort()) {
    const [side, resource] = name.startsWith('limits.')
      ? (['limits', name.slice(7)] as const)
      : (['requests', name.replace(/^requests\./, '')] as const);
    if (!bareRequests.has(resource)) continue;
    const containers = [...spec.containers, ...(spec.initContainers ?? [])]
      .filter(
        ({ resources }) => (resources?.[side] as Amounts | undefined)?.[resource] === undefined,
      )
      .map((container) => container.name);
    if (containers.length > 0) lacking.push(`${name} for: ${containers.join(',')}`);
  }
  return lacking.join('; ');
}
