/**
 * Keeps as many pods as wanted: the engine of ReplicaSets and ReplicationControllers, which differ
 * only in their names and in how their selector is written.
 * https://kubernetes.io/docs/concepts/workloads/controllers/replicaset/
 */
import { controllerOf, type KubeObject } from '../../api/object.ts';
import { isApiError } from '../../api/status.ts';
import type { Pod, ReplicaSet, ReplicationController } from '../../api/types.ts';
import { createEventRecorder } from '../../client/events.ts';
import type { Informer } from '../../client/informer.ts';
import { type KnownResource, keyOf, pods, splitKey } from '../../client/resources.ts';
import { isTerminatingNamespace } from '../../client/terminating.ts';
import { slowStart } from '../kit/batches.ts';
import type { ControllerContext } from '../kit/context.ts';
import { Expectations } from '../kit/expectations.ts';
import { createLoop, type Loop } from '../kit/loop.ts';
import { claimObjects } from '../kit/ownership.ts';
import { createPodControl, type PodControl, podFromTemplate } from '../kit/pod-control.ts';
import { isActive, podInformer, podsInReach } from '../kit/pods.ts';
import { podsToDelete } from '../kit/ranking.ts';
import { updateStatus } from '../kit/status.ts';
import { replicaStatus } from './status.ts';

export type ReplicaOwner = ReplicaSet | ReplicationController;

export interface ReplicaKind<T extends ReplicaOwner> {
  resource: KnownResource;
  /** `replicaset-controller`: the source of its events. */
  component: string;
  /** True for labels that the owner's selector matches. */
  selects(owner: T, labels: Readonly<Record<string, string>>): boolean;
}

/** No more pods than this are made or deleted at once. */
const burst = 500;

/** Starts the controller of one of the two kinds. */
export function runReplicas<T extends ReplicaOwner>(
  context: ControllerContext,
  kind: ReplicaKind<T>,
): void {
  new ReplicaController<T>(context, kind).start();
}

class ReplicaController<T extends ReplicaOwner> {
  readonly #context: ControllerContext;
  readonly #kind: ReplicaKind<T>;
  readonly #loop: Loop;
  readonly #owners: Informer<T>;
  readonly #pods: Informer<Pod>;
  readonly #podControl: PodControl;
  readonly #expectations: Expectations;

