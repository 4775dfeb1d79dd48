/**
 * Services, in the order in which the original tells what is wrong with them.
 * k8s.io/kubernetes/pkg/apis/core/validation, ValidateService and ValidateServiceUpdate
 */
import type { core, Service } from '../types.ts';
import {
  checkAddress,
  checkLabel,
  checkQualifiedName,
  checkSubdomain,
  isCidr,
  isIPv6,
} from './names.ts';
import type { Problems } from './problems.ts';
import { checkNotSpecial } from './special-addresses.ts';
import {
  checkName,
  indexed,
  labels,
  list,
  oneOf,
  portNumber,
  portNumberOrName,
  record,
} from './values.ts';

type Spec = core.ServiceSpec;

const kubeletPort = 10250;

export function validateService(object: Service, problems: Problems): void {
  const spec = record(object.spec);
  if (spec === undefined) {
    problems.required('spec.ports');
    return;
  }
  const external = spec.type === 'ExternalName';
  if (list(spec.ports).length === 0 && !isHeadless(spec) && !external) {
    problems.required('spec.ports');
  }
  validateForType(spec, problems);
  validatePorts(spec, problems);
  labels(spec.selector, 'spec.selector', problems);
  validateAffinity(spec, problems);
  validateServiceAddresses(spec, problems);
  for (const [i, address] of list(spec.externalIPs).entries()) {
    const wrong = checkAddress(address);
    const why = wrong.length > 0 ? wrong : checkNotSpecial(address);
    for (const problem of why) problems.invalid(`spec.externalIPs[${i}]`, address, problem);
  }
  const types = ['ClusterIP', 'ExternalName', 'LoadBalancer', 'NodePort'];
  oneOf(spec.type, types, 'spec.type', problems);
  validateNumbers(spec, problems);
  validateLoadBalancer(object, spec, problems);
  validateTrafficPolicies(spec, problems);
}

/** It has no address of its own. */
export function isHeadless({ clusterIP, clusterIPs }: Spec): boolean {
  const all = list(clusterIPs);
  return all.length === 0 ? clusterIP === 'None' : all.length === 1 && all[0] === 'None';
}

/** People outside the cluster can reach it, so it matters which of the nodes they come to. */
export function isExternallyAccessible({ type, externalIPs }: Spec): boolean {
  if (type === 'LoadBalancer' || type === 'NodePort') return true;
  return type !== 'ExternalName' && list(externalIPs).length > 0;
}

function validateForType(spec: Spec, problems: Problems): void {
  if (spec.type === 'LoadBalancer') {
    for (const [i, { port }] of indexed(spec.ports)) {
      if (port !== kubeletPort) continue;
      const why = `may not expose port ${port} externally since it is used by kubelet`;
      problems.invalid(`spec.ports[${i}]`, port, why);
    }
  }
  if (isHeadless(spec) && (spec.type === 'NodePort' || spec.type === 'LoadBalancer')) {
    const why = `may not be set to 'None' for ${spec.type} services`;
    problems.invalid('spec.clusterIPs[0]', 'None', why);
  }
  if (spec.type !== 'ExternalName') return;
  const { clusterIP } = spec;
  const given = {
    clusterIPs: list(spec.clusterIPs).length > 0 || Boolean(clusterIP),
    ipFamilies: list(spec.ipFamilies).length > 0,
    ipFamilyPolicy: spec.ipFamilyPolicy !== undefined,
  };
  for (const [name, is] of Object.entries(given)) {
    if (is) problems.forbidden(`spec.${name}`, 'may not be set for ExternalName services');
  }
  const name = (spec.externalName ?? '').replace(/\.$/, '');
  if (name === '') problems.required('spec.externalName');
  else checkName(name, checkSubdomain, 'spec.externalName', problems);
}

