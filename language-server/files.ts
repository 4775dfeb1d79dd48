/** Files on disk, as far as the server and the command line read any. */
import { existsSync, readdirSync } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type IgnoreRule, ignoreRules, isIgnored, type Scope, wholeScope } from './scope.ts';

export interface Files {
  /**
   * Manifest-like files below a folder, or the file itself; folders of tools are left out, and what
   * is out of scope. Links are not followed.
   */
  find(path: string, scope?: Scope): AsyncGenerator<string>;
  /** Undefined for a file that is gone, or is too large to be a manifest. */
  read(path: string): Promise<string | undefined>;
  exists(path: string): boolean;
  /** Names of what is in a folder; none for what is no folder, or may not be read. */
  list(path: string): readonly string[];
}

const maxBytes = 4 * 1024 * 1024;
const skipped = new Set(['node_modules', 'vendor', 'dist', 'out', 'target']);

export function isManifestName(name: string): boolean {
  // kustomize takes its file without an ending, too.
  return /\.(ya?ml|json)$/i.test(name) || name === 'Kustomization';
}

/** Whether a file at this path below a folder is one that `find` gives, but for what git ignores. */
export function isSearched(path: string, scope: Scope): boolean {
  const parts = path.split(/[\\/]/);
  const name = parts.at(-1) ?? '';
  if (!isManifestName(name) || parts.slice(0, -1).some(isToolFolder)) return false;
  return !parts.some((_, index) => scope.excludes(parts.slice(0, index + 1).join('/')));
}

function isToolFolder(name: string): boolean {
  return name.startsWith('.') || skipped.has(name);
}

export const diskFiles: Files = {
  async *find(path, scope = wholeScope) {
    let isFile: boolean;
    try {
      isFile = (await stat(path)).isFile();
    } catch {
      // It is gone; the next one may be there.
      return;
    }
    if (isFile) yield path;
    else yield* below({ path, relative: '', ignores: [] }, scope);
  },
  read: async (path) => {
    try {
      return (await stat(path)).size > maxBytes ? undefined : await readFile(path, 'utf8');
    } catch {
      return undefined;
    }
  },
  exists: existsSync,
  list: (path) => {
    try {
      return readdirSync(path);
    } catch {
      return [];
    }
  },
};

interface Folder {
  readonly path: string;
  /** Below the folder of the workspace, with `/`; empty for that itself. */
  readonly relative: string;
  /** The `.gitignore` files here and above, outermost first; paths are relative to each. */
  readonly ignores: readonly { readonly relative: string; readonly rules: readonly IgnoreRule[] }[];
}

async function* below(folder: Folder, scope: Scope): AsyncGenerator<string> {
  let entries: import('node:fs').Dirent[];
  try {
    entries = await readdir(folder.path, { withFileTypes: true });
  } catch {
    // A folder that may not be read holds nothing for us.
    return;
  }
  const hasIgnores = scope.ignoreFiles && entries.some(({ name }) => name === '.gitignore');
  const own = hasIgnores
    ? ignoreRules((await diskFiles.read(join(folder.path, '.gitignore'))) ?? '')
    : [];
  const ignores =
    own.length === 0
      ? folder.ignores
      : [...folder.ignores, { relative: folder.relative, rules: own }];
  entries.sort((a, b) => (a.name < b.name ? -1 : 1));
  for (const entry of entries) {
    const { name } = entry;
    const path = join(folder.path, name);
    const relative = folder.relative === '' ? name : `${folder.relative}/${name}`;
    if (entry.isFile()) {
      if (isManifestName(name) && !scope.excludes(relative)) yield path;
    } else if (entry.isDirectory() && !isToolFolder(name) && !scope.excludes(relative)) {
      if (!isIgnoredFolder(relative, ignores)) yield* below({ path, relative, ignores }, scope);
    }
  }
}

function isIgnoredFolder(relative: string, ignores: Folder['ignores']): boolean {
  const deciding = ignores
    .map((each) => {
      const inner = each.relative === '' ? relative : relative.slice(each.relative.length + 1);
      return isIgnored(inner, each.rules);
    })
    .findLast((ignored) => ignored !== undefined);
  return deciding === true;
}
