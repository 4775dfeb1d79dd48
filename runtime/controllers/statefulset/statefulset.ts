/**
 * StatefulSets: pods with names, claims and an order. What happens next is decided in `plan.ts`.
 * https://kubernetes.io/docs/concepts/workloads/controllers/statefulset/
 */
import { labelSelectorOf, matchesLabels } from '../../api/selector.ts';
import { isApiError } from '../../api/status.ts';
import type {
  ControllerRevision,
  PersistentVolumeClaim,
  Pod,
  StatefulSet,
} from '../../api/types.ts';
import { createEventRecorder, type EventRecorder } from '../../client/events.ts';
import type { Informer } from '../../client/informer.ts';
import {
  at,
  keyOf,
  persistentVolumeClaims,
  pods,
  splitKey,
  statefulSets,
} from '../../client/resources.ts';
import type { ControllerContext } from '../kit/context.ts';
import {
  hashLabel,
  provideRevision,
  revisionInformer,
  revisionLabel,
  templateOf,
  trimRevisions,
} from '../kit/controller-revisions.ts';
import { followPods } from '../kit/follow-pods.ts';
import { createLoop, messageOf, tolerate } from '../kit/loop.ts';
import { claimObjects } from '../kit/ownership.ts';
import { podInformer, podsInReach } from '../kit/pods.ts';
import { updateStatus } from '../kit/status.ts';
import { Unseen } from '../kit/unseen.ts';
import { draftClaims, draftPod, ordinalOf, podName } from './identity.ts';
import { countPods, planPods, type Step } from './plan.ts';

/** Starts the controller. */
export function runStatefulSets(context: ControllerContext): void {
  const { informers } = context;
  const loop = createLoop(context, 'statefulset');
  const sets = informers.for<StatefulSet>(statefulSets, {
    indexes: { uid: ({ metadata }) => [metadata.uid] },
  });
  const podInformerOf = podInformer(informers);
  const revisions = revisionInformer(informers);
  const claims = informers.for<PersistentVolumeClaim>(persistentVolumeClaims);
  const controller = new StatefulSetController(context, sets, podInformerOf, revisions, claims);
  const enqueue = (set: StatefulSet) => loop.queue.add(keyOf(set));
  sets.subscribe({ added: enqueue, updated: enqueue });
  followPods(podInformerOf, sets, loop.queue, (set, labels) =>
    matchesLabels(labelSelectorOf(set.spec.selector), labels),
  );
  loop.start([sets, podInformerOf, revisions, claims], async (key) => {
    const waitMs = await controller.reconcile(key);
    if (waitMs !== undefined) loop.queue.addAfter(key, waitMs);
  });
}

class StatefulSetController {
  readonly #context: ControllerContext;
  readonly #events: EventRecorder;
  readonly #unseen: Unseen;
  readonly #sets: Informer<StatefulSet>;
  readonly #pods: Informer<Pod>;
  readonly #revisions: Informer<ControllerRevision>;
  readonly #claims: Informer<PersistentVolumeClaim>;

  constructor(
    context: ControllerContext,
    sets: Informer<StatefulSet>,
    podsOfAll: Informer<Pod>,
    revisions: Informer<ControllerRevision>,
    claims: Informer<PersistentVolumeClaim>,
  ) {
    const { client, clock } = context;
    this.#context = context;
    this.#sets = sets;
    this.#pods = podsOfAll;
    this.#revisions = revisions;
    this.#claims = claims;
    this.#events = createEventRecorder(client, clock, { component: 'statefulset-controller' });
    this.#unseen = new Unseen(clock);
  }