function validatePorts(spec: Spec, problems: Problems): void {
  const names = new Set<string>();
  const several = list(spec.ports).length > 1;
  for (const [i, port] of indexed(spec.ports)) {
    const at = `spec.ports[${i}]`;
    if (!port.name) {
      if (several) problems.required(`${at}.name`);
    } else {
      checkName(port.name, checkLabel, `${at}.name`, problems);
      if (names.has(port.name)) problems.duplicate(`${at}.name`, port.name);
      names.add(port.name);
    }
    portNumber(port.port ?? 0, `${at}.port`, problems);
    oneOf(port.protocol, ['SCTP', 'TCP', 'UDP'], `${at}.protocol`, problems);
    portNumberOrName(port.targetPort ?? port.port ?? 0, `${at}.targetPort`, problems);
    checkName(port.appProtocol, checkQualifiedName, `${at}.appProtocol`, problems);
  }
}

function validateAffinity(spec: Spec, problems: Problems): void {
  oneOf(spec.sessionAffinity, ['ClientIP', 'None'], 'spec.sessionAffinity', problems);
  const timeout = spec.sessionAffinityConfig?.clientIP?.timeoutSeconds;
  if (timeout != null && (timeout <= 0 || timeout > 86_400)) {
    const why = 'must be greater than 0 and less than 86400';
    problems.invalid('spec.sessionAffinityConfig.clientIP.timeoutSeconds', timeout, why);
  }
}

/**
 * The addresses, their families and how many there should be, as far as they can be judged without
 * knowing the cluster (ValidateServiceClusterIPsRelatedFields). A lone clusterIP is no problem: the
 * server makes it the first of clusterIPs.
 */
export function validateServiceAddresses(spec: Spec, problems: Problems): void {
  if (spec.type === 'ExternalName') return;
  const all = list(spec.clusterIPs);
  if (all.length > 0 && all[0] !== spec.clusterIP) {
    const why = spec.clusterIP
      ? 'first value must match `clusterIP`'
      : 'must be empty when `clusterIP` is not specified';
    problems.invalid('spec.clusterIPs', all, why);
  }
  const families = list(spec.ipFamilies);
  for (const [i, family] of families.entries()) {
    oneOf(family, ['IPv4', 'IPv6'], `spec.ipFamilies[${i}]`, problems);
    if (families.indexOf(family) < i) problems.duplicate(`spec.ipFamilies[${i}]`, family);
  }
  const policies = ['PreferDualStack', 'RequireDualStack', 'SingleStack'];
  oneOf(spec.ipFamilyPolicy, policies, 'spec.ipFamilyPolicy', problems);
  validateEachAddress(all.length === 0 && spec.clusterIP ? [spec.clusterIP] : all, spec, problems);
}

function validateEachAddress(all: readonly string[], spec: Spec, problems: Problems): void {
  let sound = true;
  for (const [i, address] of all.entries()) {
    if (i === 0 && address === 'None') {
      if (all.length > 1) {
        sound = false;
        problems.invalid('spec.clusterIPs', all, "'None' must be the first and only value");
      }
      continue;
    }
    for (const problem of checkAddress(address)) {
      sound = false;
      problems.invalid(`spec.clusterIPs[${i}]`, address, problem);
    }
  }
  if (all.length > 2) problems.invalid('spec.clusterIPs', all, 'may only hold up to 2 values');
  // What follows would be told of the wrong ones.
  if (!sound) return;
  if (all.length > 1 && (all.every(isIPv6) || !all.some(isIPv6))) {
    const why = 'may specify no more than one IP for each IP family';
    problems.invalid('spec.clusterIPs', all, why);
  }
  if (isHeadless(spec)) return;
  for (const [i, address] of all.entries()) {
    const family = list(spec.ipFamilies)[i];
    if (family !== 'IPv4' && family !== 'IPv6') continue;
    if (isIPv6(address) === (family === 'IPv6')) continue;
    const why = `expected an ${family} value as indicated by \`ipFamilies[${i}]\``;
    problems.invalid(`spec.clusterIPs[${i}]`, address, why);
  }
}

