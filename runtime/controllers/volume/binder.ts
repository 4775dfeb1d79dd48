/**
 * Brings claims and persistent volumes together, and makes volumes for claims of classes that ask
 * our own provisioner, `skiff.dev/local`.
 *
 *     claim ─► a free volume fits ─► volume.claimRef, claim.volumeName, both Bound
 *          └► none: its class provisions ─► a new volume, promised to the claim
 *
 * https://kubernetes.io/docs/concepts/storage/persistent-volumes/#lifecycle-of-a-volume-and-claim
 */
import { dataFinalizer, localProvisioner, provisionedBy } from '../../api/local-volumes.ts';
import type { UnknownObject } from '../../api/object.ts';
import type { PersistentVolume, PersistentVolumeClaim, StorageClass } from '../../api/types.ts';
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
import { updateStatus } from '../kit/status.ts';
import { findVolume, isFor } from './match.ts';

const bindCompleted = 'pv.kubernetes.io/bind-completed';
const boundByController = 'pv.kubernetes.io/bound-by-controller';
const selectedNode = 'volume.kubernetes.io/selected-node';

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
    const synced = [this.#claims, this.#volumes, this.#classes];
    this.#claimLoop.start(synced, (key) => this.#reconcileClaim(key));
    this.#volumeLoop.start(synced, (key) => this.#reconcileVolume(key));
  }

  #enqueueOpenClaims(): void {
    for (const claim of this.#claims.list()) {
      if (!claim.spec.volumeName) this.#claimLoop.queue.add(keyOf(claim));
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
      return this.#setPhase(claim, bound ? 'Lost' : 'Pending');
    }
    const volume = findVolume(this.#volumes.list(), claim);
    const promised = volume !== undefined && isFor(volume, claim);
    const storageClass = this.#classes.get(claim.spec.storageClassName ?? '');
    const waits = storageClass?.volumeBindingMode === 'WaitForFirstConsumer';
    const chosen = claim.metadata.annotations?.[selectedNode];
    if (volume !== undefined && (promised || !waits)) return this.#bind(claim, volume);
    await this.#setPhase(claim, 'Pending');
    if (waits && !chosen) {
      const message = 'waiting for first consumer to be created before binding';
      this.#events.event(claim, 'Normal', 'WaitForFirstConsumer', message);
      return;
    }
    await this.#provision(claim, storageClass);
  }

  /** The claim names its volume: bind if the volume agrees. */
  async #bindNamed(claim: PersistentVolumeClaim, volume: PersistentVolume): Promise<void> {
    if (volume.spec.claimRef === undefined || isFor(volume, claim))
      return this.#bind(claim, volume);
    if (claim.metadata.annotations?.[bindCompleted] !== undefined) {
      return this.#setPhase(claim, 'Lost');
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

  async #setPhase(claim: PersistentVolumeClaim, phase: string): Promise<void> {
    if (claim.status?.phase === phase) return;
    const status = { ...claim.status, phase };
    await updateStatus(this.#context.client, persistentVolumeClaims, claim, status);
    if (phase === 'Lost') {
      const message =
        'Bound claim has lost its PersistentVolume. Data on the volume is lost! Cluster administrator must delete and re-create it.';
      this.#events.event(claim, 'Warning', 'ClaimLost', message);
    }
  }

  async #provision(
    claim: PersistentVolumeClaim,
    storageClass: StorageClass | undefined,
  ): Promise<void> {
    const { client, persistentVolumeRoot } = this.#context;
    const className = claim.spec.storageClassName ?? '';
    if (storageClass === undefined) {
      const [reason, message] =
        className === ''
          ? [
              'FailedBinding',
              'no persistent volumes available for this claim and no storage class is set',
            ]
          : ['ProvisioningFailed', `storageclass.storage.k8s.io "${className}" not found`];
      this.#events.event(
        claim,
        className === '' ? 'Normal' : 'Warning',
        reason ?? '',
        message ?? '',
      );
      return;
    }
    if (storageClass.provisioner !== localProvisioner || persistentVolumeRoot === undefined) {
      if (storageClass.provisioner === 'kubernetes.io/no-provisioner') return;
      const message = `Waiting for a volume to be created either by the external provisioner '${storageClass.provisioner}' or manually by the system administrator. If volume creation is delayed, please verify that the provisioner is running and correctly registered.`;
      this.#events.event(claim, 'Normal', 'ExternalProvisioning', message);
      return;
    }
    const volume = draftVolume(claim, storageClass, persistentVolumeRoot);
    const name = volume.metadata.name ?? '';
    const made = await tolerate(client.create(persistentVolumes, volume), 'AlreadyExists');
    if (made === undefined) return;
    const message = `Successfully provisioned volume ${name}`;
    this.#events.event(claim, 'Normal', 'ProvisioningSucceeded', message);
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

/**
 * A directory under the root, which the kubelet makes. It is not tied to the node for which it was
 * ordered: all nodes of a cluster stand on one engine and see the same directory, so that a pod can
 * be moved with its data.
 */
function draftVolume(
  claim: PersistentVolumeClaim,
  storageClass: StorageClass,
  root: string,
): UnknownObject {
  const { name, namespace, uid } = claim.metadata;
  const volumeName = `pvc-${uid}`;
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolume',
    metadata: {
      name: volumeName,
      annotations: { [provisionedBy]: localProvisioner },
      finalizers: [dataFinalizer],
    },
    spec: {
      capacity: { storage: claim.spec.resources?.requests?.storage ?? '1Gi' },
      accessModes: claim.spec.accessModes ?? ['ReadWriteOnce'],
      volumeMode: claim.spec.volumeMode ?? 'Filesystem',
      persistentVolumeReclaimPolicy: storageClass.reclaimPolicy ?? 'Delete',
      storageClassName: storageClass.metadata.name,
      claimRef: { apiVersion: 'v1', kind: 'PersistentVolumeClaim', namespace, name, uid },
      hostPath: {
        path: `${root}/${volumeName}_${namespace}_${name}`,
        type: 'DirectoryOrCreate',
      },
    },
  };
}
