/**
 * What pods ask of a node, as numbers: cpu in thousandths of a core, everything else in its own unit
 * (bytes, pieces). Shared by the scheduler, which looks for a node, and the kubelet, which has the last
 * word. Pure.
 * https://kubernetes.io/docs/concepts/configuration/manage-resources-containers/
 */
import { type Arithmetic, combineContainers, raiseAmounts } from './pod-sum.ts';
import { parseQuantity, toMilli, toNumber } from './quantity.ts';
import type { core, Pod } from './types.ts';

export type Amounts = ReadonlyMap<string, number>;

/** Quantities that cannot be parsed count as zero: the API server does not let them in. */
export function amountsOf(list: Readonly<Record<string, string>> | undefined): Map<string, number> {
  const amounts = new Map<string, number>();
  for (const [name, text] of Object.entries(list ?? {})) amounts.set(name, amount(name, text));
  return amounts;
}

function amount(name: string, text: string): number {
  const quantity = parseQuantity(text);
  if (quantity === undefined) return 0;
  return name === 'cpu' ? toMilli(quantity) : Math.ceil(toNumber(quantity));
}

/**
 * What the pod needs at any time: its containers and sidecars together, or while it starts the
 * greediest init container beside the sidecars that run by then; plus the overhead.
 */
export function podRequests(spec: core.PodSpec): Map<string, number> {
  return combineRequests(spec, (container) => amountsOf(container.resources?.requests));
}

/**
 * What a pod holds of the node that it is on. While its resources change that is the more of what it asks
 * for and what it was given, container by container; what its node can never give does not count.
 */
export function heldRequests({ metadata, spec, status }: Pod): Map<string, number> {
  const pending = status?.conditions?.find(({ type }) => type === 'PodResizePending');
  const settled =
    pending === undefined && metadata.generation === (status as Observed)?.observedGeneration;
  if (settled || status?.containerStatuses === undefined) return podRequests(spec);
  const infeasible = pending?.reason === 'Infeasible';
  const told = new Map(
    [...status.containerStatuses, ...(status.initContainerStatuses ?? [])].map(
      (container) => [container.name, container] as const,
    ),
  );
  return combineRequests(spec, ({ name, resources }) => {
    const asked = amountsOf(resources?.requests);
    const container = told.get(name);
    if (container?.resources === undefined) return asked;
    const held = amountsOf(container.allocatedResources);
    raiseAmounts(held, amountsOf(container.resources.requests), numbers);
    if (!infeasible) raiseAmounts(held, asked, numbers);
    return held;
  });
}

/** Newer than the types. */
type Observed = { readonly observedGeneration?: number } | undefined;

const numbers: Arithmetic<number> = { add: (a, b) => a + b, exceeds: (a, b) => a > b };

/** Adds up what `requestsOf` says of each container, as `podRequests` describes it. */
export function combineRequests(
  spec: core.PodSpec,
  requestsOf: (container: core.Container) => Amounts,
): Map<string, number> {
  const total = combineContainers(spec, requestsOf, numbers);
  addTo(total, amountsOf(spec.overhead));
  return total;
}

export function addTo(total: Map<string, number>, amounts: Amounts, sign = 1): void {
  for (const [name, value] of amounts) total.set(name, (total.get(name) ?? 0) + sign * value);
}

export interface HostPort {
  readonly ip: string;
  readonly protocol: string;
  readonly port: number;
}

/** The ports of the node that the pod wants for as long as it runs. */
export function hostPortsOf(spec: core.PodSpec): HostPort[] {
  const containers = [
    ...spec.containers,
    ...(spec.initContainers ?? []).filter((container) => container.restartPolicy === 'Always'),
  ];
  return containers.flatMap((container) =>
    (container.ports ?? []).flatMap(({ hostPort, hostIP, protocol }) =>
      hostPort === undefined || hostPort <= 0
        ? []
        : [{ ip: hostIP || '0.0.0.0', protocol: protocol ?? 'TCP', port: hostPort }],
    ),
  );
}

/** Both cannot be had on one node. */
export function portsConflict(a: HostPort, b: HostPort): boolean {
  if (a.port !== b.port || a.protocol !== b.protocol) return false;
  return a.ip === b.ip || a.ip === '0.0.0.0' || b.ip === '0.0.0.0';
}
