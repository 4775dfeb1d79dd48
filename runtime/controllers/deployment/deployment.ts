/**
 * Deployments: each revision of the pod template has a ReplicaSet, and a rollout moves the pods
 * from the old ones to the new one. Decisions are in `decide.ts`, `revisions.ts` and `status.ts`;
 * this file reads, writes and tells.
 * https://kubernetes.io/docs/concepts/workloads/controllers/deployment/
 */
import { controllerOf } from '../../api/object.ts';
import { labelSelectorOf, matchesLabels } from '../../api/selector.ts';
import type { Deployment, Pod, ReplicaSet } from '../../api/types.ts';
import { createEventRecorder, type EventRecorder } from '../../client/events.ts';
import type { Informer } from '../../client/informer.ts';
import { at, deployments, keyOf, replicaSets, splitKey } from '../../client/resources.ts';
import { findCondition } from '../kit/conditions.ts';
import type { ControllerContext } from '../kit/context.ts';
import { sameValue } from '../kit/equality.ts';
import { createLoop, type Loop, tolerate } from '../kit/loop.ts';
import { claimObjects } from '../kit/ownership.ts';
import { isTerminal, podInformer } from '../kit/pods.ts';
import { omitZeros, updateStatus } from '../kit/status.ts';
import {
  expiredSets,
  growNewSet,
  type Scaling,
  scaleInProportion,
  shrinkOldSets,
} from './decide.ts';
import {
  actualReplicas,
  historyLimit,
  isActiveSet,
  isRollingUpdate,
  progressDeadlineMs,
  specReplicas,
  sum,
} from './facts.ts';
import { type NewSetContext, provideNewSet } from './new-set.ts';
import { findNewSet, revisionOf, sizeAnnotations, wasScaled } from './revisions.ts';
import {
  countStatus,
  type DeploymentStatus,
  deadlineIn,
  isComplete,
  rolloutStatus,
  setCondition,
} from './status.ts';

/** Starts the controller. */
export function runDeployments(context: ControllerContext): void {
  new DeploymentController(context).start();
}

interface Sets {
  newSet: ReplicaSet | undefined;
  oldSets: ReplicaSet[];
}

class DeploymentController {
  readonly #context: ControllerContext;
  readonly #events: EventRecorder;
  readonly #loop: Loop;
  readonly #deployments: Informer<Deployment>;
  readonly #sets: Informer<ReplicaSet>;
  readonly #pods: Informer<Pod>;

