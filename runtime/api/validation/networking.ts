/** Endpoints, EndpointSlice, NetworkPolicy, IPAddress, ServiceCIDR. */

import { parseCidr } from '../cel/addresses.ts';
import type { KubeObject } from '../object.ts';
import type { EndpointSlice, Endpoints, NetworkPolicy, networking } from '../types.ts';
import {
  checkAddress,
  checkLabel,
  checkPathSegment,
  checkQualifiedName,
  checkSubdomain,
  isCidr,
  isIPv4,
  isIPv6,
} from './names.ts';
import type { Problems } from './problems.ts';
import { checkNotSpecial } from './special-addresses.ts';
import {
  checkName,
  immutable,
  indexed,
  isRecord,
  labelSelector,
  list,
  oneOf,
  portNumber,
  portNumberOrName,
  record,
  requireName,
} from './values.ts';

const protocols = ['SCTP', 'TCP', 'UDP'];

export function validateEndpoints(endpoints: Endpoints, problems: Problems): void {
  for (const [i, subset] of indexed(endpoints.subsets)) {
    const at = `subsets[${i}]`;
    const addresses = [...list(subset.addresses), ...list(subset.notReadyAddresses)];
    if (addresses.length === 0) {
      problems.required(at, 'must specify `addresses` or `notReadyAddresses`');
    }
    for (const part of ['addresses', 'notReadyAddresses'] as const) {
      for (const [j, address] of indexed(subset[part])) {
        const ip = address.ip ?? '';
        checkName(ip, checkAddress, `${at}.${part}[${j}].ip`, problems);
        if (checkAddress(ip).length > 0) {
          problems.invalid(`${at}.${part}[${j}].ip`, ip, 'must be a valid IP address');
        }
        notSpecial(endpoints, ip, `${at}.${part}[${j}].ip`, problems);
        if (address.hostname) {
          checkName(address.hostname, checkLabel, `${at}.${part}[${j}].hostname`, problems);
        }
        checkName(address.nodeName, checkSubdomain, `${at}.${part}[${j}].nodeName`, problems);
      }
    }
    const several = list(subset.ports).length > 1;
    for (const [j, port] of indexed(subset.ports)) {
      if (!port.name && several) problems.required(`${at}.ports[${j}].name`);
      if (port.name) checkName(port.name, checkLabel, `${at}.ports[${j}].name`, problems);
      portNumber(port.port ?? 0, `${at}.ports[${j}].port`, problems);
      oneOf(port.protocol, protocols, `${at}.ports[${j}].protocol`, problems);
      checkName(port.appProtocol, checkQualifiedName, `${at}.ports[${j}].appProtocol`, problems);
    }
  }
}

/** Whatever hands on what is sent to an endpoint would be made to send it to itself. */
function notSpecial(
  { metadata }: Endpoints | EndpointSlice,
  address: string,
  field: string,
  problems: Problems,
): void {
  // The API servers' own: without an engine they can be reached on this machine alone. Several that share
  // their state have a slice for each port.
  const { namespace, name = '' } = metadata;
  if (namespace === 'default' && /^kubernetes(-\d+)?$/.test(name)) return;
  for (const why of checkNotSpecial(address)) problems.invalid(field, address, why);
}

export function validateEndpointSlice(slice: EndpointSlice, problems: Problems): void {
  if (!slice.addressType) problems.required('addressType');
  else oneOf(slice.addressType, ['FQDN', 'IPv4', 'IPv6'], 'addressType', problems);
  const count = list(slice.endpoints).length;
  if (count > 1000) problems.tooMany('endpoints', count, 1000);
  for (const [i, endpoint] of indexed(slice.endpoints)) {
    const at = `endpoints[${i}].addresses`;
    const addresses = list(endpoint.addresses);
    if (addresses.length === 0) problems.required(at, 'must contain at least 1 address');
    if (addresses.length > 100) problems.tooMany(at, addresses.length, 100);
    for (const [j, address] of addresses.entries()) {
      if (slice.addressType === 'IPv4' && !isIPv4(address)) {
        problems.invalid(`${at}[${j}]`, address, 'must be a valid IPv4 address');
      } else if (slice.addressType === 'IPv6' && !isIPv6(address)) {
        problems.invalid(`${at}[${j}]`, address, 'must be a valid IPv6 address');
      } else if (slice.addressType === 'FQDN') {
        checkName(address, checkSubdomain, `${at}[${j}]`, problems);
      }
      if (slice.addressType !== 'FQDN') notSpecial(slice, address, `${at}[${j}]`, problems);
    }
  }
  for (const [i, endpoint] of indexed(slice.endpoints)) {
    checkName(endpoint.hostname, checkLabel, `endpoints[${i}].hostname`, problems);
    for (const [j, zone] of indexed(record(endpoint.hints)?.forZones)) {
      if (!zone.name) problems.required(`endpoints[${i}].hints.forZones[${j}].name`);
    }
  }
  const names = new Set<string>();
  for (const [i, port] of indexed(slice.ports)) {
    const name = port.name ?? '';
    if (names.has(name)) problems.duplicate(`ports[${i}].name`, name);
    names.add(name);
    if (name !== '') checkName(name, checkLabel, `ports[${i}].name`, problems);
    oneOf(port.protocol, protocols, `ports[${i}].protocol`, problems);
    checkName(port.appProtocol, checkQualifiedName, `ports[${i}].appProtocol`, problems);
  }
}

