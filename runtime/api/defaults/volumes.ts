/** Defaults of volumes, as pods and persistent volumes have them. */
import type { core } from '../types.ts';
import { entries, record } from './fields.ts';
import { imagePullPolicy } from './images.ts';
import { normalizeQuantity, normalizeResources } from './quantities.ts';

/** 0644: what a file from a ConfigMap, Secret, … is readable as. */
const fileMode = 0o644;

/** A volume of a pod. */
export function defaultVolume(volume: core.Volume): void {
  const names = Object.keys(volume).filter(
    (key) => key !== 'name' && volume[key as keyof core.Volume] != null,
  );
  // A volume that names no source is an empty directory.
  if (names.length === 0) volume.emptyDir = {};
  for (const source of [volume.secret, volume.configMap]) {
    if (record(source) !== undefined && source !== undefined) source.defaultMode ??= fileMode;
  }
  if (record(volume.emptyDir)?.sizeLimit !== undefined && volume.emptyDir !== undefined) {
    normalizeQuantity(volume.emptyDir, 'sizeLimit');
  }
  const downward = record(volume.downwardAPI);
  if (downward !== undefined) {
    downward.defaultMode ??= fileMode;
    for (const item of entries(downward.items)) defaultFieldSource(item);
  }
  const projected = record(volume.projected);
  if (projected !== undefined) defaultProjected(projected);
  const template = record(volume.ephemeral)?.volumeClaimTemplate;
  if (record(template?.spec) !== undefined && template !== undefined) {
    defaultClaimSpec(template.spec);
  }
  const image = record((volume as core.Volume & { image?: ImageVolume }).image);
  if (image !== undefined) image.pullPolicy ||= imagePullPolicy(image.reference);
  defaultHostPath(volume);
  defaultNetworkDisks(volume);
}

interface ImageVolume {
  reference?: string;
  pullPolicy?: string;
}

function defaultProjected(projected: core.ProjectedVolumeSource): void {
  projected.defaultMode ??= fileMode;
  for (const source of entries(projected.sources)) {
    const token = record(source.serviceAccountToken);
    if (token !== undefined) token.expirationSeconds ??= 3600;
    for (const item of entries(record(source.downwardAPI)?.items)) defaultFieldSource(item);
  }
}

/** `fieldRef` and `resourceFieldRef`, as environment variables and downward files have them. */
export function defaultFieldSource(source: {
  fieldRef?: core.ObjectFieldSelector;
  resourceFieldRef?: core.ResourceFieldSelector;
}): void {
  const field = record(source.fieldRef);
  if (field !== undefined) field.apiVersion ||= 'v1';
  const resource = record(source.resourceFieldRef);
  if (resource !== undefined) {
    resource.divisor ??= '0';
    normalizeQuantity(resource, 'divisor');
  }
}

/** The sources that both a pod's volume and a PersistentVolume can have. */
type SharedSources = Pick<core.Volume, 'hostPath' | 'azureDisk'> & {
  iscsi?: { iscsiInterface?: string };
  rbd?: { pool?: string; user?: string; keyring?: string };
  scaleIO?: { storageMode?: string; fsType?: string };
};

export function defaultHostPath(volume: SharedSources): void {
  const hostPath = record(volume.hostPath);
  if (hostPath !== undefined) hostPath.type ??= '';
}

export function defaultNetworkDisks(volume: SharedSources): void {
  const iscsi = record(volume.iscsi);
  if (iscsi !== undefined) iscsi.iscsiInterface ||= 'default';
  const rbd = record(volume.rbd);
  if (rbd !== undefined) {
    rbd.pool ||= 'rbd';
    rbd.user ||= 'admin';
    rbd.keyring ||= '/etc/ceph/keyring';
  }
  const scaleIO = record(volume.scaleIO);
  if (scaleIO !== undefined) {
    scaleIO.storageMode ||= 'ThinProvisioned';
    scaleIO.fsType ||= 'xfs';
  }
  const azureDisk = record(volume.azureDisk);
  if (azureDisk !== undefined) {
    azureDisk.cachingMode ??= 'ReadWrite';
    azureDisk.kind ??= 'Shared';
    azureDisk.fsType ??= 'ext4';
    azureDisk.readOnly ??= false;
  }
}

/** The spec of a claim, also where a template holds it. */
export function defaultClaimSpec(spec: core.PersistentVolumeClaimSpec): void {
  spec.volumeMode ??= 'Filesystem';
  normalizeResources(spec.resources);
}
