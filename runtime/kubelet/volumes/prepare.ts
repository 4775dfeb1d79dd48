/** Turns a pod's volumes into things that can be mounted. */
import type { core, PersistentVolume, PersistentVolumeClaim, Pod } from '../../api/types.ts';
import { persistentVolumeClaims, persistentVolumes } from '../../client/resources.ts';
import { fetchObject, type KubeletContext } from '../context.ts';
import type { FileEntry } from './archive.ts';
import { checkHostPath } from './host-path.ts';
import { ensureMemoryVolume } from './memory.ts';
import { type PayloadInput, payloadOf } from './payload.ts';
import { type PodFiles, volumeDirectory } from './pod-files.ts';
import { contentName, firstEntries, quote } from './publish.ts';

/** Where a volume is mounted from. */
export interface MountSource {
  /** `files`: a directory of ours; `host`: a path of the machine; `engine`: a volume of the engine. */
  readonly kind: 'files' | 'host' | 'engine';
  readonly source: string;
  /** Config maps and the like are never written to by containers. */
  readonly readOnly: boolean;
  /** The directory below the files' root, for volumes of kind `files`. */
  readonly directory?: string;
  /** True if the files are ours to replace, so that a subPath leads through `..data`. */
  readonly published?: boolean;
}

export interface PreparedVolumes {
  readonly sources: ReadonlyMap<string, MountSource>;
  /** To be written before any container starts. */
  readonly entries: readonly FileEntry[];
  /** The name of the content that was published, by volume. */
  readonly published: ReadonlyMap<string, string>;
}

/** Gets the image of a volume by its pull policy; answers what the engine calls it. */
export type EnsureImage = (volume: string, source: ImageVolume) => Promise<string>;

/** Newer than the types that we have of the rest. */
export interface ImageVolume {
  readonly reference: string;
  readonly pullPolicy?: string;
}

/** A volume that could not be made ready, in the words of the event. */
export class VolumeProblem extends Error {}

/** Throws VolumeProblem naming the first volume that is not to be had. */
export async function prepareVolumes(
  input: PayloadInput,
  files: PodFiles,
  ensureImage: EnsureImage,
): Promise<PreparedVolumes> {
  const { pod } = input;
  const sources = new Map<string, MountSource>();
  const published = new Map<string, string>();
  const entries: FileEntry[] = [];
  for (const volume of pod.spec.volumes ?? []) {
    try {
      const payload = await payloadOf(input, volume);
      const directory = volumeDirectory(pod.metadata.uid, volume.name);
      if (payload === undefined) {
        const prepared = await otherSource(input.context, pod, volume, { files, ensureImage });
        sources.set(volume.name, prepared.source);
        entries.push(...prepared.entries);
        continue;
      }
      entries.push(...firstEntries(directory, payload, fsGroupOf(pod)));
      published.set(volume.name, contentName(payload));
      const source = files.enginePath(directory);
      sources.set(volume.name, {
        kind: 'files',
        source,
        readOnly: true,
        directory,
        published: true,
      });
    } catch (error) {
      throw new VolumeProblem(
        `MountVolume.SetUp failed for volume "${volume.name}" : ${(error as Error).message}`,
        { cause: error },
      );
    }
  }
  return { sources, entries, published };
}

export function fsGroupOf(pod: Pod): number | undefined {
  return pod.spec.securityContext?.fsGroup;
}

interface Prepared {
  source: MountSource;
  entries: FileEntry[];
}

