/** Where a proxy request goes: `pods/https:web:8443/proxy/…`, `services/web:http/proxy/…`. */
import type { Duplex } from 'node:stream';
import { apiError, notFound } from '../../api/status.ts';
import type { core, EndpointSlice, Node, Pod, Service } from '../../api/types.ts';
import { isGlobalUnicast } from '../../api/validation/special-addresses.ts';
import { type Place, type Registry, readObject } from '../registry/registry.ts';
import type { ResourceRequest } from './request-info.ts';

export type Dial = (address: string, port: number) => Promise<Duplex>;

export interface ProxyTarget {
  readonly address: string;
  readonly port: number;
  readonly tls: boolean;
}

/** The node whose kubelet is meant: it has no port of its own here. */
export interface KubeletTarget {
  readonly kubeletOf: string;
}

/** Where kubelets listen on real nodes; nodes name it in their status. */
const kubeletPort = '10250';

interface Named {
  readonly scheme: string;
  readonly name: string;
  readonly port: string;
}

/** Throws NotFound, BadRequest, ServiceUnavailable. */
export async function proxyTarget(
  registry: Registry,
  info: ResourceRequest,
): Promise<ProxyTarget | KubeletTarget> {
  const named = parseName(info.name);
  if (info.group === '' && info.resource === 'pods') return podTarget(registry, info, named);
  if (info.group === '' && info.resource === 'services') {
    return serviceTarget(registry, info, named);
  }
  return nodeTarget(registry, named);
}

/** `name`, `name:port` or `scheme:name:port`; the port may be empty. */
function parseName(text: string): Named {
  const parts = text.split(':');
  const [scheme, name, port] =
    parts.length === 3 ? parts : parts.length === 2 ? ['', ...parts] : ['', text, ''];
  if (parts.length > 3 || !name || !['', 'http', 'https'].includes(scheme ?? '')) {
    throw apiError('BadRequest', `invalid proxy request "${text}"`);
  }
  return { scheme: scheme ?? '', name, port: port ?? '' };
}

async function podTarget(
  registry: Registry,
  { namespace }: ResourceRequest,
  { scheme, name, port }: Named,
): Promise<ProxyTarget> {
  const place = { namespace, name };
  const pod = (await readObject(registry, '', 'v1', 'pods', place)) as unknown as Pod | undefined;
  if (pod === undefined) throw notFound('', 'pods', name);
  const ports = pod.spec.containers.flatMap((container) => container.ports ?? []);
  const number = port === '' ? (ports[0]?.containerPort ?? 80) : Number(port);
  const found = Number.isInteger(number)
    ? number
    : ports.find((other) => other.name === port)?.containerPort;
  if (found === undefined) throw apiError('BadRequest', `pod ${name} has no port "${port}"`);
  const address = pod.status?.podIP ?? '';
  requireProxyable(address);
  return { address, port: found, tls: scheme === 'https' };
}

/** Throws BadRequest for this machine itself and its own link: who writes a status must not get there. */
function requireProxyable(address: string): void {
  if (!isGlobalUnicast(address)) throw apiError('BadRequest', 'address not allowed');
}

/** The kubelet, or any other port of the node: pods that share its network listen there. */
async function nodeTarget(
  registry: Registry,
  { scheme, name, port }: Named,
): Promise<ProxyTarget | KubeletTarget> {
  const place = { namespace: '', name };
  const node = (await readObject(registry, '', 'v1', 'nodes', place)) as unknown as
    | Node
    | undefined;
  if (node === undefined) throw notFound('', 'nodes', name);
  if (port === '' || port === kubeletPort) return { kubeletOf: name };
  if (!/^\d+$/.test(port)) throw apiError('BadRequest', `invalid port "${port}" of node ${name}`);
  const internal = node.status?.addresses?.find(({ type }) => type === 'InternalIP');
  if (internal === undefined) {
    throw apiError('ServiceUnavailable', `no preferred addresses found for node "${name}"`);
  }
  requireProxyable(internal.address);
  return { address: internal.address, port: Number(port), tls: scheme === 'https' };
}

async function serviceTarget(
  registry: Registry,
  { namespace }: ResourceRequest,
  { scheme, name, port }: Named,
): Promise<ProxyTarget> {
  const ofPod = (backend: Backend) => isOfPod(registry, namespace, backend);
  const backend = await serviceBackend(registry, { namespace, name }, port, ofPod);
  return { ...backend, tls: scheme === 'https' };
}

/** Anybody may write endpoints down: they count as far as they are those of pods of the namespace. */
function isOfPod({ cache }: Registry, namespace: string, { address, pod }: Backend): boolean {
  if (!isGlobalUnicast(address) || pod?.kind !== 'Pod') return false;
  if ((pod.namespace ?? namespace) !== namespace) return false;
  const pods = cache.resource('core/pods');
  const found = pods.get(`${pods.prefix}${namespace}/${pod.name}`)?.object as Pod | undefined;
  const { podIP, podIPs = [] } = found?.status ?? {};
  return podIP === address || podIPs.some(({ ip }) => ip === address);
}

export interface Backend {
  readonly address: string;
  readonly port: number;
  /** Whose address it is, if the endpoint says so. */
  readonly pod: core.ObjectReference | undefined;
}

/**
 * One of the endpoints behind a service's port, which is a name or a number; empty: its only one.
 * `counts` leaves endpoints out. Throws NotFound, ServiceUnavailable.
 */
export async function serviceBackend(
  registry: Registry,
  place: Place,
  port: string,
  counts: (backend: Backend) => boolean = () => true,
): Promise<Backend> {
  const { namespace, name } = place;
  const service = (await readObject(registry, '', 'v1', 'services', place)) as unknown as
    | Service
    | undefined;
  if (service === undefined) throw notFound('', 'services', name);
  const ports = service.spec.ports ?? [];
  const wanted =
    port === '' && ports.length === 1
      ? ports[0]
      : ports.find((other) => other.name === port || String(other.port) === port);
  if (wanted === undefined) {
    throw apiError('ServiceUnavailable', `no service port "${port}" found for service "${name}"`);
  }
  const backends = endpointsOf(registry, namespace, name, wanted.name ?? '').filter(counts);
  const backend = backends[Math.floor(registry.random() * backends.length)];
  if (backend === undefined) {
    throw apiError('ServiceUnavailable', `no endpoints available for service "${name}"`);
  }
  return backend;
}

function endpointsOf(
  registry: Registry,
  namespace: string,
  service: string,
  portName: string,
): Backend[] {
  const cache = registry.cache.resource('discovery.k8s.io/endpointslices');
  const found: Backend[] = [];
  for (const key of cache.keys(`${cache.prefix}${namespace}/`)) {
    const slice = cache.get(key)?.object as unknown as EndpointSlice;
    if (slice.metadata.labels?.['kubernetes.io/service-name'] !== service) continue;
    const port = slice.ports?.find((other) => (other.name ?? '') === portName)?.port;
    if (port === undefined) continue;
    for (const { addresses, conditions, targetRef: pod } of slice.endpoints ?? []) {
      const [address] = addresses ?? [];
      if (conditions?.ready !== false && address !== undefined) found.push({ address, port, pod });
    }
  }
  return found;
}
