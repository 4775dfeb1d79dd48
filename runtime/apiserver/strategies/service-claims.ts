/**
 * The addresses and node ports of services. Each is a key of its own that is written in the same
 * transaction as the service and must not exist before, so two servers on one store can never give
 * one address away twice:
 *
 *   /registry/networking.k8s.io/ipaddresses/10.96.14.7     an IPAddress object, as people can list
 *   /registry/ranges/servicenodeports/TCP-30080            { "service": "default/web" }
 */

import { randomUUID } from 'node:crypto';
import { type Cidr, formatAddress, parseAddress, parseCidr, sizeOf } from '../../api/ipv4.ts';
import { apiError } from '../../api/status.ts';
import type { Service } from '../../api/types.ts';
import type { Write } from '../../store/store.ts';
import { encodeObject } from '../registry/item.ts';
import { hasClusterIP, hasNodePorts, needsHealthPort } from './service.ts';
import { refused } from './service-families.ts';
import type { StrategyContext } from './strategy.ts';

const firstNodePort = 30000;
const lastNodePort = 32767;
const attempts = 64;

const notInRange = `provided port is not in the valid range. The range of valid ports is ${firstNodePort}-${lastNodePort}`;
const alreadyTaken = 'provided port is already allocated';

const addressKey = (ip: string) => `/registry/networking.k8s.io/ipaddresses/${ip}`;
const portKey = (port: string) => `/registry/ranges/servicenodeports/${port}`;

/** What the writes must hold for `next`, with free addresses and ports filled in. */
export function claimService(
  next: Service | undefined,
  previous: Service | undefined,
  context: StrategyContext,
): Write[] {
  const writes: Write[] = [];
  const held = addressesOf(previous);
  if (next !== undefined) chooseAddress(next, held, context);
  const wanted = addressesOf(next);
  for (const ip of wanted) {
    if (held.has(ip) || next === undefined) continue;
    writes.push({
      type: 'put',
      key: addressKey(ip),
      value: addressObject(ip, next, context),
      expect: 0,
    });
  }
  for (const ip of held) if (!wanted.has(ip)) writes.push({ type: 'delete', key: addressKey(ip) });

  const heldPorts = portsOf(previous);
  if (next !== undefined) choosePorts(next, heldPorts, context);
  const wantedPorts = portsOf(next);
  for (const port of wantedPorts) {
    if (heldPorts.has(port) || next === undefined) continue;
    const owner = `${next.metadata.namespace}/${next.metadata.name}`;
    const value = Buffer.from(JSON.stringify({ service: owner }));
    writes.push({ type: 'put', key: portKey(port), value, expect: 0 });
  }
  for (const port of heldPorts) {
    if (!wantedPorts.has(port)) writes.push({ type: 'delete', key: portKey(port) });
  }
  return writes;
}

function addressesOf(service: Service | undefined): Set<string> {
  if (service === undefined || !hasClusterIP(service.spec)) return new Set();
  const all = service.spec.clusterIPs ?? [service.spec.clusterIP ?? ''];
  return new Set(all.filter((ip) => parseAddress(ip) !== undefined));
}

/** `TCP-30080` for every node port. */
function portsOf(service: Service | undefined): Set<string> {
  if (service === undefined) return new Set();
  const ports = (service.spec.ports ?? [])
    .filter((port) => port.nodePort)
    .map((port) => `${port.protocol ?? 'TCP'}-${port.nodePort}`);
  if (service.spec.healthCheckNodePort) ports.push(`TCP-${service.spec.healthCheckNodePort}`);
  return new Set(ports);
}

function chooseAddress(
  service: Service,
  held: ReadonlySet<string>,
  context: StrategyContext,
): void {
  const { spec } = service;
  if (!hasClusterIP(spec)) return;
  const range = parseCidr(context.serviceCidr);
  if (spec.clusterIP) {
    const number = parseAddress(spec.clusterIP);
    if (held.has(spec.clusterIP) || number === undefined) return;
    if (number <= range.base || number >= lastOf(range)) {
      throw refused(
        service,
        'spec.clusterIPs',
        [spec.clusterIP],
        `failed to allocate IP ${spec.clusterIP}: the provided IP (${spec.clusterIP}) is not in the valid range. ` +
          `The range of valid IPs is ${context.serviceCidr}`,
      );
    }
    if (taken(addressKey(spec.clusterIP), context)) {
      throw refused(
        service,
        'spec.clusterIPs',
        [spec.clusterIP],
        `failed to allocate IP ${spec.clusterIP}: provided IP is already allocated`,
      );
    }
    return;
  }
  const ip = freeAddress(range, context);
  if (ip === undefined) {
    throw apiError('InternalError', 'failed to allocate a serviceIP: range is full');
  }
  spec.clusterIP = ip;
  spec.clusterIPs = [ip];
}