async function otherSource(
  context: KubeletContext,
  pod: Pod,
  volume: core.Volume,
  { files, ensureImage }: { files: PodFiles; ensureImage: EnsureImage },
): Promise<Prepared> {
  const { emptyDir, hostPath, persistentVolumeClaim, ephemeral } = volume;
  const { image } = volume as { image?: ImageVolume };
  if (image !== undefined) {
    return fromImage(pod, volume.name, files, () => ensureImage(volume.name, image));
  }
  if (hostPath !== undefined) return fromHostPath(context, pod, volume.name, hostPath);
  if (persistentVolumeClaim !== undefined) {
    const { claimName, readOnly = false } = persistentVolumeClaim;
    return fromClaim(context, pod, volume.name, { claimName, readOnly }, files);
  }
  if (ephemeral !== undefined) {
    const claimName = `${pod.metadata.name}-${volume.name}`;
    return fromClaim(context, pod, volume.name, { claimName, readOnly: false }, files);
  }
  const known = Object.keys(volume).filter((field) => field !== 'name');
  if (emptyDir === undefined && known.length > 0) {
    throw new Error(`volumes of type ${known[0]} are not supported`);
  }
  if (emptyDir?.medium === 'Memory') {
    const source = await ensureMemoryVolume(context, pod, volume);
    return { source: { kind: 'engine', source, readOnly: false }, entries: [] };
  }
  const directory = volumeDirectory(pod.metadata.uid, volume.name);
  const gid = fsGroupOf(pod);
  return {
    source: { kind: 'files', source: files.enginePath(directory), readOnly: false, directory },
    entries: [
      {
        path: directory,
        type: 'directory',
        mode: gid === undefined ? 0o777 : 0o2777,
        ...(gid === undefined ? {} : { gid }),
      },
    ],
  };
}

/** Every pod has a copy of its own: the engine keeps what an image holds to itself. */
async function fromImage(
  pod: Pod,
  volume: string,
  files: PodFiles,
  ensureImage: () => Promise<string>,
): Promise<Prepared> {
  const directory = volumeDirectory(pod.metadata.uid, volume);
  await files.copyImage(await ensureImage(), directory);
  const source = files.enginePath(directory);
  return { source: { kind: 'files', source, readOnly: true }, entries: [] };
}

async function fromHostPath(
  context: KubeletContext,
  pod: Pod,
  volume: string,
  { path, type = '' }: core.HostPathVolumeSource,
): Promise<Prepared> {
  if (type !== '') await checkHostPath(context, `${pod.metadata.uid}-${volume}`, path, type);
  return { source: { kind: 'host', source: path, readOnly: false }, entries: [] };
}

async function fromClaim(
  context: KubeletContext,
  pod: Pod,
  volumeName: string,
  { claimName, readOnly }: { claimName: string; readOnly: boolean },
  files: PodFiles,
): Promise<Prepared> {
  const { client } = context;
  const claim = await fetchObject<PersistentVolumeClaim>(
    client,
    persistentVolumeClaims,
    claimName,
    pod.metadata.namespace,
  );
  if (claim === undefined) throw new Error(`persistentvolumeclaim "${claimName}" not found`);
  const name = claim.spec.volumeName;
  if (name === undefined || name === '' || claim.status?.phase !== 'Bound') {
    throw new Error(`PVC ${claimName} is not bound`);
  }
  const volume = await fetchObject<PersistentVolume>(client, persistentVolumes, name);
  const { hostPath, local } = volume?.spec ?? {};
  const own = hostPath ?? (local && { path: local.path, type: 'Directory' });
  if (own === undefined) {
    throw new Error(`persistent volume "${name}" is neither hostPath nor local`);
  }
  const provisioned = files.relativePath(own.path);
  if (provisioned !== undefined) {
    await files.script(provisionScript(provisioned));
    return { source: { kind: 'host', source: own.path, readOnly }, entries: [] };
  }
  const prepared = await fromHostPath(context, pod, volumeName, own);
  return { ...prepared, source: { ...prepared.source, readOnly } };
}

/**
 * Makes the directory of a volume that was provisioned among our files. Everyone may write at first,
 * since an fsGroup is not applied to host paths; what its pods change later stays as they left it.
 */
function provisionScript(path: string): string {
  const directory = quote(path);
  return `[ -d ${directory} ] || mkdir -p -m 0777 ${directory} || [ -d ${directory} ]`;
}
