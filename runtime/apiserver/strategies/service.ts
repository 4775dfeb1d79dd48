/**
 * Services: the fields that hang together (type, clusterIP, clusterIPs, families, node ports), and
 * the addresses and ports that a service holds while it lives.
 * https://kubernetes.io/docs/reference/kubernetes-api/service-resources/service-v1/
 */
import type { UnknownObject } from '../../api/object.ts';
import type { core, Service } from '../../api/types.ts';
import { isExternallyAccessible } from '../../api/validation/services.ts';
import { claimService } from './service-claims.ts';
import { refused, sameList, settleFamilies } from './service-families.ts';
import type { Strategy } from './strategy.ts';

type Spec = core.ServiceSpec;

export const serviceStrategy: Strategy = {
  returnsDeleted: true,
  prepareForCreate(object) {
    const service = object as unknown as Service;
    if (object.status === undefined) object.status = { loadBalancer: {} };
    alignClusterIPs(service.spec, undefined);
    settleFamilies(service, undefined);
  },
  prepareForUpdate(next, previous) {
    const service = next as unknown as Service;
    const before = previous as unknown as Service;
    keepAllocated(service.spec, before.spec);
    alignClusterIPs(service.spec, before.spec);
    settleFamilies(service, before);
    keepHealthPort(service, before.spec);
    dropForNewType(service.spec, before.spec);
    if (service.spec.type !== 'LoadBalancer') {
      next.status = { ...(next.status as object | undefined), loadBalancer: {} };
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

/**
 * Who knows clusterIP only may leave clusterIPs alone (normalizeClusterIPs). Who changes clusterIPs
 * must say clusterIP, too: what does not fit is for the validation to refuse.
 */
function alignClusterIPs(spec: Spec, before: Spec | undefined): void {
  const address = spec.clusterIP || undefined;
  const given = spec.clusterIPs ?? [];
  if (before === undefined) {
    if (address !== undefined && given.length === 0) spec.clusterIPs = [address];
    return;
  }
  const old = before.clusterIPs ?? [];
  const unchanged = address === (before.clusterIP || undefined);
  if (unchanged) {
    if (old.length > 0 && given.length === 0) spec.clusterIPs = old;
  } else if (sameList(given, old)) {
    if (address === undefined) delete spec.clusterIPs;
    else spec.clusterIPs = [address];
  }
}

/** What an update leaves out but the service already holds stays its own (patchAllocatedValues). */
function keepAllocated(spec: Spec, before: Spec): void {
  if (spec.type !== 'ExternalName' && before.type !== 'ExternalName') {
    if (!spec.clusterIP && before.clusterIP) spec.clusterIP = before.clusterIP;
    if (!spec.clusterIPs?.length && before.clusterIPs?.length) spec.clusterIPs = before.clusterIPs;
  }
  if (hasNodePorts(spec) && hasNodePorts(before)) {
    const [old, given] = [nodePortsOf(before), nodePortsOf(spec)];
    const byName = new Map(before.ports?.map(({ name, nodePort }) => [name ?? '', nodePort]));
    for (const port of spec.ports ?? []) {
      const known = byName.get(port.name ?? '');
      const kept = known && !(old.has(known) && given.has(known));
      if (!port.nodePort && kept) port.nodePort = known;
    }
  }
  if (needsHealthPort(spec) && needsHealthPort(before) && before.healthCheckNodePort) {
    spec.healthCheckNodePort ||= before.healthCheckNodePort;
  }
}

function nodePortsOf(spec: Spec): Set<number> {
  return new Set(spec.ports?.flatMap(({ nodePort }) => (nodePort ? [nodePort] : [])));
}

/** Throws Invalid if the port that load balancers ask for a node's health would change. */
function keepHealthPort(service: Service, before: Spec): void {
  const { spec } = service;
  if (!needsHealthPort(spec) || !needsHealthPort(before)) return;
  if (spec.healthCheckNodePort === before.healthCheckNodePort) return;
  const why =
    'cannot change healthCheckNodePort on loadBalancer service with externalTraffic=Local during update';
  throw refused(service, 'spec.healthCheckNodePort', spec.healthCheckNodePort ?? 0, why);
}

export function needsHealthPort(spec: Spec): boolean {
  return spec.type === 'LoadBalancer' && spec.externalTrafficPolicy === 'Local';
}

/**
 * Clears what belonged to the old type, unless the client changed it as well: then it is for the
 * validation to refuse (dropTypeDependentFields).
 */
function dropForNewType(spec: Spec, before: Spec): void {
  if (spec.type === 'ExternalName' && before.type !== 'ExternalName') dropAddresses(spec, before);
  if (hasNodePorts(before) && !hasNodePorts(spec)) {
    const old = nodePortsOf(before);
    if ([...nodePortsOf(spec)].every((port) => old.has(port))) {
      for (const port of spec.ports ?? []) delete port.nodePort;
    }
  }
  if (needsHealthPort(before) && !needsHealthPort(spec)) {
    if (spec.healthCheckNodePort === before.healthCheckNodePort) delete spec.healthCheckNodePort;
  }
  if (before.type === 'LoadBalancer' && spec.type !== 'LoadBalancer') {
    if (spec.allocateLoadBalancerNodePorts === before.allocateLoadBalancerNodePorts) {
      delete spec.allocateLoadBalancerNodePorts;
    }
    if (spec.loadBalancerClass === before.loadBalancerClass) delete spec.loadBalancerClass;
  }
  if (isExternallyAccessible(before) && !isExternallyAccessible(spec)) {
    if (spec.externalTrafficPolicy === before.externalTrafficPolicy) {
      delete spec.externalTrafficPolicy;
    }
  }
}

function dropAddresses(spec: Spec, before: Spec): void {
  const sameAddress = (spec.clusterIP || undefined) === (before.clusterIP || undefined);
  if (sameAddress && sameList(spec.clusterIPs, before.clusterIPs)) {
    delete spec.clusterIP;
    delete spec.clusterIPs;
  }
  if (sameList(spec.ipFamilies, before.ipFamilies)) delete spec.ipFamilies;
  if (spec.ipFamilyPolicy === before.ipFamilyPolicy) delete spec.ipFamilyPolicy;
}
