/**
 * Watches whose clients do not read, or read too slowly. What they have not taken is held for them, and
 * TLS makes a copy of its own of it for each: five thousand that fall asleep must not take the memory of
 * all others. Who is behind is cut off, and comes back with a list as it would after any lost connection.
 */
import type { Clock } from '../../api/clock.ts';

/** What is said of an answer here: `http.ServerResponse` has it. */
export interface Behind {
  readonly writableLength: number;
  destroy(): unknown;
  once(event: 'drain' | 'close', listener: () => void): unknown;
  off(event: 'drain' | 'close', listener: () => void): unknown;
}

/** Bytes; less is on its way. */
const onItsWay = 256 * 1024;
/** Of one that lets so much pile up nobody reads. */
const mostOfOne = 64 * 1024 * 1024;
/** Of all together. */
const mostOfAll = 256 * 1024 * 1024;
/** How long one may be behind, in milliseconds. */
const patienceMs = 30_000;
/** The same where all together are too far behind: a burst of events is taken sooner than that. */
const patienceInCrowdMs = 2_000;

interface Entry {
  bytes: number;
  readonly since: number;
  readonly cancel: () => void;
}

export class Backlogs {
  readonly #clock: Clock;
  /** The longest behind first. */
  readonly #entries = new Map<Behind, Entry>();
  #total = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** To be told after each write. */
  note(response: Behind): void {
    const bytes = response.writableLength;
    if (bytes < onItsWay) {
      this.#forget(response);
      return;
    }
    const entry = this.#entries.get(response) ?? this.#add(response);
    this.#total += bytes - entry.bytes;
    entry.bytes = bytes;
    if (bytes > mostOfOne) this.#cut(response);
    if (this.#total > mostOfAll) this.#cutLongest();
  }

  #add(response: Behind): Entry {
    const cancelCut = this.#clock.after(patienceMs, () => this.#cut(response));
    const forget = () => this.#forget(response);
    // A watch falls behind and catches up many times in its life.
    const cancel = () => {
      cancelCut();
      response.off('drain', forget);
      response.off('close', forget);
    };
    const entry = { bytes: 0, since: this.#clock.now(), cancel };
    this.#entries.set(response, entry);
    response.once('drain', forget);
    response.once('close', forget);
    return entry;
  }

  #cutLongest(): void {
    const latest = this.#clock.now() - patienceInCrowdMs;
    for (const [response, { since }] of this.#entries) {
      if (since > latest || this.#total <= mostOfAll) return;
      this.#cut(response);
    }
  }

  #cut(response: Behind): void {
    this.#forget(response);
    response.destroy();
  }

  #forget(response: Behind): void {
    const entry = this.#entries.get(response);
    if (entry === undefined) return;
    this.#entries.delete(response);
    this.#total -= entry.bytes;
    entry.cancel();
  }
}
