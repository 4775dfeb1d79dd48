/**
 * Keeps what is known of the workspace in step with the files in its folders: reads them at the
 * start, and again what changes, were it thousands at once. One thing after the other, so that what
 * was read earlier never takes the place of what was read later.
 */
import { FileChangeType as Change, type FileChangeType } from 'vscode-languageserver';
import type { Clock } from '../runtime/api/clock.ts';
import { type Checker, pathOf } from './checker.ts';
import { type Files, isSearched } from './files.ts';
import { indexFolders, indexPaths } from './indexer.ts';

/** Reading that takes longer than this is worth telling of. */
const quietMs = 500;

export interface WorkspaceFilesOptions {
  readonly checker: Checker;
  readonly files: Files;
  readonly clock: Clock;
  /** Whether the editor has the file: then that counts, not what is on disk. */
  isOpen(uri: string): boolean;
  /** Called when what is known has changed. */
  changed(): void;
  /** Says that folders are being read; the promise gives what to call when that is done. */
  telling(): Promise<() => void>;
  warn(message: string): void;
}

export class WorkspaceFiles {
  readonly #options: WorkspaceFilesOptions;
  /** URIs without a slash at the end. */
  readonly #folders = new Set<string>();
  readonly #changes = new Map<string, FileChangeType>();
  #work: Promise<void> = Promise.resolve();

  constructor(options: WorkspaceFilesOptions) {
    this.#options = options;
  }

  /** Done when the folders have been read. */
  add(folders: readonly string[]): Promise<void> {
    const added = folders.map((uri) => uri.replace(/\/$/, ''));
    for (const uri of added) this.#folders.add(uri);
    return this.#next(() => this.#read(added));
  }

  remove(folders: readonly string[]): Promise<void> {
    return this.#next(async () => {
      const removed = new Set(folders.map((uri) => uri.replace(/\/$/, '')));
      for (const uri of removed) this.#folders.delete(uri);
      this.#forgetBelow(removed);
      // A folder within another one that stays is still in the workspace.
      const around = [...this.#folders].filter((kept) =>
        folders.some((uri) => uri.startsWith(`${kept}/`)),
      );
      if (around.length > 0) await this.#read(around);
      this.#options.changed();
    });
  }

  /** Takes in files that were made, changed or removed; folders that were removed, too. */
  change(changes: readonly { uri: string; type: FileChangeType }[]): Promise<void> {
    for (const { uri, type } of changes) this.#changes.set(uri, type);
    return this.#next(() => this.#takeChanges());
  }

  /** The editor has let go of the file: what is on disk counts again. */
  reread(uri: string): Promise<void> {
    return this.#next(async () => {
      const { checker, files, isOpen } = this.#options;
      const path = pathOf(uri);
      if (path === undefined) return;
      await indexPaths([path], checker, files, isOpen);
      this.#options.changed();
    });
  }

  #next(work: () => Promise<void>): Promise<void> {
    this.#work = this.#work.then(work).catch((error) => this.#options.warn(String(error)));
    return this.#work;
  }

  async #read(folders: readonly string[]): Promise<void> {
    const { checker, clock, files, isOpen, telling, warn } = this.#options;
    let told: Promise<() => void> | undefined;
    const cancel = clock.after(quietMs, () => {
      told = telling();
    });
    try {
      const paths = folders.map(pathOf).filter((path) => path !== undefined);
      const { skipped } = await indexFolders(paths, checker, files, isOpen);
      if (skipped) warn('there are more files than are read; what the others define is not known');
    } finally {
      cancel();
      await told?.then((done) => done()).catch(() => undefined);
    }
    this.#options.changed();
  }

  async #takeChanges(): Promise<void> {
    const { checker, files, isOpen, changed } = this.#options;
    const changes = [...this.#changes];
    this.#changes.clear();
    const paths: string[] = [];
    const deleted = new Set<string>();
    for (const [uri, type] of changes) {
      const path = pathOf(uri);
      if (type === Change.Deleted) deleted.add(uri);
      else if (path !== undefined && this.#isSearched(uri)) paths.push(path);
    }
    if (deleted.size > 0) this.#forgetBelow(deleted);
    await indexPaths(paths, checker, files, isOpen);
    if (changes.length > 0) changed();
  }

  /** Forgets these files, and those in them that are folders. */
  #forgetBelow(gone: ReadonlySet<string>): void {
    const { checker, isOpen } = this.#options;
    for (const uri of [...checker.indexed()]) {
      if (isOpen(uri)) continue;
      let above = uri;
      while (above.length > 'file://'.length && !gone.has(above)) {
        above = above.slice(0, above.lastIndexOf('/'));
      }
      if (gone.has(above)) checker.forget(uri);
    }
  }

  /** What lies in folders of tools is not looked at when it changes either. */
  #isSearched(uri: string): boolean {
    const folder = [...this.#folders].find((each) => uri.startsWith(`${each}/`));
    return folder === undefined || isSearched(uri.slice(folder.length + 1));
  }
}
