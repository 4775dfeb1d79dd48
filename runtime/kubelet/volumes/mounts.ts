/** A container's mounts. */
import { posix } from 'node:path';
import type { core, Pod } from '../../api/types.ts';
import type { Mount } from '../../engine/engine.ts';
import { PodProblem } from '../context.ts';
import { expand } from '../env/expand.ts';
import type { FileEntry } from './archive.ts';
import { type PodFiles, podDirectory } from './pod-files.ts';
import type { MountSource } from './prepare.ts';
import { quote } from './publish.ts';

export interface MountPlan {
  readonly mounts: readonly Mount[];
  /** Directories that subPaths need. */
  readonly directories: readonly SubDirectory[];
  /** Files to write before the container starts. */
  readonly entries: readonly FileEntry[];
}

/** A directory in a volume. */
export interface SubDirectory {
  /** The volume's, below the files' root. */
  readonly volume: string;
  readonly inside: string;
}

export interface MountInput {
  readonly pod: Pod;
  readonly container: core.Container;
  readonly attempt: number;
  readonly sources: ReadonlyMap<string, MountSource>;
  readonly environment: ReadonlyMap<string, string>;
  readonly files: PodFiles;
  /** Whether the pod has a resolv.conf of ours. */
  readonly ownResolv: boolean;
}

const propagation = {
  None: 'private',
  HostToContainer: 'rslave',
  Bidirectional: 'rshared',
} as const;

/** Pure but for `files.enginePath`. Throws PodProblem CreateContainerConfigError. */
export function planMounts(input: MountInput): MountPlan {
  const { pod, container, attempt, files } = input;
  const mounts: Mount[] = [];
  const directories: SubDirectory[] = [];
  for (const mount of container.volumeMounts ?? []) {
    const { source, directory } = sourceOf(input, mount);
    if (directory !== undefined) directories.push(directory);
    mounts.push(source);
  }
  const taken = new Set(mounts.map(({ target }) => target));
  const directory = podDirectory(pod.metadata.uid);
  const own = (name: string, target: string) => {
    if (!taken.has(target)) {
      mounts.push({ type: 'bind', source: files.enginePath(`${directory}/${name}`), target });
    }
  };
  if (!pod.spec.hostNetwork) own('etc-hosts', '/etc/hosts');
  if (input.ownResolv) own('resolv.conf', '/etc/resolv.conf');
  const message = terminationLog(pod, container.name, attempt);
  const target = container.terminationMessagePath || '/dev/termination-log';
  if (!taken.has(target)) {
    mounts.push({ type: 'bind', source: files.enginePath(message), target });
  }
  // A mount below another one must come after it.
  mounts.sort((a, b) => depthOf(a.target) - depthOf(b.target));
  return { mounts, directories, entries: [{ path: message, type: 'file', mode: 0o666 }] };
}

/** Where a container writes its last words, below the files' root. */
export function terminationLog(pod: Pod, container: string, attempt: number): string {
  return `${podDirectory(pod.metadata.uid)}/termination-log-${container}-${attempt}`;
}

/**
 * A shell script that makes the directories that are not there. It fails for one that a symbolic link
 * leads out of its volume: containers write into their volumes what they like, and the engine would
 * follow the link on its own machine.
 */
export function directoriesScript(directories: readonly SubDirectory[]): string {
  const calls = directories.map(
    ({ volume, inside }) => `make ${quote(volume)} ${quote(inside)} || exit 1`,
  );
  return `make() {
  at=$(readlink -f "$1") || return 1
  base=$at
  rest=$2/
  while [ -n "$rest" ]; do
    part=\${rest%%/*}
    rest=\${rest#*/}
    case "$part" in '' | .) continue ;; esac
    if [ -L "$at/$part" ]; then at=$(readlink -f "$at/$part"); else at=$at/$part; fi
    case "$at/" in
      "$base"/*) ;;
      *) echo "subPath \\"$2\\" is outside of its volume" >&2; return 1 ;;
    esac
    [ -e "$at" ] || mkdir "$at" || return 1
  done
}
${calls.join('\n')}`;
}

function sourceOf(
  { sources, environment }: MountInput,
  mount: core.VolumeMount,
): { source: Mount; directory?: SubDirectory } {
  const found = sources.get(mount.name);
  if (found === undefined) {
    throw new PodProblem('CreateContainerConfigError', `volume "${mount.name}" not found`);
  }
  const subPath = subPathOf(mount, environment);
  const common = {
    target: mount.mountPath,
    readOnly: found.readOnly || (mount.readOnly ?? false),
    ...(mount.mountPropagation === undefined
      ? {}
      : { propagation: propagation[mount.mountPropagation as keyof typeof propagation] }),
  };
  if (found.kind === 'engine') {
    if (subPath !== '') {
      throw new PodProblem(
        'CreateContainerConfigError',
        `subPath "${subPath}" of a volume in memory is not supported`,
      );
    }
    return { source: { type: 'volume', source: found.source, ...common } };
  }
  if (subPath === '') return { source: { type: 'bind', source: found.source, ...common } };
  const inside = found.published ? `..data/${subPath}` : subPath;
  return {
    source: { type: 'bind', source: posix.join(found.source, inside), ...common },
    ...(found.directory === undefined || found.published
      ? {}
      : { directory: { volume: found.directory, inside: subPath } }),
  };
}

function subPathOf(
  { subPath = '', subPathExpr }: core.VolumeMount,
  environment: ReadonlyMap<string, string>,
): string {
  let path = subPath;
  if (subPathExpr) {
    path = expand(subPathExpr, (name) => environment.get(name));
    if (path.includes('$(')) {
      throw new PodProblem(
        'CreateContainerConfigError',
        `failed to expand subPath for volumeMount: missing value for "${subPathExpr}"`,
      );
    }
  }
  if (path.startsWith('/') || path.split('/').includes('..')) {
    throw new PodProblem(
      'CreateContainerConfigError',
      path.startsWith('/')
        ? `subPath "${path}" must not be an absolute path`
        : `subPath "${path}" must not contain ".."`,
    );
  }
  return path;
}

function depthOf(path: string): number {
  return path.split('/').length;
}
