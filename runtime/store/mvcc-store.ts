/**
 * The store that the memory and the log engine share: an index of keys over time, a history, and
 * watchers. An engine adds only a journal, which says when a write is durable.
 *
 *   commit ── checked against what is stored and what is on its way ── journal ── durable
 *                                                                          │
 *              watchers  ◄── history ◄── key index ◄── applied in order ◄──┘
 *
 * Readers and watchers see a write only once it is durable: nothing that a crash could take back is
 * ever shown, so a revision never comes to mean two things.
 */
import { History } from './history.ts';
import { KeyIndex } from './key-index.ts';
import {
  type CommitResult,
  CompactedError,
  type Entry,
  FutureRevisionError,
  type ListOptions,
  type ListResult,
  type Store,
  type StoreEvent,
  type WatchOptions,
  type Write,
} from './store.ts';

/** One revision's writes, as the journal keeps them. */
export interface Commit {
  readonly revision: number;
  readonly writes: readonly Write[];
}

export interface Journal {
  /**
   * Makes the commit durable, then calls `applied` (in the order of the calls), then resolves.
   * Rejects, and never calls `applied`, if the medium failed; every later call must reject too.
   */
  append(commit: Commit, applied: () => void): Promise<void>;
  /** Told after each compaction. */
  compacted?(revision: number): void;
  close(): Promise<void>;
}

/** What an engine found on its medium. */
export interface Recovered {
  readonly entries: Iterable<Entry>;
  /** The revision of the entries; commits follow from here. */
  readonly revision: number;
  readonly commits: Iterable<Commit>;
}

interface Watcher {
  readonly options: WatchOptions;
  /** The newest revision whose events were handed over. */
  delivered: number;
  scheduled: boolean;
  stopped: boolean;
}

/** A key as a write on its way will leave it. */
interface Pending {
  readonly revision: number;
  readonly entry: Entry | undefined;
  /** Settles as the write does. */
  durable?: Promise<void>;
}

const nothing: Recovered = { entries: [], revision: 0, commits: [] };

export class MvccStore implements Store {
  readonly #index = new KeyIndex();
  readonly #history: History;
  readonly #watchers = new Set<Watcher>();
  readonly #journal: Journal;
  /** Keys whose newest write is not durable yet, as they will stand. */
  readonly #pending = new Map<string, Pending>();
  #revision: number;
  #nextRevision: number;
  #compacted: number;
  #closed = false;

  constructor(journal: Journal, recovered: Recovered = nothing) {
    this.#journal = journal;
    this.#revision = recovered.revision;
    this.#compacted = recovered.revision;
    this.#history = new History(recovered.revision);
    for (const entry of recovered.entries) this.#index.put(entry);
    for (const commit of recovered.commits) this.#apply(commit);
    this.#nextRevision = this.#revision + 1;
  }

  get revision(): number {
    return this.#revision;
  }

  get compactedRevision(): number {
    return this.#compacted;
  }

  get historyBytes(): number {
    return this.#history.bytes;
  }

  async get(key: string): Promise<Entry | undefined> {
    return this.#index.get(key);
  }

