/**
 * The ground a cluster stands on: one network on the engine, one volume, one container per node, and
 * a helper in the engine's own network namespace that writes routes and service rules.
 *
 * All of it is found again by label, so a new process takes over what a crashed one left running.
 */

import { addressAt, overlaps, parseCidr } from '../api/ipv4.ts';
import {
  type ContainerInfo,
  type Engine,
  EngineError,
  engineLabels,
  type NetworkConfig,
} from '../engine/engine.ts';
import { mustRun, run } from './commands.ts';
import { ensureHelper } from './helper.ts';
import { type HostRoute, keepInside, releaseRoutes, routesOf } from './routes.ts';

/** Where the cluster's volume is mounted in node containers. */
export const filesRoot = '/var/lib/skiff';

/** On the engine's network: the range of service addresses that belongs to it. */
const serviceCidrLabel = 'skiff.service-cidr';

export interface ClusterNode {
  readonly name: string;
  readonly address: string;
  readonly containerId: string;
}

export interface ClusterNetwork {
  readonly cluster: string;
  readonly networkName: string;
  /** Of the pods and nodes. */
  readonly subnet: string;
  /** The engine machine's own address on the network. */
  readonly gateway: string;
  readonly serviceCidr: string;
  readonly nodes: readonly ClusterNode[];
  readonly files: {
    readonly containerId: string;
    readonly root: string;
    /** The same directory on the engine's machine. */
    readonly enginePath: string;
  };
  /** The container that may change routes and rules of the engine's machine. */
  readonly helperId: string;
  /**
   * Whether traffic between two pods passes the machine's rules. Without it, answers from a service
   * could not be translated back, so that requests must get the gateway's address as their source.
   */
  readonly bridgeFiltered: boolean;
}

export interface NetworkOptions {
  readonly engine: Engine;
  readonly cluster: string;
  /** Names, in order. */
  readonly nodes: readonly string[];
  /** From ensureNodeImage. */
  readonly image: string;
  /** Ranges for pods in order of preference; the first that nothing else uses is taken. */
  readonly podCidrs: readonly string[];
  readonly serviceCidrs: readonly string[];
  readonly log: (line: string) => void;
}

/**
 * Makes the cluster's network, volume, helper and node containers, or takes over those that are there.
 * From its return on, no packet to a pod or service address leaves the engine's machine. Throws
 * EngineError, also if every candidate range is taken.
 */
export async function prepareNetwork(options: NetworkOptions): Promise<ClusterNetwork> {
  const { engine, cluster, log } = options;
  const helperId = await ensureHelper(engine, cluster, options.image);
  const [config, enginePath] = await Promise.all([
    ensureEngineNetwork(options, helperId),
    engine.createVolume(networkNameOf(cluster), {
      labels: { [engineLabels.cluster]: cluster, [engineLabels.role]: 'volume' },
    }),
  ]);
  const serviceCidr = config.labels[serviceCidrLabel] ?? '';
  const [bridgeFiltered, nodes] = await Promise.all([
    keepInside(engine, helperId, { ...config, serviceCidr }),
    ensureNodes(options, config),
  ]);
  if (!bridgeFiltered) {
    log('the engine does not filter bridged traffic: services see the gateway as the client');
  }
  return {
    cluster,
    networkName: config.name,
    subnet: config.subnet,
    gateway: config.gateway,
    serviceCidr,
    nodes,
    files: { containerId: nodes[0]?.containerId ?? '', root: filesRoot, enginePath },
    helperId,
    bridgeFiltered,
  };
}

export interface RemoveNetworkOptions {
  readonly engine: Engine;
  readonly cluster: string;
  /** Removes the volume, too: whatever pods have stored. */
  readonly purge: boolean;
  readonly log: (line: string) => void;
}

/** Removes the cluster's containers (pods included), network, rules and routes. Throws EngineError. */
export async function removeNetwork(options: RemoveNetworkOptions): Promise<void> {
  const { engine, cluster, log } = options;
  const own = { [engineLabels.cluster]: cluster };
  const containers = await engine.containers(own);
  const isHelper = ({ labels }: ContainerInfo) => labels[engineLabels.role] === 'proxy';
  const image = (containers.find(isHelper) ?? containers.find(isNode))?.image;
  const others = containers.filter((container) => !isHelper(container));
  if (others.length > 0)
    log(others.length === 1 ? 'removing 1 container' : `removing ${others.length} containers`);
  // App containers first: a sandbox's network goes with the sandbox.
  const isApp = ({ labels }: ContainerInfo) => labels[engineLabels.role] === 'container';
  const remove = ({ id }: ContainerInfo) => engine.removeContainer(id);
  await Promise.all(others.filter(isApp).map(remove));
  await Promise.all(others.filter((container) => !isApp(container)).map(remove));
  const networks = await engine.networks(own);
  for (const network of networks) await engine.removeNetwork(network.name);
  if (image !== undefined) {
    const helperId = await ensureHelper(engine, cluster, image);
    const table = `ip ${tableName(cluster)}`;
    const script = `add table ${table}\ndelete table ${table}\n`;
    await run(engine, helperId, ['nft', '-f', '-'], script);
    const ranges = networks.flatMap(({ subnet, labels }) => [subnet, labels[serviceCidrLabel]]);
    await releaseRoutes(
      engine,
      helperId,
      ranges.filter((range) => range !== undefined),
    );
    await engine.removeContainer(helperId);
  }
  if (!options.purge) return;
  for (const volume of await engine.volumes({ [engineLabels.cluster]: cluster })) {
    await engine.removeVolume(volume.name);
  }
}

