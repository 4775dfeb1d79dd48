/**
 * Keeps claims that a pod uses, and volumes that a claim is bound to, from vanishing under them:
 * a finalizer holds them until nobody needs them.
 */

import type { KubeObject } from '../../api/object.ts';
import type { PersistentVolume, PersistentVolumeClaim, Pod } from '../../api/types.ts';
import type { Client, Resource } from '../../client/client.ts';
import {
  at,
  keyOf,
  persistentVolumeClaims,
  persistentVolumes,
  splitKey,
} from '../../client/resources.ts';
import type { ControllerContext } from '../kit/context.ts';
import { createLoop, tolerate } from '../kit/loop.ts';
import { isTerminal, podInformer } from '../kit/pods.ts';

const claimFinalizer = 'kubernetes.io/pvc-protection';
const volumeFinalizer = 'kubernetes.io/pv-protection';

/** Starts both controllers: for claims and for volumes. */
export function runVolumeProtection(context: ControllerContext): void {
  const { client, informers } = context;
  const claims = informers.for<PersistentVolumeClaim>(persistentVolumeClaims);
  const volumes = informers.for<PersistentVolume>(persistentVolumes);
  const pods = podInformer(informers);

  const claimLoop = createLoop(context, 'persistentvolumeclaim-protection', 2);
  const enqueueClaim = (claim: PersistentVolumeClaim) => claimLoop.queue.add(keyOf(claim));
  claims.subscribe({ added: enqueueClaim, updated: enqueueClaim });
  const enqueueUsed = (pod: Pod) => {
    const { namespace } = pod.metadata;
    for (const name of usedClaims(pod))
      claimLoop.queue.add(keyOf({ metadata: { name, namespace } }));
  };
  pods.subscribe({
    updated: (pod) => {
      if (isTerminal(pod)) enqueueUsed(pod);
    },
    deleted: enqueueUsed,
  });
  claimLoop.start([claims, pods], async (key) => {
    const { name, namespace } = splitKey(key);
    const claim = claims.get(name, namespace);
    if (claim === undefined) return;
    const used = pods
      .list(namespace)
      .some((pod) => !isTerminal(pod) && usedClaims(pod).includes(name));
    await hold(client, persistentVolumeClaims, claim, claimFinalizer, used);
  });

  const volumeLoop = createLoop(context, 'persistentvolume-protection', 2);
  const enqueueVolume = (volume: PersistentVolume) => volumeLoop.queue.add(keyOf(volume));
  volumes.subscribe({ added: enqueueVolume, updated: enqueueVolume });
  volumeLoop.start([volumes], async (name) => {
    const volume = volumes.get(name);
    if (volume === undefined) return;
    await hold(
      client,
      persistentVolumes,
      volume,
      volumeFinalizer,
      volume.status?.phase === 'Bound',
    );
  });
}

/** The names of the claims that a pod mounts, its own ephemeral ones too. */
export function usedClaims({ spec, metadata }: Pod): string[] {
  return (spec.volumes ?? []).flatMap((volume) => {
    if (volume.persistentVolumeClaim) return [volume.persistentVolumeClaim.claimName];
    return volume.ephemeral ? [`${metadata.name}-${volume.name}`] : [];
  });
}

/** The finalizer is on every living object, and comes off a deleted one that is not in use. */
async function hold(
  client: Client,
  resource: Resource,
  { metadata }: KubeObject,
  finalizer: string,
  used: boolean,
): Promise<void> {
  const { name = '', namespace, resourceVersion, finalizers = [] } = metadata;
  const has = finalizers.includes(finalizer);
  const leaving = metadata.deletionTimestamp !== undefined;
  const wanted = !leaving || used;
  if (has === wanted || (leaving && !has)) return;
  const next = wanted
    ? [...finalizers, finalizer]
    : finalizers.filter((each) => each !== finalizer);
  const patch = { metadata: { resourceVersion, finalizers: next } };
  await tolerate(client.patch(at(resource, name, namespace), 'merge', patch), 'NotFound');
}
