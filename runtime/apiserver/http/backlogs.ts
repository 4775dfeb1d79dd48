/**
 * Watches whose clients do not read, or read too slowly. What they have not taken is held for them:
 * five thousand that fall asleep must not take the memory of all others. All of them share one budget,
 * of which bytes that many wait for take their size once, and what is on its way to a connection takes
 * twice its size: once as it is, once encrypted. Who is behind is cut off, and comes back with a list as
 * it would after any lost connection.
 */
import type { Clock } from '../../api/clock.ts';
import type { Outlet } from './outlet.ts';

const megabyte = 1024 * 1024;
/** Of one that lets so much pile up nobody reads, or never fast enough. */
const mostOfOne = 64 * megabyte;
/** Of all together. */
const mostOfAll = 128 * megabyte;
/** How long one may be behind and take nothing, in milliseconds. */
const patienceMs = 30_000;
/** The same where all together are too far behind: a burst of events is taken sooner than that. */
const patienceInCrowdMs = 2_000;
/** The next time should not be at once. */
const roomAfterCut = 16 * megabyte;
/** Cuts are told together, no more often than this. */
const tellMs = 10_000;

interface Entry {
  onItsWay: number;
  readonly since: number;
  cancel: () => void;
}

export class Backlogs {
  readonly #clock: Clock;
  readonly #report: (message: string) => void;
  /** Who is behind; who has been so the longest first. */
  readonly #entries = new Map<Outlet, Entry>();
  /** How many wait for the same bytes. */
  readonly #held = new Map<Buffer, number>();
  #total = 0;
  #cuts = 0;
  #telling = false;

  constructor(clock: Clock, report: (message: string) => void = () => {}) {
    this.#clock = clock;
    this.#report = report;
  }

  /** Bytes that are held at present, by the count above. */
  get total(): number {
    return this.#total;
  }

  /** Somebody more waits for the bytes. */
  hold(bytes: Buffer): void {
    const holders = this.#held.get(bytes) ?? 0;
    this.#held.set(bytes, holders + 1);
    if (holders === 0) this.#total += bytes.length;
  }

  release(bytes: Buffer): void {
    const holders = this.#held.get(bytes) ?? 0;
    if (holders > 1) {
      this.#held.set(bytes, holders - 1);
      return;
    }
    if (this.#held.delete(bytes)) this.#total -= bytes.length;
  }

  /** The watch has fallen behind, or further behind. */
  grown(outlet: Outlet): void {
    const entry = this.#entries.get(outlet) ?? this.#add(outlet);
    this.#measure(outlet, entry);
    if (outlet.inLine > mostOfOne) this.#cut(outlet);
    if (this.#total > mostOfAll) this.#cutLargest();
  }

  /** The watch is still behind, but its client has read. */
  moved(outlet: Outlet): void {
    const entry = this.#entries.get(outlet);
    if (entry === undefined) return;
    entry.cancel();
    entry.cancel = this.#clock.after(patienceMs, () => this.#cut(outlet));
    this.#measure(outlet, entry);
  }

  forget(outlet: Outlet): void {
    const entry = this.#entries.get(outlet);
    if (entry === undefined) return;
    this.#entries.delete(outlet);
    this.#total -= entry.onItsWay;
    entry.cancel();
  }

  #add(outlet: Outlet): Entry {
    const cancel = this.#clock.after(patienceMs, () => this.#cut(outlet));
    const entry = { onItsWay: 0, since: this.#clock.now(), cancel };
    this.#entries.set(outlet, entry);
    return entry;
  }

  #measure(outlet: Outlet, entry: Entry): void {
    const onItsWay = 2 * outlet.onItsWay;
    this.#total += onItsWay - entry.onItsWay;
    entry.onItsWay = onItsWay;
  }

  /** Those that have most before them go first; nobody who may only be in the middle of a burst. */
  #cutLargest(): void {
    const latest = this.#clock.now() - patienceInCrowdMs;
    const isFlood = this.#total > 2 * mostOfAll;
    const candidates: Outlet[] = [];
    for (const [outlet, { since }] of this.#entries) {
      if (since > latest && !isFlood) break;
      candidates.push(outlet);
    }
    candidates.sort((one, other) => sizeOf(other) - sizeOf(one));
    for (const outlet of candidates) {
      if (this.#total <= mostOfAll - roomAfterCut) return;
      this.#cut(outlet);
    }
  }

  #cut(outlet: Outlet): void {
    outlet.cut();
    this.#cuts++;
    if (this.#telling) return;
    this.#telling = true;
    this.#clock.after(tellMs, () => {
      const what =
        this.#cuts === 1 ? 'a watch whose client' : `${this.#cuts} watches whose clients`;
      this.#report(`closed ${what} did not read, or too slowly`);
      this.#cuts = 0;
      this.#telling = false;
    });
  }
}

function sizeOf(outlet: Outlet): number {
  return outlet.inLine + outlet.onItsWay;
}
