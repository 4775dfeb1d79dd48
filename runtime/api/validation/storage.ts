/** PersistentVolume, PersistentVolumeClaim, StorageClass, CSIDriver. */
import { compare, parseQuantity, toInteger } from '../quantity.ts';
import type {
  core,
  PersistentVolume,
  PersistentVolumeClaim,
  StorageClass,
  storage,
} from '../types.ts';
import { checkLabel, checkQualifiedName, checkSubdomain } from './names.ts';
import type { Problems } from './problems.ts';
import { validateNodeSelector } from './scheduling.ts';
import {
  checkName,
  immutable,
  indexed,
  isRecord,
  labelSelector,
  list,
  oneOf,
  record,
  requireName,
  same,
} from './values.ts';
import { iscsiNameTooLong, validateSources } from './volume-sources.ts';

const accessModes = ['ReadOnlyMany', 'ReadWriteMany', 'ReadWriteOnce', 'ReadWriteOncePod'];
const volumeModes = ['Block', 'Filesystem'];
export const hostPathTypes = [
  '',
  'BlockDevice',
  'CharDevice',
  'Directory',
  'DirectoryOrCreate',
  'File',
  'FileOrCreate',
  'Socket',
];

function validateAccessModes(
  modes: readonly string[] | undefined,
  field: string,
  whyRequired: string,
  problems: Problems,
) {
  if (list(modes).length === 0) problems.required(`${field}.accessModes`, whyRequired);
  for (const mode of list(modes)) oneOf(mode, accessModes, `${field}.accessModes`, problems);
  if (list(modes).includes('ReadWriteOncePod') && list(modes).length > 1) {
    problems.forbidden(
      `${field}.accessModes`,
      'may not use ReadWriteOncePod with other access modes',
    );
  }
}

/** A CSI driver's name: as long as a label, and like a domain but for capitals. */
export function requireDriver(name: unknown, field: string, problems: Problems): void {
  const given = typeof name === 'string' ? name : '';
  if (given === '') problems.required(field);
  if (given.length > 63) problems.tooLong(field, 63);
  for (const problem of checkSubdomain(given.toLowerCase())) {
    problems.invalid(field, given, problem);
  }
}

export function validateClaimSpec(
  spec: core.PersistentVolumeClaimSpec,
  field: string,
  problems: Problems,
): void {
  validateAccessModes(spec.accessModes, field, 'at least 1 access mode is required', problems);
  labelSelector(spec.selector, `${field}.selector`, problems);
  const wanted = record(record(spec.resources)?.requests)?.storage;
  const amount = parseQuantity(wanted ?? '');
  if (wanted === undefined) problems.required(`${field}.resources[storage]`);
  else if (amount !== undefined && amount.nano <= 0n) {
    problems.invalid(`${field}.resources[storage]`, wanted, 'must be greater than zero');
  }
  if (spec.storageClassName) {
    checkName(spec.storageClassName, checkSubdomain, `${field}.storageClassName`, problems);
  }
  oneOf(spec.volumeMode, volumeModes, `${field}.volumeMode`, problems);
  for (const part of ['dataSource', 'dataSourceRef'] as const) {
    const source = record(spec[part]);
    if (source === undefined) continue;
    // What `dataSource` could not say of old is dropped before anybody looks at it.
    if (part === 'dataSource' && !isOldSource(source)) continue;
    for (const name of ['name', 'kind'] as const) {
      if (!source[name]) problems.required(`${field}.${part}.${name}`);
    }
    if (!source.apiGroup && source.kind && source.kind !== 'PersistentVolumeClaim') {
      problems.invalid(
        `${field}.${part}`,
        source.kind,
        "must be 'PersistentVolumeClaim' when referencing the default apiGroup",
      );
    }
  }
}

/** One that `dataSource` has always been able to name: another claim, or a snapshot. */
export function isOldSource({ apiGroup, kind }: core.TypedLocalObjectReference): boolean {
  if (!apiGroup) return kind === 'PersistentVolumeClaim';
  return apiGroup === 'snapshot.storage.k8s.io' && kind === 'VolumeSnapshot';
}

export function validateClaim({ spec }: PersistentVolumeClaim, problems: Problems): void {
  if (isRecord(spec)) validateClaimSpec(spec, 'spec', problems);
  else problems.required('spec.accessModes', 'at least 1 access mode is required');
}

