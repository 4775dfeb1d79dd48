/**
 * The engine for state that several API servers share: etcd itself, over its own protocol. Nothing is
 * kept here; etcd has the index, the history and the watches. A Skiff revision is etcd's revision.
 *
 * The keys are used as they are: the etcd belongs to one cluster, because its revision counts every
 * write in it.
 */
import {
  type CommitResult,
  CompactedError,
  type Entry,
  FutureRevisionError,
  type ListOptions,
  type ListResult,
  ReadOnlyError,
  type Store,
  type WatchOptions,
  type Write,
} from '../store.ts';
import { Connection, detailsOf, type Endpoints } from './connection.ts';
import { endOfPrefix, firstKey, type RangeResponse } from './messages.ts';
import { EtcdWatch } from './watch.ts';

export interface EtcdStoreOptions extends Endpoints {
  /** Calls back after so many milliseconds; the result cancels. */
  after: (ms: number, callback: () => void) => () => void;
  /** Told of lost and found connections, in words for a log. */
  report?: (message: string) => void;
}

/** Connects. Throws if etcd cannot be reached within ten seconds. */
export async function openEtcdStore(options: EtcdStoreOptions): Promise<Store> {
  const connection = new Connection(options);
  const store = new EtcdStore(connection, options);
  try {
    await store.refresh();
  } catch (error) {
    connection.close();
    throw new Error(
      `etcd at ${options.addresses.join(', ')} cannot be reached: ${detailsOf((error as Error).cause) || String(error)}`,
      { cause: error },
    );
  }
  return store;
}

class EtcdStore implements Store {
  readonly #connection: Connection;
  readonly #options: EtcdStoreOptions;
  readonly #watches = new Set<EtcdWatch>();
  #revision = 0;
  #compacted = 0;
  #closed = false;
  /** The look at etcd that is under way, and the one that begins when it is over. */
  #looking: Promise<void> | undefined;
  #nextLook: Promise<void> | undefined;

  constructor(connection: Connection, options: EtcdStoreOptions) {
    this.#connection = connection;
    this.#options = options;
  }

  /** The newest that this process knows of; `refresh` asks etcd. */
  get revision(): number {
    return this.#revision;
  }

  /** As far as this process knows: another one may have compacted further. */
  get compactedRevision(): number {
    return this.#compacted;
  }

  /** The history is in etcd's memory. */
  get historyBytes(): number {
    return 0;
  }

  async get(key: string): Promise<Entry | undefined> {
    return (await this.#range({ key })).entries[0];
  }

  async list(prefix: string, options: ListOptions = {}): Promise<ListResult> {
    const { revision = 0, limit = 0, after = '' } = options;
    if (revision > this.#revision) await this.refresh();
    const key = after > prefix ? `${after}\0` : prefix || firstKey;
    const request = { key, end: endOfPrefix(prefix), limit, revision };
    const answer = await this.#range(request);
    return {
      entries: answer.entries,
      revision: revision || answer.revision,
      remaining: answer.count - answer.entries.length,
    };
  }

  async count(prefix: string): Promise<number> {
    const key = prefix || firstKey;
    return (await this.#range({ key, end: endOfPrefix(prefix), countOnly: true })).count;
  }

  /**
   * Throws also if the connection breaks before etcd has answered: then the write may have happened,
   * and only a look can tell.
   */
  async commit(writes: readonly Write[]): Promise<CommitResult> {
    if (this.#closed) throw new Error('the store is closed');
    const answer = await this.#connection.txn(lastOfEachKey(writes)).catch((error) => {
      throw writeError(error);
    });
    this.#learn(answer.revision);
    if (answer.succeeded) return { ok: true, revision: answer.revision };
    const expecting = writes.filter(({ expect }) => expect !== undefined);
    for (const [index, { key, expect }] of expecting.entries()) {
      const current = answer.ranges[index]?.entries[0];
      if ((current?.revision ?? 0) !== expect) return { ok: false, key, current };
    }
    throw new Error('etcd refused a transaction whose expectations all hold');
  }

  watch(options: WatchOptions): () => void {
    if (options.after < this.#compacted) throw new CompactedError(options.after, this.#compacted);
    const watch = new EtcdWatch(options, {
      open: (after) => this.#connection.watch(options.prefix, after + 1),
      learn: (revision) => this.#learn(revision),
      compacted: (revision) => this.#learnCompacted(revision),
      ended: () => this.#watches.delete(watch),
      after: this.#options.after,
      report: this.#options.report ?? (() => {}),
    });
    this.#watches.add(watch);
    watch.start();
    return () => {
      this.#watches.delete(watch);
      watch.stop();
    };
  }

  async compact(revision: number): Promise<void> {
    if (revision <= this.#compacted) return;
    try {
      this.#learn(await this.#connection.compact(revision));
    } catch (error) {
      // Another API server has been there before: what was to be forgotten is forgotten.
      if (!isCompacted(error)) throw this.#readError(error, revision);
    }
    this.#learnCompacted(revision);
  }

  /** Learns of everything that any process had written when this was called. */
  refresh(): Promise<void> {
    if (this.#looking === undefined) {
      this.#looking = this.#look().finally(() => {
        this.#looking = undefined;
      });
      return this.#looking;
    }
    // What is under way may have passed etcd already; one further look serves all who come now.
    this.#nextLook ??= this.#looking
      .catch(() => {})
      .then(() => {
        this.#nextLook = undefined;
        return this.refresh();
      });
    return this.#nextLook;
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    for (const watch of this.#watches) watch.end(new Error('the store is closed'));
    this.#watches.clear();
    this.#connection.close();
  }

  async #look(): Promise<void> {
    await this.#range({ key: firstKey, countOnly: true });
  }

  async #range(request: Parameters<Connection['range']>[0]): Promise<RangeResponse> {
    if (this.#closed) throw new Error('the store is closed');
    try {
      const answer = await this.#connection.range(request);
      this.#learn(answer.revision);
      return answer;
    } catch (error) {
      throw this.#readError(error, request.revision ?? 0);
    }
  }

  #readError(error: unknown, revision: number): unknown {
    if (isCompacted(error)) {
      this.#learnCompacted(revision + 1);
      return new CompactedError(revision, this.#compacted);
    }
    if (detailsOf(error).includes('required revision is a future revision')) {
      return new FutureRevisionError(revision, this.#revision);
    }
    const details = detailsOf(error);
    return details === '' ? error : new Error(`etcd cannot be read: ${details}`, { cause: error });
  }

  #learn(revision: number): void {
    if (revision > this.#revision) this.#revision = revision;
  }

  #learnCompacted(revision: number): void {
    if (revision > this.#compacted) this.#compacted = revision;
  }
}

/** etcd takes each key once in a transaction; of several writes the last one counts. */
function lastOfEachKey(writes: readonly Write[]): Write[] {
  const byKey = new Map<string, Write>();
  for (const write of writes) {
    const { expect = byKey.get(write.key)?.expect } = write;
    byKey.set(write.key, expect === undefined ? write : { ...write, expect });
  }
  return [...byKey.values()];
}

function isCompacted(error: unknown): boolean {
  return detailsOf(error).includes('required revision has been compacted');
}

/** A full database takes no writes until somebody makes room; everything else may pass. */
function writeError(error: unknown): unknown {
  const details = detailsOf(error);
  if (/database space exceeded|etcdserver: corrupt/.test(details)) return new ReadOnlyError(error);
  return details === ''
    ? error
    : new Error(`etcd did not confirm the write: ${details}`, { cause: error });
}