  constructor(context: ControllerContext, kind: ReplicaKind<T>) {
    const { client, clock, informers } = context;
    this.#context = context;
    this.#kind = kind;
    this.#loop = createLoop(context, kind.resource.resource);
    this.#owners = informers.for<T>(kind.resource, {
      indexes: {
        uid: (owner) => [owner.metadata.uid],
        controller: (owner) => [controllerOf(owner)?.uid ?? ''],
      },
    });
    this.#pods = podInformer(informers);
    const events = createEventRecorder(client, clock, { component: kind.component });
    this.#podControl = createPodControl(client, events);
    this.#expectations = new Expectations(clock);
  }

  start(): void {
    const enqueue = (owner: T) => this.#loop.queue.add(keyOf(owner));
    this.#owners.subscribe({
      added: enqueue,
      updated: enqueue,
      deleted: (owner) => {
        this.#expectations.forget(keyOf(owner));
        enqueue(owner);
      },
    });
    this.#pods.subscribe({
      added: (pod) => this.#podAdded(pod),
      updated: (pod, previous) => this.#podUpdated(pod, previous),
      deleted: (pod) => this.#podLeft(pod),
    });
    this.#loop.start([this.#owners, this.#pods], (key) => this.#reconcile(key));
  }

  #ownerOf(pod: Pod): T | undefined {
    return this.#owners.byIndex('uid', controllerOf(pod)?.uid ?? '')[0];
  }

  #podAdded(pod: Pod): void {
    if (pod.metadata.deletionTimestamp !== undefined) {
      this.#podLeft(pod);
      return;
    }
    const owner = this.#ownerOf(pod);
    if (owner !== undefined) {
      this.#expectations.created(keyOf(owner));
      this.#loop.queue.add(keyOf(owner));
    } else if (controllerOf(pod) === undefined) this.#enqueueMatching(pod);
  }

  #podUpdated(pod: Pod, previous: Pod): void {
    // On its way out counts as gone: a replacement is made at once.
    if (pod.metadata.deletionTimestamp !== undefined) this.#podLeft(pod);
    const before = this.#ownerOf(previous);
    const owner = this.#ownerOf(pod);
    if (before !== undefined && before !== owner) this.#loop.queue.add(keyOf(before));
    if (owner === undefined) {
      if (controllerOf(pod) === undefined) this.#enqueueMatching(pod);
      return;
    }
    this.#loop.queue.add(keyOf(owner));
  }

  #podLeft(pod: Pod): void {
    const owner = this.#ownerOf(pod);
    if (owner === undefined) return;
    this.#expectations.deleted(keyOf(owner), pod.metadata.uid);
    this.#loop.queue.add(keyOf(owner));
  }

  #enqueueMatching(pod: Pod): void {
    for (const owner of this.#owners.list(pod.metadata.namespace)) {
      if (this.#kind.selects(owner, pod.metadata.labels ?? {})) {
        this.#loop.queue.add(keyOf(owner));
      }
    }
  }

  async #reconcile(key: string): Promise<void> {
    const { name, namespace } = splitKey(key);
    const owner = this.#owners.get(name, namespace);
    if (owner === undefined) return this.#expectations.forget(key);
    const mayManage = this.#expectations.satisfied(key);
    const active = podsInReach(this.#pods, owner).filter(isActive);
    const claimed = await claimObjects<Pod>(
      {
        client: this.#context.client,
        owner,
        ownerResource: this.#kind.resource,
        resource: pods,
        matches: (pod) => this.#kind.selects(owner, pod.metadata.labels ?? {}),
      },
      active,
    );
    let failure: unknown;
    if (mayManage && owner.metadata.deletionTimestamp === undefined) {
      failure = await this.#manage(owner, claimed);
    }
    await this.#writeStatus(owner, claimed, failure);
    if (failure !== undefined) throw failure;
  }

  /** Makes or deletes pods; gives the first error. */
  async #manage(owner: T, claimed: readonly Pod[]): Promise<unknown> {
    const missing = (owner.spec.replicas ?? 1) - claimed.length;
    if (missing > 0) return this.#grow(owner, Math.min(missing, burst));
    if (missing < 0) return this.#shrink(owner, claimed, Math.min(-missing, burst));
    return undefined;
  }

  async #grow(owner: T, count: number): Promise<unknown> {
    const key = keyOf(owner);
    this.#expectations.expect(key, { creations: count });
    const { template } = owner.spec;
    let failed = 0;
    const { successes, error } = await slowStart(count, async () => {
      try {
        await this.#podControl.create(podFromTemplate(template ?? {}, owner), owner);
      } catch (error) {
        failed += 1;
        throw error;
      }
    });
    // What failed and what was not tried any more will never be seen.
    this.#expectations.created(key, failed + Math.max(0, count - successes - failed));
    return isTerminatingNamespace(error) ? undefined : error;
  }

  async #shrink(owner: T, claimed: readonly Pod[], count: number): Promise<unknown> {
    const key = keyOf(owner);
    const surplus = podsToDelete(claimed, this.#relatedPods(owner), count, this.#context.clock);
    const deletions = surplus.map((pod) => pod.metadata.uid);
    this.#expectations.expect(key, { deletions });
    let failure: unknown;
    await Promise.all(
      surplus.map(async (pod) => {
        try {
          await this.#podControl.delete(pod, owner);
        } catch (error) {
          this.#expectations.deleted(key, pod.metadata.uid);
          if (!isApiError(error, 'NotFound')) failure ??= error;
        }
      }),
    );
    return failure;
  }

  /** Pods of all owners with the same parent: of a Deployment's old and new ReplicaSets. */
  #relatedPods(owner: KubeObject): Pod[] {
    const parent = controllerOf(owner)?.uid;
    const uids =
      parent === undefined
        ? [owner.metadata.uid ?? '']
        : this.#owners.byIndex('controller', parent).map((related) => related.metadata.uid);
    return uids.flatMap((uid) => this.#pods.byIndex('controller', uid));
  }

  async #writeStatus(owner: T, claimed: readonly Pod[], failure: unknown): Promise<void> {
    const { client, clock } = this.#context;
    const { status, availableIn } = replicaStatus(owner, claimed, failure, clock);
    await updateStatus<ReplicaOwner>(client, this.#kind.resource, owner, status);
    // Nothing happens when a ready pod has been ready for long enough: look again then.
    if (availableIn !== undefined) this.#loop.queue.addAfter(keyOf(owner), availableIn);
  }
}
