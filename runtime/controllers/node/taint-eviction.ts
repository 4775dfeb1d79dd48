/**
 * Deletes pods from nodes with NoExecute taints that they do not tolerate, at once or when the time
 * for which they tolerate them is over.
 * https://kubernetes.io/docs/concepts/scheduling-eviction/taint-and-toleration/#taint-based-evictions
 */

import { timestamp } from '../../api/clock.ts';
import { findToleration } from '../../api/placement.ts';
import type { core, Node, Pod } from '../../api/types.ts';
import { createEventRecorder } from '../../client/events.ts';
import { at, keyOf, nodes, pods, splitKey } from '../../client/resources.ts';
import type { ControllerContext } from '../kit/context.ts';
import { sameValue } from '../kit/equality.ts';
import { createLoop, tolerate } from '../kit/loop.ts';
import { podInformer } from '../kit/pods.ts';

/** Starts the controller. */
export function runTaintEviction(context: ControllerContext): void {
  const { client, clock, informers } = context;
  const loop = createLoop(context, 'taint-eviction');
  const events = createEventRecorder(client, clock, { component: 'taint-eviction-controller' });
  const nodeCache = informers.for<Node>(nodes);
  const podCache = podInformer(informers);
  const enqueuePods = ({ metadata }: Node) => {
    for (const pod of podCache.byIndex('node', metadata.name)) loop.queue.add(keyOf(pod));
  };
  nodeCache.subscribe({
    added: enqueuePods,
    updated: (node, previous) => {
      if (!sameValue(node.spec?.taints, previous.spec?.taints)) enqueuePods(node);
    },
  });
  const enqueue = (pod: Pod) => {
    if (pod.spec.nodeName) loop.queue.add(keyOf(pod));
  };
  podCache.subscribe({
    added: enqueue,
    updated: (pod, previous) => {
      const facts = ({ spec }: Pod) => [spec.nodeName, spec.tolerations];
      if (!sameValue(facts(pod), facts(previous))) enqueue(pod);
    },
  });
  loop.start([nodeCache, podCache], async (key) => {
    const { name, namespace } = splitKey(key);
    const pod = podCache.get(name, namespace);
    if (pod === undefined || pod.metadata.deletionTimestamp !== undefined) return;
    const node = nodeCache.get(pod.spec.nodeName ?? '');
    const deadline = evictionTime(node?.spec?.taints ?? [], pod.spec.tolerations, clock.now());
    if (deadline === undefined) return;
    const left = deadline - clock.now();
    if (left > 0) {
      loop.queue.addAfter(key, left);
      return;
    }
    events.event(pod, 'Normal', 'TaintManagerEviction', `Marking for deletion Pod ${key}`);
    await evict(context, pod);
  });
}

/** In ms since the epoch; undefined if the pod may stay. */
export function evictionTime(
  taints: readonly core.Taint[],
  tolerations: readonly core.Toleration[] | undefined,
  now: number,
): number | undefined {
  let earliest: number | undefined;
  for (const taint of taints) {
    if (taint.effect !== 'NoExecute') continue;
    const toleration = findToleration(tolerations, taint);
    if (toleration === undefined) return now;
    if (toleration.tolerationSeconds === undefined) continue;
    const since = Date.parse(taint.timeAdded ?? '') || now;
    const time = since + Math.max(0, toleration.tolerationSeconds) * 1000;
    earliest = Math.min(earliest ?? time, time);
  }
  return earliest;
}

async function evict({ client, clock }: ControllerContext, pod: Pod): Promise<void> {
  const { name, namespace, uid } = pod.metadata;
  const condition = {
    type: 'DisruptionTarget',
    status: 'True',
    reason: 'DeletionByTaintManager',
    message: 'Taint manager: deleting due to NoExecute taint',
    lastTransitionTime: timestamp(clock.now()),
  };
  const patch = { status: { conditions: [condition] } };
  await tolerate(client.patch(at(pods, name, namespace, 'status'), 'strategic', patch), 'NotFound');
  const target = at(pods, name, namespace);
  await tolerate(client.delete(target, { preconditions: { uid } }), 'NotFound', 'Conflict');
}
