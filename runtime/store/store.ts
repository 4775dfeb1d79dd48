/**
 * The store: keys, values and one increasing revision, as etcd has them. It knows nothing of
 * Kubernetes. Every engine (memory, log, etcd) runs the same suite, `store.case.ts`.
 *
 *   put /a = 1        revision 1
 *   put /b = 1        revision 2
 *   put /a = 2        revision 3      a watch of / from 1 sees revisions 2 and 3, in this order
 *   delete /b         revision 4      list at revision 3 still has /a = 2 and /b = 1
 *   compact 3                         list at 2 or watch from 1 now throw CompactedError
 *
 * A value is immutable once handed over: neither side writes into its bytes again.
 */

export interface Entry {
  readonly key: string;
  readonly value: Uint8Array;
  /** Revision of the write that made this value. */
  readonly revision: number;
  /** Revision of the write that made the key. */
  readonly createRevision: number;
}

/** One write. `expect` is the key's current revision, 0 for "must not exist"; left out: any. */
export type Write =
  | {
      readonly type: 'put';
      readonly key: string;
      readonly value: Uint8Array;
      readonly expect?: number;
    }
  | { readonly type: 'delete'; readonly key: string; readonly expect?: number };

export type CommitResult =
  | { readonly ok: true; readonly revision: number }
  /** Nothing was written. `current` is what stands at the key whose `expect` did not hold. */
  | { readonly ok: false; readonly key: string; readonly current: Entry | undefined };

export type StoreEvent =
  | { readonly type: 'put'; readonly entry: Entry; readonly previous: Entry | undefined }
  | {
      readonly type: 'delete';
      readonly key: string;
      readonly revision: number;
      readonly previous: Entry;
    };

export interface ListOptions {
  /** Read as of this revision; 0 or left out: the newest. */
  revision?: number;
  /** Return at most this many entries. */
  limit?: number;
  /** Start at the first key greater than this one. */
  after?: string;
}

export interface ListResult {
  readonly entries: readonly Entry[];
  /** The revision that was read. */
  readonly revision: number;
  /** How many entries follow the last one returned. */
  readonly remaining: number;
}

export interface WatchOptions {
  prefix: string;
  /** Deliver what was written after this revision. */
  after: number;
  /**
   * Called with the events of one or more whole revisions, in revision order, never twice and with
   * none left out. Must not throw.
   */
  onEvents(events: readonly StoreEvent[]): void;
  /** Called once if the watch ends by itself: compacted past it, or the store closed. */
  onEnd?(error: Error): void;
}

export interface Store {
  /** The newest revision; 0 in an empty store. */
  readonly revision: number;
  /** The oldest revision that can still be listed at or watched from. */
  readonly compactedRevision: number;
  /** About how many bytes of memory the history holds. */
  readonly historyBytes: number;
  /**
   * Only where other processes write as well: resolves once `revision` counts everything that any of
   * them had committed when this was called. Throws if the medium cannot be asked.
   */
  refresh?(): Promise<void>;
  get(key: string): Promise<Entry | undefined>;
  /** Entries whose key starts with `prefix`, in key order. Throws CompactedError, FutureRevisionError. */
  list(prefix: string, options?: ListOptions): Promise<ListResult>;
  /** How many keys start with `prefix`, now. */
  count(prefix: string): Promise<number>;
  /**
   * Writes all or nothing as one revision. Resolves only once the writes are durable; watchers see
   * them after that. Throws ReadOnlyError if the medium no longer takes writes.
   */
  commit(writes: readonly Write[]): Promise<CommitResult>;
  /** Starts a watch; the result stops it. Throws CompactedError. */
  watch(options: WatchOptions): () => void;
  /** Forgets history before `revision`. Current values are kept. */
  compact(revision: number): Promise<void>;
  /** Waits for what is being written and lets go of the medium. */
  close(): Promise<void>;
}

/** The history that was asked for is gone: an API server answers 410. */
export class CompactedError extends Error {
  readonly compactedRevision: number;
  constructor(revision: number, compactedRevision: number) {
    super(`revision ${revision} has been compacted; the oldest is ${compactedRevision}`);
    this.name = 'CompactedError';
    this.compactedRevision = compactedRevision;
  }
}

/** A revision was asked for that no write has reached yet. */
export class FutureRevisionError extends Error {
  constructor(revision: number, current: number) {
    super(`revision ${revision} is in the future; the newest is ${current}`);
    this.name = 'FutureRevisionError';
  }
}

/** The medium failed (full disk, failed fsync): reads go on, writes are refused. */
export class ReadOnlyError extends Error {
  constructor(cause: unknown) {
    super(
      `the store is read-only because a write failed: ${cause instanceof Error ? cause.message : String(cause)}. ` +
        'Make room on its disk, or mend it, then start again; nothing that was acknowledged is lost.',
      { cause },
    );
    this.name = 'ReadOnlyError';
  }
}
