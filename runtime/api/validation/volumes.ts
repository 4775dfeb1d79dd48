/** Volumes of a pod. */
import { parseQuantity } from '../quantity.ts';
import type { core } from '../types.ts';
import { downwardPaths, validateFieldRef, validateResourceFieldRef } from './env.ts';
import { filePath, type MountableVolume } from './mounts.ts';
import { checkLabel, checkSubdomain } from './names.ts';
import type { Problems } from './problems.ts';
import { hostPathTypes, requireDriver, validateClaimSpec } from './storage.ts';
import { indexed, isRecord, list, oneOf, record, requireName } from './values.ts';
import { validateIscsiName, validateSources } from './volume-sources.ts';

/** Checks the volumes and gives the names that containers may mount. */
export function validateVolumes(
  volumes: readonly core.Volume[] | undefined,
  field: string,
  problems: Problems,
): Map<string, MountableVolume> {
  const names = new Map<string, MountableVolume>();
  for (const [i, volume] of indexed(volumes)) {
    const at = `${field}[${i}]`;
    const before = problems.causes.length;
    validateVolume(volume, at, problems);
    requireName(volume.name, checkLabel, `${at}.name`, problems);
    if (volume.name && names.has(volume.name)) problems.duplicate(`${at}.name`, volume.name);
    // One that is wrong cannot be mounted either.
    if (problems.causes.length > before) continue;
    names.set(volume.name, {
      isClaim: isRecord(volume.persistentVolumeClaim) || isRecord(volume.ephemeral),
    });
  }
  return names;
}

function validateVolume(volume: core.Volume, field: string, problems: Problems): void {
  const sources = Object.entries(volume).filter(
    ([name, source]) => name !== 'name' && isRecord(source),
  );
  if (sources.length === 0) problems.required(field, 'must specify a volume type');
  for (const [name] of sources.slice(1)) {
    problems.forbidden(`${field}.${name}`, 'may not specify more than 1 volume type');
  }
  const { emptyDir, hostPath, secret, configMap, persistentVolumeClaim: claim } = volume;
  if (isRecord(emptyDir)) {
    const limit = parseQuantity((emptyDir as core.EmptyDirVolumeSource).sizeLimit ?? '');
    if (limit !== undefined && limit.nano < 0n) {
      const why = 'SizeLimit field must be a valid resource quantity';
      problems.forbidden(`${field}.emptyDir.sizeLimit`, why);
    }
  }
  if (isRecord(hostPath)) {
    if (!hostPath.path) problems.required(`${field}.hostPath.path`);
    else if (String(hostPath.path).split('/').includes('..')) {
      problems.invalid(`${field}.hostPath.path`, hostPath.path, "must not contain '..'");
    }
    oneOf(hostPath.type, hostPathTypes, `${field}.hostPath.type`, problems);
  }
  if (isRecord(secret)) {
    if (!secret.secretName) problems.required(`${field}.secret.secretName`);
    validateMode(secret.defaultMode, `${field}.secret.defaultMode`, problems);
    validateItems(volume.secret?.items, `${field}.secret.items`, problems);
  }
  if (isRecord(configMap)) {
    if (!configMap.name) problems.required(`${field}.configMap.name`);
    validateMode(configMap.defaultMode, `${field}.configMap.defaultMode`, problems);
    validateItems(volume.configMap?.items, `${field}.configMap.items`, problems);
  }
  if (isRecord(claim) && !claim.claimName) {
    problems.required(`${field}.persistentVolumeClaim.claimName`);
  }
  const downward = record(volume.downwardAPI);
  if (downward !== undefined) {
    validateMode(downward.defaultMode, `${field}.downwardAPI.defaultMode`, problems);
    validateDownward(downward.items, `${field}.downwardAPI.items`, problems);
  }
  validateProjected(record(volume.projected), `${field}.projected`, problems);
  const ephemeral = record(volume.ephemeral);
  if (ephemeral !== undefined) {
    const at = `${field}.ephemeral.volumeClaimTemplate`;
    const template = record(ephemeral.volumeClaimTemplate);
    if (template === undefined) problems.required(at);
    else validateClaimSpec(record(template.spec) ?? {}, `${at}.spec`, problems);
  }
  validateSources(volume, field, problems);
  validateIscsiName(volume, field, problems);
  if (isRecord(volume.csi)) {
    requireDriver(volume.csi.driver, `${field}.csi.driver`, problems);
    const secret = record(volume.csi.nodePublishSecretRef);
    const at = `${field}.csi.nodePublishSecretRef.name`;
    if (secret !== undefined) requireName(secret.name, checkSubdomain, at, problems);
  }
  oneOf(
    record((volume as { image?: { pullPolicy?: string } }).image)?.pullPolicy,
    ['Always', 'IfNotPresent', 'Never'],
    `${field}.image.pullPolicy`,
    problems,
  );
}