/**
 * A free address, from the upper part of the range first: the lower part (at most 256 addresses) is
 * left to people who choose by hand (KEP-3070).
 */
function freeAddress(range: Cidr, context: StrategyContext): string | undefined {
  const first = range.base + 1;
  const last = lastOf(range);
  const size = last - first;
  const band = Math.min(Math.max(16, Math.floor(size / 16)), 256);
  const low = size > band * 2 ? first + band : first;
  return pick(
    low,
    last - 1,
    (number) => {
      const ip = formatAddress(number);
      return taken(addressKey(ip), context) ? undefined : ip;
    },
    first,
    context,
  );
}

/** The broadcast address, which is nobody's. */
function lastOf(range: Cidr): number {
  return range.base + sizeOf(range) - 1;
}

function choosePorts(service: Service, held: ReadonlySet<string>, context: StrategyContext): void {
  const { spec } = service;
  const allocate =
    spec.type === 'NodePort' ||
    (spec.type === 'LoadBalancer' && spec.allocateLoadBalancerNodePorts !== false);
  const chosen = new Set<string>();
  const free = (protocol: string, port: number) => {
    const id = `${protocol}-${port}`;
    return !chosen.has(id) && (held.has(id) || !taken(portKey(id), context));
  };
  for (const [index, port] of (spec.ports ?? []).entries()) {
    if (!hasNodePorts(spec) || !port.nodePort) continue;
    const path = `spec.ports[${index}].nodePort`;
    if (port.nodePort < firstNodePort || port.nodePort > lastNodePort) {
      throw refused(service, path, port.nodePort, notInRange);
    }
    if (!free(port.protocol ?? 'TCP', port.nodePort)) {
      throw refused(service, path, port.nodePort, alreadyTaken);
    }
    chosen.add(`${port.protocol ?? 'TCP'}-${port.nodePort}`);
  }
  const choose = (protocol: string) =>
    pick(
      firstNodePort + 86,
      lastNodePort,
      (port) => (free(protocol, port) ? port : undefined),
      firstNodePort,
      context,
    );
  for (const port of allocate ? (spec.ports ?? []) : []) {
    if (port.nodePort) continue;
    const protocol = port.protocol ?? 'TCP';
    const twin = spec.ports?.find((other) => other.port === port.port && other.nodePort);
    const number =
      twin?.nodePort && free(protocol, twin.nodePort) ? twin.nodePort : choose(protocol);
    if (number === undefined) {
      throw apiError('InternalError', 'failed to allocate a nodePort: range is full');
    }
    port.nodePort = number;
    chosen.add(`${protocol}-${number}`);
  }
  if (!needsHealthPort(spec)) return;
  const asked = spec.healthCheckNodePort;
  if (!asked) {
    const number = choose('TCP');
    if (number !== undefined) spec.healthCheckNodePort = number;
    return;
  }
  const within = asked >= firstNodePort && asked <= lastNodePort;
  if (within && free('TCP', asked)) return;
  const why = within ? alreadyTaken : notInRange;
  throw apiError(
    'InternalError',
    `Internal error occurred: failed to allocate requested HealthCheck NodePort ${asked}: ${why}`,
  );
}

/** The first candidate that `test` accepts: some at random in [low, high], then all from `first`. */
function pick<T>(
  low: number,
  high: number,
  test: (candidate: number) => T | undefined,
  first: number,
  context: StrategyContext,
): T | undefined {
  for (let attempt = 0; attempt < attempts; attempt++) {
    const found = test(low + Math.floor(context.random() * (high - low + 1)));
    if (found !== undefined) return found;
  }
  for (let candidate = first; candidate <= high; candidate++) {
    const found = test(candidate);
    if (found !== undefined) return found;
  }
  return undefined;
}

function taken(key: string, context: StrategyContext): boolean {
  const name = key.split('/').slice(2, 4).join('/');
  return context.cache.resource(name).get(key) !== undefined;
}

function addressObject(ip: string, service: Service, context: StrategyContext): Uint8Array {
  return encodeObject({
    apiVersion: 'networking.k8s.io/v1',
    kind: 'IPAddress',
    metadata: {
      name: ip,
      uid: randomUUID(),
      creationTimestamp: context.time,
      labels: {
        'ipaddress.kubernetes.io/ip-family': 'IPv4',
        'ipaddress.kubernetes.io/managed-by': 'ipallocator.k8s.io',
      },
    },
    spec: {
      parentRef: {
        resource: 'services',
        namespace: service.metadata.namespace,
        name: service.metadata.name,
      },
    },
  });
}
