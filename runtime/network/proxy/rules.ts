/**
 * The rules of a cluster. Two tables are made from the same services: one in the network namespace of
 * the engine's machine, where packets for service addresses arrive because the bridge is the pods'
 * gateway; and one in each node's namespace for node ports.
 *
 * A packet costs one look-up in a map from (address, protocol, port) to the chain of that service
 * port, however many services there are; the chain picks an endpoint at random and translates.
 */
import { createHash } from 'node:crypto';
import { type Backend, keyOf, type ServicePort } from './backends.ts';
import type { HostPort } from './host-ports.ts';
import type { RuleSet } from './rule-set.ts';

export interface MachineRulesOptions {
  readonly ports: readonly ServicePort[];
  readonly serviceCidr: string;
  readonly subnet: string;
  /** See ClusterNetwork. */
  readonly bridgeFiltered: boolean;
}

/**
 * The rules of the engine's machine. Other than in a node of its own, nobody's own traffic is
 * touched here but what is for service addresses.
 */
export function machineRules(options: MachineRulesOptions): RuleSet {
  const rules = new Builder();
  for (const port of options.ports) {
    const target = rules.servicePort(port, port.backends);
    for (const address of port.addresses) {
      const key = `${address} . ${port.protocol} . ${port.port}`;
      if (target === undefined) rules.element('unserved', key, '');
      else rules.element('services', key, `goto ${target}`);
      rules.flows(port.protocol, address, port.port, port.backends);
    }
    if (target === undefined) continue;
    for (const { address } of port.backends)
      rules.element('hairpin', `${address} . ${address}`, '');
  }
  return rules.finish(machineFrame(options), ['services', 'unserved', 'hairpin']);
}

/** A reset, unlike an ICMP answer, is never held back by the kernel's rate limit. */
const rejection = 'chain rejection { meta l4proto tcp reject with tcp reset; reject; }';

/**
 * `hairpin`: a pod that reaches itself through a service must see another source than its own
 * address, or it drops the packet. Rejecting happens before routing, so that clients hear "connection
 * refused" as they do in any cluster.
 */
function machineFrame({ serviceCidr, subnet, bridgeFiltered }: MachineRulesOptions): string {
  const masquerade = bridgeFiltered
    ? 'ct status dnat ip saddr . ip daddr @hairpin masquerade'
    : `ct status dnat ip saddr ${subnet} ip daddr ${subnet} masquerade`;
  return `
  map services { type ipv4_addr . inet_proto . inet_service : verdict; }
  set unserved { type ipv4_addr . inet_proto . inet_service; }
  set hairpin { type ipv4_addr . ipv4_addr; }
  chain dispatch { ip daddr . meta l4proto . th dport vmap @services; }
  ${rejection}
  chain refuse {
    ip daddr . meta l4proto . th dport @unserved goto rejection
    ip daddr ${serviceCidr} goto rejection
  }
  chain prerouting { type nat hook prerouting priority -110; jump dispatch; }
  chain output { type nat hook output priority -110; jump dispatch; }
  chain refuse_forwarded { type filter hook prerouting priority -90; jump refuse; }
  chain refuse_own { type filter hook output priority -90; jump refuse; }
  chain postrouting { type nat hook postrouting priority 90; ${masquerade}; }`;
}

/**
 * The rules of one node: node ports on all of its addresses, the ports of LoadBalancer services
 * on its own address, and host ports of its pods on whichever address they ask for. Answers must come back through the node, so the node is the endpoint's client
 * (pods are beside the node on the bridge, not behind it, which makes this so for
 * `externalTrafficPolicy: Local`, too).
 */
export function nodeRules(
  ports: readonly ServicePort[],
  node: { name: string; address: string },
  hostPorts: readonly HostPort[] = [],
): RuleSet {
  const rules = new Builder();
  for (const port of ports) {
    if (port.nodePort === 0 && !port.loadBalancer) continue;
    const backends = port.localOnly
      ? port.backends.filter((backend) => backend.node === node.name)
      : port.backends;
    const target = rules.servicePort(port, backends);
    const listen = (number: number) => {
      const key = `${port.protocol} . ${number}`;
      if (target === undefined) rules.element('unserved', key, '');
      else rules.element('ports', key, `goto ${target}`);
      rules.flows(port.protocol, node.address, number, backends);
    };
    if (port.nodePort !== 0) listen(port.nodePort);
    if (port.loadBalancer) listen(port.port);
  }
  for (const port of hostPorts) {
    if (port.backend.node !== node.name) continue;
    const own = [node.address, loopback];
    const addresses = own.filter((each) => port.address === undefined || port.address === each);
    if (addresses.length === 0) continue;
    const target = rules.hostPort(port);
    for (const address of addresses) {
      const key = `${address} . ${port.protocol} . ${port.port}`;
      rules.element('host_ports', key, `goto ${target}`);
      rules.flows(port.protocol, address, port.port, [port.backend]);
    }
  }
  return rules.finish(nodeFrame(node.address), ['ports', 'unserved', 'host_ports']);
}

