/** Brings the nodes of a cluster up: service proxy, DNS, a kubelet each; waits until all are Ready. */
import type { Clock } from '../api/clock.ts';
import type { Node, Pod } from '../api/types.ts';
import type { Client } from '../client/client.ts';
import type { Informers } from '../client/informer.ts';
import { nodes as nodeResource, pods as podResource } from '../client/resources.ts';
import type { Engine, EngineInfo } from '../engine/engine.ts';
import { createKubelet, type Kubelet } from '../kubelet/kubelet.ts';
import { runVolumeReclaimer } from '../kubelet/volumes/reclaim.ts';
import { runDns } from '../network/dns/dns.ts';
import { runNodePorts } from '../network/node-ports.ts';
import { runProxy } from '../network/proxy/proxy.ts';
import { ClusterError } from './data-directory.ts';
import type { Ground } from './ground.ts';
import { type Identity, identities } from './identities.ts';
import { createLoggedInformers } from './informers.ts';
import type { Log } from './log-file.ts';
import type { StreamRouter } from './stream-router.ts';

export const clusterDomain = 'cluster.local';

export interface NodesOptions {
  readonly cluster: string;
  readonly engine: Engine;
  readonly info: EngineInfo;
  readonly ground: Ground;
  /** A client of the API for somebody. */
  readonly clientOf: (user: Identity) => Client;
  readonly informers: Informers;
  readonly streams: StreamRouter;
  /** Where pods reach the API server on the engine's machine. */
  readonly apiPort: number;
  /** The first service address. */
  readonly kubernetesAddress: string;
  /** The tenth service address. */
  readonly dnsAddress: string;
  readonly rootCaPem: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly signal: AbortSignal;
}

/** Resolves when every node is Ready; the result ends the kubelets. Throws ClusterError. */
export async function startNodes(options: NodesOptions): Promise<() => Promise<void>> {
  const { engine, info, ground, informers, streams, clock, log, signal } = options;
  const pods = informers.for<Pod>(podResource);
  streams.connect(({ namespace, name }) => pods.get(name, namespace));
  if (!info.simulated) await startNetworking(options);
  const kubelets = ground.nodes.map((node): Kubelet => {
    const client = options.clientOf(identities.node(node.name));
    const kubelet = createKubelet({
      client,
      informers: createLoggedInformers(client, clock, signal, log),
      engine,
      clock,
      signal,
      log: (line: string) => log(`kubelet ${node.name}`, line),
      node: { ...node, ...share(info, ground.nodes.length), maxPods: 110 },
      cluster: {
        name: options.cluster,
        dnsAddress: options.dnsAddress,
        domain: clusterDomain,
        networkName: ground.networkName,
        sandboxImage: ground.image,
      },
      files: ground.files,
      apiServer: { host: options.kubernetesAddress, caPem: options.rootCaPem },
    });
    streams.addNode(node.name, kubelet);
    return kubelet;
  });
  runVolumeReclaimer({
    client: options.clientOf(identities.volumes),
    ...{ informers, engine, clock, signal, files: ground.files },
    simulated: info.simulated,
    cluster: options.cluster,
    log: (line: string) => log('volumes', line),
  });
  await nodesReady(options);
  return async () => {
    await Promise.all(kubelets.map((kubelet) => kubelet.stop()));
  };
}

/** Nodes on one machine divide it, so that what the scheduler hands out is really there. */
function share(info: EngineInfo, nodes: number): { cpu: number; memoryBytes: number } {
  return {
    cpu: Math.floor((info.cpus * 1000) / nodes) / 1000,
    memoryBytes: Math.floor(info.memoryBytes / nodes / 1024) * 1024,
  };
}

async function startNetworking(options: NodesOptions): Promise<void> {
  const { engine, ground, informers, clientOf, clock, log, signal } = options;
  const line = (component: string) => (message: string) => log(component, message);
  const dns = await runDns({
    address: ground.gateway,
    port: 0,
    informers,
    clusterDomain,
    ownRanges: [ground.subnet, ground.serviceCidr],
    log: line('dns'),
    signal,
  });
  const common = { engine, network: ground, informers, clock, signal };
  const proxy = runProxy({
    ...common,
    log: line('proxy'),
    apiEndpoint: { address: ground.gateway, port: options.apiPort },
    dnsEndpoint: { address: ground.gateway, port: dns.port },
  });
  runNodePorts({ ...common, client: clientOf(identities.services), log: line('node-ports') });
  await proxy.ready;
}

function nodesReady({ ground, informers, signal, clock }: NodesOptions): Promise<void> {
  const informer = informers.for<Node>(nodeResource);
  const isReady = (name: string) =>
    informer
      .get(name)
      ?.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') ??
    false;
  return new Promise((resolve, reject) => {
    const cancel = clock.after(60_000, () => {
      const late = ground.nodes.filter(({ name }) => !isReady(name)).map(({ name }) => name);
      finish(() => reject(new ClusterError(`not Ready after a minute: ${late.join(', ')}`)));
    });
    const abort = () => finish(() => reject(signal.reason));
    let unsubscribe: (() => void) | undefined;
    let finished = false;
    const finish = (settle: () => void) => {
      finished = true;
      unsubscribe?.();
      cancel();
      signal.removeEventListener('abort', abort);
      settle();
    };
    signal.addEventListener('abort', abort);
    const check = () => {
      if (!finished && ground.nodes.every(({ name }) => isReady(name))) finish(resolve);
    };
    // Calls for every node that is there before it returns: after a crash all may be ready already.
    unsubscribe = informer.subscribe({ added: check, updated: check });
    if (finished) unsubscribe();
    check();
  });
}
