/** Builds images that manifests name and the engine lacks. */
import { createReadStream } from 'node:fs';
import { lstat, readdir, readFile, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import ignore from '@balena/dockerignore';
import { type Pack, pack } from 'tar-stream';
import { ClusterError, reasonOf } from '../cluster/data-directory.ts';
import type { Engine } from '../engine/engine.ts';
import type { ImageBuild } from './manifests.ts';

/** Made on machines that reach no registry; see scripts/images. */
const localBase = 'skiff.local/base:1';

export interface BuildOptions {
  readonly engine: Engine;
  /** For the Dockerfiles' BASE argument; left out: what each Dockerfile says. */
  readonly baseImage?: string;
  readonly onLine: (line: string) => void;
  readonly signal?: AbortSignal;
}

/** Those of the images that the engine does not have. */
export async function missingImages(
  engine: Engine,
  builds: readonly ImageBuild[],
): Promise<ImageBuild[]> {
  const missing: ImageBuild[] = [];
  for (const build of builds) {
    if ((await engine.image(build.image)) === undefined) missing.push(build);
  }
  return missing;
}

/** Throws ClusterError with the engine's words. */
export async function buildImage(build: ImageBuild, options: BuildOptions): Promise<void> {
  const { engine, baseImage, onLine, signal } = options;
  const names = await readdir(build.directory).catch(() => {
    throw new ClusterError(
      `${build.image}: there is no folder ${build.directory} to build it from`,
    );
  });
  if (!names.includes('Dockerfile')) {
    throw new ClusterError(`${build.image}: ${build.directory} holds no Dockerfile`);
  }
  const attempt = (base: string | undefined) =>
    engine.buildImage(contextOf(build.directory), {
      tag: build.image,
      ...(base === undefined ? {} : { buildArgs: { BASE: base } }),
      labels: { 'skiff.build': build.directory },
      onProgress: onLine,
      ...(signal === undefined ? {} : { signal }),
    });
  try {
    await attempt(baseImage);
  } catch (error) {
    if (
      baseImage !== undefined ||
      signal?.aborted ||
      (await engine.image(localBase)) === undefined
    ) {
      throw new ClusterError(
        `${build.image} could not be built from ${build.directory}: ${reasonOf(error)}. ` +
          'If its base image cannot be pulled here, name another with --base-image.',
      );
    }
    onLine(`${reasonOf(error)}; building on ${localBase} instead`);
    await attempt(localBase).catch((again) => {
      throw new ClusterError(`${build.image} could not be built: ${reasonOf(again)}`);
    });
  }
}

/** A tar of the folder, without what its .dockerignore leaves out. */
function contextOf(directory: string): Readable {
  const archive = pack();
  addFolder(archive, directory)
    .then(() => archive.finalize())
    .catch((error: Error) => archive.destroy(error));
  return Readable.from(archive);
}

async function addFolder(archive: Pack, directory: string): Promise<void> {
  const rules = await readFile(join(directory, '.dockerignore'), 'utf8').catch(() => '');
  const ignored = ignore().add(rules.split('\n'));
  const walk = async (folder: string): Promise<void> => {
    for (const name of (await readdir(join(directory, folder))).sort()) {
      const path = folder === '' ? name : `${folder}/${name}`;
      if (path !== 'Dockerfile' && ignored.ignores(path)) continue;
      const full = join(directory, path);
      const stats = await lstat(full);
      const { mode, size, mtime } = stats;
      if (stats.isDirectory()) {
        archive.entry({ name: path, type: 'directory', mode, mtime });
        await walk(path);
      } else if (stats.isSymbolicLink()) {
        archive.entry({ name: path, type: 'symlink', linkname: await readlink(full), mode, mtime });
      } else if (stats.isFile()) {
        const entry = archive.entry({ name: path, mode, mtime, size });
        await pipeline(createReadStream(full), entry);
      }
    }
  };
  await walk('');
}
