/**
 * What a directory holds after whatever happened to the process that wrote it:
 *
 *   snapshot-0000000000000900.snap     everything as of revision 900
 *   wal-0000000000000851.log           revisions 851 to 940
 *   wal-0000000000000941.log           revisions 941 to …, perhaps with a torn tail
 *
 * The newest snapshot is read, then the commits after it. A tail that is torn or does not match its
 * checksum is cut off at the last good record (and kept beside it as `*.cut`): a write in there was
 * never acknowledged, because acknowledgement waits for the disk. Damage anywhere else (also where
 * whole groups of commits follow it) is no torn tail, and is refused rather than guessed at.
 */
import type { Commit, Recovered } from '../mvcc-store.ts';
import type { Entry } from '../store.ts';
import type { Disk } from './disk.ts';
import {
  checkHeader,
  decodeCommit,
  decodeSnapshotRecord,
  groupFollows,
  RecordReader,
} from './records.ts';

export const walMagic = 'skiffwal';
export const snapshotMagic = 'skiffsnp';

export const walName = (firstRevision: number) => `wal-${pad(firstRevision)}.log`;
export const snapshotName = (revision: number) => `snapshot-${pad(revision)}.snap`;
/** Ends the name of what is not whole yet. */
export const inMaking = '.tmp';
export const segmentInMaking = `wal${inMaking}`;
const pad = (revision: number) => String(revision).padStart(16, '0');

/** The number in a file's name, if it is such a file. */
export function revisionIn(name: string, type: 'wal' | 'snapshot'): number | undefined {
  const match = /^(wal|snapshot)-(\d{16})\.(log|snap)$/.exec(name);
  return match?.[1] === type ? Number(match[2]) : undefined;
}

/** The data cannot be read without losing some of it; the message says which file and what to do. */
export class CorruptStoreError extends Error {
  constructor(file: string, what: string) {
    super(
      `${file}: ${what}. Nothing was changed. Restore the data directory from a backup, or move it away to start empty.`,
    );
    this.name = 'CorruptStoreError';
  }
}

export interface Recovery extends Recovered {
  /** What had to be cut off, in words for the log; empty after a clean end. */
  readonly reports: readonly string[];
  /** How much log there is beside the snapshot. */
  readonly logBytes: number;
}

/** Reads everything back. Throws CorruptStoreError. */
export async function recover(disk: Disk): Promise<Recovery> {
  const names = (await disk.list()).sort();
  const { revision, entries } = await readSnapshot(disk, names);
  const segments = names.filter((name) => revisionIn(name, 'wal') !== undefined);
  const commits: Commit[] = [];
  const reports: string[] = [];
  let logBytes = 0;
  let newest = revision;
  const requireNext = (name: string, next: number) => {
    if (next <= newest + 1) return;
    throw new CorruptStoreError(name, `revisions ${newest + 1} to ${next - 1} are missing`);
  };
  for (const [i, name] of segments.entries()) {
    // Also of one without a commit: it says how far those before it, or the snapshot, have come.
    requireNext(name, revisionIn(name, 'wal') as number);
    const isLast = i === segments.length - 1;
    const segment = await readSegment(disk, name, isLast, reports);
    logBytes += segment.bytes;
    for (const commit of segment.commits) {
      if (commit.revision <= newest) continue;
      requireNext(name, commit.revision);
      commits.push(commit);
      newest = commit.revision;
    }
  }
  // Only begun when a process ended; what is whole has another name.
  for (const name of names) if (name.endsWith(inMaking)) await disk.remove(name);
  return { entries, revision, commits, reports, logBytes };
}

async function readSnapshot(
  disk: Disk,
  names: readonly string[],
): Promise<{ revision: number; entries: Entry[] }> {
  const name = names.filter((other) => revisionIn(other, 'snapshot') !== undefined).at(-1);
  if (name === undefined) return { revision: 0, entries: [] };
  const file = await disk.read(name);
  requireHeader(name, checkHeader(file, snapshotMagic));
  const entries: Entry[] = [];
  let ended = false;
  const reader = new RecordReader(file);
  for (const payload of reader) {
    const record = decodeSnapshotRecord(payload);
    if (typeof record === 'number') ended = record === entries.length;
    else for (const entry of record) entries.push(entry);
  }
  // A snapshot gets its name only after all of it is on disk, so a short one is damage.
  if (!ended || !reader.complete) throw new CorruptStoreError(name, 'the snapshot is damaged');
  return { revision: revisionIn(name, 'snapshot') as number, entries };
}

async function readSegment(
  disk: Disk,
  name: string,
  isLast: boolean,
  reports: string[],
): Promise<{ commits: Commit[]; bytes: number }> {
  const file = await disk.read(name);
  // A segment gets its name only after its header is on disk.
  requireHeader(name, checkHeader(file, walMagic));
  const reader = new RecordReader(file);
  const commits = Array.from(reader, decodeCommit);
  if (!reader.complete) {
    const newest = commits.at(-1)?.revision ?? 0;
    if (!isLast || groupFollows(file, reader.goodLength, newest)) {
      throw new CorruptStoreError(name, `damaged after byte ${reader.goodLength}`);
    }
    const lost = file.length - reader.goodLength;
    const copy = await disk.create(`${name}.cut`);
    await copy.write(file.subarray(reader.goodLength));
    await copy.close();
    reports.push(
      `${name}: cut ${lost} bytes after the last good record; they were never acknowledged and are kept in ${name}.cut`,
    );
  }
  // Syncs, too: a process that was killed may have left records that have not reached the medium, and
  // whoever is shown them must find them after a power cut.
  if (isLast) await disk.truncate(name, reader.goodLength);
  return { commits, bytes: reader.goodLength };
}

function requireHeader(name: string, header: ReturnType<typeof checkHeader>): void {
  if (header === 'version')
    throw new CorruptStoreError(name, 'written by another version of Skiff');
  if (header !== 'ok') throw new CorruptStoreError(name, 'not a file of this store');
}
