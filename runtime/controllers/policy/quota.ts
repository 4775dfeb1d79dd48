/**
 * Keeps the status of ResourceQuotas true. Admission raises `used` when something is made; what is
 * deleted, finished or changed comes off here.
 * https://kubernetes.io/docs/concepts/policy/resource-quotas/
 */
import type { KubeObject } from '../../api/object.ts';
import { addQuantities } from '../../api/pod-totals.ts';
import { format, quantityOf } from '../../api/quantity.ts';
import {
  type Counted,
  coversObject,
  isScoped,
  plainCounts,
  type Usage,
  usageOf,
} from '../../api/quota-usage.ts';
import type { PersistentVolumeClaim, ResourceQuota, Service } from '../../api/types.ts';
import type { Informer } from '../../client/informer.ts';
import {
  keyOf,
  persistentVolumeClaims,
  pods as podResource,
  resourceQuotas,
  services,
  splitKey,
} from '../../client/resources.ts';
import type { ControllerContext } from '../kit/context.ts';
import { type Discovered, discover } from '../kit/discover.ts';
import { sameValue } from '../kit/equality.ts';
import { createLoop } from '../kit/loop.ts';
import { isTerminal, podInformer } from '../kit/pods.ts';
import { updateStatus } from '../kit/status.ts';

/** Everything is counted again after this long, as by the original. */
const recountMs = 5 * 60_000;

/** Starts the controller. */
export function runResourceQuotas(context: ControllerContext): void {
  const { client, informers } = context;
  const loop = createLoop(context, 'resourcequota', 2);
  const quotas = informers.for<ResourceQuota>(resourceQuotas);
  const pods = podInformer(informers);
  const serviceCache = informers.for<Service>(services);
  const claims = informers.for<PersistentVolumeClaim>(persistentVolumeClaims);
  const others = new Map<string, Informer<KubeObject>>();
  let known: Discovered[] = [];

  const enqueue = (quota: ResourceQuota) => loop.queue.add(keyOf(quota));
  const enqueueIn = ({ metadata }: KubeObject) => {
    for (const quota of quotas.list(metadata.namespace)) enqueue(quota);
  };
  // Admission raises `used` a moment before the object can be seen here. So what is made must not
  // lead to a new count, nor must the raise itself: the count would take it back, and the next
  // object would be let in as well.
  quotas.subscribe({
    added: enqueue,
    updated: (quota, previous) => {
      if (!sameValue(quota.spec.hard, previous.spec.hard)) enqueue(quota);
    },
  });
  pods.subscribe({
    updated: (pod, previous) => {
      const { containers, activeDeadlineSeconds } = previous.spec;
      const ended = isTerminal(pod) && !isTerminal(previous);
      const resized = !sameValue(pod.spec.containers, containers);
      const rescoped = pod.spec.activeDeadlineSeconds !== activeDeadlineSeconds;
      if (ended || resized || rescoped) enqueueIn(pod);
    },
    deleted: enqueueIn,
  });
  serviceCache.subscribe({
    updated: (service, previous) => {
      if (!sameValue(service.spec, previous.spec)) enqueueIn(service);
    },
    deleted: enqueueIn,
  });
  claims.subscribe({ deleted: enqueueIn });

  /** Objects are followed only once a quota counts their kind. */
  const counterOf = async (name: string): Promise<Informer<KubeObject> | undefined> => {
    const whole = name.replace(/^count\//, '');
    const cached = others.get(whole);
    if (cached !== undefined) return cached;
    const find = () =>
      known.find(({ group, resource }) => whole === (group ? `${resource}.${group}` : resource));
    if (find() === undefined) known = (await discover(client)).resources;
    const resource = find();
    if (resource === undefined) return undefined;
    const informer = informers.for<KubeObject>(resource);
    others.set(whole, informer);
    informer.subscribe({ deleted: enqueueIn });
    await informer.synced;
    return informer;
  };

  loop.start([quotas, pods, serviceCache, claims], async (key) => {
    const { name, namespace } = splitKey(key);
    const quota = quotas.get(name, namespace);
    if (quota === undefined) return;
    const { hard = {} } = quota.spec;
    const usage: Usage = new Map();
    const nowMs = context.clock.now();
    const count = (kind: Counted, objects: readonly KubeObject[]) => {
      for (const object of objects) {
        if (coversObject(quota, kind, object)) addQuantities(usage, usageOf(kind, object, nowMs));
      }
    };
    count(podResource, pods.list(namespace));
    count(services, serviceCache.list(namespace));
    count(persistentVolumeClaims, claims.list(namespace));
    for (const limit of Object.keys(hard)) {
      if (usage.has(limit) || isScoped(quota)) continue;
      if (!limit.startsWith('count/') && !plainCounts.has(limit)) continue;
      const counter = await counterOf(limit);
      usage.set(limit, quantityOf(counter?.list(namespace).length ?? 0));
    }
    const used = Object.keys(hard).map((limit) => [
      limit,
      format(usage.get(limit) ?? quantityOf(0)),
    ]);
    await updateStatus(client, resourceQuotas, quota, { hard, used: Object.fromEntries(used) });
    // What was charged and then not made after all comes off at last.
    loop.queue.addAfter(key, recountMs);
  });
}
