/** A node's kubelet: announces the node, runs its pods on the engine, reports on both. */

import { apiError } from '../api/status.ts';
import type { Pod, Service } from '../api/types.ts';
import { createEventRecorder } from '../client/events.ts';
import type { NodePage } from '../client/node-pages.ts';
import type { PodStreams } from '../client/pod-streams.ts';
import { pods, services } from '../client/resources.ts';
import { type KubeletContext, type KubeletOptions, messageOf } from './context.ts';
import { startNodeAgent } from './node/node-agent.ts';
import { createPages } from './pages/pages.ts';
import { type PodManager, startPodManager } from './pods/manager.ts';
import { createPodStreams } from './streams/streams.ts';

export interface Kubelet {
  /** Of this node's pods. */
  readonly streams: PodStreams;
  /** What it serves over HTTP on a real node: the page of a path. Throws ApiError. */
  readonly page: (path: string) => Promise<NodePage>;
  /** Resolves once the node is registered and its pods are looked after. */
  readonly ready: Promise<void>;
  /** Stops looking after pods; their containers go on running. */
  stop(): void;
}

/** Starts a kubelet; it ends with `stop` or the signal. Several may share one engine. */
export function createKubelet(options: KubeletOptions): Kubelet {
  const stop = new AbortController();
  const signal = AbortSignal.any([stop.signal, options.signal]);
  let parts: Parts | undefined;
  const started = (): Parts => {
    if (parts !== undefined) return parts;
    throw apiError('ServiceUnavailable', `the kubelet of ${options.node.name} is starting`);
  };
  const ready = run({ ...options, signal }).then((running) => {
    parts = running;
  });
  ready.catch((error: unknown) => {
    if (!signal.aborted) options.log(`kubelet ${options.node.name}: ${messageOf(error)}`);
  });
  return {
    ready,
    streams: {
      logs: async (pod, query) => started().streams.logs(pod, query),
      exec: async (pod, query) => started().streams.exec(pod, query),
      attach: async (pod, query) => started().streams.attach(pod, query),
      portForward: async (pod, port) => started().streams.portForward(pod, port),
    },
    page: async (path) => started().page(path),
    stop: () => stop.abort(),
  };
}

type Parts = Pick<Kubelet, 'streams' | 'page'>;

async function run(options: KubeletOptions): Promise<Parts> {
  const { client, clock, informers, engine, node, log } = options;
  const recorder = createEventRecorder(client, clock, {
    component: 'kubelet',
    host: node.name,
    onError: (error) => log(`event lost: ${messageOf(error)}`),
  });
  const agent = await startNodeAgent({ ...options, recorder });
  const context: KubeletContext = {
    ...options,
    recorder,
    simulated: (await engine.info()).simulated,
    ownNode: agent.node,
    caches: {
      pods: informers.for<Pod>(pods, { fieldSelector: `spec.nodeName=${node.name}` }),
      services: informers.for<Service>(services),
    },
  };
  const manager: PodManager = await startPodManager(context);
  return {
    streams: createPodStreams(context, manager),
    page: createPages(context, () => manager.records()),
  };
}
