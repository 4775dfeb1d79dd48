/**
 * What services mean for traffic: every port of every service with the endpoints that serve it now.
 * Pure; the rules, the listeners on the user's machine and the tests all start from here.
 */

import { parseAddress } from '../../api/ipv4.ts';
import type { EndpointSlice, Service } from '../../api/types.ts';

export type Protocol = 'tcp' | 'udp' | 'sctp';

export interface Backend {
  readonly address: string;
  readonly port: number;
  /** Empty for an endpoint that is on no node of the cluster. */
  readonly node: string;
}

/** One port of one service. */
export interface ServicePort {
  readonly namespace: string;
  readonly service: string;
  readonly protocol: Protocol;
  readonly port: number;
  /** Addresses on which `port` is served anywhere: cluster and external ones. IPv4 only. */
  readonly addresses: readonly string[];
  /** 0 if there is none. */
  readonly nodePort: number;
  /** The addresses of nodes serve `port`, too. */
  readonly loadBalancer: boolean;
  /** Sorted by address and port, each once. */
  readonly backends: readonly Backend[];
  /** `externalTrafficPolicy: Local`: node ports lead to endpoints on the same node only. */
  readonly localOnly: boolean;
  /** How long a client stays with its endpoint; 0 without session affinity. */
  readonly affinitySeconds: number;
}

/** Sorted by namespace, service, protocol and port. Headless and ExternalName services have none. */
export function servicePorts(
  services: readonly Service[],
  slices: readonly EndpointSlice[],
): ServicePort[] {
  const slicesOf = new Map<string, EndpointSlice[]>();
  for (const slice of slices) {
    const service = slice.metadata.labels?.['kubernetes.io/service-name'];
    if (service === undefined || slice.addressType !== 'IPv4') continue;
    const key = `${slice.metadata.namespace}/${service}`;
    const list = slicesOf.get(key);
    if (list === undefined) slicesOf.set(key, [slice]);
    else list.push(slice);
  }
  const result: ServicePort[] = [];
  for (const service of services) {
    const { namespace = '', name } = service.metadata;
    result.push(...portsOf(service, slicesOf.get(`${namespace}/${name}`) ?? []));
  }
  return result.sort((a, b) => compare(keyOf(a), keyOf(b)));
}

/** Unique among all service ports. */
export function keyOf({ namespace, service, protocol, port }: ServicePort): string {
  return `${namespace}/${service}/${protocol}/${port}`;
}

function portsOf(service: Service, slices: readonly EndpointSlice[]): ServicePort[] {
  const { spec } = service;
  const { namespace = '', name } = service.metadata;
  if (spec.type === 'ExternalName' || spec.clusterIP === undefined || spec.clusterIP === 'None') {
    return [];
  }
  const addresses = [...(spec.clusterIPs ?? [spec.clusterIP]), ...(spec.externalIPs ?? [])];
  const affinity = spec.sessionAffinity === 'ClientIP';
  return (spec.ports ?? []).map((port) => ({
    namespace,
    service: name,
    protocol: protocolOf(port.protocol),
    port: port.port,
    addresses: [...new Set(addresses)].filter((each) => parseAddress(each) !== undefined),
    nodePort: port.nodePort ?? 0,
    loadBalancer: spec.type === 'LoadBalancer',
    backends: backendsOf(slices, port.name ?? '', protocolOf(port.protocol)),
    localOnly: spec.externalTrafficPolicy === 'Local',
    affinitySeconds: affinity
      ? (spec.sessionAffinityConfig?.clientIP?.timeoutSeconds ?? 10_800)
      : 0,
  }));
}

/**
 * The ready endpoints; if none is ready, those that still serve while they terminate, so that a last
 * pod that is going away loses no request (KEP-1669).
 */
function backendsOf(
  slices: readonly EndpointSlice[],
  portName: string,
  protocol: Protocol,
): Backend[] {
  const ready = new Map<string, Backend>();
  const terminating = new Map<string, Backend>();
  for (const slice of slices) {
    const port = slice.ports?.find(
      (each) => (each.name ?? '') === portName && protocolOf(each.protocol) === protocol,
    )?.port;
    if (port === undefined) continue;
    for (const endpoint of slice.endpoints ?? []) {
      const { conditions = {} } = endpoint;
      const address = endpoint.addresses[0];
      if (address === undefined || parseAddress(address) === undefined) continue;
      const backend = { address, port, node: endpoint.nodeName ?? '' };
      if (conditions.ready !== false) ready.set(`${address}:${port}`, backend);
      else if (conditions.serving === true && conditions.terminating === true) {
        terminating.set(`${address}:${port}`, backend);
      }
    }
  }
  const chosen = [...(ready.size > 0 ? ready : terminating).values()];
  return chosen.sort((a, b) => compare(a.address, b.address) || a.port - b.port);
}

function protocolOf(protocol: string | undefined): Protocol {
  if (protocol === 'UDP') return 'udp';
  return protocol === 'SCTP' ? 'sctp' : 'tcp';
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
