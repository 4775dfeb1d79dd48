/** The names, labels and claims that the pods of a StatefulSet keep for ever. Pure. */
import type { UnknownObject } from '../../api/object.ts';
import type { core, Pod, StatefulSet } from '../../api/types.ts';
import { revisionLabel } from '../kit/controller-revisions.ts';
import { controllerReference } from '../kit/ownership.ts';
import { type PodDraft, podFromTemplate } from '../kit/pod-control.ts';

export function startOrdinal(set: StatefulSet): number {
  return set.spec.ordinals?.start ?? 0;
}

export function wantedReplicas(set: StatefulSet): number {
  return set.spec.replicas ?? 1;
}

export function podName(set: StatefulSet, ordinal: number): string {
  return `${set.metadata.name}-${ordinal}`;
}

/** The ordinal of a pod of the set, or -1. */
export function ordinalOf(set: StatefulSet, pod: Pod): number {
  const prefix = `${set.metadata.name}-`;
  const rest = pod.metadata.name.startsWith(prefix) ? pod.metadata.name.slice(prefix.length) : '';
  return /^\d+$/.test(rest) ? Number(rest) : -1;
}

export function claimName(template: core.PersistentVolumeClaim, pod: string): string {
  return `${template.metadata?.name}-${pod}`;
}

/** The pod of an ordinal, as the template of a revision says. */
export function draftPod(
  set: StatefulSet,
  template: core.PodTemplateSpec,
  revision: string,
  ordinal: number,
): PodDraft {
  const name = podName(set, ordinal);
  const draft = podFromTemplate(template, set);
  const claims = set.spec.volumeClaimTemplates ?? [];
  const claimed = new Set(claims.map((claim) => claim.metadata?.name));
  const volumes = [
    ...(draft.spec.volumes ?? []).filter((volume) => !claimed.has(volume.name)),
    ...claims.map((claim) => ({
      name: claim.metadata?.name ?? '',
      persistentVolumeClaim: { claimName: claimName(claim, name) },
    })),
  ];
  const { generateName: _, ...metadata } = draft.metadata;
  return {
    ...draft,
    metadata: {
      ...metadata,
      name,
      labels: {
        ...metadata.labels,
        'statefulset.kubernetes.io/pod-name': name,
        'apps.kubernetes.io/pod-index': String(ordinal),
        [revisionLabel]: revision,
      },
    },
    spec: {
      ...draft.spec,
      hostname: name,
      subdomain: set.spec.serviceName,
      ...(volumes.length === 0 ? {} : { volumes }),
    },
  };
}

/** The claims of the pod's volumes. They outlive pod and set unless the policy says otherwise. */
export function draftClaims(set: StatefulSet, pod: string): UnknownObject[] {
  const policy = (set.spec as { persistentVolumeClaimRetentionPolicy?: { whenDeleted?: string } })
    .persistentVolumeClaimRetentionPolicy;
  return (set.spec.volumeClaimTemplates ?? []).map((template) => ({
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: {
      name: claimName(template, pod),
      namespace: set.metadata.namespace,
      labels: { ...template.metadata?.labels, ...set.spec.selector.matchLabels },
      ...(template.metadata?.annotations === undefined
        ? {}
        : { annotations: { ...template.metadata.annotations } }),
      ...(policy?.whenDeleted === 'Delete'
        ? { ownerReferences: [{ ...controllerReference(set), blockOwnerDeletion: undefined }] }
        : {}),
    },
    spec: template.spec,
  }));
}