function validateMode(mode: unknown, field: string, problems: Problems): void {
  if (typeof mode === 'number' && (mode < 0 || mode > 0o777)) {
    problems.invalid(field, mode, 'must be a number between 0 and 0777 (octal), both inclusive');
  }
}

function validateItems(
  items: readonly core.KeyToPath[] | undefined,
  field: string,
  problems: Problems,
): void {
  for (const [i, item] of indexed(items)) {
    const at = `${field}[${i}]`;
    if (!item.key) problems.required(`${at}.key`);
    if (!item.path) problems.required(`${at}.path`);
    else filePath(item.path, `${at}.path`, problems);
    validateMode(item.mode, `${at}.mode`, problems);
  }
}

function validateDownward(
  items: readonly core.DownwardAPIVolumeFile[] | undefined,
  field: string,
  problems: Problems,
): void {
  for (const [i, item] of indexed(items)) {
    const at = `${field}[${i}]`;
    if (!item.path) problems.required(`${at}.path`);
    else filePath(item.path, `${at}.path`, problems);
    const { fieldRef, resourceFieldRef } = item;
    if (!isRecord(fieldRef) && !isRecord(resourceFieldRef)) {
      problems.required(at, 'one of fieldRef and resourceFieldRef is required');
    } else if (isRecord(fieldRef) && isRecord(resourceFieldRef)) {
      problems.invalid(
        at,
        'resource',
        'fieldRef and resourceFieldRef can not be specified simultaneously',
      );
    }
    validateFieldRef(fieldRef, `${at}.fieldRef`, downwardPaths, problems);
    validateResourceFieldRef(resourceFieldRef, `${at}.resourceFieldRef`, true, problems);
    validateMode(item.mode, `${at}.mode`, problems);
  }
}

function validateProjected(
  projected: core.ProjectedVolumeSource | undefined,
  field: string,
  problems: Problems,
): void {
  if (projected === undefined) return;
  validateMode(projected.defaultMode, `${field}.defaultMode`, problems);
  validatePathsOnce(projected, field, problems);
  for (const [i, source] of indexed(projected.sources)) {
    const at = `${field}.sources[${i}]`;
    const given = Object.entries(source).filter(([, value]) => isRecord(value));
    if (given.length > 1) {
      problems.forbidden(at, 'may not specify more than 1 volume type per source');
    }
    for (const name of ['secret', 'configMap'] as const) {
      const files = record(source[name]);
      if (files === undefined) continue;
      if (!files.name) problems.required(`${at}.${name}.name`);
      validateItems(files.items, `${at}.${name}.items`, problems);
    }
    validateDownward(record(source.downwardAPI)?.items, `${at}.downwardAPI.items`, problems);
    const token = record(source.serviceAccountToken);
    if (token === undefined) continue;
    const seconds = `${at}.serviceAccountToken.expirationSeconds`;
    if (typeof token.expirationSeconds === 'number' && token.expirationSeconds < 600) {
      problems.invalid(
        seconds,
        token.expirationSeconds,
        'may not specify a duration less than 10 minutes',
      );
    }
    if (typeof token.expirationSeconds === 'number' && token.expirationSeconds > 2 ** 32) {
      const why = 'may not specify a duration larger than 2^32 seconds';
      problems.invalid(seconds, token.expirationSeconds, why);
    }
    if (!token.path) problems.required(`${at}.serviceAccountToken.path`);
    else filePath(token.path, `${at}.serviceAccountToken.path`, problems);
  }
}

/** Files of several sources go to one folder, so that each path can be one source's only. */
function validatePathsOnce(
  projected: core.ProjectedVolumeSource,
  field: string,
  problems: Problems,
): void {
  const paths = new Set<string>();
  for (const [, source] of indexed(projected.sources)) {
    const items = [source.secret?.items, source.configMap?.items, source.downwardAPI?.items];
    const single = [
      source.serviceAccountToken?.path,
      (source as { clusterTrustBundle?: { path?: string } }).clusterTrustBundle?.path,
    ];
    const given = [...items.flatMap((each) => list(each).map((item) => item?.path)), ...single];
    for (const path of given) {
      if (typeof path !== 'string' || path === '') continue;
      if (paths.has(path)) problems.invalid(field, path, 'conflicting duplicate paths');
      paths.add(path);
    }
  }
}
