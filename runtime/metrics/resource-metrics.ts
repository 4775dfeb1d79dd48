import { type Clock, timestamp } from '../api/clock.ts';
import { formatDuration } from '../api/duration.ts';
import { canonicalQuantity } from '../api/quantity.ts';
import type { Node, Pod } from '../api/types.ts';
import type { Informers } from '../client/informer.ts';
import type {
  NodeMetrics,
  PodMetrics,
  ResourceMetrics,
  Usage,
} from '../client/resource-metrics.ts';
import { nodes as nodeResource, pods as podResource } from '../client/resources.ts';
import { engineLabels } from '../engine/engine.ts';
import { createSampler, type Meters, type Rate, type Sample } from './sampler.ts';

export interface ResourceMetricsOptions {
  readonly engine: Meters;
  readonly informers: Informers;
  readonly clock: Clock;
  /** The cluster's name, by which its containers are found. */
  readonly cluster: string;
}

/** Measures when asked. What it answers throws EngineError if the engine cannot be read. */
export function createResourceMetrics(options: ResourceMetricsOptions): ResourceMetrics {
  const { engine, informers, clock, cluster } = options;
  const sampler = createSampler(engine, clock, cluster);
  const pods = informers.for<Pod>(podResource);
  const nodes = informers.for<Node>(nodeResource);
  return {
    async nodes() {
      const sample = await sampler.sample();
      const byNode = groupBy(sample.rates, ({ container }) => container.labels[engineLabels.node]);
      return nodes.list().flatMap((node) => {
        const rates = byNode.get(node.metadata.name);
        return rates === undefined ? [] : [nodeMetrics(node, rates, sample)];
      });
    },
    async pods() {
      const sample = await sampler.sample();
      const byPod = groupBy(
        sample.rates.filter(({ container }) => container.labels[engineLabels.role] === 'container'),
        ({ container }) => container.labels[engineLabels.podUid],
      );
      return pods.list().flatMap((pod) => {
        const rates = byPod.get(pod.metadata.uid ?? '');
        return rates === undefined ? [] : (podMetrics(pod, rates, sample) ?? []);
      });
    },
  };
}

/** A node uses what its pods use, and what keeps them running: sandboxes and its own container. */
function nodeMetrics(node: Node, rates: readonly Rate[], sample: Sample): NodeMetrics {
  const { name, labels } = node.metadata;
  return {
    apiVersion: 'metrics.k8s.io/v1beta1',
    kind: 'NodeMetrics',
    metadata: {
      name,
      creationTimestamp: timestamp(sample.at),
      ...(labels === undefined ? {} : { labels }),
    },
    ...interval(sample),
    usage: usageOf(
      rates.reduce((sum, rate) => sum + rate.cpuNanoCores, 0),
      rates.reduce((sum, rate) => sum + rate.memoryBytes, 0),
    ),
  };
}

/** Undefined while a container that should run has no figures: a part would pass for the whole. */
function podMetrics(pod: Pod, rates: readonly Rate[], sample: Sample): PodMetrics | undefined {
  if (pod.status?.phase !== 'Running') return undefined;
  const byName = new Map(
    rates.map((rate) => [rate.container.labels[engineLabels.container] ?? '', rate]),
  );
  const wanted = (pod.status.containerStatuses ?? []).filter(({ state }) => state?.running);
  if (wanted.some(({ name }) => !byName.has(name))) return undefined;
  const { name, namespace, labels } = pod.metadata;
  return {
    apiVersion: 'metrics.k8s.io/v1beta1',
    kind: 'PodMetrics',
    metadata: {
      name,
      ...(namespace === undefined ? {} : { namespace }),
      creationTimestamp: timestamp(sample.at),
      ...(labels === undefined ? {} : { labels }),
    },
    ...interval(sample),
    containers: [...byName]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([container, rate]) => ({
        name: container,
        usage: usageOf(rate.cpuNanoCores, rate.memoryBytes),
      })),
  };
}

function interval({ at, windowMs }: Sample): { timestamp: string; window: string } {
  return { timestamp: timestamp(at), window: formatDuration(windowMs * 1e6) };
}

function usageOf(cpuNanoCores: number, memoryBytes: number): Usage {
  return {
    cpu: quantity(`${cpuNanoCores}n`),
    memory: quantity(`${Math.ceil(memoryBytes / 1024)}Ki`),
  };
}

/** In the shortest form, as a server writes it: `250m` for `250000000n`. */
function quantity(text: string): string {
  return canonicalQuantity(text) ?? text;
}

function groupBy<T>(items: readonly T[], keyOf: (item: T) => string | undefined): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    if (key === undefined) continue;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [item]);
    else group.push(item);
  }
  return groups;
}
