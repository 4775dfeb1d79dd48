/** Reads the workspace's folders into the checker, while others go on working. */
import { pathToFileURL } from 'node:url';
import type { Checker } from './checker.ts';
import type { Files } from './files.ts';
import { createSlices } from './slices.ts';

/** Files of the workspace beyond these are not indexed. */
const maxIndexed = 5000;
/** So many files are read at once. */
const readAhead = 16;

/**
 * @param isOpen whether the editor has the file: then that counts, not what is on disk
 * @returns how many files were looked at
 */
export async function indexFolders(
  folders: readonly string[],
  checker: Checker,
  files: Files,
  isOpen: (uri: string) => boolean,
): Promise<number> {
  const pause = createSlices();
  let count = 0;
  let batch: string[] = [];
  const flush = async () => {
    const paths = batch;
    batch = [];
    const texts = await Promise.all(paths.map((path) => files.read(path)));
    for (const [index, path] of paths.entries()) {
      const uri = pathToFileURL(path).href;
      const text = texts[index];
      if (text !== undefined && !isOpen(uri)) checker.index(uri, text);
      await pause();
    }
  };
  for (const folder of folders) {
    for await (const path of files.find(folder)) {
      if (count >= maxIndexed) break;
      count += 1;
      batch.push(path);
      if (batch.length >= readAhead) await flush();
    }
  }
  await flush();
  return count;
}

/** Takes in one file anew, or forgets it if it is gone. */
export async function indexFile(
  uri: string,
  path: string,
  checker: Checker,
  files: Files,
  isOpen: (uri: string) => boolean,
): Promise<void> {
  if (isOpen(uri)) return;
  const text = await files.read(path);
  if (isOpen(uri)) return;
  if (text === undefined) checker.forget(uri);
  else checker.index(uri, text);
}
