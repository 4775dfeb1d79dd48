/**
 * DaemonSets: one pod on every node that the template allows.
 * https://kubernetes.io/docs/concepts/workloads/controllers/daemonset/
 */
import { labelSelectorOf, matchesLabels } from '../../api/selector.ts';
import { isApiError } from '../../api/status.ts';
import type { DaemonSet, Node, Pod } from '../../api/types.ts';
import { createEventRecorder } from '../../client/events.ts';
import { daemonSets, keyOf, nodes, pods, splitKey } from '../../client/resources.ts';
import { slowStart } from '../kit/batches.ts';
import type { ControllerContext } from '../kit/context.ts';
import {
  provideRevision,
  revisionInformer,
  revisionLabel,
  trimRevisions,
} from '../kit/controller-revisions.ts';
import { sameValue } from '../kit/equality.ts';
import { followPods } from '../kit/follow-pods.ts';
import { createLoop } from '../kit/loop.ts';
import { claimObjects } from '../kit/ownership.ts';
import { createPodControl, podFromTemplate } from '../kit/pod-control.ts';
import { podInformer, podsInReach } from '../kit/pods.ts';
import { omitZeros, updateStatus } from '../kit/status.ts';
import { Unseen } from '../kit/unseen.ts';
import { belongsOn, pinTo, targetNode } from './placement.ts';
import { countPods, planPods, planUpdate } from './plan.ts';

/** Starts the controller. */
export function runDaemonSets(context: ControllerContext): void {
  const { client, clock, informers } = context;
  const loop = createLoop(context, 'daemonset');
  const sets = informers.for<DaemonSet>(daemonSets, {
    indexes: { uid: ({ metadata }) => [metadata.uid] },
  });
  const podCache = podInformer(informers);
  const nodeCache = informers.for<Node>(nodes);
  const revisions = revisionInformer(informers);
  const events = createEventRecorder(client, clock, { component: 'daemonset-controller' });
  const podControl = createPodControl(client, events);
  const unseen = new Unseen(clock);

  const enqueue = (set: DaemonSet) => loop.queue.add(keyOf(set));
  sets.subscribe({ added: enqueue, updated: enqueue });
  const selects = (set: DaemonSet, labels: Readonly<Record<string, string>>) =>
    matchesLabels(labelSelectorOf(set.spec.selector), labels);
  followPods(podCache, sets, loop.queue, selects);
  const enqueueAll = () => {
    for (const set of sets.list()) enqueue(set);
  };
  const facts = ({ metadata, spec }: Node) => [metadata.labels, spec?.taints, spec?.unschedulable];
  nodeCache.subscribe({
    added: enqueueAll,
    updated: (next, previous) => {
      if (!sameValue(facts(next), facts(previous))) enqueueAll();
    },
    deleted: enqueueAll,
  });

  const claim = (set: DaemonSet) =>
    claimObjects<Pod>(
      {
        client,
        owner: set,
        ownerResource: daemonSets,
        resource: pods,
        matches: (pod) => selects(set, pod.metadata.labels ?? {}),
      },
      podsInReach(podCache, set),
    );

  /** Makes and deletes; gives the first error. */
  const manage = async (
    set: DaemonSet,
    byNode: ReadonlyMap<string, readonly Pod[]>,
    hash: string,
  ): Promise<unknown> => {
    const plan = planPods(set, nodeCache.list(), byNode);
    const spec = set.spec.template.spec ?? { containers: [] };
    const desired = nodeCache
      .list()
      .filter((node) => belongsOn(spec, node).run)
      .map(({ metadata }) => metadata.name);
    const outdated =
      plan.create.length + plan.delete.length > 0
        ? []
        : planUpdate(set, desired, byNode, hash, clock);
    for (const pod of plan.failed) {
      const { name, namespace } = pod.metadata;
      const message = `Found failed daemon pod ${namespace}/${name} on node ${pod.spec.nodeName}, will try to kill it`;
      events.event(set, 'Warning', 'FailedDaemonPod', message);
    }
    const results = await Promise.allSettled(
      [...plan.delete, ...outdated].map((pod) => podControl.delete(pod, set)),
    );
    const made = await slowStart(plan.create.length, async (index) => {
      const draft = pinTo(podFromTemplate(set.spec.template, set), plan.create[index] ?? '');
      const labels = { ...draft.metadata.labels, [revisionLabel]: hash };
      const metadata = { ...draft.metadata, labels };
      const pod = await podControl.create({ ...draft, metadata }, set);
      unseen.made(keyOf(set), pod.metadata.uid);
    });
    const refused = results.find(
      (result): result is PromiseRejectedResult =>
        result.status === 'rejected' && !isApiError(result.reason, 'NotFound', 'Conflict'),
    );
    return made.error ?? refused?.reason;
  };

  loop.start([sets, podCache, nodeCache, revisions], async (key) => {
    const { name, namespace } = splitKey(key);
    const set = sets.get(name, namespace);
    if (set === undefined || set.metadata.deletionTimestamp !== undefined) return;
    if (unseen.pending(key, podsInReach(podCache, set))) {
      loop.queue.addAfter(key, 1_000);
      return;
    }
    const existing = revisions.byIndex('controller', set.metadata.uid);
    const revision = await provideRevision({
      client,
      owner: set,
      hashLabel: revisionLabel,
      template: set.spec.template,
      collisionCount: set.status?.collisionCount ?? 0,
      existing,
      onCollision: async (collisionCount) => {
        const counts = {
          currentNumberScheduled: 0,
          desiredNumberScheduled: 0,
          numberMisscheduled: 0,
          numberReady: 0,
        };
        await updateStatus(client, daemonSets, set, { ...counts, ...set.status, collisionCount });
      },
    });
    const hash = revision.metadata.labels?.[revisionLabel] ?? revision.metadata.name;
    const members = await claim(set);
    const byNode = groupByNode(members);
    const failure = await manage(set, byNode, hash);
    const status = omitZeros(
      countPods(set, nodeCache.list(), byNode, hash, clock),
      'currentNumberScheduled',
      'desiredNumberScheduled',
      'numberMisscheduled',
      'numberReady',
    );
    await updateStatus(client, daemonSets, set, status);
    const inUse = new Set([
      revision.metadata.name,
      ...members.map((pod) => `${name}-${pod.metadata.labels?.[revisionLabel]}`),
    ]);
    await trimRevisions(client, existing, inUse, set.spec.revisionHistoryLimit ?? 10);
    const waiting = (status.numberReady ?? 0) > (status.numberAvailable ?? 0);
    if (waiting) loop.queue.addAfter(key, 1_000 * (set.spec.minReadySeconds ?? 1));
    if (failure !== undefined) throw failure;
  });
}

function groupByNode(members: readonly Pod[]): Map<string, Pod[]> {
  const byNode = new Map<string, Pod[]>();
  for (const pod of members) {
    const node = targetNode(pod);
    if (node !== undefined) byNode.set(node, [...(byNode.get(node) ?? []), pod]);
  }
  return byNode;
}
