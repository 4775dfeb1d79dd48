/** What the volumes of storage systems must say, in pods and in persistent volumes alike. */
import type { core } from '../types.ts';
import type { Problems } from './problems.ts';
import { inRange, list, oneOf, record } from './values.ts';

type Source = Readonly<Record<string, unknown>>;

/** Fields without which the source leads nowhere. */
const needed: Readonly<Record<string, readonly string[]>> = {
  awsElasticBlockStore: ['volumeID'],
  azureDisk: ['diskName', 'diskURI'],
  azureFile: ['secretName', 'shareName'],
  cephfs: ['monitors'],
  cinder: ['volumeID'],
  flexVolume: ['driver'],
  gcePersistentDisk: ['pdName'],
  glusterfs: ['endpoints', 'path'],
  iscsi: ['targetPortal', 'iqn'],
  photonPersistentDisk: ['pdID'],
  portworxVolume: ['volumeID'],
  quobyte: ['registry', 'volume'],
  rbd: ['monitors', 'image'],
  scaleIO: ['gateway', 'system', 'volumeName'],
  vsphereVolume: ['volumePath'],
};

/** Checks each source that `volume` gives; `field` is the volume's path. */
export function validateSources(
  volume: core.Volume | core.PersistentVolumeSpec,
  field: string,
  problems: Problems,
): void {
  for (const [name, fields] of Object.entries(needed)) {
    const source = record((volume as unknown as Source)[name] as Source | undefined);
    if (source === undefined) continue;
    for (const each of fields) {
      const value = source[each];
      const isThere = Array.isArray(value) ? value.length > 0 : Boolean(value);
      if (!isThere) problems.required(`${field}.${name}.${each}`);
    }
    if (name.endsWith('Disk') || name === 'awsElasticBlockStore') {
      inRange(source.partition, 0, 255, `${field}.${name}.partition`, problems);
    }
  }
  validateAzureDisk(record(volume.azureDisk), `${field}.azureDisk`, problems);
  validateIscsi(record(volume.iscsi) as Source | undefined, `${field}.iscsi`, problems);
  validateFibreChannel(record(volume.fc), `${field}.fc`, problems);
}

function validateAzureDisk(
  disk: core.AzureDiskVolumeSource | undefined,
  field: string,
  problems: Problems,
): void {
  if (disk === undefined) return;
  const isManaged = disk.kind === 'Managed';
  const prefix = isManaged ? '/subscriptions/' : 'https://';
  if (!disk.diskURI || disk.diskURI.toLowerCase().startsWith(prefix)) return;
  const wanted = isManaged
    ? '/subscriptions/{sub-id}/resourcegroups/{group-name}/providers/microsoft.compute/disks/{disk-id}'
    : 'https://{account-name}.blob.core.windows.net/{container-name}/{disk-name}.vhd';
  oneOf(disk.diskURI, [wanted], `${field}.diskURI`, problems);
}

/** Targets are named as RFC 3720, 3.2.6.3 says. */
function validateIscsi(disk: Source | undefined, field: string, problems: Problems): void {
  if (disk === undefined) return;
  inRange(disk.lun, 0, 255, `${field}.lun`, problems);
  const iqn = disk.iqn;
  if (typeof iqn !== 'string' || iqn === '') return;
  if (!/^(iqn|eui|naa)/.test(iqn)) {
    problems.invalid(`${field}.iqn`, iqn, 'must be valid format starting with iqn, eui, or naa');
  } else if (iqn.startsWith('iqn') && !/^iqn\.\d{4}-\d{2}\.\S+$/.test(iqn)) {
    problems.invalid(`${field}.iqn`, iqn, 'must be valid format');
  }
}

function validateFibreChannel(
  channel: core.FCVolumeSource | undefined,
  field: string,
  problems: Problems,
): void {
  if (channel === undefined) return;
  const names = list(channel.targetWWNs).length;
  if (names === 0 && list(channel.wwids).length === 0) {
    problems.required(
      `${field}.targetWWNs`,
      'must specify either targetWWNs or wwids, but not both',
    );
  } else if (names > 0 && list(channel.wwids).length > 0) {
    problems.invalid(
      `${field}.targetWWNs`,
      channel.targetWWNs,
      'targetWWNs and wwids can not be specified simultaneously',
    );
  }
  if (names === 0) return;
  if (channel.lun == null) {
    problems.required(`${field}.lun`, 'lun is required if targetWWNs is specified');
  } else inRange(channel.lun, 0, 255, `${field}.lun`, problems);
}
