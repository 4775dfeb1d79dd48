/**
 * All keys with their values over time. Worked example, one key:
 *
 *   put /a = x   at 3      versions: [3 x created 3]
 *   put /a = y   at 5      versions: [3 x created 3] [5 y created 3]
 *   delete /a    at 6      versions: [3 x created 3] [5 y created 3] [6 gone]
 *   put /a = z   at 9      versions: … [6 gone] [9 z created 9]
 *
 *   at 4: x      at 5: y      at 7: nothing      at 9: z
 *   compact 5:   [5 y] [6 gone] [9 z]            the newest version at or before 5 stays readable
 *   compact 7:   [9 z]                           a tombstone at the front says nothing and goes
 */
import type { Entry } from './store.ts';

interface Tombstone {
  readonly revision: number;
  readonly gone: true;
}

type Version = Entry | Tombstone;

interface Row {
  readonly key: string;
  readonly versions: Version[];
}

/** Keys in order, each with its versions in order; only the versions that compaction has left. */
export class KeyIndex {
  readonly #rows = new Map<string, Row>();
  /** Sorted by key, in code units. Keys without a current value stay until compaction drops them. */
  #sorted: Row[] = [];
  #unsorted = false;

  /** The value at `revision`, or the newest. */
  get(key: string, revision = Number.MAX_SAFE_INTEGER): Entry | undefined {
    const row = this.#rows.get(key);
    return row === undefined ? undefined : versionAt(row, revision);
  }

  /** Adds the next version of a key. Revisions must not go backwards. */
  put(entry: Entry): void {
    this.#push(entry.key, entry);
  }

  delete(key: string, revision: number): void {
    this.#push(key, { revision, gone: true });
  }

  /** Entries with the prefix, in key order, after `after`, as of `revision`; all of them. */
  *entries(prefix: string, after: string, revision: number): Generator<Entry> {
    this.#sort();
    for (let i = this.#start(prefix, after); i < this.#sorted.length; i++) {
      const row = this.#sorted[i] as Row;
      if (!row.key.startsWith(prefix)) break;
      const entry = versionAt(row, revision);
      if (entry !== undefined) yield entry;
    }
  }

  /** How many entries `entries` would give: asked for with every page of a list. */
  count(prefix: string, after: string, revision: number): number {
    this.#sort();
    let count = 0;
    for (let i = this.#start(prefix, after); i < this.#sorted.length; i++) {
      const row = this.#sorted[i] as Row;
      if (!row.key.startsWith(prefix)) break;
      if (versionAt(row, revision) !== undefined) count++;
    }
    return count;
  }

  /** Drops versions that no read at or after `revision` can see. Answers how many keys went. */
  compact(revision: number): number {
    const dropped = new Set<string>();
    for (const { key, versions } of this.#rows.values()) {
      let keep = 0;
      while (keep + 1 < versions.length && (versions[keep + 1] as Version).revision <= revision)
        keep++;
      const first = versions[keep] as Version;
      if ('gone' in first && first.revision <= revision) keep++;
      if (keep === versions.length) {
        this.#rows.delete(key);
        dropped.add(key);
      } else if (keep > 0) {
        versions.splice(0, keep);
      }
    }
    if (dropped.size > 0) this.#sorted = this.#sorted.filter(({ key }) => !dropped.has(key));
    return dropped.size;
  }

  #push(key: string, version: Version): void {
    const known = this.#rows.get(key);
    if (known !== undefined) {
      known.versions.push(version);
      return;
    }
    const row = { key, versions: [version] };
    this.#rows.set(key, row);
    const last = this.#sorted.at(-1)?.key;
    if (last === undefined || last < key) this.#sorted.push(row);
    else if (this.#unsorted || this.#sorted.length > 100_000) {
      this.#sorted.push(row);
      this.#unsorted = true;
    } else this.#sorted.splice(this.#lowerBound(key), 0, row);
  }

  #sort(): void {
    if (!this.#unsorted) return;
    this.#sorted.sort((a, b) => (a.key < b.key ? -1 : 1));
    this.#unsorted = false;
  }

  /** The index of the first key with the prefix, if any has it, that comes after `after`. */
  #start(prefix: string, after: string): number {
    const from = after > prefix ? after : prefix;
    const start = this.#lowerBound(from);
    return after !== '' && this.#sorted[start]?.key === after ? start + 1 : start;
  }

  /** The index of the first key that is not less than `key`. */
  #lowerBound(key: string): number {
    let low = 0;
    let high = this.#sorted.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#sorted[middle] as Row).key < key) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

function versionAt({ versions }: Row, revision: number): Entry | undefined {
  for (let i = versions.length - 1; i >= 0; i--) {
    const version = versions[i] as Version;
    if (version.revision <= revision) return 'gone' in version ? undefined : version;
  }
  return undefined;
}
