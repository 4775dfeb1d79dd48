/** Directories, made without the traps of Node's own way. */
import { mkdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';

/**
 * Makes a directory and those above it, with `mode` for each that is new. Node's own way of doing so never ends where
 * nothing can be made, as in /proc. Throws if that is so.
 */
export async function makeDirectory(directory: string, mode?: number): Promise<void> {
  const make = () =>
    mkdir(directory, { mode }).catch(async (error: NodeJS.ErrnoException) => {
      const isThere = error.code === 'EEXIST' && (await stat(directory)).isDirectory();
      if (!isThere) throw error;
    });
  try {
    await make();
  } catch (error) {
    const above = dirname(directory);
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || above === directory) throw error;
    await makeDirectory(above, mode);
    await make();
  }
}
