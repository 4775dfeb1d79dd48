/**
 * Brings claims and persistent volumes together, and has volumes made for claims that find none.
 *
 *     claim ─► a free volume fits ─► volume.claimRef, claim.volumeName, both Bound
 *          └► none: its class provisions ─► a new volume, promised to the claim
 *
 * https://kubernetes.io/docs/concepts/storage/persistent-volumes/#lifecycle-of-a-volume-and-claim
 */
import { dataFinalizer, localProvisioner, provisionedBy } from '../../api/local-volumes.ts';
import type {
  PersistentVolume,
  PersistentVolumeClaim,
  Pod,
  StorageClass,
} from '../../api/types.ts';
import { createEventRecorder, type EventRecorder } from '../../client/events.ts';
import type { Informer } from '../../client/informer.ts';
import {
  at,
  keyOf,
  persistentVolumeClaims,
  persistentVolumes,
  splitKey,
  storageClasses,
} from '../../client/resources.ts';
import type { ControllerContext } from '../kit/context.ts';
import { createLoop, type Loop, tolerate } from '../kit/loop.ts';
import { isTerminal, podInformer } from '../kit/pods.ts';
import { updateStatus } from '../kit/status.ts';
import { findVolume, isFor } from './match.ts';
import { usedClaims } from './protection.ts';
import { provision, selectedNode } from './provision.ts';

const bindCompleted = 'pv.kubernetes.io/bind-completed';
const boundByController = 'pv.kubernetes.io/bound-by-controller';

/** Starts the controller. */
export function runVolumeBinder(context: ControllerContext): void {
  new Binder(context).start();
}

class Binder {
  readonly #context: ControllerContext;
  readonly #events: EventRecorder;
  readonly #claimLoop: Loop;
  readonly #volumeLoop: Loop;
  readonly #claims: Informer<PersistentVolumeClaim>;
  readonly #volumes: Informer<PersistentVolume>;
  readonly #classes: Informer<StorageClass>;
  readonly #pods: Informer<Pod>;

  constructor(context: ControllerContext) {
    const { client, clock, informers } = context;
    this.#context = context;
    this.#events = createEventRecorder(client, clock, { component: 'persistentvolume-controller' });
    // One worker: two claims must not be given one volume.
    this.#claimLoop = createLoop(context, 'persistentvolumeclaim', 1);
    this.#volumeLoop = createLoop(context, 'persistentvolume', 1);
    this.#claims = informers.for<PersistentVolumeClaim>(persistentVolumeClaims);
    this.#volumes = informers.for<PersistentVolume>(persistentVolumes);
    this.#classes = informers.for<StorageClass>(storageClasses);
    this.#pods = podInformer(informers);
  }

