/**
 * Services: the fields that hang together (type, clusterIP, clusterIPs, families, node ports), and
 * the addresses and ports that a service holds while it lives.
 * https://kubernetes.io/docs/reference/kubernetes-api/service-resources/service-v1/
 */
import type { UnknownObject } from '../../api/object.ts';
import type { core, Service } from '../../api/types.ts';
import { claimService } from './service-claims.ts';
import type { Strategy } from './strategy.ts';

type Spec = core.ServiceSpec;

export const serviceStrategy: Strategy = {
  returnsDeleted: true,
  prepareForCreate(object) {
    const service = object as unknown as Service;
    if (object.status === undefined) object.status = { loadBalancer: {} };
    alignClusterIPs(service.spec, undefined);
    defaultFamilies(service.spec);
  },
  prepareForUpdate(next, previous) {
    const spec = (next as unknown as Service).spec;
    const before = (previous as unknown as Service).spec;
    dropForNewType(spec, before);
    keepAllocated(spec, before);
    alignClusterIPs(spec, before);
    defaultFamilies(spec);
    if (spec.type !== 'LoadBalancer' && before.type === 'LoadBalancer') {
      next.status = { loadBalancer: {} };
    }
  },
  claim: (next, previous, context) => claimService(asService(next), asService(previous), context),
};

export function hasClusterIP(spec: Spec): boolean {
  return spec.type !== 'ExternalName' && spec.clusterIP !== 'None';
}

export function hasNodePorts(spec: Spec): boolean {
  return spec.type === 'NodePort' || spec.type === 'LoadBalancer';
}

function asService(object: UnknownObject | undefined): Service | undefined {
  return object as unknown as Service | undefined;
}

/** clusterIP is the first of clusterIPs; a client may give either. */
function alignClusterIPs(spec: Spec, before: Spec | undefined): void {
  if (spec.type === 'ExternalName') {
    delete spec.clusterIPs;
    if (spec.clusterIP === '' || spec.clusterIP === undefined) delete spec.clusterIP;
    return;
  }
  const given = spec.clusterIPs ?? [];
  if (before === undefined) {
    if (spec.clusterIP && given.length === 0) spec.clusterIPs = [spec.clusterIP];
    else if (!spec.clusterIP && given[0]) spec.clusterIP = given[0];
    return;
  }
  const changedOne = spec.clusterIP !== before.clusterIP;
  const changedAll = JSON.stringify(given) !== JSON.stringify(before.clusterIPs ?? []);
  if (changedOne && !changedAll) {
    if (spec.clusterIP) spec.clusterIPs = [spec.clusterIP];
    else delete spec.clusterIPs;
  } else if (!spec.clusterIP && given[0]) {
    spec.clusterIP = given[0];
  } else if (spec.clusterIP && given.length === 0) {
    spec.clusterIPs = [spec.clusterIP];
  }
}

/** A single-stack IPv4 cluster; only headless services without selector are promised both families. */
function defaultFamilies(spec: Spec): void {
  if (spec.type === 'ExternalName') {
    delete spec.ipFamilies;
    delete spec.ipFamilyPolicy;
    return;
  }
  const bare = spec.clusterIP === 'None' && Object.keys(spec.selector ?? {}).length === 0;
  spec.ipFamilyPolicy ??= bare ? 'RequireDualStack' : 'SingleStack';
  if ((spec.ipFamilies ?? []).length === 0) {
    const both = bare && spec.ipFamilyPolicy !== 'SingleStack';
    spec.ipFamilies = both ? ['IPv4', 'IPv6'] : ['IPv4'];
  }
}

/** What an update leaves out but the service already holds stays its own. */
function keepAllocated(spec: Spec, before: Spec): void {
  if (spec.type !== 'ExternalName' && before.type !== 'ExternalName') {
    if (!spec.clusterIP && !spec.clusterIPs?.length) {
      if (before.clusterIP !== undefined) spec.clusterIP = before.clusterIP;
      if (before.clusterIPs !== undefined) spec.clusterIPs = before.clusterIPs;
    }
  }
  if (!hasNodePorts(spec) || !hasNodePorts(before)) return;
  const taken = new Set(spec.ports?.map((port) => port.nodePort).filter(Boolean));
  for (const port of spec.ports ?? []) {
    if (port.nodePort) continue;
    const old = before.ports?.find(
      (other) => other.port === port.port && (other.protocol ?? 'TCP') === (port.protocol ?? 'TCP'),
    );
    if (old?.nodePort && !taken.has(old.nodePort)) port.nodePort = old.nodePort;
  }
  if (needsHealthPort(spec) && !spec.healthCheckNodePort && before.healthCheckNodePort) {
    spec.healthCheckNodePort = before.healthCheckNodePort;
  }
}

export function needsHealthPort(spec: Spec): boolean {
  return spec.type === 'LoadBalancer' && spec.externalTrafficPolicy === 'Local';
}

/** Clears what belonged to the old type, unless the client changed it on purpose. */
function dropForNewType(spec: Spec, before: Spec): void {
  if (spec.type === 'ExternalName' && before.type !== 'ExternalName') {
    if (spec.clusterIP === before.clusterIP) delete spec.clusterIP;
    delete spec.clusterIPs;
    delete spec.ipFamilies;
    delete spec.ipFamilyPolicy;
    delete spec.internalTrafficPolicy;
  }
  if (hasNodePorts(before) && !hasNodePorts(spec)) {
    for (const port of spec.ports ?? []) {
      const kept = before.ports?.some((other) => other.nodePort === port.nodePort);
      if (kept) delete port.nodePort;
    }
    delete spec.externalTrafficPolicy;
  }
  if (needsHealthPort(before) && !needsHealthPort(spec)) {
    if (spec.healthCheckNodePort === before.healthCheckNodePort) delete spec.healthCheckNodePort;
  }
  if (before.type === 'LoadBalancer' && spec.type !== 'LoadBalancer') {
    delete spec.allocateLoadBalancerNodePorts;
    if (spec.loadBalancerClass === before.loadBalancerClass) delete spec.loadBalancerClass;
  }
}
