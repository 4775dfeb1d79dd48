/** Where the containers of a pod see its volumes: as files, or as devices. */
import type { core } from '../types.ts';
import type { Problems } from './problems.ts';
import { indexed, oneOf } from './values.ts';

/** What a mount needs to know of a volume: whether it can be a raw device. */
export interface MountableVolume {
  readonly isClaim: boolean;
}

type Volumes = ReadonlyMap<string, MountableVolume>;

export function validateMounts(
  container: core.Container,
  field: string,
  volumes: Volumes,
  problems: Problems,
): void {
  const paths = new Set<string>();
  for (const [i, mount] of indexed(container.volumeMounts)) {
    const at = `${field}.volumeMounts[${i}]`;
    if (!mount.name) problems.required(`${at}.name`);
    if (!volumes.has(mount.name)) problems.notFound(`${at}.name`, mount.name ?? '');
    if (!mount.mountPath) problems.required(`${at}.mountPath`);
    else if (paths.has(mount.mountPath)) {
      problems.invalid(`${at}.mountPath`, mount.mountPath, 'must be unique');
    }
    paths.add(mount.mountPath);
    for (const name of ['subPath', 'subPathExpr'] as const) {
      const path = mount[name];
      if (path) relativePath(path, `${at}.${name}`, problems);
    }
    if (mount.subPath && mount.subPathExpr) {
      problems.invalid(
        `${at}.subPathExpr`,
        mount.subPathExpr,
        'subPathExpr and subPath are mutually exclusive',
      );
    }
    validatePropagation(mount.mountPropagation, container, `${at}.mountPropagation`, problems);
  }
}

function validatePropagation(
  mode: string | undefined,
  { securityContext }: core.Container,
  field: string,
  problems: Problems,
): void {
  oneOf(mode, ['Bidirectional', 'HostToContainer', 'None'], field, problems);
  if (mode === 'Bidirectional' && securityContext?.privileged !== true) {
    problems.forbidden(
      field,
      'Bidirectional mount propagation is available only to privileged containers',
    );
  }
}

export function validateDevices(
  container: core.Container,
  field: string,
  volumes: Volumes,
  problems: Problems,
): void {
  const mounts = [...indexed(container.volumeMounts)].map(([, mount]) => mount);
  const names = new Set<string>();
  const paths = new Set<string>();
  for (const [i, device] of indexed(container.volumeDevices)) {
    const at = `${field}.volumeDevices[${i}]`;
    const { name, devicePath: path } = device;
    const volume = volumes.get(name);
    if (!name) problems.required(`${at}.name`);
    if (names.has(name)) problems.invalid(`${at}.name`, name, 'must be unique');
    if (volume?.isClaim === false) {
      problems.invalid(
        `${at}.name`,
        name,
        'can only use volume source type of PersistentVolumeClaim or Ephemeral for block mode',
      );
    } else if (name && volume === undefined) problems.notFound(`${at}.name`, name);
    if (!path) problems.required(`${at}.devicePath`);
    if (paths.has(path)) problems.invalid(`${at}.devicePath`, path, 'must be unique');
    if (path?.split('/').includes('..')) {
      problems.invalid(`${at}.devicePath`, path, "can not contain backsteps ('..')");
    }
    if (mounts.some((mount) => mount.name === name)) {
      problems.invalid(`${at}.name`, name, 'must not already exist in volumeMounts');
    }
    if (mounts.some(({ mountPath }) => mountPath === path)) {
      problems.invalid(
        `${at}.devicePath`,
        path,
        'must not already exist as a path in volumeMounts',
      );
    }
    names.add(name);
    paths.add(path);
  }
}

/** A path that stays inside the volume. */
export function relativePath(path: string, field: string, problems: Problems): void {
  if (path.startsWith('/')) problems.invalid(field, path, 'must be a relative path');
  if (path.split('/').includes('..')) problems.invalid(field, path, "must not contain '..'");
}

/** As `relativePath`, for files that are written: names with two dots in front are the kubelet's. */
export function filePath(path: string, field: string, problems: Problems): void {
  relativePath(path, field, problems);
  if (path.startsWith('..') && !path.startsWith('../')) {
    problems.invalid(field, path, "must not start with '..'");
  }
}