  start(): void {
    const claims = this.#claimLoop.queue;
    const volumes = this.#volumeLoop.queue;
    const volumeOf = ({ spec }: PersistentVolumeClaim) => {
      if (spec.volumeName) volumes.add(spec.volumeName);
    };
    const enqueueClaim = (claim: PersistentVolumeClaim) => {
      claims.add(keyOf(claim));
      volumeOf(claim);
    };
    this.#claims.subscribe({ added: enqueueClaim, updated: enqueueClaim, deleted: volumeOf });
    const enqueueVolume = (volume: PersistentVolume) => {
      volumes.add(volume.metadata.name);
      const { claimRef } = volume.spec;
      if (claimRef?.name) {
        const { name, namespace } = claimRef;
        claims.add(keyOf({ metadata: { name, namespace } }));
      } else this.#enqueueOpenClaims();
    };
    this.#volumes.subscribe({
      added: enqueueVolume,
      updated: enqueueVolume,
      deleted: enqueueVolume,
    });
    this.#classes.subscribe({ added: () => this.#enqueueOpenClaims() });
    this.#pods.subscribe({ added: (pod) => this.#enqueueWaited(pod) });
    const synced = [this.#claims, this.#volumes, this.#classes, this.#pods];
    this.#claimLoop.start(synced, (key) => this.#reconcileClaim(key));
    this.#volumeLoop.start(synced, (key) => this.#reconcileVolume(key));
  }

  #enqueueOpenClaims(): void {
    for (const claim of this.#claims.list()) {
      if (!claim.spec.volumeName) this.#claimLoop.queue.add(keyOf(claim));
    }
  }

  /** What a claim waits for is told anew when there is a pod that wants it. */
  #enqueueWaited(pod: Pod): void {
    if (pod.spec.nodeName) return;
    const { namespace } = pod.metadata;
    for (const name of usedClaims(pod)) {
      const claim = this.#claims.get(name, namespace);
      if (claim !== undefined && !claim.spec.volumeName) this.#claimLoop.queue.add(keyOf(claim));
    }
  }

  async #reconcileClaim(key: string): Promise<void> {
    const { name, namespace } = splitKey(key);
    const claim = this.#claims.get(name, namespace);
    if (claim === undefined || claim.metadata.deletionTimestamp !== undefined) return;
    const { volumeName } = claim.spec;
    if (volumeName) {
      const volume = this.#volumes.get(volumeName);
      if (volume !== undefined) return this.#bindNamed(claim, volume);
      const bound = claim.metadata.annotations?.[bindCompleted] !== undefined;
      await this.#setPhase(claim, bound ? 'Lost' : 'Pending');
      return;
    }
    const volume = findVolume(this.#volumes.list(), claim);
    const promised = volume !== undefined && isFor(volume, claim);
    const storageClass = this.#classes.get(claim.spec.storageClassName ?? '');
    const waits = storageClass?.volumeBindingMode === 'WaitForFirstConsumer';
    const chosen = claim.metadata.annotations?.[selectedNode];
    if (volume !== undefined && (promised || !waits)) return this.#bind(claim, volume);
    const pending = await this.#setPhase(claim, 'Pending');
    if (waits && !chosen) return this.#tellWait(pending);
    if (storageClass === undefined) {
      return this.#tellNoClass(pending, claim.spec.storageClassName ?? '');
    }
    await provision(this.#context, this.#events, pending, storageClass);
  }

  /** The claim names its volume: bind if the volume agrees. */
  async #bindNamed(claim: PersistentVolumeClaim, volume: PersistentVolume): Promise<void> {
    if (volume.spec.claimRef === undefined || isFor(volume, claim))
      return this.#bind(claim, volume);
    if (claim.metadata.annotations?.[bindCompleted] !== undefined) {
      await this.#setPhase(claim, 'Lost');
      return;
    }
    const message = `volume "${volume.metadata.name}" already bound to a different claim.`;
    this.#events.event(claim, 'Warning', 'FailedBinding', message);
    await this.#setPhase(claim, 'Pending');
  }

  /** In an order that can be taken up again after a crash at any point. */
  async #bind(claim: PersistentVolumeClaim, volume: PersistentVolume): Promise<void> {
    const { client } = this.#context;
    let held = volume;
    if (volume.spec.claimRef?.uid !== claim.metadata.uid) {
      const { name, namespace, uid, resourceVersion } = claim.metadata;
      held = await client.patch<PersistentVolume>(
        at(persistentVolumes, volume.metadata.name),
        'merge',
        {
          metadata: {
            resourceVersion: volume.metadata.resourceVersion,
            annotations: { [boundByController]: 'yes' },
          },
          spec: {
            claimRef: {
              apiVersion: 'v1',
              kind: 'PersistentVolumeClaim',
              namespace,
              name,
              uid,
              resourceVersion,
            },
          },
        },
      );
    }
    await updateStatus(client, persistentVolumes, held, { ...held.status, phase: 'Bound' });
    const { name, namespace } = claim.metadata;
    const { annotations } = claim.metadata;
    let bound = claim;
    if (!claim.spec.volumeName || annotations?.[bindCompleted] === undefined) {
      const byUs = claim.spec.volumeName ? {} : { [boundByController]: 'yes' };
      bound = await client.patch<PersistentVolumeClaim>(
        at(persistentVolumeClaims, name, namespace),
        'merge',
        {
          metadata: {
            resourceVersion: claim.metadata.resourceVersion,
            annotations: { [bindCompleted]: 'yes', ...byUs },
          },
          spec: { volumeName: volume.metadata.name },
        },
      );
    }
    const { accessModes, capacity } = held.spec;
    await updateStatus(client, persistentVolumeClaims, bound, {
      ...bound.status,
      phase: 'Bound',
      accessModes,
      capacity,
    });
  }

  /** The result is the claim as it then is. */
  async #setPhase(claim: PersistentVolumeClaim, phase: string): Promise<PersistentVolumeClaim> {
    if (claim.status?.phase === phase) return claim;
    const status = { ...claim.status, phase };
    const { client } = this.#context;
    const written = await updateStatus(client, persistentVolumeClaims, claim, status);
    if (phase === 'Lost') {
      const message =
        'Bound claim has lost its PersistentVolume. Data on the volume is lost! Cluster administrator must delete and re-create it.';
      this.#events.event(claim, 'Warning', 'ClaimLost', message);
    }
    return written;
  }

  /** Why a claim whose class waits has no volume yet. */
  #tellWait(claim: PersistentVolumeClaim): void {
    const { name, namespace } = claim.metadata;
    const waiting = this.#pods
      .list(namespace)
      .filter((pod) => !pod.spec.nodeName && !isTerminal(pod) && usedClaims(pod).includes(name));
    const names = waiting.map((pod) => pod.metadata.name).join(',');
    const [reason, message] =
      waiting.length === 0
        ? ['WaitForFirstConsumer', 'waiting for first consumer to be created before binding']
        : [
            'WaitForPodScheduled',
            `waiting for pod${waiting.length > 1 ? 's' : ''} ${names} to be scheduled`,
          ];
    this.#events.event(claim, 'Normal', reason ?? '', message ?? '');
  }

  /** There is no such class, or none at all. */
  #tellNoClass(claim: PersistentVolumeClaim, className: string): void {
    if (className === '') {
      const message = 'no persistent volumes available for this claim and no storage class is set';
      this.#events.event(claim, 'Normal', 'FailedBinding', message);
      return;
    }
    const message = `storageclass.storage.k8s.io "${className}" not found`;
    this.#events.event(claim, 'Warning', 'ProvisioningFailed', message);
  }

  async #reconcileVolume(name: string): Promise<void> {
    const volume = this.#volumes.get(name);
    if (volume === undefined) return;
    const ours = volume.metadata.annotations?.[provisionedBy] === localProvisioner;
    if (ours && !(await this.#hold(volume))) return;
    const { claimRef } = volume.spec;
    if (claimRef === undefined) return this.#setVolumePhase(volume, 'Available');
    if (!claimRef.uid) return this.#setVolumePhase(volume, 'Available');
    const claim = this.#claims.get(claimRef.name ?? '', claimRef.namespace);
    if (claim?.metadata.uid === claimRef.uid) return;
    // The cache may be behind: a volume must never be taken from a claim that lives.
    const target = at(persistentVolumeClaims, claimRef.name ?? '', claimRef.namespace);
    const live = await tolerate(this.#context.client.get(target), 'NotFound');
    if (live?.metadata.uid === claimRef.uid) return;
    await this.#setVolumePhase(volume, 'Released');
    if (volume.spec.persistentVolumeReclaimPolicy !== 'Delete' || !ours) return;
    if (volume.metadata.deletionTimestamp !== undefined) return;
    await tolerate(this.#context.client.delete(at(persistentVolumes, name)), 'NotFound');
  }

  /** Volumes of an earlier Skiff have no finalizer for their data yet. False: it was put on just now. */
  async #hold({ metadata }: PersistentVolume): Promise<boolean> {
    const { name, resourceVersion, finalizers = [], deletionTimestamp } = metadata;
    if (deletionTimestamp !== undefined || finalizers.includes(dataFinalizer)) return true;
    const patch = { metadata: { resourceVersion, finalizers: [...finalizers, dataFinalizer] } };
    await this.#context.client.patch(at(persistentVolumes, name), 'merge', patch);
    return false;
  }

  async #setVolumePhase(volume: PersistentVolume, phase: string): Promise<void> {
    if (volume.status?.phase === phase) return;
    const status = { ...volume.status, phase };
    await updateStatus(this.#context.client, persistentVolumes, volume, status);
  }
}
