/**
 * Which folders and files of a workspace are looked into. People hide what is none of theirs from
 * the editor (`files.exclude`, `search.exclude`) and from git: hidden files and folders are left
 * alone, and folders that git ignores (what is built or fetched). A single file that git ignores is
 * read all the same: that is how secrets are kept out of a repository that names them.
 */
import { patternOf } from './settings.ts';

export interface Scope {
  /** Whether a file or folder at the path (below the workspace's folder, with `/`) is hidden. */
  excludes(path: string): boolean;
  /** Whether `.gitignore` counts. */
  readonly ignoreFiles: boolean;
  /** More files than these are not read. */
  readonly maxFiles: number;
}

export const defaultMaxFiles = 20_000;

export const wholeScope: Scope = {
  excludes: () => false,
  ignoreFiles: true,
  maxFiles: defaultMaxFiles,
};

/**
 * @param hidden values of `files.exclude` and `search.exclude`: globs with true for those that count
 * @param useIgnoreFiles value of `search.useIgnoreFiles`
 * @param maxFiles value of `skiff.workspace.maxFiles`
 */
export function scopeOf(
  hidden: readonly unknown[],
  useIgnoreFiles: unknown,
  maxFiles: unknown,
): Scope {
  const globs = hidden.flatMap((each) =>
    typeof each === 'object' && each !== null
      ? Object.entries(each).flatMap(([glob, on]) => (on === true ? [glob] : []))
      : [],
  );
  const patterns = globs.map((glob) => patternOf(glob, '^'));
  return {
    excludes: (path) => patterns.some((pattern) => pattern.test(path)),
    ignoreFiles: useIgnoreFiles !== false,
    maxFiles:
      typeof maxFiles === 'number' && Number.isInteger(maxFiles) && maxFiles >= 0
        ? maxFiles
        : defaultMaxFiles,
  };
}

/** Of one `.gitignore`, in its order: the last one that fits a folder decides. */
export interface IgnoreRule {
  /** Of paths below the folder of the `.gitignore`. */
  readonly pattern: RegExp;
  readonly ignored: boolean;
}

/** The rules of a `.gitignore` that can be about folders; https://git-scm.com/docs/gitignore */
export function ignoreRules(text: string): IgnoreRule[] {
  return text.split(/\r?\n/).flatMap((line) => {
    const rule = line.replace(/(?<!\\)\s+$/, '');
    if (rule === '' || rule.startsWith('#')) return [];
    const ignored = !rule.startsWith('!');
    const glob = rule.replace(/^!/, '').replace(/\/$/, '');
    // One with a slash in it, or before it, is about a place; any other about a name.
    const start = glob.includes('/') ? '^' : '(?:^|/)';
    return [
      { pattern: patternOf(glob.replace(/^\//, '').replace(/^\\(?=[#!])/, ''), start), ignored },
    ];
  });
}

/** Whether the rules ignore a folder, at this path below the folder of the `.gitignore`. */
export function isIgnored(path: string, rules: readonly IgnoreRule[]): boolean | undefined {
  return rules.findLast(({ pattern }) => pattern.test(path))?.ignored;
}
