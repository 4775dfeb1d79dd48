/** Reads files of the workspace into the checker, while others go on working. */
import { pathToFileURL } from 'node:url';
import type { Checker } from './checker.ts';
import type { Files } from './files.ts';
import type { Scope } from './scope.ts';
import { createSlices, finishInSlices } from './slices.ts';

/** So many files are read at once. */
const readAhead = 16;

export interface IndexerOptions {
  readonly checker: Checker;
  readonly files: Files;
  /** Whether the editor has the file: then that counts, not what is on disk. */
  isOpen(uri: string): boolean;
  /** Told of files that are there and are not read: too large, or not ours to read. */
  leftOut?(path: string): void;
}

/**
 * Takes in what is in the folders, and forgets what was in them and is no longer found.
 * @param read told how many files have been read, now and then
 * @returns whether there are more files than the scope allows
 */
export async function indexFolders(
  folders: readonly string[],
  scope: Scope,
  options: IndexerOptions,
  read: (count: number) => void,
): Promise<{ skipped: boolean }> {
  const pause = createSlices({ patient: true });
  const found = new Set<string>();
  let skipped = false;
  let batch: string[] = [];
  const flush = async () => {
    await indexBatch(batch, options, pause);
    batch = [];
    read(found.size);
  };
  for (const folder of folders) {
    for await (const path of options.files.find(folder, scope)) {
      if (found.size >= scope.maxFiles) {
        skipped = true;
        break;
      }
      found.add(pathToFileURL(path).href);
      batch.push(path);
      if (batch.length >= readAhead) await flush();
    }
  }
  await flush();
  const roots = folders.map((folder) => `${pathToFileURL(folder).href.replace(/\/$/, '')}/`);
  for (const uri of [...options.checker.indexed()]) {
    const isInside = roots.some((root) => uri.startsWith(root));
    if (isInside && !found.has(uri) && !options.isOpen(uri)) options.checker.forget(uri);
  }
  return { skipped };
}

/** Takes in these files anew, or forgets those that are gone. */
export async function indexPaths(paths: readonly string[], options: IndexerOptions): Promise<void> {
  const pause = createSlices({ patient: true });
  for (let from = 0; from < paths.length; from += readAhead) {
    await indexBatch(paths.slice(from, from + readAhead), options, pause);
  }
}

async function indexBatch(
  paths: readonly string[],
  { checker, files, isOpen, leftOut }: IndexerOptions,
  pause: () => Promise<void>,
): Promise<void> {
  const texts = await Promise.all(paths.map((path) => files.read(path)));
  for (const [index, path] of paths.entries()) {
    const uri = pathToFileURL(path).href;
    const text = texts[index];
    if (isOpen(uri)) continue;
    if (text === undefined) {
      checker.forget(uri);
      if (files.exists(path)) leftOut?.(path);
    } else {
      // Somebody may open it meanwhile.
      const steps = checker.indexInSteps(uri, text, undefined, () => !isOpen(uri));
      await finishInSlices(steps, pause);
    }
    await pause();
  }
}
