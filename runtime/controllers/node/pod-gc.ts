/**
 * Removes pods that nobody else will: those of nodes that are gone, those that were deleted before
 * they had a node, and the oldest finished ones when there are far too many.
 * https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#pod-garbage-collection
 */
import { timestamp } from '../../api/clock.ts';
import type { Node, Pod } from '../../api/types.ts';
import { at, nodes, pods } from '../../client/resources.ts';
import type { ControllerContext } from '../kit/context.ts';
import { createLoop, tolerate } from '../kit/loop.ts';
import { byAge, isTerminal, podInformer } from '../kit/pods.ts';

const everyMs = 20_000;
/** A node may only be registering anew: its pods are left alone for so long. */
const quarantineMs = 40_000;
const finishedLimit = 12_500;

/** Starts the controller. */
export function runPodGarbageCollector(context: ControllerContext): void {
  const { client, clock, informers } = context;
  const loop = createLoop(context, 'pod-garbage-collector', 1);
  const nodeCache = informers.for<Node>(nodes);
  const podCache = podInformer(informers);
  const missingSince = new Map<string, number>();
  podCache.subscribe({
    updated: (pod) => {
      if (pod.metadata.deletionTimestamp !== undefined && !pod.spec.nodeName) loop.queue.add('all');
    },
  });
  loop.queue.add('all');
  loop.start([nodeCache, podCache], async (key) => {
    loop.queue.addAfter(key, everyMs);
    const all = podCache.list();
    for (const pod of all) {
      const { nodeName } = pod.spec;
      if (!nodeName) {
        if (pod.metadata.deletionTimestamp !== undefined) await remove(pod, false);
        continue;
      }
      if (nodeCache.get(nodeName) !== undefined) {
        missingSince.delete(nodeName);
        continue;
      }
      const since = missingSince.get(nodeName) ?? clock.now();
      missingSince.set(nodeName, since);
      if (clock.now() - since < quarantineMs) continue;
      const live = await tolerate(client.get(at(nodes, nodeName)), 'NotFound');
      if (live === undefined) await remove(pod, true);
    }
    const finished = all.filter(isTerminal).sort(byAge);
    const surplus = finished.slice(0, Math.max(0, finished.length - finishedLimit));
    for (const pod of surplus) await remove(pod, false);
  });

  /** Failed first, so that whoever counts the pod knows how it ended. */
  const remove = async (pod: Pod, orphaned: boolean) => {
    const { name, namespace, uid } = pod.metadata;
    if (!isTerminal(pod)) {
      const condition = {
        type: 'DisruptionTarget',
        status: 'True',
        reason: 'DeletionByPodGC',
        message: 'PodGC: node no longer exists',
        lastTransitionTime: timestamp(clock.now()),
      };
      const conditions = orphaned ? { conditions: [condition] } : {};
      const patch = { status: { phase: 'Failed', ...conditions } };
      await tolerate(
        client.patch(at(pods, name, namespace, 'status'), 'strategic', patch),
        'NotFound',
      );
    }
    const options = { gracePeriodSeconds: 0, preconditions: { uid } };
    await tolerate(client.delete(at(pods, name, namespace), options), 'NotFound', 'Conflict');
  };
}