export function validateClaimUpdate(
  next: PersistentVolumeClaim,
  previous: PersistentVolumeClaim,
  problems: Problems,
): void {
  const bound = previous.status?.phase === 'Bound';
  const rest = ({ spec }: PersistentVolumeClaim) => {
    const {
      resources: _resources,
      volumeAttributesClassName: _class,
      ...others
    } = spec as core.PersistentVolumeClaimSpec & { volumeAttributesClassName?: string };
    // The binder fills these in once.
    const { volumeName, storageClassName, ...fixed } = others;
    return {
      ...fixed,
      ...(previous.spec.volumeName ? { volumeName } : {}),
      ...(previous.spec.storageClassName === undefined ? {} : { storageClassName }),
      ...(bound ? {} : { resources: spec.resources }),
    };
  };
  if (!same(rest(next), rest(previous))) {
    problems.forbidden(
      'spec',
      'spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims',
    );
  }
  const before = parseQuantity(previous.spec.resources?.requests?.storage ?? '0');
  const after = parseQuantity(next.spec.resources?.requests?.storage ?? '0');
  if (bound && before !== undefined && after !== undefined && compare(after, before) < 0) {
    problems.forbidden(
      'spec.resources.requests.storage',
      'field can not be less than status.capacity',
    );
  }
}

const notSources = new Set([
  'accessModes',
  'capacity',
  'claimRef',
  'mountOptions',
  'nodeAffinity',
  'persistentVolumeReclaimPolicy',
  'storageClassName',
  'volumeAttributesClassName',
  'volumeMode',
]);

function sourceOf(spec: core.PersistentVolumeSpec): [string, unknown][] {
  return Object.entries(spec).filter(([name, value]) => !notSources.has(name) && isRecord(value));
}

export function validateVolumeObject(object: PersistentVolume, problems: Problems): void {
  const spec = record(object.spec);
  if (spec === undefined) {
    problems.required('spec');
    return;
  }
  validateAccessModes(spec.accessModes, 'spec', '', problems);
  const capacity = record(spec.capacity);
  if (capacity === undefined || Object.keys(capacity).length === 0)
    problems.required('spec.capacity');
  if (capacity?.storage === undefined || Object.keys(capacity).length > 1) {
    problems.notSupported('spec.capacity', capacity ?? null, ['storage']);
  }
  for (const [name, text] of Object.entries(capacity ?? {})) {
    const quantity = parseQuantity(text);
    const nano = quantity?.nano ?? 1n;
    const at = `spec.capacity[${name}]`;
    if (quantity !== undefined && nano < 0n) {
      problems.invalid(at, toInteger(quantity), 'must be a valid resource quantity');
    }
    if (nano <= 0n) problems.invalid(at, text, 'must be greater than zero');
  }
  oneOf(
    spec.persistentVolumeReclaimPolicy,
    ['Delete', 'Recycle', 'Retain'],
    'spec.persistentVolumeReclaimPolicy',
    problems,
  );
  const sources = sourceOf(spec);
  if (sources.length === 0) problems.required('spec', 'must specify a volume type');
  for (const [name] of sources.slice(1)) {
    problems.forbidden(`spec.${name}`, 'may not specify more than 1 volume type');
  }
  validateSources(spec, 'spec', problems);
  if (isRecord(spec.hostPath)) {
    if (!spec.hostPath.path) problems.required('spec.hostPath.path');
    else noBacksteps(spec.hostPath.path, 'spec.hostPath.path', problems);
    if (spec.persistentVolumeReclaimPolicy === 'Recycle' && spec.hostPath.path === '/') {
      problems.forbidden(
        'spec.persistentVolumeReclaimPolicy',
        "may not be 'recycle' for a hostPath mount of '/'",
      );
    }
    oneOf(spec.hostPath.type, hostPathTypes, 'spec.hostPath.type', problems);
  }
  if (isRecord(spec.csi)) {
    requireDriver(spec.csi.driver, 'spec.csi.driver', problems);
    if (!spec.csi.volumeHandle) problems.required('spec.csi.volumeHandle');
  }
  validateSecrets(object, spec, problems);
  if (isRecord(spec.local)) {
    if (!spec.local.path) problems.required('spec.local.path');
    else noBacksteps(spec.local.path, 'spec.local.path', problems);
    if (!isRecord(spec.nodeAffinity)) {
      problems.required('spec.nodeAffinity', 'Local volume requires node affinity');
    }
  }
  const required = record(record(spec.nodeAffinity)?.required);
  if (required !== undefined)
    validateNodeSelector(required, 'spec.nodeAffinity.required', problems);
  else if (isRecord(spec.nodeAffinity)) {
    const why = 'must specify required node constraints';
    problems.required('spec.nodeAffinity.required', why);
  }
  if (spec.storageClassName) {
    checkName(spec.storageClassName, checkSubdomain, 'spec.storageClassName', problems);
  }
  oneOf(spec.volumeMode, volumeModes, 'spec.volumeMode', problems);
}

const csiSecrets = [
  'controllerPublishSecretRef',
  'controllerExpandSecretRef',
  'nodePublishSecretRef',
  'nodeExpandSecretRef',
] as const;

