/** The objects that a pod or a volume names: what its node needs to run it. */
import type { core, Pod } from './types.ts';

export interface References {
  readonly secrets: ReadonlySet<string>;
  readonly configMaps: ReadonlySet<string>;
  readonly claims: ReadonlySet<string>;
  readonly serviceAccount: string;
}

/** All of the pod's own namespace. */
export function referencesOf(pod: Pod): References {
  const secrets = new Set<string>();
  const configMaps = new Set<string>();
  const claims = new Set<string>();
  const { spec, metadata } = pod;
  const add = (set: Set<string>, name: string | undefined) => {
    if (name) set.add(name);
  };
  for (const { name } of spec.imagePullSecrets ?? []) add(secrets, name);
  const containers: readonly core.Container[] = [
    ...(spec.initContainers ?? []),
    ...spec.containers,
    ...((spec.ephemeralContainers ?? []) as core.Container[]),
  ];
  for (const { env, envFrom } of containers) {
    for (const { valueFrom } of env ?? []) {
      add(secrets, valueFrom?.secretKeyRef?.name);
      add(configMaps, valueFrom?.configMapKeyRef?.name);
    }
    for (const { secretRef, configMapRef } of envFrom ?? []) {
      add(secrets, secretRef?.name);
      add(configMaps, configMapRef?.name);
    }
  }
  for (const volume of spec.volumes ?? []) {
    for (const name of secretsOfVolume(volume)) add(secrets, name);
    add(configMaps, volume.configMap?.name);
    for (const { configMap } of volume.projected?.sources ?? []) add(configMaps, configMap?.name);
    add(claims, volume.persistentVolumeClaim?.claimName);
    if (volume.ephemeral) add(claims, `${metadata.name}-${volume.name}`);
  }
  return { secrets, configMaps, claims, serviceAccount: spec.serviceAccountName ?? 'default' };
}

function secretsOfVolume(volume: core.Volume): (string | undefined)[] {
  return [
    volume.secret?.secretName,
    ...(volume.projected?.sources ?? []).map(({ secret }) => secret?.name),
    volume.azureFile?.secretName,
    volume.cephfs?.secretRef?.name,
    volume.cinder?.secretRef?.name,
    volume.csi?.nodePublishSecretRef?.name,
    volume.flexVolume?.secretRef?.name,
    volume.iscsi?.secretRef?.name,
    volume.rbd?.secretRef?.name,
    volume.scaleIO?.secretRef?.name,
    volume.storageos?.secretRef?.name,
  ];
}

/** The secrets that a node needs to mount a volume, as `namespace/name`. */
export function secretsOfPersistentVolume(spec: core.PersistentVolumeSpec): string[] {
  const claimNamespace = spec.claimRef?.namespace ?? '';
  const references: ({ name?: string; namespace?: string } | undefined)[] = [
    spec.azureFile && {
      name: spec.azureFile.secretName,
      namespace: spec.azureFile.secretNamespace || claimNamespace,
    },
    spec.cephfs?.secretRef,
    spec.cinder?.secretRef,
    spec.csi?.controllerExpandSecretRef,
    spec.csi?.controllerPublishSecretRef,
    spec.csi?.nodePublishSecretRef,
    spec.csi?.nodeStageSecretRef,
    spec.csi?.nodeExpandSecretRef,
    spec.flexVolume?.secretRef,
    spec.iscsi?.secretRef,
    spec.rbd?.secretRef,
    spec.scaleIO?.secretRef,
    spec.storageos?.secretRef,
  ];
  return references.flatMap((reference) =>
    reference?.name ? [`${reference.namespace || claimNamespace}/${reference.name}`] : [],
  );
}