/** No port twice, neither of the service nor of the nodes. */
function validateNumbers(spec: Spec, problems: Problems): void {
  if (spec.type === undefined || spec.type === 'ClusterIP') {
    for (const [i, { nodePort }] of indexed(spec.ports)) {
      const why = "may not be used when `type` is 'ClusterIP'";
      if (nodePort) problems.forbidden(`spec.ports[${i}].nodePort`, why);
    }
  }
  const nodePorts = new Set<string>();
  for (const [i, { nodePort, protocol = 'TCP' }] of indexed(spec.ports)) {
    if (!nodePort) continue;
    const key = `${nodePort}/${protocol}`;
    if (nodePorts.has(key)) problems.duplicate(`spec.ports[${i}].nodePort`, nodePort);
    nodePorts.add(key);
  }
  const ports = new Set<string>();
  for (const [i, { port, protocol = 'TCP' }] of indexed(spec.ports)) {
    const key = `${port}/${protocol}`;
    if (ports.has(key)) problems.duplicate(`spec.ports[${i}]`, asGoPrintsPort(protocol, port));
    ports.add(key);
  }
}

/** The original prints a struct that has no names for JSON. */
function asGoPrintsPort(protocol: string, port: number | undefined) {
  const given = { Name: '', Protocol: protocol, AppProtocol: null, Port: port };
  return { ...given, TargetPort: 0, NodePort: 0 };
}

const rangesAnnotation = 'service.beta.kubernetes.io/load-balancer-source-ranges';
const onlyForLoadBalancers = "may only be used when `type` is 'LoadBalancer'";
const wrongCidr = 'must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)';

function validateLoadBalancer({ metadata }: Service, spec: Spec, problems: Problems): void {
  const isOne = spec.type === 'LoadBalancer';
  const ranges = list(spec.loadBalancerSourceRanges);
  const annotated = metadata?.annotations?.[rangesAnnotation];
  if (ranges.length > 0) {
    if (!isOne) problems.forbidden('spec.loadBalancerSourceRanges', onlyForLoadBalancers);
    for (const [i, range] of ranges.entries()) {
      if (isCidr(range.trim())) continue;
      problems.invalid(`spec.loadBalancerSourceRanges[${i}]`, range.trim(), wrongCidr);
    }
  } else if (annotated !== undefined) {
    const at = `metadata.annotations[${rangesAnnotation}]`;
    if (!isOne) problems.forbidden(at, onlyForLoadBalancers);
    for (const range of annotated.trim() === '' ? [] : annotated.split(',')) {
      if (!isCidr(range.trim())) problems.invalid(at, range.trim(), wrongCidr);
    }
  }
  if (spec.allocateLoadBalancerNodePorts !== undefined && !isOne) {
    problems.forbidden('spec.allocateLoadBalancerNodePorts', onlyForLoadBalancers);
  }
  validateClass(spec, problems);
}

function validateClass({ type, loadBalancerClass }: Spec, problems: Problems): void {
  if (loadBalancerClass === undefined) return;
  const at = 'spec.loadBalancerClass';
  if (type === 'LoadBalancer') checkName(loadBalancerClass, checkQualifiedName, at, problems);
  else problems.forbidden(at, onlyForLoadBalancers);
}

