/** Which pods stand behind a service, at which addresses and ports. Pure. */
import type { core, discovery, Node, Pod, Service } from '../../api/types.ts';
import { isReady, isTerminal } from '../kit/pods.ts';

export type IpFamily = 'IPv4' | 'IPv6';

export interface Member {
  pod: Pod;
  address: string;
  ready: boolean;
  serving: boolean;
  terminating: boolean;
  /** Set for pods whose subdomain is the service: they have a name in DNS. */
  hostname?: string;
  nodeName?: string;
  zone?: string;
  ports: readonly discovery.EndpointPort[];
}

/** Services that this controller makes endpoints for; those of others are left alone. */
export function hasEndpoints(service: Service): boolean {
  return (
    service.spec.type !== 'ExternalName' && Object.keys(service.spec.selector ?? {}).length > 0
  );
}

export function isHeadless(service: Service): boolean {
  return service.spec.clusterIP === 'None';
}

export function familiesOf(service: Service): IpFamily[] {
  const families = (service.spec.ipFamilies ?? []) as IpFamily[];
  return families.length > 0 ? families : ['IPv4'];
}

/** The pod's place behind the service; undefined if it has no address or has finished. */
export function memberOf(
  service: Service,
  pod: Pod,
  family: IpFamily,
  nodeOf: (name: string) => Node | undefined,
): Member | undefined {
  const address = addressOf(pod, family);
  if (address === undefined || isTerminal(pod)) return undefined;
  const serving = isReady(pod);
  const terminating = pod.metadata.deletionTimestamp !== undefined;
  const { nodeName, hostname, subdomain } = pod.spec;
  const node = nodeName === undefined ? undefined : nodeOf(nodeName);
  const zone = node?.metadata.labels?.['topology.kubernetes.io/zone'];
  const named = hostname !== undefined && hostname !== '' && subdomain === service.metadata.name;
  return {
    pod,
    address,
    ready: service.spec.publishNotReadyAddresses === true || (serving && !terminating),
    serving,
    terminating,
    ...(named ? { hostname } : {}),
    ...(nodeName === undefined ? {} : { nodeName }),
    ...(zone === undefined ? {} : { zone }),
    ports: portsOf(service, pod),
  };
}

function addressOf(pod: Pod, family: IpFamily): string | undefined {
  const addresses = (pod.status?.podIPs ?? []).flatMap(({ ip }) => ip ?? []);
  if (addresses.length === 0 && pod.status?.podIP) addresses.push(pod.status.podIP);
  return addresses.find((ip) => ip.includes(':') === (family === 'IPv6'));
}

/** Ports that the pod does not have are left out: another version of it may have them. */
function portsOf(service: Service, pod: Pod): discovery.EndpointPort[] {
  return (service.spec.ports ?? []).flatMap((port) => {
    const number = targetPort(port, pod);
    if (number === undefined) return [];
    const { name = '', protocol = 'TCP', appProtocol } = port;
    const base = { name, protocol, port: number };
    return [appProtocol === undefined ? base : { ...base, appProtocol }];
  });
}

function targetPort(port: core.ServicePort, pod: Pod): number | undefined {
  const { targetPort: target, protocol = 'TCP' } = port;
  if (target === undefined || target === 0 || target === '') return port.port;
  if (typeof target === 'number') return target;
  const sidecars = (pod.spec.initContainers ?? []).filter(
    (container) => container.restartPolicy === 'Always',
  );
  for (const container of [...pod.spec.containers, ...sidecars]) {
    const found = (container.ports ?? []).find(
      (candidate) => candidate.name === target && (candidate.protocol ?? 'TCP') === protocol,
    );
    if (found !== undefined) return found.containerPort;
  }
  return /^\d+$/.test(target) ? Number(target) : undefined;
}

export function podReference({ metadata }: Pod): core.ObjectReference {
  return {
    kind: 'Pod',
    namespace: metadata.namespace,
    name: metadata.name,
    uid: metadata.uid,
  };
}

/** Equal for equal port lists, whatever their order. */
export function portsKey(ports: readonly discovery.EndpointPort[]): string {
  return ports
    .map(({ name = '', protocol = 'TCP', port = 0, appProtocol = '' }) =>
      [name, protocol, port, appProtocol].join('/'),
    )
    .sort()
    .join(',');
}
