/**
 * The default engine: a write-ahead log with group commit, and snapshots so that it need not be
 * replayed from the beginning of time.
 *
 * While one group is on its way to the disk the next one gathers; each costs one write and one
 * fdatasync, however many commits are in it. If the disk fails, what was under way is refused and
 * the store takes no more writes: after a failed fsync nobody can say what the disk holds.
 *
 * A snapshot needs room beside the log that it is to replace. It leaves enough for the log to go on; one
 * that cannot be taken is told and tried again later, and the log grows meanwhile.
 */
import { type Commit, type Journal, MvccStore } from '../mvcc-store.ts';
import { type Entry, ReadOnlyError, type Store } from '../store.ts';
import type { AppendFile, Disk } from './disk.ts';
import {
  EntriesEncoder,
  encodeCommits,
  encodeEnd,
  encodeHeader,
  entryOverhead,
  frame,
} from './records.ts';
import {
  inMaking,
  recover,
  revisionIn,
  segmentInMaking,
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
  await journal.open(store, recovery.logBytes);
  return store;
}

interface Waiting {
  readonly commit: Commit;
  readonly applied: () => void;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

/** Entries are written to a snapshot so many, or so many bytes of them, at a time: no step takes long. */
const [mostEntries, mostBytes] = [200, 512 * 1024];

class LogJournal implements Journal {
  readonly #disk: Disk;
  readonly #options: LogStoreOptions;
  #store: MvccStore | undefined;
  #segment: AppendFile | undefined;
  /** Of log since the newest snapshot was begun, that of earlier processes included. */
  #logBytes = 0;
  /** How many make the next snapshot due. */
  #dueAt: number;
  readonly #limit: number;
  #queue: Waiting[] = [];
  /** True from the first commit of an idle log until the queue is found empty, with no gap. */
  #draining = false;
  #writing: Promise<void> = Promise.resolve();
  #snapshotting: Promise<void> | undefined;
  #failure: ReadOnlyError | undefined;

  constructor(disk: Disk, options: LogStoreOptions) {
    this.#disk = disk;
    this.#options = options;
    this.#limit = options.snapshotAfterBytes ?? 32 * 1024 * 1024;
    this.#dueAt = this.#limit;
  }

  /** Begins a new segment: an old one is never written to again. `logBytes`: what a start has to read. */
  async open(store: MvccStore, logBytes: number): Promise<void> {
    this.#store = store;
    this.#logBytes = logBytes;
    await this.#useSegment(store.revision + 1, await this.#makeSegment());
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
    this.#logBytes += bytes.length;
  }

  #fail(cause: unknown, group: readonly Waiting[]): void {
    this.#failure = new ReadOnlyError(cause);
    this.#options.report?.(this.#failure.message);
    for (const { reject } of [...group, ...this.#queue]) reject(this.#failure);
    this.#queue = [];
  }

  /** Under a name that nobody reads: a segment is whole, or it is not there. */
  async #makeSegment(): Promise<AppendFile> {
    const segment = await this.#disk.create(segmentInMaking, { syncEach: true });
    try {
      await segment.write(encodeHeader(walMagic));
      await segment.sync();
      return segment;
    } catch (error) {
      await segment.close().catch(() => {});
      throw error;
    }
  }

  /** From here on nothing may be written to the segment before. */
  async #useSegment(firstRevision: number, segment: AppendFile): Promise<void> {
    await this.#disk.rename(segmentInMaking, walName(firstRevision));
    await this.#disk.syncDirectory();
    await this.#segment?.close();
    this.#segment = segment;
  }

  async #snapshotIfDue(): Promise<void> {
    if (this.#logBytes < this.#dueAt || this.#snapshotting !== undefined) return;
    const store = this.#store as MvccStore;
    const revision = store.revision;
    let segment: AppendFile;
    try {
      segment = await this.#makeSegment();
    } catch (error) {
      // The present one is as good as ever.
      this.#putOff(revision, error);
      return;
    }
    try {
      await this.#useSegment(revision + 1, segment);
    } catch (error) {
      await segment.close().catch(() => {});
      this.#fail(error, []);
      return;
    }
    const entries = Array.from(store.entriesAt(revision));
    this.#logBytes = 0;
    this.#dueAt = this.#limit;
    this.#snapshotting = this.#snapshot(revision, entries)
      .catch((error: unknown) => this.#putOff(revision, error))
      .finally(() => {
        this.#snapshotting = undefined;
      });
  }

  #putOff(revision: number, error: unknown): void {
    this.#dueAt = this.#logBytes + this.#limit / 4;
    const why = error instanceof Error ? error.message : String(error);
    this.#options.report?.(
      `snapshot at ${revision} failed: ${why}. The log goes on and grows; it is tried again later`,
    );
  }

  async #snapshot(revision: number, entries: readonly Entry[]): Promise<void> {
    const name = snapshotName(revision);
    const unfinished = `${name}${inMaking}`;
    try {
      await this.#writeSnapshot(unfinished, entries);
    } catch (error) {
      // A full disk needs the room; if this fails as well, the next start removes it.
      await this.#disk.remove(unfinished).catch(() => {});
      throw error;
    }
    await this.#disk.rename(unfinished, name);
    await this.#disk.syncDirectory();
    await this.#removeBefore(revision);
  }

  /** Throws if so much more would leave no room for the log to go on until its past can be removed. */
  async #requireRoom(bytes: number): Promise<void> {
    const free = await this.#disk.free();
    if (free === undefined || free - bytes >= this.#limit / 2) return;
    const [needed, left] = [bytes + this.#limit / 2, free].map((each) => Math.ceil(each / 2 ** 20));
    throw new Error(
      `it needs ${needed} MiB on its disk, which has ${left} MiB left; make room there`,
    );
  }

  async #writeSnapshot(name: string, entries: readonly Entry[]): Promise<void> {
    let left = 0;
    for (const { key, value } of entries) left += key.length + value.length + entryOverhead;
    await this.#requireRoom(left);
    const file = await this.#disk.create(name);
    try {
      const encoder = new EntriesEncoder();
      await file.write(encodeHeader(snapshotMagic));
      for (const batch of batchesOf(entries)) {
        const record = encoder.record(batch);
        // Others write to the disk, too.
        await this.#requireRoom(left);
        await file.write(record);
        left = Math.max(0, left - record.length);
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

function* batchesOf(entries: readonly Entry[]): Generator<readonly Entry[]> {
  let from = 0;
  let bytes = 0;
  for (const [index, { value }] of entries.entries()) {
    bytes += value.length;
    if (index + 1 - from < mostEntries && bytes < mostBytes) continue;
    yield entries.slice(from, index + 1);
    from = index + 1;
    bytes = 0;
  }
  if (from < entries.length) yield entries.slice(from);
}
