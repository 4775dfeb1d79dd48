/**
 * The kubelet's last word on a pod that is new on its node: the scheduler may never have been asked
 * (`spec.nodeName` set by hand). Pure.
 * https://kubernetes.io/docs/concepts/scheduling-eviction/assign-pod-node/#nodename
 */
import {
  amountsOf,
  type HostPort,
  hostPortsOf,
  podRequests,
  portsConflict,
} from '../../api/pod-demand.ts';
import { isSafeSysctl, withDots } from '../../api/safe-sysctls.ts';
import type { Pod } from '../../api/types.ts';

/** What a pod takes of its node. */
export interface Demand {
  readonly requests: ReadonlyMap<string, number>;
  readonly hostPorts: readonly HostPort[];
}

export function demandOf({ spec }: Pod): Demand {
  return { requests: podRequests(spec), hostPorts: hostPortsOf(spec) };
}

export interface Refusal {
  /** `OutOfcpu`, `NodePorts`: the reason of the pod's status and of the event. */
  readonly reason: string;
  readonly message: string;
}

/** What the kubelet itself answers for; of other resources it may not know the latest. */
const own: readonly string[] = ['cpu', 'memory', 'ephemeral-storage'];

/**
 * Why the pod cannot run beside `others`; undefined if it can. `allocatable` is that of the node's
 * status: what it does not name is not limited.
 */
export function whyRefused(
  wanted: Demand,
  others: readonly Demand[],
  allocatable: Readonly<Record<string, string>> = {},
): Refusal | undefined {
  const room = amountsOf(allocatable);
  const slots = room.get('pods');
  if (slots !== undefined && others.length + 1 > slots) {
    return outOf('pods', 1, others.length, slots);
  }
  for (const name of own) {
    const amount = wanted.requests.get(name) ?? 0;
    const capacity = room.get(name);
    if (amount === 0 || capacity === undefined) continue;
    const used = others.reduce((sum, { requests }) => sum + (requests.get(name) ?? 0), 0);
    if (used + amount > capacity) return outOf(name, amount, used, capacity);
  }
  const taken = wanted.hostPorts.some((port) =>
    others.some(({ hostPorts }) => hostPorts.some((other) => portsConflict(port, other))),
  );
  if (!taken) return undefined;
  const why = "node(s) didn't have free ports for the requested pod ports";
  return { reason: 'NodePorts', message: `Predicate NodePorts failed: ${why}` };
}

/** Why no node of ours runs the pod, whatever room there is; undefined if one does. */
export function whyForbidden({ spec }: Pod): Refusal | undefined {
  for (const { name } of spec.securityContext?.sysctls ?? []) {
    const setting = JSON.stringify(withDots(name));
    const namespace = name.startsWith('net') ? 'net' : 'ipc';
    const isShared = namespace === 'net' ? spec.hostNetwork : spec.hostIPC;
    if (isSafeSysctl(name) && !isShared) continue;
    const why = isSafeSysctl(name)
      ? `${setting} not allowed with host ${namespace} enabled`
      : `${setting} not allowlisted`;
    return { reason: 'SysctlForbidden', message: `forbidden sysctl: ${why}` };
  }
  return undefined;
}

/** cpu in thousandths of a core. */
function outOf(name: string, requested: number, used: number, capacity: number): Refusal {
  return {
    reason: `OutOf${name}`,
    message: `Node didn't have enough resource: ${name}, requested: ${requested}, used: ${used}, capacity: ${capacity}`,
  };
}
