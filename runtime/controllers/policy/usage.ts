/** What objects use of a ResourceQuota. Pure. */
import {
  add,
  compare,
  format,
  parseQuantity,
  type Quantity,
  quantityOf,
} from '../../api/quantity.ts';
import type { core, PersistentVolumeClaim, Pod, ResourceQuota, Service } from '../../api/types.ts';
import { isTerminal } from '../kit/pods.ts';

export type Usage = Map<string, Quantity>;

const bareRequests: readonly string[] = ['cpu', 'memory', 'ephemeral-storage'];

export function addUsage(total: Usage, more: Usage): void {
  for (const [name, value] of more) {
    const sum = total.get(name);
    total.set(name, sum === undefined ? value : add(sum, value));
  }
}

/** Requests and limits of a pod that has not finished. */
export function podUsage(pod: Pod): Usage {
  const usage: Usage = new Map();
  if (isTerminal(pod)) return usage;
  for (const side of ['requests', 'limits'] as const) {
    for (const [name, value] of podTotals(pod.spec, side)) {
      usage.set(`${side}.${name}`, value);
      if (side === 'requests' && bareRequests.includes(name)) usage.set(name, value);
    }
  }
  usage.set('pods', quantityOf(1));
  return usage;
}

function podTotals(spec: core.PodSpec, side: 'requests' | 'limits'): Usage {
  const amountsOf = ({ resources }: core.Container): Usage => parse(resources?.[side]);
  const total: Usage = new Map();
  for (const container of spec.containers) addUsage(total, amountsOf(container));
  const starting: Usage[] = [];
  const sidecars: Usage = new Map();
  for (const container of spec.initContainers ?? []) {
    if (container.restartPolicy === 'Always') {
      addUsage(total, amountsOf(container));
      addUsage(sidecars, amountsOf(container));
    } else {
      const beside = new Map(sidecars);
      addUsage(beside, amountsOf(container));
      starting.push(beside);
    }
  }
  for (const [name, value] of starting.flatMap((usage) => [...usage])) {
    const sum = total.get(name);
    if (sum === undefined || compare(value, sum) > 0) total.set(name, value);
  }
  addUsage(total, parse(spec.overhead));
  return total;
}

function parse(list: Readonly<Record<string, string>> | undefined): Usage {
  const usage: Usage = new Map();
  for (const [name, text] of Object.entries(list ?? {})) {
    const value = parseQuantity(text);
    if (value !== undefined) usage.set(name, value);
  }
  return usage;
}

export function serviceUsage({ spec }: Service): Usage {
  const usage: Usage = new Map([['services', quantityOf(1)]]);
  const balanced = spec.type === 'LoadBalancer';
  if (balanced) usage.set('services.loadbalancers', quantityOf(1));
  const opens = balanced && spec.allocateLoadBalancerNodePorts !== false;
  if (spec.type === 'NodePort' || opens) {
    usage.set('services.nodeports', quantityOf(spec.ports?.length ?? 0));
  }
  return usage;
}

export function claimUsage({ spec }: PersistentVolumeClaim): Usage {
  const usage: Usage = new Map([['persistentvolumeclaims', quantityOf(1)]]);
  const storage = parse(spec.resources?.requests).get('storage');
  if (storage !== undefined) usage.set('requests.storage', storage);
  if (spec.storageClassName) {
    const prefix = `${spec.storageClassName}.storageclass.storage.k8s.io`;
    usage.set(`${prefix}/persistentvolumeclaims`, quantityOf(1));
    if (storage !== undefined) usage.set(`${prefix}/requests.storage`, storage);
  }
  return usage;
}

/** The quota's scopes take the pod in. */
export function coversPod({ spec }: ResourceQuota, pod: Pod): boolean {
  const terms = [
    ...(spec.scopes ?? []).map((scopeName) => ({ scopeName, operator: 'Exists', values: [] })),
    ...(spec.scopeSelector?.matchExpressions ?? []),
  ];
  return terms.every(({ scopeName, operator, values = [] }) => {
    const limited = (pod.spec.activeDeadlineSeconds ?? -1) >= 0;
    if (scopeName === 'Terminating') return limited;
    if (scopeName === 'NotTerminating') return !limited;
    if (scopeName === 'BestEffort') return isBestEffort(pod);
    if (scopeName === 'NotBestEffort') return !isBestEffort(pod);
    if (scopeName !== 'PriorityClass') return false;
    const name = pod.spec.priorityClassName ?? '';
    if (operator === 'Exists') return name !== '';
    if (operator === 'DoesNotExist') return name === '';
    return (values as readonly string[]).includes(name) === (operator === 'In');
  });
}

function isBestEffort({ spec }: Pod): boolean {
  return [...spec.containers, ...(spec.initContainers ?? [])].every(
    ({ resources }) =>
      Object.keys(resources?.requests ?? {}).length +
        Object.keys(resources?.limits ?? {}).length ===
      0,
  );
}

/** `used` for the names that the quota limits; what nothing uses is `0`. */
export function formatUsed(
  hard: Readonly<Record<string, string>>,
  usage: Usage,
): Record<string, string> {
  return Object.fromEntries(
    Object.keys(hard).map((name) => [name, format(usage.get(name) ?? quantityOf(0))]),
  );
}
