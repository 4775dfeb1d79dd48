/**
 * Turns services and their endpoints into kernel rules, in the engine machine's namespace for service
 * addresses and in every node's for node ports and host ports. Rules stay when the process ends, so that pods go on
 * talking to each other until it is back; `removeNetwork` takes them away.
 */
import type { Clock } from '../../api/clock.ts';
import { addressAt, parseCidr } from '../../api/ipv4.ts';
import type { EndpointSlice, Pod, Service } from '../../api/types.ts';
import type { Informers } from '../../client/informer.ts';
import { endpointSlices, pods, services } from '../../client/resources.ts';
import { type Engine, engineLabels } from '../../engine/engine.ts';
import { mustRun, run } from '../commands.ts';
import { type ClusterNetwork, tableName } from '../network.ts';
import { keepInside } from '../routes.ts';
import { keyOf, type ServicePort, servicePorts } from './backends.ts';
import { hasHostPorts, hostPorts } from './host-ports.ts';
import { machineRules, nodeRules } from './rules.ts';
import { createWriter, type Writer } from './writer.ts';

/** Changes come in bursts (a rollout touches slices many times); they are written together. */
const debounceMs = 50;

export interface AddressAndPort {
  readonly address: string;
  readonly port: number;
}

export interface ProxyOptions {
  readonly engine: Engine;
  readonly network: ClusterNetwork;
  readonly informers: Informers;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly log: (line: string) => void;
  /** Where the API server listens for pods; the first service address leads there. */
  readonly apiEndpoint: AddressAndPort;
  /** Where the DNS server listens, UDP and TCP; the tenth service address, port 53, leads there. */
  readonly dnsEndpoint?: AddressAndPort;
}

export interface Proxy {
  /** Resolves when the rules for all that was known at the start are in the kernel. */
  readonly ready: Promise<void>;
  /** Resolves when the kernel holds the rules for what the informers hold now. */
  flush(): Promise<void>;
}

/** Runs until the signal aborts. */
export function runProxy(options: ProxyOptions): Proxy {
  const { engine, network, informers, clock, signal, log } = options;
  const serviceInformer = informers.for<Service>(services);
  const sliceInformer = informers.for<EndpointSlice>(endpointSlices);
  const podInformer = informers.for<Pod>(pods);
  const fixed = fixedPorts(options);
  const machine = machineWriter(options);
  const nodes = network.nodes.map((node) => ({ node, writer: nodeWriter(options, node) }));
  const writers = [machine, ...nodes.map(({ writer }) => writer)];

  const update = () => {
    const known = servicePorts(serviceInformer.list(), sliceInformer.list());
    const fixedKeys = new Set(fixed.map(keyOf));
    const ports = [...fixed, ...known.filter((port) => !fixedKeys.has(keyOf(port)))];
    machine.want(machineRules({ ports, ...network }));
    const open = hostPorts(podInformer.list());
    for (const { node, writer } of nodes) writer.want(nodeRules(known, node, open));
  };

  let cancelUpdate: (() => void) | undefined;
  const flush = async () => {
    cancelUpdate?.();
    cancelUpdate = undefined;
    update();
    await Promise.all(writers.map((writer) => writer.settled()));
  };
  let synced = false;
  const changed = () => {
    if (!synced || signal.aborted) return;
    cancelUpdate ??= clock.after(debounceMs, () => {
      cancelUpdate = undefined;
      update();
    });
  };
  const handler = { added: changed, updated: changed, deleted: changed };
  const podChanged = (pod: Pod) => {
    if (hasHostPorts(pod)) changed();
  };
  const podHandler = { added: podChanged, updated: podChanged, deleted: podChanged };
  const ends = [
    serviceInformer.subscribe(handler),
    sliceInformer.subscribe(handler),
    podInformer.subscribe(podHandler),
  ];
  ends.push(
    engine.watch({ [engineLabels.cluster]: network.cluster }, (event) => {
      if (event.type === 'resync') for (const writer of writers) writer.forget();
      else if (event.type === 'started') {
        nodes.find(({ node }) => node.containerId === event.id)?.writer.forget();
      }
    }),
  );
  signal.addEventListener('abort', () => {
    cancelUpdate?.();
    for (const end of ends) end();
  });

  const caches = [serviceInformer, sliceInformer, podInformer];
  const ready = Promise.all(caches.map((cache) => cache.synced)).then(() => {
    synced = true;
    return flush();
  });
  ready.catch((error) => {
    if (!signal.aborted) log(`service rules: ${error}`);
  });
  return { ready, flush };
}

/** One command for all flows; where the image has no conntrack, they end when they go silent. */
async function forgetFlows(engine: Engine, id: string, flows: readonly string[]): Promise<void> {
  const script = `
    command -v conntrack >/dev/null || exit 0
    while read -r address port endpoint; do
      conntrack -D -p udp --orig-dst "$address" --orig-port-dst "$port" --reply-src "$endpoint"
    done >/dev/null 2>&1`;
  await run(engine, id, ['sh', '-c', script], `${flows.join('\n')}\n`);
}

function machineWriter({ engine, network, clock, signal, log }: ProxyOptions): Writer {
  const { helperId } = network;
  return createWriter({
    table: tableName(network.cluster),
    clock,
    signal,
    forgetFlows: (flows) => forgetFlows(engine, helperId, flows),
    onError: (error) => log(`cannot write service rules: ${error}`),
    apply: async (script) => {
      // A replaced table may mean a new bridge (the engine was restarted), thus new routes.
      if (script.startsWith('add table')) await keepInside(engine, helperId, network);
      await mustRun(engine, helperId, ['nft', '-f', '-'], script);
    },
  });
}

function nodeWriter(
  { engine, clock, signal, log }: ProxyOptions,
  node: { name: string; containerId: string },
): Writer {
  return createWriter({
    table: 'skiff',
    clock,
    signal,
    forgetFlows: (flows) => forgetFlows(engine, node.containerId, flows),
    onError: (error) => log(`cannot write the node port rules of ${node.name}: ${error}`),
    apply: async (script) => {
      await mustRun(engine, node.containerId, ['nft', '-f', '-'], script);
    },
  });
}

/** What pods need before, and whether or not, the objects for it are there. */
function fixedPorts({ network, apiEndpoint, dnsEndpoint }: ProxyOptions): ServicePort[] {
  const cidr = parseCidr(network.serviceCidr);
  const common = { nodePort: 0, loadBalancer: false, localOnly: false, affinitySeconds: 0 };
  const result: ServicePort[] = [
    {
      ...common,
      namespace: 'default',
      service: 'kubernetes',
      protocol: 'tcp',
      port: 443,
      addresses: [addressAt(cidr, 1)],
      backends: [{ ...apiEndpoint, node: '' }],
    },
  ];
  if (dnsEndpoint === undefined) return result;
  for (const protocol of ['udp', 'tcp'] as const) {
    result.push({
      ...common,
      namespace: 'kube-system',
      service: 'kube-dns',
      protocol,
      port: 53,
      addresses: [addressAt(cidr, 10)],
      backends: [{ ...dnsEndpoint, node: '' }],
    });
  }
  return result;
}
