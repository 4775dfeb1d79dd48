/** Services, Ingresses, policies and endpoints. */
import type { EndpointSlice, Endpoints, Ingress, NetworkPolicy, Service } from '../types.ts';
import { indexed, list } from '../validation/values.ts';
import { address, block } from './addresses.ts';
import type { Warnings } from './collector.ts';

const topologyHints = 'service.kubernetes.io/topology-aware-hints';
const topologyMode = 'service.kubernetes.io/topology-mode';

export function service({ metadata, spec }: Service, warnings: Warnings): void {
  if (metadata.annotations?.[topologyHints] !== undefined) {
    const text = `annotation ${topologyHints} is deprecated, please use ${topologyMode} instead`;
    warnings.deprecated(`metadata.annotations[${topologyHints}]`, text, topologyMode);
  }
  const headless = spec.type === 'ClusterIP' && spec.clusterIP === 'None';
  const external = spec.type === 'ExternalName';
  if (!headless) {
    for (const [i, ip] of list(spec.clusterIPs).entries()) {
      address(ip, `spec.clusterIPs[${i}]`, warnings);
    }
  } else ignoredByHeadless(spec, warnings);
  const addresses = list(spec.externalIPs);
  for (const [i, ip] of addresses.entries()) address(ip, `spec.externalIPs[${i}]`, warnings);
  if (addresses.length > 0 && !headless && !external) {
    const text = 'spec.externalIPs is deprecated and may no longer be implemented in some clusters';
    warnings.deprecated('spec.externalIPs', text);
  }
  address(spec.loadBalancerIP, 'spec.loadBalancerIP', warnings);
  for (const [i, range] of list(spec.loadBalancerSourceRanges).entries()) {
    block(range, `spec.loadBalancerSourceRanges[${i}]`, warnings);
  }
  if (external && addresses.length > 0) {
    warnings.say(
      'spec.externalIPs',
      'spec.externalIPs is ignored when spec.type is "ExternalName"',
    );
  }
  if (!external && spec.externalName) {
    const text = 'spec.externalName is ignored when spec.type is not "ExternalName"';
    warnings.say('spec.externalName', text);
  }
  distribution(spec, warnings);
}

function ignoredByHeadless(spec: Service['spec'], warnings: Warnings): void {
  if (spec.loadBalancerIP) {
    warnings.say('spec.loadBalancerIP', 'spec.loadBalancerIP is ignored for headless services');
  }
  if (list(spec.externalIPs).length > 0) {
    warnings.say('spec.externalIPs', 'spec.externalIPs is ignored for headless services');
  }
  if (spec.sessionAffinity !== 'None') {
    warnings.say('spec.sessionAffinity', 'spec.SessionAffinity is ignored for headless services');
  }
}

function distribution(spec: { trafficDistribution?: string }, warnings: Warnings): void {
  if (spec.trafficDistribution !== 'PreferClose') return;
  const field = 'spec.trafficDistribution';
  const text = `${field}: "PreferClose" is deprecated; use "PreferSameZone"`;
  warnings.deprecated(field, text, 'PreferSameZone');
}

/** From before Ingresses had a field for it. */
export const ingressClassAnnotation = 'kubernetes.io/ingress.class';

export function ingress({ metadata, spec }: Ingress, warnings: Warnings): void {
  if (metadata.annotations?.[ingressClassAnnotation] === undefined) return;
  if (spec.ingressClassName !== undefined) return;
  const text = `annotation "${ingressClassAnnotation}" is deprecated, please use 'spec.ingressClassName' instead`;
  warnings.deprecated(`metadata.annotations[${ingressClassAnnotation}]`, text);
}

export function networkPolicy({ spec }: NetworkPolicy, warnings: Warnings): void {
  const peers = [
    ...[...indexed(spec.ingress)].map(([i, rule]) => ({ at: `ingress[${i}].from`, to: rule.from })),
    ...[...indexed(spec.egress)].map(([i, rule]) => ({ at: `egress[${i}].to`, to: rule.to })),
  ];
  for (const { at, to } of peers) {
    for (const [i, { ipBlock }] of indexed(to)) {
      const field = `spec.${at}[${i}].ipBlock`;
      block(ipBlock?.cidr, `${field}.cidr`, warnings);
      for (const [j, except] of list(ipBlock?.except).entries()) {
        block(except, `${field}.except[${j}]`, warnings);
      }
    }
  }
}

export function endpoints({ metadata, subsets }: Endpoints, warnings: Warnings): void {
  // The controller writes what it has read, canonical already.
  if (metadata.labels?.['endpoints.kubernetes.io/managed-by'] === 'endpoint-controller') return;
  for (const [i, subset] of indexed(subsets)) {
    for (const name of ['addresses', 'notReadyAddresses'] as const) {
      for (const [j, { ip }] of indexed(subset[name])) {
        address(ip, `subsets[${i}].${name}[${j}].ip`, warnings);
      }
    }
  }
}

export function endpointSlice(object: EndpointSlice, warnings: Warnings): void {
  const manager = object.metadata.labels?.['endpointslice.kubernetes.io/managed-by'];
  if (manager === 'endpointslice-controller.k8s.io') return;
  if (object.addressType !== 'IPv4' && object.addressType !== 'IPv6') return;
  for (const [i, { addresses }] of indexed(object.endpoints)) {
    for (const [j, ip] of list(addresses).entries()) {
      address(ip, `endpoints[${i}].addresses[${j}]`, warnings);
    }
  }
}
