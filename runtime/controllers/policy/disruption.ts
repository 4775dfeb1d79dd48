/**
 * PodDisruptionBudgets: says how many of the selected pods may be evicted now.
 * https://kubernetes.io/docs/concepts/workloads/pods/disruptions/
 */
import { controllerOf } from '../../api/object.ts';
import { labelSelectorOf, matchesLabels } from '../../api/selector.ts';
import type {
  Deployment,
  Pod,
  PodDisruptionBudget,
  ReplicaSet,
  ReplicationController,
  StatefulSet,
} from '../../api/types.ts';
import type { Informer } from '../../client/informer.ts';
import {
  deployments,
  keyOf,
  podDisruptionBudgets,
  replicaSets,
  replicationControllers,
  splitKey,
  statefulSets,
} from '../../client/resources.ts';
import { withCondition } from '../kit/conditions.ts';
import type { ControllerContext } from '../kit/context.ts';
import { scaledValue } from '../kit/int-or-percent.ts';
import { createLoop } from '../kit/loop.ts';
import { isReady, isTerminal, podInformer } from '../kit/pods.ts';
import { updateStatus } from '../kit/status.ts';

/** An eviction that was granted but never became a deletion stops counting after this. */
const evictionLostMs = 120_000;

type Scaled = ReplicaSet | ReplicationController | StatefulSet | Deployment;

/** Starts the controller. */
export function runDisruption(context: ControllerContext): void {
  const { client, clock, informers } = context;
  const loop = createLoop(context, 'disruption', 2);
  const budgets = informers.for<PodDisruptionBudget>(podDisruptionBudgets);
  const pods = podInformer(informers);
  const owners: Record<string, Informer<Scaled>> = {
    ReplicaSet: informers.for<Scaled>(replicaSets),
    ReplicationController: informers.for<Scaled>(replicationControllers),
    StatefulSet: informers.for<Scaled>(statefulSets),
    Deployment: informers.for<Scaled>(deployments),
  };
  const enqueue = (budget: PodDisruptionBudget) => loop.queue.add(keyOf(budget));
  budgets.subscribe({ added: enqueue, updated: enqueue });
  const enqueueFor = (pod: Pod) => {
    for (const budget of budgets.list(pod.metadata.namespace)) {
      if (selects(budget, pod)) enqueue(budget);
    }
  };
  pods.subscribe({ added: enqueueFor, updated: enqueueFor, deleted: enqueueFor });
  const scaled = (owner: Scaled) => {
    for (const budget of budgets.list(owner.metadata.namespace)) enqueue(budget);
  };
  for (const informer of Object.values(owners)) {
    informer.subscribe({
      updated: (next, previous) => {
        if (next.spec.replicas !== previous.spec.replicas) scaled(next);
      },
    });
  }

  /** How many pods there should be, summed over the owners of those that are there. */
  const expectedOf = (members: readonly Pod[]): number => {
    const wanted = new Map<string, number>();
    let lone = 0;
    for (const pod of members) {
      const reference = controllerOf(pod);
      let owner = owners[reference?.kind ?? '']?.get(reference?.name ?? '', pod.metadata.namespace);
      const parent = owner && controllerOf(owner);
      if (parent?.kind === 'Deployment') {
        owner = owners.Deployment?.get(parent.name, pod.metadata.namespace) ?? owner;
      }
      if (owner === undefined) lone += 1;
      else wanted.set(owner.metadata.uid, owner.spec.replicas ?? 1);
    }
    return [...wanted.values()].reduce((sum, count) => sum + count, lone);
  };

  loop.start([budgets, pods, ...Object.values(owners)], async (key) => {
    const { name, namespace } = splitKey(key);
    const budget = budgets.get(name, namespace);
    if (budget === undefined) return;
    const members = pods.list(namespace).filter((pod) => selects(budget, pod) && !isTerminal(pod));
    const { minAvailable, maxUnavailable } = budget.spec;
    const percentage = typeof minAvailable === 'string' || maxUnavailable !== undefined;
    const expected = percentage ? expectedOf(members) : members.length;
    const desired =
      maxUnavailable === undefined
        ? scaledValue(minAvailable ?? 1, expected, 'up')
        : Math.max(0, expected - scaledValue(maxUnavailable, expected, 'up'));
    const evicting: Record<string, string> = {};
    for (const [pod, time] of Object.entries(budget.status?.disruptedPods ?? {})) {
      const there = members.find(({ metadata }) => metadata.name === pod);
      const lost = Date.parse(time) + evictionLostMs < clock.now();
      if (there?.metadata.deletionTimestamp === undefined && there !== undefined && !lost) {
        evicting[pod] = time;
      }
    }
    const healthy = members.filter(
      (pod) =>
        isReady(pod) &&
        pod.metadata.deletionTimestamp === undefined &&
        evicting[pod.metadata.name] === undefined,
    ).length;
    const allowed = members.length === 0 ? 0 : Math.max(0, healthy - desired);
    const enough = allowed > 0;
    const condition = {
      type: 'DisruptionAllowed',
      status: enough ? ('True' as const) : ('False' as const),
      reason: enough ? 'SufficientPods' : 'InsufficientPods',
      message: '',
      observedGeneration: budget.metadata.generation,
      lastTransitionTime: '',
    };
    await updateStatus(client, podDisruptionBudgets, budget, {
      observedGeneration: budget.metadata.generation,
      disruptionsAllowed: allowed,
      currentHealthy: healthy,
      desiredHealthy: desired,
      expectedPods: expected,
      ...(Object.keys(evicting).length === 0 ? {} : { disruptedPods: evicting }),
      conditions: withCondition(budget.status?.conditions, condition, clock),
    });
    if (Object.keys(evicting).length > 0) loop.queue.addAfter(key, evictionLostMs);
  });
}

function selects(budget: PodDisruptionBudget, pod: Pod): boolean {
  const { selector } = budget.spec;
  return (
    selector !== undefined && matchesLabels(labelSelectorOf(selector), pod.metadata.labels ?? {})
  );
}
