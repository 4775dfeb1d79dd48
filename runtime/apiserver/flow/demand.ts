/**
 * How many seats a priority level has wanted of late: those taken and those waited for, weighed by how
 * long they were. What it is lent, or lends, follows from that.
 *
 *   seats  4 ┤   ┌──┐            in these 10 s: high 4, average 1.2, deviation 1.3
 *          1 ┤┌──┘  └─┐
 *          0 ┴┘       └──────    smoothed: the average and one deviation; falls slowly, rises at once
 */

/** How much of the smoothed demand is left after ten seconds in which there was none. */
const decay = 0.977;
const decayMs = 10_000;

export interface Observed {
  readonly high: number;
  readonly smoothed: number;
}

export class Demand {
  readonly #now: () => number;
  #seats = 0;
  #since: number;
  #begin: number;
  #high = 0;
  #sum = 0;
  #squares = 0;
  #smoothed = 0;

  /** `now` in milliseconds, never going back by much. */
  constructor(now: () => number) {
    this.#now = now;
    this.#begin = now();
    this.#since = this.#begin;
  }

  set(seats: number): void {
    this.#account();
    this.#seats = seats;
    if (seats > this.#high) this.#high = seats;
  }

  /** Ends a period: what was observed in it. The next one begins. */
  observe(): Observed {
    this.#account();
    const duration = this.#since - this.#begin;
    const average = duration > 0 ? this.#sum / duration : this.#seats;
    const variance = duration > 0 ? this.#squares / duration - average ** 2 : 0;
    const envelope = average + Math.sqrt(Math.max(0, variance));
    const left = decay ** (duration / decayMs);
    this.#smoothed = Math.max(envelope, left * this.#smoothed + (1 - left) * envelope);
    const observed = { high: this.#high, smoothed: this.#smoothed };
    this.#begin = this.#since;
    this.#high = this.#seats;
    this.#sum = 0;
    this.#squares = 0;
    return observed;
  }

  #account(): void {
    const now = this.#now();
    const duration = Math.max(0, now - this.#since);
    this.#sum += this.#seats * duration;
    this.#squares += this.#seats ** 2 * duration;
    this.#since = now;
  }
}