/** The nftables table of a cluster. A cluster's name is a DNS label, so no two can meet here. */
export function tableName(cluster: string): string {
  return `skiff_${cluster.replaceAll('-', '_')}`;
}

function isNode({ labels }: ContainerInfo): boolean {
  return labels[engineLabels.role] === 'node';
}

function networkNameOf(cluster: string): string {
  return `skiff-${cluster}`;
}

async function ensureEngineNetwork(
  options: NetworkOptions,
  helperId: string,
): Promise<NetworkConfig> {
  const { engine, cluster, podCidrs, serviceCidrs, log } = options;
  const own = { [engineLabels.cluster]: cluster, [engineLabels.role]: 'network' };
  const [found] = await engine.networks(own);
  if (found !== undefined) return found;
  const routes = await routesOf(engine, helperId);
  const others = await engine.networks({ [engineLabels.role]: 'network' });
  const taken = others.map(({ labels }) => labels[serviceCidrLabel] ?? '').filter((cidr) => cidr);
  const serviceCidr = free(serviceCidrs, routes).find(
    (cidr) => !taken.some((other) => overlaps(parseCidr(other), parseCidr(cidr))),
  );
  if (serviceCidr === undefined) {
    throw new EngineError(
      'conflict',
      `the service range ${serviceCidrs.join(', ')} is in use by another cluster or network of this machine; take that one down first`,
    );
  }
  for (const subnet of free(podCidrs, routes)) {
    const config: NetworkConfig = {
      name: networkNameOf(cluster),
      subnet,
      gateway: addressAt(parseCidr(subnet), 1),
      labels: { ...own, [serviceCidrLabel]: serviceCidr },
    };
    try {
      await engine.createNetwork(config);
    } catch (error) {
      if (!(error instanceof EngineError) || !/overlap/i.test(error.message)) throw error;
      log(`${subnet} is in use on the engine, trying the next range`);
      continue;
    }
    if (await isFirstWith(serviceCidr, config.name, engine)) return config;
    log(`${serviceCidr} was taken by another cluster at the same moment, choosing again`);
    await engine.removeNetwork(config.name);
    return ensureEngineNetwork(options, helperId);
  }
  throw new EngineError('conflict', `every pod range is in use: ${podCidrs.join(', ')}`);
}

/**
 * Whether no network that was made before this one has a part of the service range. The engine itself
 * sees to pod ranges only, and clusters that start at the same moment see each other's choice too late.
 */
async function isFirstWith(serviceCidr: string, name: string, engine: Engine): Promise<boolean> {
  const networks = await engine.networks({ [engineLabels.role]: 'network' });
  const first = networks.find(({ labels }) => {
    const other = labels[serviceCidrLabel];
    return other !== undefined && overlaps(parseCidr(other), parseCidr(serviceCidr));
  });
  return first === undefined || first.name === name;
}

/**
 * The candidates that no route of the engine's machine touches; after them those that only lie inside
 * a wider route (a company's 10.0.0.0/8 through a tunnel), which still work for the pods.
 */
function free(candidates: readonly string[], routes: readonly HostRoute[]): string[] {
  const touching = (cidr: string) =>
    routes.filter((route) => overlaps(route.destination, parseCidr(cidr)));
  return [
    ...candidates.filter((cidr) => touching(cidr).length === 0),
    ...candidates.filter((cidr) => {
      const found = touching(cidr);
      const { bits } = parseCidr(cidr);
      return found.length > 0 && found.every((route) => route.destination.bits < bits);
    }),
  ];
}

/** Nodes keep their addresses: these are given from the end of the range, pods' from its start. */
async function ensureNodes(
  options: NetworkOptions,
  network: NetworkConfig,
): Promise<ClusterNode[]> {
  const { engine, cluster, nodes } = options;
  const own = { [engineLabels.cluster]: cluster, [engineLabels.role]: 'node' };
  const present = new Map<string, ContainerInfo>();
  for (const container of await engine.containers(own)) {
    const name = container.labels[engineLabels.node] ?? '';
    if (nodes.includes(name)) present.set(name, container);
    else await engine.removeContainer(container.id);
  }
  const result = nodes.map(async (name, index) => {
    const address = addressAt(parseCidr(network.subnet), -2 - index);
    const container = present.get(name);
    if (container === undefined) return makeNode(options, network.name, name, address);
    if (container.state !== 'running') await engine.startContainer(container.id);
    const info = await engine.container(container.id);
    return { name, address: info?.address || address, containerId: container.id };
  });
  return Promise.all(result);
}

async function makeNode(
  { engine, cluster, image }: NetworkOptions,
  networkName: string,
  name: string,
  address: string,
): Promise<ClusterNode> {
  const containerId = await engine.createContainer({
    name: `skiff-${cluster}-${name}`,
    image,
    labels: {
      [engineLabels.cluster]: cluster,
      [engineLabels.role]: 'node',
      [engineLabels.node]: name,
    },
    hostname: name,
    network: { type: 'bridge', name: networkName, address },
    mounts: [{ type: 'volume', source: networkNameOf(cluster), target: filesRoot }],
    // Node ports are translated, and forwarded to pods, in the node's own namespace.
    capabilities: { add: ['NET_ADMIN'] },
    // A host port is open on 127.0.0.1, too.
    sysctls: { 'net.ipv4.ip_forward': '1', 'net.ipv4.conf.all.route_localnet': '1' },
    restartAlways: true,
  });
  await engine.startContainer(containerId);
  await mustRun(engine, containerId, ['mkdir', '-p', `${filesRoot}/pods`]);
  return { name, address, containerId };
}
