/**
 * Keeps what is known of the workspace in step with the files in its folders: reads them at the
 * start, and again what changes, were it thousands at once. One thing after the other, so that what
 * was read earlier never takes the place of what was read later.
 */
import { FileChangeType as Change, type FileChangeType } from 'vscode-languageserver';
import type { Clock } from '../runtime/api/clock.ts';
import { type Checker, pathOf } from './checker.ts';
import { type Files, isSearched } from './files.ts';
import { type IndexerOptions, indexFolders, indexPaths } from './indexer.ts';
import { type Scope, wholeScope } from './scope.ts';

/** Reading that takes longer than this is worth telling of. */
const quietMs = 1000;
/** Of files that are not read so many are named in the output. */
const mostLeftOutTold = 20;
/** What is told of it changes so often at most. */
const tellEveryFiles = 500;

export interface WorkspaceFilesOptions {
  readonly checker: Checker;
  readonly files: Files;
  readonly clock: Clock;
  /** Whether the editor has the file: then that counts, not what is on disk. */
  isOpen(uri: string): boolean;
  /** Called when what is known has changed. */
  changed(): void;
  /** What is to be looked into; asked before each reading of folders. */
  scope(): Promise<Scope>;
  /** Says that folders are being read, as long as that goes on. */
  telling(): Promise<Telling>;
  warn(message: string): void;
  /** Says something that a person has to know, once. */
  tell(message: string): void;
}

export interface Telling {
  report(message: string): void;
  done(): void;
}

export class WorkspaceFiles {
  readonly #options: WorkspaceFilesOptions;
  /** URIs without a slash at the end. */
  readonly #folders = new Set<string>();
  readonly #changes = new Map<string, FileChangeType>();
  #work: Promise<void> = Promise.resolve();
  #scope: Scope | undefined;
  #hasToldOfMore = false;
  #leftOut = 0;
  readonly #indexer: IndexerOptions;

  constructor(options: WorkspaceFilesOptions) {
    this.#options = options;
    const { checker, files } = options;
    this.#indexer = {
      checker,
      files,
      isOpen: (uri) => options.isOpen(uri),
      leftOut: (path) => {
        this.#leftOut += 1;
        if (this.#leftOut > mostLeftOutTold) return;
        options.warn(`${path} is too large or cannot be read; what it defines is not known`);
      },
    };
  }

  /** Done when the folders have been read. */
  add(folders: readonly string[]): Promise<void> {
    const added = folders.map((uri) => uri.replace(/\/$/, ''));
    for (const uri of added) this.#folders.add(uri);
    return this.#next(() => this.#read(added));
  }

  /** What is to be looked into may have changed: all is read again. */
  readAgain(): Promise<void> {
    return this.#next(() => this.#read([...this.#folders]));
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

  /** The editor has let go of the file: what is on disk counts again, if it is one of the workspace. */
  reread(uri: string): Promise<void> {
    return this.#next(async () => {
      const { checker, changed, isOpen } = this.#options;
      const path = pathOf(uri);
      if (path === undefined) return;
      if (this.#isSearched(uri)) await indexPaths([path], this.#indexer);
      else if (!isOpen(uri)) checker.forget(uri);
      changed();
    });
  }

  #next(work: () => Promise<void>): Promise<void> {
    this.#work = this.#work.then(work).catch((error) => this.#options.warn(String(error)));
    return this.#work;
  }

  async #read(folders: readonly string[]): Promise<void> {
    const { clock, telling } = this.#options;
    const scope = await this.#options.scope();
    this.#scope = scope;
    let told: Promise<Telling> | undefined;
    let heard: Telling | undefined;
    let next = 0;
    const cancel = clock.after(quietMs, () => {
      told = telling();
      told.then(
        (each) => {
          heard = each;
        },
        // A client that shows no progress goes without.
        () => undefined,
      );
    });
    try {
      const paths = folders.map(pathOf).filter((path) => path !== undefined);
      const { skipped } = await indexFolders(paths, scope, this.#indexer, (count) => {
        if (count < next || heard === undefined) return;
        next = count + tellEveryFiles;
        heard.report(`${count.toLocaleString('en')} files`);
      });
      if (skipped) this.#tellOfMore(scope.maxFiles);
    } finally {
      cancel();
      await told?.then((each) => each.done()).catch(() => undefined);
    }
    this.#options.changed();
  }

  #tellOfMore(maxFiles: number): void {
    if (this.#hasToldOfMore) return;
    this.#hasToldOfMore = true;
    this.#options.tell(
      `Skiff reads ${maxFiles.toLocaleString('en')} YAML and JSON files of this workspace, and there are more: what the others define is not known. Exclude folders that hold no manifests (files.exclude), or raise skiff.workspace.maxFiles.`,
    );
  }

  async #takeChanges(): Promise<void> {
    const { changed } = this.#options;
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
    await indexPaths(paths, this.#indexer);
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

  /** What lies in folders of tools, or in none of ours, is not looked at when it changes either. */
  #isSearched(uri: string): boolean {
    const folder = [...this.#folders].find((each) => uri.startsWith(`${each}/`));
    const root = folder && pathOf(folder);
    const path = pathOf(uri);
    if (root === undefined || path === undefined) return false;
    return isSearched(path.slice(root.length + 1), this.#scope ?? wholeScope);
  }
}