function validateTrafficPolicies(spec: Spec, problems: Problems): void {
  const external = spec.externalTrafficPolicy || undefined;
  if (isExternallyAccessible(spec)) {
    oneOf(external, ['Cluster', 'Local'], 'spec.externalTrafficPolicy', problems);
  } else if (external !== undefined) {
    const why = 'may only be set for externally-accessible services';
    problems.invalid('spec.externalTrafficPolicy', external, why);
  }
  const port = spec.healthCheckNodePort ?? 0;
  if (port !== 0) {
    if (spec.type === 'LoadBalancer' && external === 'Local') {
      portNumber(port, 'spec.healthCheckNodePort', problems);
    } else {
      const why =
        "may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'";
      problems.invalid('spec.healthCheckNodePort', port, why);
    }
  }
  const internal = spec.internalTrafficPolicy || undefined;
  oneOf(internal, ['Cluster', 'Local'], 'spec.internalTrafficPolicy', problems);
  const distributions = ['PreferClose', 'PreferSameNode', 'PreferSameZone'];
  oneOf(spec.trafficDistribution, distributions, 'spec.trafficDistribution', problems);
}

/** What is wrong with a service, as a change or by itself. */
export function validateServiceUpdate(next: Service, previous: Service, problems: Problems): void {
  const [spec, before] = [next.spec, previous.spec];
  // An address may be given up by becoming ExternalName, and taken by coming back from it.
  if (spec.type !== 'ExternalName' && before.type !== 'ExternalName') {
    validateAddressChange(spec, before, problems);
    validateFamilyChange(spec, before, problems);
  }
  if (spec.type === 'LoadBalancer' && before.type === 'LoadBalancer') {
    if (spec.loadBalancerClass !== before.loadBalancerClass) {
      const why = 'may not change once set';
      problems.invalid('spec.loadBalancerClass', spec.loadBalancerClass, why);
    }
  }
  validateClass(spec, problems);
  // What was let in once must not keep an object from being deleted.
  if (previous.metadata.deletionTimestamp === undefined) validateService(next, problems);
}

const singleOnly = (what: string) => `must be set to 'SingleStack' when releasing the ${what}`;

/** The first address stays; a second one may come, and go with the policy that says so. */
function validateAddressChange(spec: Spec, before: Spec, problems: Problems): void {
  if (isHeadless(spec) && isHeadless(before)) return;
  const [after, old] = [addressesOf(spec), addressesOf(before)];
  const changed = 'may not change once set';
  if (old.length === after.length) {
    for (const [i, address] of old.entries()) {
      if (address !== after[i]) problems.invalid(`spec.clusterIPs[${i}]`, after, changed);
    }
    return;
  }
  if (after.length === 0) {
    problems.invalid('spec.clusterIPs[0]', spec.clusterIPs, 'primary clusterIP can not be unset');
  } else if (old.length > 0 && after[0] !== old[0]) {
    problems.invalid('spec.clusterIPs[0]', after, changed);
  }
  if (old.length > 1 && after.length === 1 && spec.ipFamilyPolicy !== 'SingleStack') {
    const why = singleOnly('secondary clusterIP');
    problems.invalid('spec.ipFamilyPolicy', spec.ipFamilyPolicy, why);
  }
}

function addressesOf({ clusterIP, clusterIPs }: Spec): readonly string[] {
  const all = list(clusterIPs);
  return all.length === 0 && clusterIP ? [clusterIP] : all;
}

function validateFamilyChange(spec: Spec, before: Spec, problems: Problems): void {
  // Who has no address may be of any family.
  if (isHeadless(spec) || isHeadless(before)) return;
  const [after, old] = [list(spec.ipFamilies), list(before.ipFamilies)];
  const changed = 'may not change once set';
  if (old.length === after.length) {
    for (const [i, family] of old.entries()) {
      if (family !== after[i]) problems.invalid('spec.ipFamilies[0]', after, changed);
    }
    return;
  }
  if (old.length > 0 && after.length > 0 && after[0] !== old[0]) {
    problems.invalid('spec.ipFamilies[0]', addressesOf(spec), changed);
  }
  if (old.length > 1 && after.length === 1 && spec.ipFamilyPolicy !== 'SingleStack') {
    const why = singleOnly('secondary ipFamily');
    problems.invalid('spec.ipFamilyPolicy', spec.ipFamilyPolicy, why);
  }
}
