/** Keeps the history short: about five minutes of it, and never more than a bound of bytes. */
import type { Store } from './store.ts';

export interface CompactorOptions {
  store: Store;
  /** Calls back after so many milliseconds; the result cancels. */
  after: (ms: number, callback: () => void) => () => void;
  /** Told when history cannot be cut, once until it can be again. */
  report: (message: string) => void;
  /** How long a revision stays readable, in milliseconds; five minutes if left out. */
  retainMs?: number;
  /** More history than this is cut at once; 64 MiB if left out. */
  maxBytes?: number;
}

/** How often the bytes are looked at, in milliseconds: large objects fill a memory within seconds. */
const byteCheckMs = 1_000;

/** Compacts in the background; the result stops it. */
export function startCompactor(options: CompactorOptions): () => void {
  const { store, after, report, retainMs = 300_000, maxBytes = 64 * 1024 * 1024 } = options;
  const steps = 10;
  let stopped = false;
  let failing = false;
  const compact = async (revision: number) => {
    if (revision <= store.compactedRevision) return;
    try {
      await store.compact(revision);
      failing = false;
    } catch (error) {
      // The next step tries again, and cuts off all the more.
      if (!failing && !stopped)
        report(`the history cannot be cut at ${revision}: ${String(error)}`);
      failing = true;
    }
  };
  /** The store's revision at the last steps, oldest first. */
  const past: number[] = [];
  const cancelAge = repeat(after, retainMs / steps, () => {
    past.push(store.revision);
    if (past.length > steps) void compact(past.shift() as number);
  });
  /** The store's revision a moment ago: what is younger stays even then. */
  let recent = store.revision;
  const cancelBytes = repeat(after, byteCheckMs, () => {
    if (store.historyBytes > maxBytes) void compact(recent);
    recent = store.revision;
  });
  return () => {
    stopped = true;
    cancelAge();
    cancelBytes();
  };
}

/** Calls back again and again; the result ends it. */
function repeat(after: CompactorOptions['after'], ms: number, callback: () => void): () => void {
  let cancel = () => {};
  const step = () => {
    callback();
    cancel = after(ms, step);
  };
  cancel = after(ms, step);
  return () => cancel();
}
