/**
 * Makes the claims of generic ephemeral volumes: claims that are written into the pod and live as
 * long as it does.
 * https://kubernetes.io/docs/concepts/storage/ephemeral-volumes/#generic-ephemeral-volumes
 */
import type { UnknownObject } from '../../api/object.ts';
import type { PersistentVolumeClaim, Pod } from '../../api/types.ts';
import { createEventRecorder } from '../../client/events.ts';
import { keyOf, persistentVolumeClaims, splitKey } from '../../client/resources.ts';
import type { ControllerContext } from '../kit/context.ts';
import { createLoop, tolerate } from '../kit/loop.ts';
import { controllerReference } from '../kit/ownership.ts';
import { isTerminal, podInformer } from '../kit/pods.ts';

/** Starts the controller. */
export function runEphemeralVolumes(context: ControllerContext): void {
  const { client, clock, informers } = context;
  const loop = createLoop(context, 'ephemeral-volume', 2);
  const events = createEventRecorder(client, clock, { component: 'ephemeral_volume' });
  const pods = podInformer(informers);
  const claims = informers.for<PersistentVolumeClaim>(persistentVolumeClaims);
  const enqueue = (pod: Pod) => {
    if (pod.spec.volumes?.some(({ ephemeral }) => ephemeral !== undefined)) {
      loop.queue.add(keyOf(pod));
    }
  };
  pods.subscribe({ added: enqueue });
  claims.subscribe({
    deleted: ({ metadata }) => {
      const owner = metadata.ownerReferences?.find(({ kind }) => kind === 'Pod');
      if (owner === undefined) return;
      loop.queue.add(keyOf({ metadata: { name: owner.name, namespace: metadata.namespace } }));
    },
  });
  loop.start([pods, claims], async (key) => {
    const { name, namespace } = splitKey(key);
    const pod = pods.get(name, namespace);
    if (pod === undefined || pod.metadata.deletionTimestamp !== undefined || isTerminal(pod))
      return;
    for (const volume of pod.spec.volumes ?? []) {
      const template = volume.ephemeral?.volumeClaimTemplate;
      if (template === undefined) continue;
      const claimName = `${name}-${volume.name}`;
      const existing = claims.get(claimName, namespace);
      if (existing !== undefined) {
        const ours = existing.metadata.ownerReferences?.some(({ uid }) => uid === pod.metadata.uid);
        if (ours) continue;
        const message = `PVC ${namespace}/${claimName} was not created for pod ${key} (pod is not owner)`;
        events.event(pod, 'Warning', 'ClaimNotOwned', message);
        continue;
      }
      const claim: UnknownObject = {
        apiVersion: 'v1',
        kind: 'PersistentVolumeClaim',
        metadata: {
          name: claimName,
          namespace,
          labels: { ...template.metadata?.labels },
          annotations: { ...template.metadata?.annotations },
          ownerReferences: [controllerReference(pod)],
        },
        spec: template.spec,
      };
      await tolerate(
        client.create({ ...persistentVolumeClaims, namespace }, claim),
        'AlreadyExists',
      );
    }
  });
}