export function validateEndpointSliceUpdate(
  next: EndpointSlice,
  previous: EndpointSlice,
  problems: Problems,
): void {
  immutable(next.addressType, previous.addressType, 'addressType', problems);
}

export function validateNetworkPolicy({ spec }: NetworkPolicy, problems: Problems): void {
  const given = record(spec);
  if (given === undefined) return;
  labelSelector(given.podSelector, 'spec.podSelector', problems);
  for (const [direction, peers] of [
    ['ingress', 'from'],
    ['egress', 'to'],
  ] as const) {
    for (const [i, rule] of indexed(given[direction])) {
      const at = `spec.${direction}[${i}]`;
      for (const [j, port] of indexed(rule.ports)) {
        oneOf(port.protocol, protocols, `${at}.ports[${j}].protocol`, problems);
        if (port.port !== undefined)
          portNumberOrName(port.port, `${at}.ports[${j}].port`, problems);
        validateEndPort(port, `${at}.ports[${j}].endPort`, problems);
      }
      const from = (rule as Record<string, unknown>)[peers] as networking.NetworkPolicyPeer[];
      for (const [j, peer] of indexed(from)) validatePeer(peer, `${at}.${peers}[${j}]`, problems);
    }
  }
  if (list(given.policyTypes).length > 2) {
    const why = 'may not specify more than two policyTypes';
    problems.invalid('spec.policyTypes', given.policyTypes, why);
    return;
  }
  for (const [i, type] of list(given.policyTypes).entries()) {
    oneOf(type, ['Ingress', 'Egress'], `spec.policyTypes[${i}]`, problems);
  }
}

function validateEndPort(
  { port, endPort }: networking.NetworkPolicyPort,
  field: string,
  problems: Problems,
): void {
  if (endPort === undefined) return;
  portNumber(endPort, field, problems);
  if (port === undefined) {
    problems.invalid(field, endPort, 'may not be specified when `port` is not specified');
  } else if (typeof port === 'string') {
    problems.invalid(field, endPort, 'may not be specified when `port` is non-numeric');
  } else if (endPort < port) {
    problems.invalid(field, endPort, 'must be greater than or equal to `port`');
  }
}

function validatePeer(peer: networking.NetworkPolicyPeer, field: string, problems: Problems): void {
  const selectors = isRecord(peer.podSelector) || isRecord(peer.namespaceSelector);
  const block = record(peer.ipBlock);
  if (block !== undefined && selectors) {
    problems.forbidden(field, 'may not specify both ipBlock and another peer');
  }
  if (block === undefined && !selectors) problems.required(field, 'must specify a peer');
  labelSelector(peer.podSelector, `${field}.podSelector`, problems);
  labelSelector(peer.namespaceSelector, `${field}.namespaceSelector`, problems);
  const wrong = 'must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)';
  if (block === undefined) return;
  if (!block.cidr) problems.required(`${field}.ipBlock.cidr`);
  else if (!isCidr(block.cidr)) problems.invalid(`${field}.ipBlock.cidr`, block.cidr, wrong);
  if (!isCidr(block.cidr ?? '')) return;
  for (const [i, except] of list(block.except).entries()) {
    const at = `${field}.ipBlock.except[${i}]`;
    if (!isCidr(except)) problems.invalid(at, except, wrong);
    else if (!isStrictlyWithin(except, block.cidr)) {
      problems.invalid(at, except, 'must be a strict subset of `cidr`');
    }
  }
}

/** A smaller range that lies in the larger one. */
function isStrictlyWithin(inner: string, outer: string): boolean {
  const [a, b] = [parseCidr(inner), parseCidr(outer)];
  return a === undefined || b === undefined || (a.length > b.length && b.contains(a.address));
}

interface AddressObject extends KubeObject {
  spec?: { parentRef?: { resource?: string; name?: string } };
}

/** An IPAddress belongs to what it was given to. */
export function validateIPAddress({ metadata, spec }: AddressObject, problems: Problems): void {
  if (metadata?.name) checkName(metadata.name, checkAddress, 'metadata.name', problems);
  const parent = record(record(spec)?.parentRef);
  if (parent === undefined) {
    problems.required('spec.parentRef');
    return;
  }
  for (const name of ['resource', 'name'] as const) {
    requireName(parent[name], checkPathSegment, `spec.parentRef.${name}`, problems);
  }
}

export function validateServiceCidr(
  { spec }: KubeObject & { spec?: { cidrs?: string[] } },
  problems: Problems,
): void {
  const cidrs = list(record(spec)?.cidrs);
  if (cidrs.length === 0) problems.required('spec.cidrs', 'at least one CIDR required');
  if (cidrs.length > 2) problems.invalid('spec', cidrs, 'may only hold up to 2 values');
  for (const [i, cidr] of cidrs.entries()) {
    if (isCidr(cidr)) continue;
    problems.invalid(
      `spec.cidrs[${i}]`,
      cidr,
      'must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)',
    );
  }
}
