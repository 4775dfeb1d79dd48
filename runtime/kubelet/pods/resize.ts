/**
 * Resources of containers that change while they run: what a pod asks for, what the node has granted it
 * and what its containers were given may be three things for a while. Pure.
 * https://kubernetes.io/docs/tasks/configure-pod-container/resize-container-resources/
 */
import { amountsOf, podRequests } from '../../api/pod-demand.ts';
import type { core, Pod } from '../../api/types.ts';
import { engineResources } from '../spec/amounts.ts';
import { isSidecar } from '../spec/containers.ts';
import { type Demand, demandOf, whyRefused } from './admission.ts';

/** What each container is granted, by its name: processor and memory only, nothing else can change. */
export type Grant = ReadonlyMap<string, core.ResourceRequirements>;

/** Why a pod does not have what it asks for; the reason and message of `PodResizePending`. */
export interface PendingResize {
  /** Infeasible: never on this node. Deferred: when there is room. */
  readonly reason: 'Infeasible' | 'Deferred';
  readonly message: string;
}

const resizable: readonly string[] = ['cpu', 'memory'];

type Amounts = core.ResourceRequirements['limits'];

/** Of init containers only sidecars are there long enough to change. */
function resizableContainers({ spec }: Pod): core.Container[] {
  return [...(spec.initContainers ?? []).filter(isSidecar), ...spec.containers];
}

function only(wanted: (name: string) => boolean, amounts: Amounts): NonNullable<Amounts> {
  return Object.fromEntries(Object.entries(amounts ?? {}).filter(([name]) => wanted(name)));
}

const isResizable = (name: string) => resizable.includes(name);

/** What the pod asks for. */
export function askedOf(pod: Pod): Grant {
  return new Map(
    resizableContainers(pod).map(({ name, resources }) => [
      name,
      {
        requests: only(isResizable, resources?.requests),
        limits: only(isResizable, resources?.limits),
      },
    ]),
  );
}

/** What the pod was granted before this process began, from what was told then; else what it asks for. */
export function grantOf(pod: Pod): Grant {
  const grant = new Map(askedOf(pod));
  const { containerStatuses = [], initContainerStatuses = [] } = pod.status ?? {};
  for (const { name, resources, allocatedResources } of [
    ...initContainerStatuses,
    ...containerStatuses,
  ]) {
    if (resources === undefined || !grant.has(name)) continue;
    grant.set(name, {
      requests: only(isResizable, allocatedResources ?? resources.requests),
      limits: only(isResizable, resources.limits),
    });
  }
  return grant;
}

export function sameGrant(one: Grant, other: Grant): boolean {
  return [...one].every(([name, resources]) => {
    const before = other.get(name);
    return (
      sameAmounts(resources.requests, before?.requests) &&
      sameAmounts(resources.limits, before?.limits)
    );
  });
}

function sameAmounts(one: Amounts, other: Amounts): boolean {
  const [a, b] = [amountsOf(one), amountsOf(other)];
  return a.size === b.size && [...a].every(([name, value]) => b.get(name) === value);
}

/** The pod with the resources that it was granted in place of those that it asks for. */
export function grantedPod(pod: Pod, grant: Grant): Pod {
  if (sameGrant(askedOf(pod), grant)) return pod;
  const give = (container: core.Container): core.Container => {
    const granted = grant.get(container.name);
    if (granted === undefined) return container;
    const merged = (side: 'requests' | 'limits') => ({
      ...only((name) => !isResizable(name), container.resources?.[side]),
      ...granted[side],
    });
    const resources = { ...container.resources, requests: merged('requests') };
    return { ...container, resources: { ...resources, limits: merged('limits') } };
  };
  const { containers, initContainers } = pod.spec;
  return {
    ...pod,
    spec: {
      ...pod.spec,
      containers: containers.map(give),
      ...(initContainers === undefined ? {} : { initContainers: initContainers.map(give) }),
    },
  };
}

/** Why the pod cannot have what it asks for beside `others`; undefined if it can. */
export function whyPending(
  pod: Pod,
  others: readonly Demand[],
  allocatable: Readonly<Record<string, string>> = {},
): PendingResize | undefined {
  const room = amountsOf(allocatable);
  const wanted = podRequests(pod.spec);
  for (const name of ['memory', 'cpu']) {
    const [requested, capacity] = [wanted.get(name) ?? 0, room.get(name)];
    if (capacity === undefined || requested <= capacity) continue;
    const message = `Node didn't have enough capacity: ${name}, requested: ${requested}, capacity: ${capacity}`;
    return { reason: 'Infeasible', message };
  }
  const refusal = whyRefused(demandOf(pod), others, allocatable);
  return refusal && { reason: 'Deferred', message: refusal.message };
}

/** Whether a container that runs with `given` must be started anew to have what `container` says. */
export function needsRestart(container: core.Container, given: core.ResourceRequirements): boolean {
  const before = engineResources({ ...container, resources: given });
  const after = engineResources(container);
  const memory = before.memoryBytes !== after.memoryBytes;
  const cpu = before.cpuShares !== after.cpuShares || before.cpuQuota !== after.cpuQuota;
  return (container.resizePolicy ?? []).some(
    ({ resourceName, restartPolicy }) =>
      restartPolicy === 'RestartContainer' &&
      ((resourceName === 'memory' && memory) || (resourceName === 'cpu' && cpu)),
  );
}

/** What events of a resize say: the containers' resources, and of which generation they are. */
export function resizeText(pod: Pod, error?: string): string {
  const containers = resizableContainers(pod).map(({ name, resources }) => ({
    name,
    resources: resources ?? {},
  }));
  const { generation } = pod.metadata;
  return JSON.stringify({ containers, generation, ...(error === undefined ? {} : { error }) });
}
