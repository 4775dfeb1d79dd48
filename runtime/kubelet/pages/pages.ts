/** What the kubelet of a real node serves over HTTP, without the port: see client/node-pages.ts. */
import { apiError } from '../../api/status.ts';
import type { NodePage } from '../../client/node-pages.ts';
import { EngineError } from '../../engine/engine.ts';
import type { KubeletContext } from '../context.ts';
import type { PodRecord } from '../pods/record.ts';
import { isRunning } from '../pods/runtime-state.ts';
import { allContainersOf } from '../spec/containers.ts';
import { cadvisorMetrics, kubeletMetrics, resourceMetrics } from './metrics.ts';
import { summary } from './summary.ts';
import { usageMeter } from './usage.ts';

const exposition = 'text/plain; version=0.0.4; charset=utf-8';

const text = (body: string, contentType = 'text/plain; charset=utf-8', status = 200): NodePage => ({
  status,
  contentType,
  body,
});
const json = (value: object): NodePage => text(JSON.stringify(value), 'application/json');

/** Makes the pages of one kubelet. What it answers throws ApiError if the engine does not. */
export function createPages(
  context: KubeletContext,
  records: () => Iterable<PodRecord>,
): (path: string) => Promise<NodePage> {
  const { clock, node } = context;
  const startedAt = clock.now();
  const alive = () => [...records()].filter(({ gone }) => !gone);
  const measure = usageMeter(context, alive);
  const pages: Record<string, () => NodePage | Promise<NodePage>> = {
    '/healthz': () => text('ok'),
    '/healthz/ping': () => text('ok'),
    '/healthz/syncloop': () => text('ok'),
    '/configz': () => json({ kubeletconfig: configuration(context) }),
    '/pods': () => json(listOf(alive().map(({ pod, status }) => ({ ...pod, status })))),
    '/runningpods/': () => json(listOf(alive().flatMap(runningPod))),
    '/stats/summary': async () =>
      json(summary({ ...node, startedAt, now: clock.now() }, await measure())),
    '/metrics': () => text(kubeletMetrics(node.name, alive()), exposition),
    '/metrics/resource': async () => text(resourceMetrics(await measure()), exposition),
    '/metrics/cadvisor': async () => text(cadvisorMetrics(node, await measure()), exposition),
  };
  return async (path) => {
    const page = Object.hasOwn(pages, path) ? pages[path] : undefined;
    if (page === undefined) return text('404 page not found\n', undefined, 404);
    try {
      return await page();
    } catch (error) {
      if (!(error instanceof EngineError)) throw error;
      throw apiError('ServiceUnavailable', `error trying to reach service: ${error.message}`);
    }
  };
}

function listOf(items: readonly object[]): object {
  return { kind: 'PodList', apiVersion: 'v1', metadata: {}, items };
}

/** The pod as the engine has it: only what runs. */
function runningPod({ pod, runtime }: PodRecord): object[] {
  const containers = allContainersOf(pod).flatMap(({ spec }) => {
    const [run] = runtime.containers.get(spec.name) ?? [];
    return isRunning(run) ? [{ name: spec.name, image: run.image, resources: {} }] : [];
  });
  if (containers.length === 0) return [];
  const { name, namespace, uid } = pod.metadata;
  return [
    {
      metadata: { name, namespace, uid, creationTimestamp: null },
      spec: { containers },
      status: {},
    },
  ];
}

/** What of a kubelet's configuration means something here. */
function configuration({ cluster, node }: KubeletContext): object {
  return {
    kind: 'KubeletConfiguration',
    apiVersion: 'kubelet.config.k8s.io/v1beta1',
    clusterDNS: [cluster.dnsAddress],
    clusterDomain: cluster.domain,
    maxPods: node.maxPods,
  };
}