  /** Gives the milliseconds after which to look again without being asked. */
  async reconcile(key: string): Promise<number | undefined> {
    const { name, namespace } = splitKey(key);
    const set = this.#sets.get(name, namespace);
    if (set === undefined) return undefined;
    const { client, clock } = this.#context;
    const selector = labelSelectorOf(set.spec.selector);
    const reach = podsInReach(this.#pods, set).filter((pod) => ordinalOf(set, pod) >= 0);
    if (this.#unseen.pending(key, reach)) return 1_000;
    const members = await claimObjects<Pod>(
      {
        client,
        owner: set,
        ownerResource: statefulSets,
        resource: pods,
        matches: (pod) => matchesLabels(selector, pod.metadata.labels ?? {}),
      },
      reach,
    );
    if (set.metadata.deletionTimestamp !== undefined) return undefined;
    const { current, update, all } = await this.#provideRevisions(set);
    const names = { current: current.metadata.name, update: update.metadata.name };
    const plan = planPods(set, members, names, clock);
    let failure: unknown;
    for (const step of plan.steps) {
      try {
        await this.#take(set, step, current, update);
      } catch (error) {
        failure ??= error;
      }
    }
    await updateStatus(client, statefulSets, set, countPods(set, members, names, clock));
    const inUse = new Set([
      names.current,
      names.update,
      ...members.map((pod) => pod.metadata.labels?.[revisionLabel] ?? ''),
    ]);
    await trimRevisions(client, all, inUse, set.spec.revisionHistoryLimit ?? 10);
    if (failure !== undefined) throw failure;
    return plan.waitMs;
  }

  async #provideRevisions(set: StatefulSet) {
    const { client } = this.#context;
    const all = this.#revisions.byIndex('controller', set.metadata.uid);
    const update = await provideRevision({
      client,
      owner: set,
      hashLabel,
      template: set.spec.template,
      collisionCount: set.status?.collisionCount ?? 0,
      existing: all,
      onCollision: async (collisionCount) => {
        const status = { replicas: 0, ...set.status, collisionCount };
        await updateStatus(client, statefulSets, set, status);
      },
    });
    const named = all.find(({ metadata }) => metadata.name === set.status?.currentRevision);
    return { update, current: named ?? update, all };
  }

  async #take(
    set: StatefulSet,
    step: Step,
    current: ControllerRevision,
    update: ControllerRevision,
  ): Promise<void> {
    if (step.kind === 'delete') return this.#delete(set, step);
    const revision = step.revision === 'current' ? current : update;
    const name = podName(set, step.ordinal);
    await this.#makeClaims(set, name);
    const template = templateOf(revision) ?? set.spec.template;
    const draft = draftPod(set, template, revision.metadata.name, step.ordinal);
    const { namespace } = set.metadata;
    const where = `Pod ${name} in StatefulSet ${set.metadata.name}`;
    try {
      const pod = await this.#context.client.create<Pod>({ ...pods, namespace }, { ...draft });
      this.#unseen.made(keyOf(set), pod.metadata.uid);
      this.#events.event(set, 'Normal', 'SuccessfulCreate', `create ${where} successful`);
    } catch (error) {
      // The pod before this one, of the same name, is still on its way out or not yet in the cache.
      if (!isApiError(error, 'AlreadyExists')) {
        const message = `create ${where} failed error: ${messageOf(error)}`;
        this.#events.event(set, 'Warning', 'FailedCreate', message);
      }
      throw error;
    }
  }

  async #makeClaims(set: StatefulSet, pod: string): Promise<void> {
    const { namespace } = set.metadata;
    for (const claim of draftClaims(set, pod)) {
      const name = claim.metadata.name ?? '';
      if (this.#claims.get(name, namespace) !== undefined) continue;
      const made = await tolerate(
        this.#context.client.create({ ...persistentVolumeClaims, namespace }, claim),
        'AlreadyExists',
      );
      if (made === undefined) continue;
      const message = `create Claim ${name} Pod ${pod} in StatefulSet ${set.metadata.name} success`;
      this.#events.event(set, 'Normal', 'SuccessfulCreate', message);
    }
  }

  async #delete(set: StatefulSet, step: Extract<Step, { kind: 'delete' }>): Promise<void> {
    const { name, namespace, uid } = step.pod.metadata;
    if (step.why === 'failed' || step.why === 'succeeded') {
      const [reason, adjective] =
        step.why === 'failed'
          ? ['RecreatingFailedPod', 'failed']
          : ['RecreatingTerminatedPod', 'terminated'];
      const message = `StatefulSet ${namespace}/${set.metadata.name} is recreating ${adjective} Pod ${name}`;
      this.#events.event(set, 'Warning', reason ?? '', message);
    }
    const target = at(pods, name, namespace);
    const gone = await tolerate(
      this.#context.client.delete(target, { preconditions: { uid } }),
      'NotFound',
      'Conflict',
    );
    if (gone === undefined) return;
    const message = `delete Pod ${name} in StatefulSet ${set.metadata.name} successful`;
    this.#events.event(set, 'Normal', 'SuccessfulDelete', message);
  }
}
