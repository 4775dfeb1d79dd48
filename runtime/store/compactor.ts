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

/** Compacts in the background; the result stops it. */
export function startCompactor(options: CompactorOptions): () => void {
  const { store, after, report, retainMs = 300_000, maxBytes = 64 * 1024 * 1024 } = options;
  const steps = 10;
  /** The store's revision at the last steps, oldest first. */
  const past: number[] = [];
  let cancel = () => {};
  let stopped = false;
  let failing = false;
  const compact = async (revision: number) => {
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
  const tick = () => {
    past.push(store.revision);
    const target = past.length > steps ? (past.shift() as number) : 0;
    const tooLarge = store.historyBytes > maxBytes;
    const revision = tooLarge ? Math.max(target, past.at(-2) ?? store.revision) : target;
    if (revision > store.compactedRevision) void compact(revision);
    cancel = after(retainMs / steps, tick);
  };
  cancel = after(retainMs / steps, tick);
  return () => {
    stopped = true;
    cancel();
  };
}
