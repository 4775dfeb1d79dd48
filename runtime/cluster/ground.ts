/** What a cluster stands on: the network, the volume and the node containers on its engine. */
import { createHash } from 'node:crypto';
import { type Engine, type EngineInfo, engineLabels } from '../engine/engine.ts';
import { type ClusterNetwork, filesRoot, prepareNetwork } from '../network/network.ts';
import { ensureNodeImage } from '../network/node-image.ts';
import { defaultName } from './clusters.ts';
import type { ClusterSettings } from './data-directory.ts';

export interface GroundOptions {
  readonly engine: Engine;
  readonly info: EngineInfo;
  readonly settings: ClusterSettings;
  /** The directory of the node image's Dockerfile. */
  readonly nodeImage: string;
  readonly baseImage?: string;
  readonly onProgress: (message: string) => void;
  readonly log: (line: string) => void;
}

export interface Ground extends ClusterNetwork {
  /** Of nodes and sandboxes. */
  readonly image: string;
}

const podCidrs = Array.from({ length: 12 }, (_, i) => `10.${244 + i}.0.0/16`);
const serviceCidrs = Array.from({ length: 16 }, (_, i) => `10.${96 + i}.0.0/16`);

/**
 * Service addresses are written into objects, so a cluster cannot change its range later. Each name
 * has a favourite of its own: a cluster that is down then rarely finds its range taken by another.
 */
function serviceCandidates({ name, serviceCidr }: ClusterSettings): string[] {
  if (serviceCidr !== undefined) return [serviceCidr];
  if (name === defaultName) return serviceCidrs;
  const first = createHash('sha256').update(name).digest().readUInt8(0) % serviceCidrs.length;
  return [...serviceCidrs.slice(first), ...serviceCidrs.slice(0, first)];
}

/** Pods get new addresses whenever they start, so their range may change. */
function podCandidates({ podCidr }: ClusterSettings): string[] {
  return podCidr === undefined
    ? podCidrs
    : [podCidr, ...podCidrs.filter((candidate) => candidate !== podCidr)];
}

/** `node-1`, `node-2`, …; where others may share the state, they have names of their own. */
export function nodeNames({ nodes, store, name }: ClusterSettings): string[] {
  const prefix = store === undefined ? 'node-' : nodePrefix(name);
  return Array.from({ length: nodes }, (_, i) => `${prefix}${i + 1}`);
}

/** How the nodes of a cluster are called whose state others may share. */
export function nodePrefix(cluster: string): string {
  return `${cluster}-node-`;
}

/** Makes what is missing and takes over what is there. Throws EngineError. */
export async function prepareGround(options: GroundOptions): Promise<Ground> {
  const { engine, info, settings, nodeImage, baseImage, onProgress, log } = options;
  if (info.simulated) return simulatedGround(engine, settings);
  const image = await ensureNodeImage(engine, {
    directory: nodeImage,
    ...(baseImage === undefined ? {} : { baseImage }),
    log: (line) => (line.startsWith('building') ? onProgress : log)(line),
  });
  onProgress('preparing the network');
  const network = await prepareNetwork({
    engine,
    cluster: settings.name,
    nodes: nodeNames(settings),
    image,
    podCidrs: podCandidates(settings),
    serviceCidrs: serviceCandidates(settings),
    log,
  });
  return { ...network, image };
}

/** Addresses that look right and lead nowhere: no packet is ever sent to them. */
async function simulatedGround(engine: Engine, settings: ClusterSettings): Promise<Ground> {
  const image = 'skiff/node:simulated';
  const nodes = await Promise.all(
    nodeNames(settings).map(async (name, i) => ({
      name,
      address: `10.244.255.${i + 2}`,
      containerId: await engine.createContainer({
        name: `skiff-${settings.name}-${name}`,
        image,
        labels: { [engineLabels.cluster]: settings.name, [engineLabels.role]: 'node' },
        network: { type: 'none' },
      }),
    })),
  );
  return {
    cluster: settings.name,
    networkName: 'simulated',
    subnet: '10.244.0.0/16',
    gateway: '10.244.0.1',
    serviceCidr: settings.serviceCidr ?? '10.96.0.0/16',
    nodes,
    files: { containerId: nodes[0]?.containerId ?? '', root: filesRoot, enginePath: filesRoot },
    helperId: '',
    bridgeFiltered: true,
    image,
  };
}
