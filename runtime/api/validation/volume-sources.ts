/** What the volumes of storage systems must say, in pods and in persistent volumes alike. */
import type { core } from '../types.ts';
import { checkLabel } from './names.ts';
import type { Problems } from './problems.ts';
import { checkName, inRange, isRecord, list, oneOf, record } from './values.ts';

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
  nfs: ['server', 'path'],
  photonPersistentDisk: ['pdID'],
  portworxVolume: ['volumeID'],
  quobyte: ['volume'],
  rbd: ['monitors', 'image'],
  scaleIO: ['gateway', 'system', 'volumeName'],
  storageos: ['volumeName'],
  vsphereVolume: ['volumePath'],
};

/** Sources whose secret, where there is one, must be named. */
const namedSecrets = ['cinder', 'storageos'] as const;

/** Checks each source that `volume` gives; `field` is the volume's path. */
export function validateSources(
  volume: core.Volume | core.PersistentVolumeSpec,
  field: string,
  problems: Problems,
): void {
  const sources = volume as unknown as Readonly<Record<string, Source | undefined>>;
  for (const [name, fields] of Object.entries(needed)) {
    const source = record(sources[name]);
    if (source === undefined) continue;
    for (const each of fields) {
      const value = source[each];
      const isThere = Array.isArray(value) ? value.length > 0 : Boolean(value);
      if (!isThere) problems.required(`${field}.${name}.${each}`);
    }
    checkSource[name]?.(source, `${field}.${name}`, problems);
  }
  for (const name of namedSecrets) {
    const secret = record(record(sources[name])?.secretRef as Source | undefined);
    if (secret !== undefined && !secret.name) {
      problems.required(`${field}.${name}.secretRef.name`);
    }
  }
  validateFlocker(record(sources.flocker), `${field}.flocker`, problems);
  validateFibreChannel(record(volume.fc), `${field}.fc`, problems);
}

type Check = (source: Source, field: string, problems: Problems) => void;

function text(source: Source, name: string): string {
  const value = source[name];
  return typeof value === 'string' ? value : '';
}

/** The original allows 0, the whole disk, and says otherwise. */
const checkPartition: Check = ({ partition }, field, problems) => {
  if (typeof partition !== 'number' || (partition >= 0 && partition <= 255)) return;
  problems.invalid(`${field}.partition`, partition, 'must be between 1 and 255, inclusive');
};

/** Options in Kubernetes' own domains are not the user's. */
const checkFlexVolume: Check = ({ options }, field, problems) => {
  for (const key of Object.keys(isRecord(options) ? options : {})) {
    const domain = `.${key.split('/')[0] ?? ''}`.toLowerCase();
    if (!/\.(kubernetes|k8s)\.io$/.test(domain)) continue;
    const why = 'kubernetes.io and k8s.io namespaces are reserved';
    problems.invalid(`${field}.options[${key}]`, key, why);
  }
};

const checkNfs: Check = (source, field, problems) => {
  const path = text(source, 'path');
  if (!path.startsWith('/')) problems.invalid(`${field}.path`, path, 'must be an absolute path');
};

const checkQuobyte: Check = (source, field, problems) => {
  const registry = text(source, 'registry');
  const form = 'must be a host:port pair or multiple pairs separated by commas';
  if (registry === '') problems.required(`${field}.registry`, form);
  else if (text(source, 'tenant').length > 64) {
    const why = 'must be a UUID and may not exceed a length of 64 characters';
    problems.required(`${field}.tenant`, why);
  } else {
    for (const pair of registry.split(',')) {
      if (!/^(\[[^\][]*\]|[^:\][]*):[^:\][]*$/.test(pair)) {
        problems.invalid(`${field}.registry`, registry, form);
      }
    }
  }
};

const checkStorageOs: Check = (source, field, problems) => {
  for (const name of ['volumeName', 'volumeNamespace'] as const) {
    const value = text(source, name);
    if (value !== '') checkName(value, checkLabel, `${field}.${name}`, problems);
  }
};