  constructor(context: ControllerContext) {
    const { client, clock, informers } = context;
    this.#context = context;
    this.#events = createEventRecorder(client, clock, { component: 'deployment-controller' });
    this.#loop = createLoop(context, 'deployment');
    this.#deployments = informers.for<Deployment>(deployments, {
      indexes: { uid: (deployment) => [deployment.metadata.uid] },
    });
    this.#sets = informers.for<ReplicaSet>(replicaSets, {
      indexes: {
        controller: (set) => [controllerOf(set)?.uid ?? ''],
        orphansOf: (set) => (controllerOf(set) === undefined ? [set.metadata.namespace ?? ''] : []),
      },
    });
    this.#pods = podInformer(informers);
  }

  start(): void {
    const enqueue = (object: Deployment) => this.#loop.queue.add(keyOf(object));
    this.#deployments.subscribe({ added: enqueue, updated: enqueue });
    const enqueueOwner = (set: ReplicaSet) => {
      const owner = this.#deployments.byIndex('uid', controllerOf(set)?.uid ?? '')[0];
      if (owner !== undefined) enqueue(owner);
      else if (controllerOf(set) === undefined) this.#enqueueMatching(set);
    };
    this.#sets.subscribe({
      added: enqueueOwner,
      updated: (next, previous) => {
        if (controllerOf(previous)?.uid !== controllerOf(next)?.uid) enqueueOwner(previous);
        enqueueOwner(next);
      },
      deleted: enqueueOwner,
    });
    // Recreate waits for the last old pod, which no ReplicaSet counts any more.
    this.#pods.subscribe({ deleted: (pod) => this.#podGone(pod) });
    this.#loop.start([this.#deployments, this.#sets, this.#pods], (key) => this.#reconcile(key));
  }

  #enqueueMatching(set: ReplicaSet): void {
    for (const deployment of this.#deployments.list(set.metadata.namespace)) {
      const selector = labelSelectorOf(deployment.spec.selector);
      if (matchesLabels(selector, set.metadata.labels ?? {})) {
        this.#loop.queue.add(keyOf(deployment));
      }
    }
  }

  #podGone(pod: Pod): void {
    const owner = controllerOf(pod);
    if (owner?.kind !== 'ReplicaSet') return;
    const set = this.#sets.get(owner.name, pod.metadata.namespace);
    const deployment = this.#deployments.byIndex('uid', (set && controllerOf(set)?.uid) ?? '')[0];
    if (deployment !== undefined && !isRollingUpdate(deployment)) {
      this.#loop.queue.add(keyOf(deployment));
    }
  }

  async #reconcile(key: string): Promise<void> {
    const { name, namespace } = splitKey(key);
    const deployment = this.#deployments.get(name, namespace);
    if (deployment === undefined) return;
    const { selector } = deployment.spec;
    if (sameValue(selector, {})) {
      const message = 'This deployment is selecting all pods. A non-empty selector is required.';
      this.#events.event(deployment, 'Warning', 'SelectingAll', message);
      return;
    }
    const sets = await this.#claim(deployment);
    if (deployment.metadata.deletionTimestamp !== undefined) {
      return this.#writeCounts(deployment, split(deployment, sets));
    }
    const current = await this.#notePause(deployment);
    if (current.spec.paused === true || wasScaled(current, sets)) {
      return this.#keepSize(current, sets);
    }
    return isRollingUpdate(current) ? this.#roll(current, sets) : this.#recreate(current, sets);
  }

  #claim(deployment: Deployment): Promise<ReplicaSet[]> {
    const selector = labelSelectorOf(deployment.spec.selector);
    return claimObjects<ReplicaSet>(
      {
        client: this.#context.client,
        owner: deployment,
        ownerResource: deployments,
        resource: replicaSets,
        matches: (set) => matchesLabels(selector, set.metadata.labels ?? {}),
      },
      [
        ...this.#sets.byIndex('controller', deployment.metadata.uid),
        ...this.#sets.byIndex('orphansOf', deployment.metadata.namespace ?? ''),
      ],
    );
  }

  /** Pausing and resuming show in the condition Progressing, so that no deadline runs meanwhile. */
  async #notePause(deployment: Deployment): Promise<Deployment> {
    if (progressDeadlineMs(deployment) === undefined) return deployment;
    const condition = findCondition(deployment.status?.conditions, 'Progressing');
    if (condition?.reason === 'ProgressDeadlineExceeded') return deployment;
    const paused = deployment.spec.paused === true;
    if (paused === (condition?.reason === 'DeploymentPaused')) return deployment;
    const reason = paused ? 'DeploymentPaused' : 'DeploymentResumed';
    const message = paused ? 'Deployment is paused' : 'Deployment is resumed';
    const next = { type: 'Progressing', status: 'Unknown', reason, message };
    const conditions = setCondition(deployment.status?.conditions, next, this.#context.clock);
    return this.#writeStatus(deployment, { ...deployment.status, conditions });
  }

  /** Paused or just scaled: keep the revisions as they are and only bring the sizes in line. */
  async #keepSize(deployment: Deployment, sets: readonly ReplicaSet[]): Promise<void> {
    const provided = await provideNewSet(this.#newSetContext(), deployment, sets, false);
    const { newSet, oldSets } = provided;
    await this.#scale(deployment, scaleInProportion(deployment, newSet, oldSets));
    if (deployment.spec.paused === true) await this.#cleanUp(deployment, oldSets);
    await this.#writeCounts(provided.deployment, provided);
  }

  async #roll(deployment: Deployment, sets: readonly ReplicaSet[]): Promise<void> {
    const provided = await provideNewSet(this.#newSetContext(), deployment, sets, true);
    const { newSet, oldSets } = provided;
    if (newSet !== undefined) {
      const growth = growNewSet(deployment, newSet, oldSets);
      const scalings = growth.length > 0 ? growth : shrinkOldSets(deployment, newSet, oldSets);
      await this.#scale(deployment, scalings);
      if (scalings.length === 0) await this.#cleanUpIfComplete(provided.deployment, oldSets);
    }
    await this.#writeRollout(provided.deployment, provided);
  }

  /** All old pods go, and only when the last is gone the new ones come. */
  async #recreate(deployment: Deployment, sets: readonly ReplicaSet[]): Promise<void> {
    const before = await provideNewSet(this.#newSetContext(), deployment, sets, false);
    const active = before.oldSets.filter(isActiveSet);
    if (active.length > 0) {
      await this.#scale(
        deployment,
        active.map((set) => ({ set, replicas: 0 })),
      );
      return this.#writeRollout(before.deployment, before);
    }
    if (this.#oldPodsRun(before.oldSets)) return this.#writeRollout(before.deployment, before);
    const provided = await provideNewSet(this.#newSetContext(), before.deployment, sets, true);
    if (provided.newSet !== undefined) {
      await this.#scale(deployment, growNewSet(deployment, provided.newSet, provided.oldSets));
    }
    await this.#cleanUpIfComplete(provided.deployment, provided.oldSets);
    await this.#writeRollout(provided.deployment, provided);
  }

  #oldPodsRun(oldSets: readonly ReplicaSet[]): boolean {
    if (sum(oldSets, actualReplicas) > 0) return true;
    return oldSets.some((set) =>
      this.#pods.byIndex('controller', set.metadata.uid).some((pod) => !isTerminal(pod)),
    );
  }

  /** Sets sizes, and the annotations that remember the Deployment's own size. */
  async #scale(deployment: Deployment, scalings: readonly Scaling[]): Promise<void> {
    for (const { set, replicas } of scalings) {
      const before = specReplicas(set);
      const annotations = sizeAnnotations(set.metadata.annotations ?? {}, deployment);
      if (before === replicas && annotations === set.metadata.annotations) continue;
      const { name, namespace } = set.metadata;
      await this.#context.client.update(at(replicaSets, name, namespace), {
        ...set,
        metadata: { ...set.metadata, annotations: { ...annotations } },
        spec: { ...set.spec, replicas },
      } as ReplicaSet);
      if (before === replicas) continue;
      const direction = replicas > before ? 'up' : 'down';
      const message = `Scaled ${direction} replica set ${name} from ${before} to ${replicas}`;
      this.#events.event(deployment, 'Normal', 'ScalingReplicaSet', message);
    }
  }

  async #cleanUpIfComplete(deployment: Deployment, oldSets: readonly ReplicaSet[]): Promise<void> {
    if (isComplete(deployment, deployment.status ?? {})) await this.#cleanUp(deployment, oldSets);
  }

  async #cleanUp(deployment: Deployment, oldSets: readonly ReplicaSet[]): Promise<void> {
    const limit = historyLimit(deployment);
    if (limit === undefined) return;
    for (const set of expiredSets(oldSets, limit, revisionOf)) {
      const { name, namespace } = set.metadata;
      await tolerate(this.#context.client.delete(at(replicaSets, name, namespace)), 'NotFound');
    }
  }

  async #writeCounts(deployment: Deployment, { newSet, oldSets }: Sets): Promise<void> {
    const status = countStatus(deployment, newSet, oldSets, this.#context.clock);
    await this.#writeStatus(deployment, status);
  }

  async #writeRollout(deployment: Deployment, { newSet, oldSets }: Sets): Promise<void> {
    const { clock } = this.#context;
    const status = rolloutStatus(deployment, newSet, oldSets, clock);
    await this.#writeStatus(deployment, status);
    const wait = deadlineIn(deployment, status, clock);
    if (wait !== undefined) this.#loop.queue.addAfter(keyOf(deployment), wait);
  }

  #writeStatus(deployment: Deployment, status: DeploymentStatus): Promise<Deployment> {
    return updateStatus(this.#context.client, deployments, deployment, omitZeros(status));
  }

  #newSetContext(): NewSetContext {
    return {
      client: this.#context.client,
      clock: this.#context.clock,
      events: this.#events,
      writeStatus: (deployment, status) => this.#writeStatus(deployment, status),
    };
  }
}

function split(deployment: Deployment, sets: readonly ReplicaSet[]): Sets {
  const newSet = findNewSet(deployment, sets);
  return { newSet, oldSets: sets.filter((set) => set !== newSet) };
}
