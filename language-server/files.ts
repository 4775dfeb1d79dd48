/** Files on disk, as far as the server and the command line read any. */
import { existsSync } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';

export interface Files {
  /** Manifest-like files below a folder, or the file itself; folders of tools are left out. */
  find(path: string): AsyncGenerator<string>;
  /** Undefined for a file that is gone, or is too large to be a manifest. */
  read(path: string): Promise<string | undefined>;
  exists(path: string): boolean;
}

const maxBytes = 2 * 1024 * 1024;
const skipped = new Set(['node_modules', 'vendor', 'dist', 'out', 'target']);

export function isManifestName(name: string): boolean {
  return /\.(ya?ml|json)$/i.test(name) || name === 'Kustomization';
}

/** Whether a file at this path below a folder is one that `find` gives. */
export function isSearched(path: string): boolean {
  const parts = path.split(/[\\/]/);
  const name = parts.pop() ?? '';
  return isManifestName(name) && !parts.some(isToolFolder);
}

function isToolFolder(name: string): boolean {
  return name.startsWith('.') || skipped.has(name);
}

export const diskFiles: Files = {
  async *find(path) {
    if ((await stat(path)).isFile()) yield path;
    else yield* below(path);
  },
  read: async (path) => {
    try {
      return (await stat(path)).size > maxBytes ? undefined : await readFile(path, 'utf8');
    } catch {
      return undefined;
    }
  },
  exists: existsSync,
};

async function* below(directory: string): AsyncGenerator<string> {
  let entries: import('node:fs').Dirent[];
  try {
    entries = await readdir(directory, { withFileTypes: true });
  } catch {
    // A folder that may not be read holds nothing for us.
    return;
  }
  entries.sort((a, b) => (a.name < b.name ? -1 : 1));
  for (const entry of entries) {
    const path = join(directory, entry.name);
    if (entry.isFile() && isManifestName(entry.name)) yield path;
    else if (entry.isDirectory() && !isToolFolder(entry.name)) yield* below(path);
  }
}
