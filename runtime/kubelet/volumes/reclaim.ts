/**
 * Removes the data of deleted volumes of the class `standard` whose reclaim policy is Delete, then lets
 * the volume go. The order can be taken up again after a crash at any point: a finalizer holds the
 * volume until its directory is gone, and removing a directory twice does no harm.
 * https://kubernetes.io/docs/concepts/storage/persistent-volumes/#reclaiming
 */
import type { Clock } from '../../api/clock.ts';
import { dataFinalizer, localProvisioner, provisionedBy } from '../../api/local-volumes.ts';
import { isApiError } from '../../api/status.ts';
import type { PersistentVolume, Pod } from '../../api/types.ts';
import type { Client } from '../../client/client.ts';
import { createEventRecorder } from '../../client/events.ts';
import type { Informers } from '../../client/informer.ts';
import { at, persistentVolumes, pods } from '../../client/resources.ts';
import { createWorkQueue } from '../../client/work-queue.ts';
import { type Engine, engineLabels } from '../../engine/engine.ts';
import { type KubeletOptions, messageOf } from '../context.ts';
import { createPodFiles, noPodFiles } from './pod-files.ts';
import { quote } from './publish.ts';

/** Until it is looked again whether the last container of a pod that is gone has ended. */
const usedMs = 1_000;
const concurrency = 4;

export interface ReclaimerOptions {
  readonly client: Client;
  readonly informers: Informers;
  readonly engine: Engine;
  readonly simulated: boolean;
  readonly clock: Clock;
  readonly log: (message: string) => void;
  readonly signal: AbortSignal;
  readonly cluster: string;
  readonly files: KubeletOptions['files'];
}

/** Starts the reclaimer: one a cluster, since its nodes share the directory of volumes. */
export function runVolumeReclaimer(options: ReclaimerOptions): void {
  const { client, informers, engine, clock, signal, log } = options;
  const files = options.simulated
    ? noPodFiles(options.files)
    : createPodFiles(engine, options.files, options.cluster);
  const events = createEventRecorder(client, clock, {
    component: localProvisioner,
    onError: (error) => log(`event lost: ${messageOf(error)}`),
  });
  const queue = createWorkQueue({
    clock,
    name: 'volume reclaimer',
    retry: { baseMs: 1_000, maxMs: 60_000 },
  });
  const volumes = informers.for<PersistentVolume>(persistentVolumes);
  const podCache = informers.for<Pod>(pods);
  const look = (volume: PersistentVolume) => {
    if (isToBeCleared(volume)) queue.add(volume.metadata.name);
  };
  volumes.subscribe({ added: look, updated: look });

  const clear = async (name: string): Promise<void> => {
    const volume = volumes.get(name);
    if (volume === undefined || !isToBeCleared(volume)) return;
    if (volume.spec.persistentVolumeReclaimPolicy === 'Delete') {
      if (await isUsed(options, volume, (pod) => podCache.get(pod.name, pod.namespace))) {
        queue.addAfter(name, usedMs);
        return;
      }
      try {
        await files.script(`rm -rf ${quote(directoryOf(volume, files.relativePath))}`);
      } catch (error) {
        events.event(volume, 'Warning', 'VolumeFailedDelete', messageOf(error));
        throw error;
      }
    }
    await release(client, volume);
  };
  void Promise.all([volumes.synced, podCache.synced]).then(() =>
    queue.run(clear, {
      concurrency,
      signal,
      onError: (error, name) => {
        if (!isApiError(error, 'Conflict')) log(`volume ${name}: ${messageOf(error)}`);
      },
    }),
  );
}

/** Deleted, ours, and held by nobody else any more: neither a claim nor another controller. */
function isToBeCleared({ metadata }: PersistentVolume): boolean {
  return (
    metadata.deletionTimestamp !== undefined &&
    metadata.annotations?.[provisionedBy] === localProvisioner &&
    metadata.finalizers?.length === 1 &&
    metadata.finalizers[0] === dataFinalizer
  );
}

/**
 * The claim is gone, so no pod that the API knows uses the volume; but pods that were deleted by force
 * are gone there before their containers have ended.
 */
async function isUsed(
  { engine, cluster }: ReclaimerOptions,
  { spec }: PersistentVolume,
  known: (pod: { name: string; namespace: string }) => Pod | undefined,
): Promise<boolean> {
  const namespace = spec.claimRef?.namespace ?? '';
  const found = await engine.containers({
    [engineLabels.cluster]: cluster,
    [engineLabels.podNamespace]: namespace,
    [engineLabels.role]: 'container',
  });
  return found.some(({ state, labels }) => {
    if (state !== 'running') return false;
    const pod = known({ name: labels[engineLabels.podName] ?? '', namespace });
    return pod?.metadata.uid !== labels[engineLabels.podUid];
  });
}

/** Relative to the files' root. Throws if it is no directory that our provisioner can have ordered. */
function directoryOf(
  { spec }: PersistentVolume,
  relativePath: (path: string) => string | undefined,
): string {
  const path = spec.hostPath?.path ?? '';
  const directory = relativePath(path);
  if (directory !== undefined && /^pv\/[^/]+$/.test(directory)) return directory;
  throw new Error(`${path} is not a directory of the provisioner ${localProvisioner}`);
}

async function release(client: Client, { metadata }: PersistentVolume): Promise<void> {
  const { name, resourceVersion } = metadata;
  try {
    await client.patch(at(persistentVolumes, name), 'merge', {
      metadata: { resourceVersion, finalizers: null },
    });
  } catch (error) {
    if (!isApiError(error, 'NotFound')) throw error;
  }
}
