/**
 * The default engine: a write-ahead log with group commit, and snapshots so that it need not be
 * replayed from the beginning of time.
 *
 * While one group is on its way to the disk the next one gathers; each costs one write and one
 * fdatasync, however many commits are in it. If the disk fails, what was under way is refused and
 * the store takes no more writes: after a failed fsync nobody can say what the disk holds.
 */
import { type Commit, type Journal, MvccStore } from '../mvcc-store.ts';
import { type Entry, ReadOnlyError, type Store } from '../store.ts';
import type { AppendFile, Disk } from './disk.ts';
import { encodeCommits, encodeEnd, encodeEntries, encodeHeader, frame } from './records.ts';
import {
  recover,
  revisionIn,
  snapshotInMaking,
  snapshotMagic,
  snapshotName,
  walMagic,
  walName,
} from './recover.ts';

export interface LogStoreOptions {
  /** Take a snapshot after this many bytes of log; 32 MiB if left out. */
  snapshotAfterBytes?: number;
  /** Told of cut tails and of failures, in words for a log. */
  report?: (message: string) => void;
}

/** Opens the store in the directory. Throws CorruptStoreError. */
export async function openLogStore(disk: Disk, options: LogStoreOptions = {}): Promise<Store> {
  const recovery = await recover(disk);
  for (const report of recovery.reports) options.report?.(report);
  const journal = new LogJournal(disk, options);
  const store = new MvccStore(journal, recovery);
  await journal.open(store);
  return store;
}

interface Waiting {
  readonly commit: Commit;
  readonly applied: () => void;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

/** Entries are written to a snapshot this many at a time, so that no step takes long. */
const snapshotBatch = 500;

class LogJournal implements Journal {
  readonly #disk: Disk;
  readonly #options: LogStoreOptions;
  #store: MvccStore | undefined;
  #segment: AppendFile | undefined;
  #segmentBytes = 0;
  #queue: Waiting[] = [];
  /** True from the first commit of an idle log until the queue is found empty, with no gap. */
  #draining = false;
  #writing: Promise<void> = Promise.resolve();
  #snapshotting: Promise<void> | undefined;
  #failure: ReadOnlyError | undefined;

  constructor(disk: Disk, options: LogStoreOptions) {
    this.#disk = disk;
    this.#options = options;
  }

  /** Begins a new segment: an old one is never written to again. */
  async open(store: MvccStore): Promise<void> {
    this.#store = store;
    await this.#beginSegment(store.revision + 1);
  }

  append(commit: Commit, applied: () => void): Promise<void> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    return new Promise((resolve, reject) => {
      this.#queue.push({ commit, applied, resolve, reject });
      if (!this.#draining) this.#writing = this.#drain();
    });
  }

  async close(): Promise<void> {
    await this.#writing;
    await this.#snapshotting;
    await this.#segment?.close();
  }

  async #drain(): Promise<void> {
    this.#draining = true;
    // Let everything that commits in this turn of the event loop share the first group.
    await Promise.resolve();
    while (this.#queue.length > 0) {
      const group = this.#queue;
      this.#queue = [];
      try {
        await this.#write(group);
      } catch (error) {
        this.#fail(error, group);
        return;
      }
      for (const { applied, resolve } of group) {
        applied();
        resolve();
      }
      await this.#snapshotIfDue();
    }
    this.#draining = false;
  }

  async #write(group: readonly Waiting[]): Promise<void> {
    const bytes = encodeCommits(group.map(({ commit }) => commit));
    const segment = this.#segment as AppendFile;
    await segment.write(bytes);
    await segment.sync();
    this.#segmentBytes += bytes.length;
  }

  #fail(cause: unknown, group: readonly Waiting[]): void {
    this.#failure = new ReadOnlyError(cause);
    this.#options.report?.(this.#failure.message);
    for (const { reject } of [...group, ...this.#queue]) reject(this.#failure);
    this.#queue = [];
  }

  async #beginSegment(firstRevision: number): Promise<void> {
    const segment = await this.#disk.create(walName(firstRevision), { syncEach: true });
    await segment.write(encodeHeader(walMagic));
    await segment.sync();
    await this.#disk.syncDirectory();
    await this.#segment?.close();
    this.#segment = segment;
    this.#segmentBytes = 0;
  }

  async #snapshotIfDue(): Promise<void> {
    const limit = this.#options.snapshotAfterBytes ?? 32 * 1024 * 1024;
    if (this.#segmentBytes < limit || this.#snapshotting !== undefined) return;
    const store = this.#store as MvccStore;
    const revision = store.revision;
    try {
      await this.#beginSegment(revision + 1);
    } catch (error) {
      this.#fail(error, []);
      return;
    }
    const entries = Array.from(store.entriesAt(revision));
    this.#snapshotting = this.#snapshot(revision, entries)
      .catch((error: unknown) => this.#options.report?.(`snapshot at ${revision} failed: ${error}`))
      .finally(() => {
        this.#snapshotting = undefined;
      });
  }

  async #snapshot(revision: number, entries: readonly Entry[]): Promise<void> {
    const name = snapshotName(revision);
    const inMaking = name.replace(/\.snap$/, snapshotInMaking);
    try {
      await this.#writeSnapshot(inMaking, entries);
    } catch (error) {
      // A full disk needs the room; if this fails as well, the next start removes it.
      await this.#disk.remove(inMaking).catch(() => {});
      throw error;
    }
    await this.#disk.rename(inMaking, name);
    await this.#disk.syncDirectory();
    await this.#removeBefore(revision);
  }

  async #writeSnapshot(name: string, entries: readonly Entry[]): Promise<void> {
    const file = await this.#disk.create(name);
    try {
      await file.write(encodeHeader(snapshotMagic));
      for (let i = 0; i < entries.length; i += snapshotBatch) {
        await file.write(frame(encodeEntries(entries.slice(i, i + snapshotBatch))));
      }
      await file.write(frame(encodeEnd(entries.length)));
      await file.sync();
    } finally {
      await file.close();
    }
  }

  /** Removes what the snapshot at `revision` makes superfluous. */
  async #removeBefore(revision: number): Promise<void> {
    for (const name of await this.#disk.list()) {
      const snapshot = revisionIn(name, 'snapshot');
      const firstInSegment = revisionIn(name, 'wal');
      const old =
        (snapshot !== undefined && snapshot < revision) ||
        // A segment begins where the one before ends, and a new one was begun at this snapshot.
        (firstInSegment !== undefined && firstInSegment <= revision);
      if (old) await this.#disk.remove(name);
    }
  }
}