  async list(prefix: string, options: ListOptions = {}): Promise<ListResult> {
    const revision = options.revision || this.#revision;
    if (revision > this.#revision) throw new FutureRevisionError(revision, this.#revision);
    if (revision < this.#compacted) throw new CompactedError(revision, this.#compacted);
    const limit = options.limit ?? Number.MAX_SAFE_INTEGER;
    const entries: Entry[] = [];
    for (const entry of this.#index.entries(prefix, options.after ?? '', revision)) {
      entries.push(entry);
      if (entries.length >= limit) break;
    }
    const last = entries.length < limit ? undefined : entries.at(-1)?.key;
    const remaining = last === undefined ? 0 : this.#index.count(prefix, last, revision);
    return { entries, revision, remaining };
  }

  async count(prefix: string): Promise<number> {
    return this.#index.count(prefix, '', this.#revision);
  }

  /** All entries as of a revision, for a snapshot. The caller must hold compaction off meanwhile. */
  entriesAt(revision: number): Iterable<Entry> {
    return this.#index.entries('', '', revision);
  }

  async commit(writes: readonly Write[]): Promise<CommitResult> {
    if (this.#closed) throw new Error('the store is closed');
    for (const write of writes) {
      if (write.expect === undefined) continue;
      const current = this.#upcoming(write.key);
      if ((current?.revision ?? 0) === write.expect) continue;
      // Whoever lost against a write on its way learns of it once it can be read: trying again at
      // once would lose again, and a crash could still take the winner back.
      await this.#pending.get(write.key)?.durable;
      return { ok: false, key: write.key, current };
    }
    const effective = writes.filter(
      (write) => write.type === 'put' || this.#upcoming(write.key) !== undefined,
    );
    if (effective.length === 0) return { ok: true, revision: this.#revision };
    const revision = this.#nextRevision++;
    const commit = { revision, writes: effective };
    const pending = effective.map((write): [string, Pending] => [
      write.key,
      { revision, entry: this.#entryOf(write, revision) },
    ]);
    for (const [key, state] of pending) this.#pending.set(key, state);
    const durable = this.#journal.append(commit, () => {
      this.#apply(commit);
      for (const { key } of effective) {
        if (this.#pending.get(key)?.revision === revision) this.#pending.delete(key);
      }
      this.#wakeWatchers();
    });
    for (const [, state] of pending) state.durable = durable;
    await durable;
    return { ok: true, revision };
  }

  watch(options: WatchOptions): () => void {
    if (options.after < this.#compacted) throw new CompactedError(options.after, this.#compacted);
    const watcher: Watcher = {
      options,
      delivered: options.after,
      scheduled: false,
      stopped: false,
    };
    this.#watchers.add(watcher);
    if (options.after < this.#revision) this.#schedule(watcher);
    return () => {
      watcher.stopped = true;
      this.#watchers.delete(watcher);
    };
  }

  async compact(revision: number): Promise<void> {
    if (revision > this.#revision) throw new FutureRevisionError(revision, this.#revision);
    if (revision <= this.#compacted) return;
    this.#compacted = revision;
    this.#index.compact(revision);
    this.#history.compact(revision);
    this.#journal.compacted?.(revision);
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#journal.close();
    for (const watcher of this.#watchers) {
      watcher.stopped = true;
      watcher.options.onEnd?.(new Error('the store is closed'));
    }
    this.#watchers.clear();
  }

  /** The key as it will stand once everything on its way is durable. */
  #upcoming(key: string): Entry | undefined {
    const pending = this.#pending.get(key);
    return pending === undefined ? this.#index.get(key) : pending.entry;
  }

  #entryOf(write: Write, revision: number): Entry | undefined {
    if (write.type === 'delete') return undefined;
    const createRevision = this.#upcoming(write.key)?.createRevision ?? revision;
    return { key: write.key, value: write.value, revision, createRevision };
  }

  #apply({ revision, writes }: Commit): void {
    const events: StoreEvent[] = [];
    for (const write of writes) {
      const previous = this.#index.get(write.key);
      if (write.type === 'put') {
        const createRevision = previous?.createRevision ?? revision;
        const entry = { key: write.key, value: write.value, revision, createRevision };
        this.#index.put(entry);
        events.push({ type: 'put', entry, previous });
      } else if (previous !== undefined) {
        this.#index.delete(write.key, revision);
        events.push({ type: 'delete', key: write.key, revision, previous });
      }
    }
    this.#history.append(events);
    this.#revision = revision;
  }

  #wakeWatchers(): void {
    for (const watcher of this.#watchers) this.#schedule(watcher);
  }

  /** Hands over in a microtask, so that one group of commits costs each watcher one call. */
  #schedule(watcher: Watcher): void {
    if (watcher.scheduled) return;
    watcher.scheduled = true;
    queueMicrotask(() => {
      watcher.scheduled = false;
      if (!watcher.stopped) this.#deliver(watcher);
    });
  }

  #deliver(watcher: Watcher): void {
    const { prefix, onEvents, onEnd } = watcher.options;
    const events: StoreEvent[] = [];
    try {
      for (const slot of this.#history.after(watcher.delivered)) {
        for (const event of slot) {
          const key = event.type === 'put' ? event.entry.key : event.key;
          if (key.startsWith(prefix)) events.push(event);
        }
      }
    } catch (error) {
      this.#watchers.delete(watcher);
      watcher.stopped = true;
      onEnd?.(error as Error);
      return;
    }
    watcher.delivered = this.#revision;
    if (events.length > 0) onEvents(events);
  }
}
