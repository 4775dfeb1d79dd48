/** Images: the engine's own store is the only one, nothing is loaded or copied. */
import { PassThrough, type Readable } from 'node:stream';
import type Docker from 'dockerode';
import { type Engine, EngineError, type ImageInfo } from '../engine.ts';
import { call, type DockerConnection } from './connection.ts';
import { statusCodeOf } from './errors.ts';

type ImageCalls = Pick<Engine, 'image' | 'images' | 'pullImage' | 'buildImage' | 'importImage'>;

/** One line of the JSON stream that pull, build and import answer. */
interface Progress {
  stream?: string;
  status?: string;
  id?: string;
  progress?: string;
  error?: string;
}

/** The image part of Engine. */
export function imageCalls({ docker }: DockerConnection): ImageCalls {
  return {
    image: (reference) =>
      call(async () => {
        try {
          const image = await docker.getImage(encodeURI(reference)).inspect();
          return {
            id: image.Id,
            tags: [...(image.RepoTags ?? []), ...(image.RepoDigests ?? [])],
            sizeBytes: image.Size,
            user: image.Config?.User ?? '',
            entrypoint: listOf(image.Config?.Entrypoint),
            command: listOf(image.Config?.Cmd),
            env: image.Config?.Env ?? [],
            workingDirectory: image.Config?.WorkingDir ?? '',
            exposedPorts: Object.keys(image.Config?.ExposedPorts ?? {}),
          };
        } catch (error) {
          if (statusCodeOf(error) === 404) return undefined;
          throw error;
        }
      }),

    images: () =>
      call(async () => {
        const images = await docker.listImages();
        return images.map(
          (image): ImageInfo => ({
            id: image.Id,
            tags: [...named(image.RepoTags), ...named(image.RepoDigests)],
            sizeBytes: image.Size,
            user: '',
            entrypoint: [],
            command: [],
            env: [],
            workingDirectory: '',
            exposedPorts: [],
          }),
        );
      }),

    pullImage: (reference, { username, password, onProgress, signal } = {}) =>
      call(async () => {
        const auth = username === undefined ? {} : { authconfig: { username, password } };
        const { repository, tag } = splitReference(reference);
        const stream = await docker.createImage({
          fromImage: repository,
          tag,
          ...auth,
          ...(signal === undefined ? {} : { abortSignal: signal }),
        });
        await follow(stream as Readable, onProgress);
      }),

    buildImage: (context, { tag, dockerfile, buildArgs, labels, onProgress, signal }) =>
      call(async () => {
        const before = labels && (await idOf(docker, tag));
        const stream = await docker.buildImage(context as NodeJS.ReadableStream, {
          t: tag,
          rm: true,
          forcerm: true,
          ...(dockerfile === undefined ? {} : { dockerfile }),
          ...(buildArgs === undefined ? {} : { buildargs: buildArgs }),
          ...(labels === undefined ? {} : { labels }),
          ...(signal === undefined ? {} : { abortSignal: signal }),
        });
        await follow(stream as Readable, onProgress);
        if (before !== undefined) await removeForerunner(docker, before, Object.keys(labels ?? {}));
      }),

    importImage: (rootfs, tag) =>
      call(async () => {
        const { repository, tag: label } = splitReference(tag);
        // dockerode takes a path or a stream; its types know of the path only.
        const file = rootfs.pipe(new PassThrough()) as unknown as string;
        const stream = await docker.importImage(file, { repo: repository, tag: label });
        await follow(stream as Readable, undefined);
      }),
  };
}

async function idOf(docker: Docker, reference: string): Promise<string | undefined> {
  const image = docker.getImage(encodeURI(reference));
  return image.inspect().then(
    ({ Id }) => Id,
    () => undefined,
  );
}

/**
 * Removes the image that bore a tag before, which nobody could name any more, if it came from such a
 * build as well. The engine itself refuses where a container or another image needs it.
 */
async function removeForerunner(
  docker: Docker,
  id: string,
  labels: readonly string[],
): Promise<void> {
  try {
    const image = docker.getImage(id);
    const { RepoTags, RepoDigests, Config } = await image.inspect();
    const isNamed = [...(RepoTags ?? []), ...(RepoDigests ?? [])].length > 0;
    if (isNamed || labels.some((label) => Config.Labels?.[label] === undefined)) return;
    await image.remove();
  } catch {
    // It stays: the build has gone well all the same.
  }
}

/** `name`, `name:tag` or `name@sha256:…` in the two parts that the create endpoint wants. */
export function splitReference(reference: string): { repository: string; tag: string } {
  const at = reference.indexOf('@');
  if (at > 0) return { repository: reference.slice(0, at), tag: reference.slice(at + 1) };
  const colon = reference.lastIndexOf(':');
  // A colon before the last slash belongs to a registry's port.
  return colon > reference.lastIndexOf('/')
    ? { repository: reference.slice(0, colon), tag: reference.slice(colon + 1) }
    : { repository: reference, tag: 'latest' };
}

function listOf(value: string | string[] | null | undefined): string[] {
  if (value === null || value === undefined) return [];
  return Array.isArray(value) ? value : [value];
}

function named(tags: string[] | null | undefined): string[] {
  return (tags ?? []).filter((tag) => !tag.startsWith('<none>'));
}

/** Reads the progress to its end; throws the error that may come in its midst. */
async function follow(
  stream: Readable,
  onProgress: ((line: string) => void) | undefined,
): Promise<void> {
  let rest = '';
  const take = (line: string): void => {
    if (line.trim() === '') return;
    const progress = JSON.parse(line) as Progress;
    if (progress.error !== undefined) throw new EngineError('failed', progress.error);
    const text = progress.stream ?? [progress.id, progress.status, progress.progress];
    onProgress?.(Array.isArray(text) ? text.filter(Boolean).join(' ') : text.trimEnd());
  };
  for await (const chunk of stream) {
    const lines = (rest + String(chunk)).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) take(line);
  }
  take(rest);
}
