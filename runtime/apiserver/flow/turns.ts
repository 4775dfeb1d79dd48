/**
 * Whose request is next while the event loop is busy. Reads are answered within one turn of the loop
 * and hold no seat by then, so without this the order in which connections are read decides: who has
 * eight hundred of them is read eight hundred times before anybody else.
 *
 *   arrived together   a a a a a a b a a c        by user, in the order of their connections
 *   begun              a a a a│a b c a│a a        at once while they are few, then in turn
 *
 * The first requests of a turn of the loop are anybody's: a client with some dozens of connections
 * fills no more, and to make it wait for its own requests would only cost it time. Not if they take
 * long, though: sixty-four lists of four milliseconds held up everybody else for a quarter of a second.
 */

/** How long requests are begun one after the other before the loop turns, in milliseconds. */
const spanMs = 4;
/** The same for the first ones, which are begun before anybody waits. */
const firstSpanMs = 32;
/** So many may begin in one turn of the loop while others wait. */
const batch = 16;

export interface TurnOptions {
  /** Milliseconds. */
  readonly now?: () => number;
  /** Calls back in the next turn of the event loop, where what one call resolves goes before the next. */
  readonly later?: (call: () => void) => void;
  /** So many are first ones in a turn of the loop before which nobody waited. */
  readonly few?: number;
}

export class Turns {
  readonly #now: () => number;
  readonly #later: (call: () => void) => void;
  readonly #few: number;
  /** By user, in the order of their turns; nobody is here without a request. */
  readonly #queues = new Map<string, (() => void)[]>();
  #waiting = 0;
  /** When the span began; undefined: nothing has been begun in this turn of the loop. */
  #since: number | undefined;
  /** How many have begun without waiting. */
  #begun = 0;
  /** The next to begin is the first of its turn of the loop. */
  #fresh = false;

  constructor(options: TurnOptions = {}) {
    const { now = () => performance.now(), later = (call) => void setImmediate(call) } = options;
    this.#now = now;
    this.#later = later;
    this.#few = options.few ?? 64;
  }

  /** Undefined: begin at once. Else resolves when it is this user's turn. */
  take(user: string): Promise<void> | undefined {
    if (this.#since === undefined) {
      this.#since = this.#now();
      this.#begun = 1;
      this.#later(() => this.#round());
      return undefined;
    }
    const span = this.#begun < this.#few ? firstSpanMs : spanMs;
    if (this.#waiting === 0 && this.#now() - this.#since < span) {
      this.#begun++;
      return undefined;
    }
    return new Promise((resolve) => {
      const queue = this.#queues.get(user);
      if (queue === undefined) this.#queues.set(user, [resolve]);
      else queue.push(resolve);
      this.#waiting++;
    });
  }

  /** The loop has turned, and whoever else there is has been read. */
  #round(): void {
    if (this.#waiting === 0) {
      this.#since = undefined;
      return;
    }
    this.#fresh = true;
    for (let call = Math.min(batch, this.#waiting); call > 0; call--) {
      this.#later(() => this.#begin());
    }
    this.#later(() => this.#round());
  }

  #begin(): void {
    const now = this.#now();
    if (this.#fresh) this.#since = now;
    this.#fresh = false;
    if (now - (this.#since ?? now) >= spanMs) return;
    for (const [user, queue] of this.#queues) {
      const start = queue.shift();
      this.#queues.delete(user);
      // Behind everybody else who waits.
      if (queue.length > 0) this.#queues.set(user, queue);
      this.#waiting--;
      start?.();
      return;
    }
  }
}
