/**
 * Carries out decisions: volumes first, then the binding that gives the pod its node. By now the
 * pod counts on the node; whoever calls takes that back if this throws.
 */
import type { Clock } from '../api/clock.ts';
import type { UnknownObject } from '../api/object.ts';
import { apiError } from '../api/status.ts';
import type { PersistentVolumeClaim, Pod } from '../api/types.ts';
import type { Client } from '../client/client.ts';
import { at, persistentVolumeClaims, persistentVolumes, pods } from '../client/resources.ts';
import type { NodeState } from './cluster-state.ts';
import { claimNames, decideVolumes, isBound } from './filters/volumes.ts';
import type { Storage } from './storage-view.ts';

/** How long volumes may take before the pod is decided anew. */
const volumeWaitMs = 600_000;

/** Throws ApiError. */
export async function bindPod(client: Client, pod: Pod, nodeName: string): Promise<void> {
  const { name, namespace, uid } = pod.metadata;
  const binding: UnknownObject = {
    apiVersion: 'v1',
    kind: 'Binding',
    metadata: { name, namespace, uid },
    target: { apiVersion: 'v1', kind: 'Node', name: nodeName },
  };
  await client.create(at(pods, name, namespace, 'binding'), binding);
}

/** Chooses or orders the volumes of claims that waited for this pod, and waits for them. */
export async function bindVolumes(
  client: Client,
  storage: Storage,
  clock: Clock,
  pod: Pod,
  node: NodeState,
): Promise<void> {
  const namespace = pod.metadata.namespace ?? '';
  const claims = claimNames(pod).flatMap(({ name }) => storage.claim(namespace, name) ?? []);
  const decided = decideVolumes(claims, node, storage);
  if (typeof decided === 'string') throw apiError('Conflict', decided);
  for (const { claim, volume } of decided.static) {
    const { name, uid } = claim.metadata;
    await client.patch(at(persistentVolumes, volume.metadata.name), 'merge', {
      metadata: {
        resourceVersion: volume.metadata.resourceVersion,
        annotations: { 'pv.kubernetes.io/bound-by-controller': 'yes' },
      },
      spec: {
        claimRef: { apiVersion: 'v1', kind: 'PersistentVolumeClaim', namespace, name, uid },
      },
    });
  }
  for (const claim of decided.dynamic) {
    await client.patch(at(persistentVolumeClaims, claim.metadata.name, namespace), 'merge', {
      metadata: { annotations: { [selectedNode]: node.name } },
    });
  }
  const open = [...decided.static.map(({ claim }) => claim), ...decided.dynamic];
  await Promise.all(open.map((claim) => untilBound(storage, clock, claim)));
}

const selectedNode = 'volume.kubernetes.io/selected-node';

function untilBound(storage: Storage, clock: Clock, claim: PersistentVolumeClaim): Promise<void> {
  const { name, uid } = claim.metadata;
  let chosen = false;
  return new Promise((resolve, reject) => {
    const settle = (error?: unknown) => {
      unsubscribe();
      cancel();
      if (error === undefined) resolve();
      else reject(error);
    };
    const cancel = clock.after(volumeWaitMs, () =>
      settle(apiError('Timeout', `timed out waiting for the volume of claim "${name}"`)),
    );
    const look = (seen: PersistentVolumeClaim) => {
      if (seen.metadata.uid !== uid) return;
      const node = seen.metadata.annotations?.[selectedNode];
      if (isBound(seen)) settle();
      // The first look may be at the claim as it was before a node was chosen.
      else if (node) chosen = true;
      // The provisioner gave up on this node and asks for another.
      else if (chosen || node === '') {
        settle(apiError('Conflict', `the volume of claim "${name}" cannot be made on this node`));
      }
    };
    const unsubscribe = storage.claims.subscribe({
      added: (seen) => queueMicrotask(() => look(seen)),
      updated: look,
      deleted: (seen) => {
        if (seen.metadata.uid === uid) settle(apiError('NotFound', `claim "${name}" is gone`));
      },
    });
  });
}