/** What persistent volumes say beyond those of pods: of the namespaces of secrets and endpoints. */
function validateSecrets(
  { metadata }: PersistentVolume,
  spec: core.PersistentVolumeSpec,
  problems: Problems,
): void {
  for (const name of csiSecrets) {
    const secret = record(record(spec.csi)?.[name]);
    if (secret === undefined) continue;
    requireName(secret.name, checkSubdomain, `spec.csi.${name}.name`, problems);
    requireName(secret.namespace, checkLabel, `spec.csi.${name}.namespace`, problems);
  }
  for (const name of ['cinder', 'storageos'] as const) {
    const secret = record(record(spec[name])?.secretRef);
    if (secret !== undefined && !secret.namespace) {
      problems.required(`spec.${name}.secretRef.namespace`);
    }
  }
  const disk = record(spec.iscsi);
  const iscsiSecret = record(disk?.secretRef);
  if (iscsiSecret !== undefined && !iscsiSecret.name) {
    problems.required('spec.iscsi.secretRef.name');
  }
  const portal = disk?.targetPortal ?? '';
  if (disk?.initiatorName !== undefined && `${metadata?.name}:${portal}`.length > 64) {
    problems.invalid('spec.iscsi.targetportal', portal, iscsiNameTooLong);
  }
  if (record(spec.azureFile)?.secretNamespace === '') {
    problems.required('spec.azureFile.secretNamespace');
  }
  const endpoints = record(spec.glusterfs)?.endpointsNamespace;
  const at = 'spec.glusterfs.endpointsNamespace';
  if (endpoints === '') {
    const why = 'if the endpointnamespace is set, it must be a valid namespace name';
    problems.invalid(at, endpoints, why);
  } else checkName(endpoints, checkLabel, at, problems);
}

function noBacksteps(path: string, field: string, problems: Problems): void {
  if (path.split('/').includes('..')) problems.invalid(field, path, "must not contain '..'");
}

export function validateVolumeObjectUpdate(
  next: PersistentVolume,
  previous: PersistentVolume,
  problems: Problems,
): void {
  if (!same(sourceOf(next.spec), sourceOf(previous.spec))) {
    problems.forbidden(
      'spec.persistentvolumesource',
      'spec.persistentvolumesource is immutable after creation',
    );
  }
  immutable(next.spec.volumeMode, previous.spec.volumeMode, 'volumeMode', problems);
  const affinity = previous.spec.nodeAffinity;
  if (affinity !== undefined && !same(next.spec.nodeAffinity, affinity)) {
    const why = 'field is immutable, except for updating from beta label to GA';
    problems.invalid('nodeAffinity', next.spec.nodeAffinity, why);
  }
}

export function validateStorageClass(storageClass: StorageClass, problems: Problems): void {
  if (!storageClass.provisioner) problems.required('provisioner');
  else
    checkName(storageClass.provisioner.toLowerCase(), checkQualifiedName, 'provisioner', problems);
  const reclaim = storageClass.reclaimPolicy || undefined;
  oneOf(reclaim, ['Delete', 'Retain'], 'reclaimPolicy', problems);
  for (const name of Object.keys(record(storageClass.parameters) ?? {})) {
    if (name === '') problems.invalid('parameters', name, 'field can not be empty.');
  }
  oneOf(
    storageClass.volumeBindingMode,
    ['Immediate', 'WaitForFirstConsumer'],
    'volumeBindingMode',
    problems,
  );
  validateTopologies(storageClass.allowedTopologies, problems);
}

function validateTopologies(
  topologies: storage.StorageClass['allowedTopologies'],
  problems: Problems,
) {
  const terms = new Set<string>();
  for (const [i, term] of indexed(topologies)) {
    const keys = new Set<string>();
    const whole = JSON.stringify(
      [...indexed(term.matchLabelExpressions)]
        .map(([, { key, values }]) => [key, [...list(values)].sort()])
        .sort(),
    );
    // One that says nothing is the original's duplicate of none.
    if (terms.has(whole) || whole === '[]') {
      problems.duplicate(`allowedTopologies[${i}].matchLabelExpressions`, '');
    }
    terms.add(whole);
    for (const [j, { key, values }] of indexed(term.matchLabelExpressions)) {
      const at = `allowedTopologies[${i}].matchLabelExpressions[${j}]`;
      for (const problem of checkQualifiedName(key ?? '')) {
        problems.invalid(`${at}.key`, key ?? '', problem);
      }
      if (list(values).length === 0) problems.required(`${at}.values`);
      for (const [v, value] of list(values).entries()) {
        if (list(values).indexOf(value) < v) problems.duplicate(`${at}.values[${v}]`, value);
      }
      if (keys.has(key)) problems.duplicate(`${at}.key`, key);
      keys.add(key);
    }
  }
}

export function validateStorageClassUpdate(
  next: StorageClass,
  previous: StorageClass,
  problems: Problems,
): void {
  for (const name of ['parameters', 'provisioner', 'reclaimPolicy'] as const) {
    if (!same(next[name], previous[name])) {
      problems.forbidden(name, `updates to ${name} are forbidden.`);
    }
  }
  immutable(next.volumeBindingMode, previous.volumeBindingMode, 'volumeBindingMode', problems);
}
