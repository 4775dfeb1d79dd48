/**
 * The names of a cluster, as the DNS specification 1.1.0 has them
 * (https://github.com/kubernetes/dns/blob/master/docs/specification.md). Pure: a question and what is
 * known in, records out.
 *
 *     web.shop.svc.cluster.local              A      the service's address; headless: every ready pod
 *     _http._tcp.web.shop.svc.cluster.local   SRV    port 80 at web.shop.svc.cluster.local
 *     db-0.db.shop.svc.cluster.local          A      one pod of a headless service, by its hostname
 *     10-244-0-5.shop.pod.cluster.local       A      10.244.0.5
 *     7.0.96.10.in-addr.arpa                  PTR    web.shop.svc.cluster.local
 */
import type { Answer, Question } from 'dns-packet';
import { parseAddress } from '../../api/ipv4.ts';
import type { discovery, EndpointSlice, Service } from '../../api/types.ts';

/** What is known of the cluster. */
export interface ZoneData {
  hasNamespace(name: string): boolean;
  service(name: string, namespace: string): Service | undefined;
  serviceAt(address: string): Service | undefined;
  slices(name: string, namespace: string): EndpointSlice[];
  slicesAt(address: string): EndpointSlice[];
}

export interface Zone {
  /** Without a dot at the end: `cluster.local`. */
  readonly domain: string;
  /** Names of the engine's machine itself (`host.skiff.internal`) and their addresses. */
  readonly hosts: ReadonlyMap<string, string>;
  /** Whether questions for the name of this address are for this zone alone. */
  readonly owns: (address: string) => boolean;
  readonly data: ZoneData;
}

export type Resolution =
  | { readonly type: 'records'; readonly answers: Answer[]; readonly additionals: Answer[] }
  /** The name stands for another one, which may be anywhere. */
  | { readonly type: 'alias'; readonly answer: Answer; readonly target: string }
  /** The name is there, records of this type are not. */
  | { readonly type: 'no-data' }
  | { readonly type: 'no-name' }
  /** Not for this zone to say. */
  | { readonly type: 'elsewhere' };

/** Seconds. As short as CoreDNS has it, since services change while people look. */
export const ttl = 5;

const noData: Resolution = { type: 'no-data' };
const noName: Resolution = { type: 'no-name' };

/** Answers a question of class IN. Upper and lower case are the same. */
export function resolve(zone: Zone, question: Question): Resolution {
  const name = question.name.toLowerCase();
  const host = zone.hosts.get(name);
  if (host !== undefined) return addresses(question, [host]);
  if (name.endsWith('.in-addr.arpa')) return reverse(zone, question, name);
  const { domain } = zone;
  if (name === domain) return noData;
  if (!name.endsWith(`.${domain}`)) return { type: 'elsewhere' };
  const labels = name.slice(0, -domain.length - 1).split('.');
  const kind = labels.pop();
  if (kind === 'dns-version' && labels.length === 0) {
    return of(question, 'TXT', [{ type: 'TXT', name: question.name, ttl, data: ['1.1.0'] }]);
  }
  if (kind !== 'svc' && kind !== 'pod') return noName;
  const namespace = labels.pop();
  if (namespace === undefined) return noData;
  if (!zone.data.hasNamespace(namespace)) return noName;
  if (labels.length === 0) return noData;
  return kind === 'pod'
    ? podName(question, labels)
    : serviceName(zone, question, namespace, labels);
}

/** As CoreDNS with `pods insecure`: any address has its name, so certificates can be made for them. */
function podName(question: Question, labels: string[]): Resolution {
  const address = labels.length === 1 ? labels[0]?.replaceAll('-', '.') : undefined;
  if (address === undefined || parseAddress(address) === undefined) return noName;
  return addresses(question, [address]);
}

function serviceName(
  zone: Zone,
  question: Question,
  namespace: string,
  labels: string[],
): Resolution {
  const name = labels.at(-1) ?? '';
  const service = zone.data.service(name, namespace);
  if (service === undefined) return noName;
  const prefix = labels.slice(0, -1);
  const full = `${name}.${namespace}.svc.${zone.domain}`;
  if (service.spec.type === 'ExternalName') {
    const target = (service.spec.externalName ?? '').replace(/\.$/, '');
    if (prefix.length > 0 || target === '') return noName;
    const answer: Answer = { type: 'CNAME', name: question.name, ttl, data: target };
    return { type: 'alias', answer, target };
  }
  const targets = isHeadless(service)
    ? endpointTargets(zone.data.slices(name, namespace), full)
    : clusterTargets(service, full);
  if (targets.length === 0) return noName;
  if (prefix.length === 0) return answerTargets(question, targets);
  const [first = '', second = ''] = prefix;
  if (prefix.length === 2 && first.startsWith('_') && second.startsWith('_')) {
    const found = targets.flatMap((target) => {
      const ports = target.ports.filter(
        (port) => `_${port.name}` === first && `_${port.protocol}` === second,
      );
      return ports.length === 0 ? [] : [{ ...target, ports }];
    });
    return found.length === 0 ? noName : answerTargets(question, found);
  }
  if (prefix.length !== 1 || !isHeadless(service)) return noName;
  const found = targets.filter((target) => target.host === `${first}.${full}`);
  return found.length === 0 ? noName : answerTargets(question, found);
}