const checkAzureDisk: Check = ({ kind, cachingMode, diskURI }, field, problems) => {
  oneOf(cachingMode, ['None', 'ReadOnly', 'ReadWrite'], `${field}.cachingMode`, problems);
  oneOf(kind, ['Dedicated', 'Managed', 'Shared'], `${field}.kind`, problems);
  if (kind === undefined) return;
  const isManaged = kind === 'Managed';
  const uri = typeof diskURI === 'string' ? diskURI : '';
  if (uri.startsWith(isManaged ? '/subscriptions/' : 'https://')) return;
  const wanted = isManaged
    ? '/subscriptions/{sub-id}/resourcegroups/{group-name}/providers/microsoft.compute/disks/{disk-id}'
    : 'https://{account-name}.blob.core.windows.net/{container-name}/{disk-name}.vhd';
  oneOf(uri, [wanted], `${field}.diskURI`, problems);
};

const iscsiForms = [
  /^iqn\.\d{4}-\d{2}\.([a-z0-9.-]*[a-z0-9])(:[^,;*&$|\s]+)?$/,
  /^eui\.[\dA-F]{16}$/,
  /^naa\.[\dA-F]{32}$/,
];

/** Why it is no name of a target or an initiator: RFC 3720, 3.2.6.3. */
function iscsiProblem(name: string): string | undefined {
  if (!/^(iqn|eui|naa)/.test(name)) return 'must be valid format starting with iqn, eui, or naa';
  return iscsiForms.some((form) => form.test(name)) ? undefined : 'must be valid format';
}

const checkIscsi: Check = (source, field, problems) => {
  const iqn = text(source, 'iqn');
  const wrong = iqn === '' ? undefined : iscsiProblem(iqn);
  if (wrong !== undefined) problems.invalid(`${field}.iqn`, iqn, wrong);
  inRange(source.lun, 0, 255, `${field}.lun`, problems);
  const authenticates = source.chapAuthDiscovery === true || source.chapAuthSession === true;
  if (authenticates && !isRecord(source.secretRef)) problems.required(`${field}.secretRef`);
  if (typeof source.initiatorName !== 'string') return;
  const why = iscsiProblem(source.initiatorName);
  if (why !== undefined) {
    problems.invalid(`${field}.initiatorname`, source.initiatorName, why);
  }
};

const checkSource: Readonly<Record<string, Check>> = {
  awsElasticBlockStore: checkPartition,
  azureDisk: checkAzureDisk,
  flexVolume: checkFlexVolume,
  gcePersistentDisk: checkPartition,
  iscsi: checkIscsi,
  nfs: checkNfs,
  quobyte: checkQuobyte,
  storageos: checkStorageOs,
};

export const iscsiNameTooLong =
  'Total length of <volume name>:<iscsi.targetPortal> must be under 64 characters if iscsi.initiatorName is specified.';

/** The interface of an initiator that is named has the volume's name and portal for a name. */
export function validateIscsiName(volume: core.Volume, field: string, problems: Problems): void {
  const disk = record(volume.iscsi);
  if (disk?.initiatorName === undefined) return;
  if (`${volume.name ?? ''}:${disk.targetPortal ?? ''}`.length <= 64) return;
  problems.invalid(`${field}.name`, volume.name ?? '', iscsiNameTooLong);
}

function validateFlocker(flocker: Source | undefined, field: string, problems: Problems): void {
  if (flocker === undefined) return;
  const [name, id] = [text(flocker, 'datasetName'), text(flocker, 'datasetUUID')];
  if (name === '' && id === '') {
    problems.required(field, 'one of datasetName and datasetUUID is required');
  } else if (name !== '' && id !== '') {
    const why = 'datasetName and datasetUUID can not be specified simultaneously';
    problems.invalid(field, 'resource', why);
  }
  if (name.includes('/')) problems.invalid(`${field}.datasetName`, name, "must not contain '/'");
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
