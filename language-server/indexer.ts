/** Reads files of the workspace into the checker, while others go on working. */
import { pathToFileURL } from 'node:url';
import type { Checker } from './checker.ts';
import type { Files } from './files.ts';
import { createSlices } from './slices.ts';

/** Files of the workspace beyond these are not indexed. */
const maxIndexed = 20_000;
/** So many files are read at once. */
const readAhead = 16;

type IsOpen = (uri: string) => boolean;

/**
 * @param isOpen whether the editor has the file: then that counts, not what is on disk
 * @returns how many files were looked at, and whether there are more
 */
export async function indexFolders(
  folders: readonly string[],
  checker: Checker,
  files: Files,
  isOpen: IsOpen,
): Promise<{ count: number; skipped: boolean }> {
  const pause = createSlices();
  let count = 0;
  let batch: string[] = [];
  for (const folder of folders) {
    for await (const path of files.find(folder)) {
      if (count >= maxIndexed) {
        await indexBatch(batch, checker, files, isOpen, pause);
        return { count, skipped: true };
      }
      count += 1;
      batch.push(path);
      if (batch.length < readAhead) continue;
      await indexBatch(batch, checker, files, isOpen, pause);
      batch = [];
    }
  }
  await indexBatch(batch, checker, files, isOpen, pause);
  return { count, skipped: false };
}

/** Takes in these files anew, or forgets those that are gone. */
export async function indexPaths(
  paths: readonly string[],
  checker: Checker,
  files: Files,
  isOpen: IsOpen,
): Promise<void> {
  const pause = createSlices();
  for (let from = 0; from < paths.length; from += readAhead) {
    await indexBatch(paths.slice(from, from + readAhead), checker, files, isOpen, pause);
  }
}

async function indexBatch(
  paths: readonly string[],
  checker: Checker,
  files: Files,
  isOpen: IsOpen,
  pause: () => Promise<void>,
): Promise<void> {
  const texts = await Promise.all(paths.map((path) => files.read(path)));
  for (const [index, path] of paths.entries()) {
    const uri = pathToFileURL(path).href;
    const text = texts[index];
    if (isOpen(uri)) continue;
    if (text === undefined) checker.forget(uri);
    else checker.index(uri, text);
    await pause();
  }
}