/** Something that serves: a name, its addresses and ports. */
interface Target {
  readonly host: string;
  readonly address: string;
  readonly ports: readonly { name: string; protocol: string; port: number }[];
}

function isHeadless(service: Service): boolean {
  return service.spec.clusterIP === 'None';
}

function clusterTargets(service: Service, full: string): Target[] {
  const ports = (service.spec.ports ?? []).map(({ name = '', protocol = 'TCP', port }) => ({
    name,
    protocol: protocol.toLowerCase(),
    port,
  }));
  const all = service.spec.clusterIPs ?? [service.spec.clusterIP ?? ''];
  return all
    .filter((address) => parseAddress(address) !== undefined)
    .map((address) => ({ host: full, address, ports }));
}

/** Endpoints that are ready; the slices say so of all if the service publishes what is not. */
function endpointTargets(slices: readonly EndpointSlice[], full: string): Target[] {
  const byAddress = new Map<string, Target>();
  for (const slice of slices) {
    if (slice.addressType !== 'IPv4') continue;
    const ports = (slice.ports ?? []).map(({ name = '', protocol = 'TCP', port = 0 }) => ({
      name,
      protocol: protocol.toLowerCase(),
      port,
    }));
    for (const endpoint of slice.endpoints ?? []) {
      const [address] = endpoint.addresses;
      if (address === undefined || endpoint.conditions?.ready === false) continue;
      const before = byAddress.get(address)?.ports ?? [];
      const host = `${hostOf(endpoint, address)}.${full}`;
      byAddress.set(address, { host, address, ports: [...before, ...ports] });
    }
  }
  return [...byAddress.values()];
}

function hostOf(endpoint: discovery.Endpoint, address: string): string {
  return endpoint.hostname ?? address.replaceAll('.', '-');
}

function answerTargets(question: Question, targets: readonly Target[]): Resolution {
  if (question.type !== 'SRV') {
    return addresses(
      question,
      targets.map(({ address }) => address),
    );
  }
  const answers: Answer[] = [];
  const additionals: Answer[] = [];
  const count = targets.reduce((sum, { ports }) => sum + ports.length, 0);
  for (const { host, address, ports } of targets) {
    for (const { port } of ports) {
      const weight = Math.max(1, Math.floor(100 / count));
      const data = { priority: 0, weight, port, target: host };
      answers.push({ type: 'SRV', name: question.name, ttl, data });
    }
    additionals.push({ type: 'A', name: host, ttl, data: address });
  }
  return answers.length === 0 ? noData : { type: 'records', answers, additionals };
}

function addresses(question: Question, found: readonly string[]): Resolution {
  return of(
    question,
    'A',
    found.map((data) => ({ type: 'A', name: question.name, ttl, data })),
  );
}

function of(question: Question, type: Question['type'], answers: Answer[]): Resolution {
  // The types of dns-packet leave ANY out.
  const any = (question.type as string) === 'ANY';
  if (answers.length === 0 || (question.type !== type && !any)) return noData;
  return { type: 'records', answers, additionals: [] };
}

function reverse(zone: Zone, question: Question, name: string): Resolution {
  const address = name.slice(0, -'.in-addr.arpa'.length).split('.').reverse().join('.');
  const names: string[] = [];
  const service = zone.data.serviceAt(address);
  if (service !== undefined) {
    names.push(`${service.metadata.name}.${service.metadata.namespace}.svc.${zone.domain}`);
  } else {
    for (const slice of zone.data.slicesAt(address)) names.push(...namesIn(zone, slice, address));
  }
  if (names.length === 0) return zone.owns(address) ? noName : { type: 'elsewhere' };
  const answers = [...new Set(names)].map(
    (data): Answer => ({ type: 'PTR', name: question.name, ttl, data }),
  );
  return of(question, 'PTR', answers);
}

function namesIn(zone: Zone, slice: EndpointSlice, address: string): string[] {
  const { namespace = '', labels = {} } = slice.metadata;
  const name = labels['kubernetes.io/service-name'] ?? '';
  const service = zone.data.service(name, namespace);
  if (service === undefined || !isHeadless(service)) return [];
  return (slice.endpoints ?? [])
    .filter(({ addresses }) => addresses[0] === address)
    .map((endpoint) => `${hostOf(endpoint, address)}.${name}.${namespace}.svc.${zone.domain}`);
}

/** Goes with every answer that there is nothing (RFC 2308), so that resolvers know how long. */
export function startOfAuthority(domain: string): Answer {
  return {
    type: 'SOA',
    name: domain,
    ttl,
    data: {
      mname: `ns.dns.${domain}`,
      rname: `hostmaster.${domain}`,
      serial: 1,
      refresh: 7200,
      retry: 1800,
      expire: 86_400,
      minimum: ttl,
    },
  };
}
