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
import type { Service } from '../../api/types.ts';
import type { Write } from '../../store/store.ts';
import { encodeObject } from '../registry/item.ts';
import { internal } from '../verbs/errors.ts';
import { hasClusterIP, hasNodePorts, needsHealthPort } from './service.ts';
import { refused } from './service-families.ts';
import { chooseNodePorts, firstNodePort, lastNodePort, type NodePorts } from './service-ports.ts';
import type { StrategyContext } from './strategy.ts';

const protocols = ['TCP', 'UDP', 'SCTP'];
const attempts = 64;

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
  if (next !== undefined) chooseAddress(next, previous, context);
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
  if (next !== undefined) chooseNodePorts(next, previous, nodePorts(context));
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

/** `TCP-30080` for every node port that is in use. */
function portsOf(service: Service | undefined): Set<string> {
  if (service === undefined) return new Set();
  const { spec } = service;
  const ports = (hasNodePorts(spec) ? (spec.ports ?? []) : [])
    .filter((port) => port.nodePort)
    .map((port) => `${port.protocol ?? 'TCP'}-${port.nodePort}`);
  if (needsHealthPort(spec) && spec.healthCheckNodePort) {
    ports.push(`TCP-${spec.healthCheckNodePort}`);
  }
  return new Set(ports);
}

function chooseAddress(
  service: Service,
  previous: Service | undefined,
  context: StrategyContext,
): void {
  const { spec } = service;
  if (!hasClusterIP(spec)) return;
  // An address that is there stays: whoever wants another one is told so when the service is judged.
  if (previous !== undefined && previous.spec.type !== 'ExternalName' && spec.clusterIP) return;
  const range = parseCidr(context.serviceCidr);
  if (spec.clusterIP) {
    const number = parseAddress(spec.clusterIP);
    if (number === undefined) return;
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
    throw internal('failed to allocate a serviceIP: range is full');
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

/** The node ports that nobody has, by all protocols. */
function nodePorts(context: StrategyContext): NodePorts {
  const isFree = (port: number) =>
    protocols.every((protocol) => !taken(portKey(`${protocol}-${port}`), context));
  return {
    isFree,
    any: (accepts) =>
      pick(
        firstNodePort + 86,
        lastNodePort,
        (port) => (accepts(port) ? port : undefined),
        firstNodePort,
        context,
      ),
  };
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
  if (context.held.has(key)) return true;
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
