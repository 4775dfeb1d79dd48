/**
 * The directory of pods' files, reached through the node container that has it mounted: this works
 * even where the process cannot see the engine's disk.
 */
import { pipeline, type Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { extract } from 'tar-stream';
import { type Engine, EngineError } from '../../engine/engine.ts';
import type { KubeletOptions } from '../context.ts';
import { archive, type FileEntry } from './archive.ts';
import { readImage } from './image-files.ts';
import { quote } from './publish.ts';

export interface PodFiles {
  /** Where containers mount a file from: a path on the engine's machine. */
  enginePath(path: string): string;
  /** The opposite: undefined for a path that is not below the files' root. */
  relativePath(path: string): string | undefined;
  write(entries: readonly FileEntry[]): Promise<void>;
  /** Runs a shell script in the node container with the files' root as its directory. */
  script(script: string): Promise<string>;
  /** The first bytes of a file; undefined if it is not there. */
  read(path: string, maxBytes: number): Promise<Buffer | undefined>;
  /** Copies all files of an image of the engine to a path, unless they are there. */
  copyImage(reference: string, path: string): Promise<void>;
  removePod(uid: string): Promise<void>;
}

/** `pods/<uid>`, the directory of one pod. */
export function podDirectory(uid: string): string {
  return `pods/${uid}`;
}

export function volumeDirectory(uid: string, volume: string): string {
  return `${podDirectory(uid)}/volumes/${volume}`;
}

/** Where nothing runs nobody reads files: none are written. */
export function noPodFiles({ enginePath }: KubeletOptions['files']): PodFiles {
  return {
    ...paths(enginePath),
    write: async () => {},
    script: async () => '',
    read: async () => undefined,
    copyImage: async () => {},
    removePod: async () => {},
  };
}

/** Every method throws EngineError. */
export function createPodFiles(
  engine: Engine,
  files: KubeletOptions['files'],
  cluster: string,
): PodFiles {
  const { containerId, root, enginePath } = files;
  const script = async (text_: string): Promise<string> => {
    const process = await engine.exec(containerId, {
      command: ['/bin/sh', '-c', `cd ${quote(root)} || exit 1\n${text_}`],
    });
    const [out, error, code] = await Promise.all([
      text(process.stdout),
      text(process.stderr),
      process.exit,
    ]);
    if (code !== 0) throw new EngineError('failed', error.trim() || `exit code ${code}`);
    return out;
  };
  return {
    ...paths(enginePath),
    write: async (entries) => engine.putArchive(containerId, root, await archive(entries)),
    script,
    read: async (path, maxBytes) => {
      const tar = await engine.getArchive(containerId, `${root}/${path}`);
      return tar === undefined ? undefined : firstFile(tar, maxBytes);
    },
    copyImage: async (reference, path) => {
      const isThere = await script(`[ ! -d ${quote(path)} ] || echo yes`);
      if (isThere !== '') return;
      // Half a copy, of a process that was ended, is not taken for one.
      const part = `${path}.part`;
      await script(`rm -rf ${quote(part)} && mkdir -p ${quote(part)}`);
      await readImage(engine, cluster, reference, (tar) =>
        engine.putArchive(containerId, `${root}/${part}`, tar),
      );
      await script(`mv ${quote(part)} ${quote(path)}`);
    },
    removePod: async (uid) => {
      await script(`rm -rf ${quote(podDirectory(uid))}`);
    },
  };
}

function paths(root: string): Pick<PodFiles, 'enginePath' | 'relativePath'> {
  const prefix = `${root}/`;
  return {
    enginePath: (path) => prefix + path,
    relativePath: (path) => {
      const inside = path.startsWith(prefix) && !path.split('/').includes('..');
      return inside ? path.slice(prefix.length) : undefined;
    },
  };
}

/** The beginning of the first file in a tar. */
async function firstFile(tar: Readable, maxBytes: number): Promise<Buffer | undefined> {
  // A connection that breaks ends the reader, too.
  const reader = pipeline(tar, extract(), () => {});
  try {
    for await (const entry of reader) {
      const chunks: Buffer[] = [];
      let length = 0;
      for await (const chunk of entry) {
        if (length < maxBytes) chunks.push(chunk as Buffer);
        length += (chunk as Buffer).length;
      }
      if (entry.header.type === 'file') return Buffer.concat(chunks).subarray(0, maxBytes);
    }
    return undefined;
  } finally {
    // What follows the file is not read; the connection must not wait for it.
    tar.destroy();
  }
}