const loopback = '127.0.0.1';

/** `foreign_loopback`: the node routes loopback addresses, for its own host ports only. */
function nodeFrame(address: string): string {
  return `
  map ports { type inet_proto . inet_service : verdict; }
  set unserved { type inet_proto . inet_service; }
  map host_ports { type ipv4_addr . inet_proto . inet_service : verdict; }
  chain foreign_loopback { type filter hook prerouting priority -300;
    iifname != lo ip daddr 127.0.0.0/8 drop
  }
  chain dispatch {
    ip daddr ${address} meta l4proto . th dport vmap @ports
    ip daddr . meta l4proto . th dport vmap @host_ports
  }
  chain prerouting { type nat hook prerouting priority -110; jump dispatch; }
  chain output { type nat hook output priority -110; jump dispatch; }
  ${rejection}
  chain refuse { type filter hook input priority 0;
    ip daddr ${address} meta l4proto . th dport @unserved goto rejection
  }
  chain postrouting { type nat hook postrouting priority 90; ct status dnat masquerade; }`;
}

/** Gathers chains and elements; the first of two that claim the same key keeps it. */
class Builder {
  readonly #chains = new Map<string, string[]>();
  readonly #dynamicSets = new Map<string, string>();
  readonly #elements = new Map<string, Map<string, string>>();
  readonly #flows = new Set<string>();

  element(map: string, key: string, value: string): void {
    const elements = this.#elements.get(map) ?? new Map<string, string>();
    this.#elements.set(map, elements);
    if (!elements.has(key)) elements.set(key, value);
  }

  flows(protocol: string, address: string, port: number, backends: readonly Backend[]): void {
    if (protocol !== 'udp') return;
    for (const backend of backends) this.#flows.add(`${address} ${port} ${backend.address}`);
  }

  /** Answers the chain to go to; undefined if nothing serves the port. */
  servicePort(port: ServicePort, backends: readonly Backend[]): string | undefined {
    if (backends.length === 0) return undefined;
    const chain = nameOf('svc', keyOf(port));
    const rules =
      port.affinitySeconds > 0
        ? this.#stickyRules(port, backends)
        : [`meta l4proto ${port.protocol} ${translation(backends)}`];
    this.#chains.set(chain, rules);
    return chain;
  }

  /** Answers the chain to go to. */
  hostPort({ namespace, pod, protocol, port, backend }: HostPort): string {
    const chain = nameOf('host', `${namespace}/${pod}/${protocol}/${port}/${backend.port}`);
    this.#chains.set(chain, [`meta l4proto ${protocol} ${translation([backend])}`]);
    return chain;
  }

  /** One set per endpoint of the clients that it served last; a set's entry goes when it is stale. */
  #stickyRules(port: ServicePort, backends: readonly Backend[]): string[] {
    const remembered: string[] = [];
    const targets = backends.map((backend, index) => {
      const key = `${keyOf(port)}/${backend.address}/${backend.port}`;
      const clients = nameOf('clients', `${key}/${port.affinitySeconds}`);
      const chain = nameOf('ep', `${key}/${port.affinitySeconds}`);
      const seconds = port.affinitySeconds;
      this.#dynamicSets.set(
        clients,
        `type ipv4_addr; size 65535; flags dynamic,timeout; timeout ${seconds}s;`,
      );
      this.#chains.set(chain, [
        `update @${clients} { ip saddr }`,
        `meta l4proto ${port.protocol} ${translation([backend])}`,
      ]);
      remembered.push(`ip saddr @${clients} goto ${chain}`);
      return `${index} : goto ${chain}`;
    });
    return [...remembered, `numgen random mod ${targets.length} vmap { ${targets.join(', ')} }`];
  }

  finish(frame: string, maps: readonly string[]): RuleSet {
    for (const map of maps) {
      if (!this.#elements.has(map)) this.#elements.set(map, new Map());
    }
    return {
      frame,
      chains: this.#chains,
      dynamicSets: this.#dynamicSets,
      elements: this.#elements,
      flows: this.#flows,
    };
  }
}

function translation(backends: readonly Backend[]): string {
  const [first] = backends;
  if (first !== undefined && backends.length === 1) return `dnat to ${first.address}:${first.port}`;
  const choices = backends.map(({ address, port }, index) => `${index} : ${address} . ${port}`);
  return `dnat ip to numgen random mod ${choices.length} map { ${choices.join(', ')} }`;
}

/** Readable where it can be: the kernel takes names of up to 127 characters. */
function nameOf(prefix: string, key: string): string {
  const name = `${prefix}/${key}`;
  if (name.length <= 100) return name;
  return `${prefix}/${createHash('sha256').update(key).digest('hex').slice(0, 32)}`;
}
