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

/** Keys in order, each with its versions in order; only the versions that compaction has left. */
export class KeyIndex {
  readonly #versions = new Map<string, Version[]>();
  /** Sorted by code unit. Keys without a current value stay until compaction drops them. */
  #keys: string[] = [];
  #unsorted = false;

  /** The value at `revision`, or the newest. */
  get(key: string, revision = Number.MAX_SAFE_INTEGER): Entry | undefined {
    const versions = this.#versions.get(key);
    if (versions === undefined) return undefined;
    for (let i = versions.length - 1; i >= 0; i--) {
      const version = versions[i] as Version;
      if (version.revision <= revision) return 'gone' in version ? undefined : version;
    }
    return undefined;
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
    const from = after > prefix ? after : prefix;
    for (let i = this.#lowerBound(from); i < this.#keys.length; i++) {
      const key = this.#keys[i] as string;
      if (!key.startsWith(prefix)) break;
      if (key === after) continue;
      const entry = this.get(key, revision);
      if (entry !== undefined) yield entry;
    }
  }

  /** Drops versions that no read at or after `revision` can see. Answers how many keys went. */
  compact(revision: number): number {
    const dropped = new Set<string>();
    for (const [key, versions] of this.#versions) {
      let keep = 0;
      while (keep + 1 < versions.length && (versions[keep + 1] as Version).revision <= revision)
        keep++;
      const first = versions[keep] as Version;
      if ('gone' in first && first.revision <= revision) keep++;
      if (keep === versions.length) {
        this.#versions.delete(key);
        dropped.add(key);
      } else if (keep > 0) {
        versions.splice(0, keep);
      }
    }
    if (dropped.size > 0) this.#keys = this.#keys.filter((key) => !dropped.has(key));
    return dropped.size;
  }

  #push(key: string, version: Version): void {
    const versions = this.#versions.get(key);
    if (versions !== undefined) {
      versions.push(version);
      return;
    }
    this.#versions.set(key, [version]);
    const last = this.#keys.at(-1);
    if (last === undefined || last < key) this.#keys.push(key);
    else if (this.#unsorted || this.#keys.length > 100_000) {
      this.#keys.push(key);
      this.#unsorted = true;
    } else this.#keys.splice(this.#lowerBound(key), 0, key);
  }

  #sort(): void {
    if (!this.#unsorted) return;
    this.#keys.sort();
    this.#unsorted = false;
  }

  /** The index of the first key that is not less than `key`. */
  #lowerBound(key: string): number {
    let low = 0;
    let high = this.#keys.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#keys[middle] as string) < key) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
