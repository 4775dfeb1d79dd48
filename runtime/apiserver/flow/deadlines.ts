/**
 * How long a request may take: a minute, or less if it says so itself. One timer serves all requests,
 * so that the many that are over in a millisecond do not each set one up. Answers that nobody reads have
 * that long, too, unless all of them together take too much memory.
 * https://kubernetes.io/docs/reference/using-api/api-concepts/#timeouts (`--request-timeout`)
 */
import type { Clock } from '../../api/clock.ts';
import { apiError } from '../../api/status.ts';
import type { RequestInfo } from '../http/request-info.ts';

const longestMs = 60_000;
const sweepMs = 1_000;
const units: Readonly<Record<string, number>> = {
  ...{ ns: 1e-6, us: 1e-3, '\u00b5s': 1e-3, '\u03bcs': 1e-3 },
  ...{ ms: 1, s: 1000, m: 60_000, h: 3_600_000 },
};

/** Bytes; less is soon read, or costs nothing if it is not. */
export const unreadBytes = 64 * 1024;
/** Of all answers that their clients do not go on reading: as they are, encrypted, and what is next. */
const mostUnread = 256 * 1024 * 1024;
const copies = 3;
/** Who has taken nothing from one sweep to the next so many times does not read at present. */
const patience = 3;

/** What is said of an answer here: `http.ServerResponse` has it. */
export interface Answer {
  readonly writableLength: number;
  readonly socket: { readonly bytesWritten: number } | null;
}

interface Waiting {
  readonly at: number;
  readonly expire: () => void;
  readonly answer: Answer | undefined;
  /** What it was at the last sweep, and how often it has been the same. */
  written: number;
  same: number;
}

export class Deadlines {
  readonly #clock: Clock;
  readonly #log: (message: string) => void;
  readonly #waiting = new Set<Waiting>();
  #cancelSweep: (() => void) | undefined;

  constructor(clock: Clock, log: (message: string) => void = () => {}) {
    this.#clock = clock;
    this.#log = log;
  }

  /**
   * Calls `expire` if the result is not called within `ms` (a second later at most), or sooner if the
   * answer is one of too many that are not read.
   */
  set(ms: number, expire: () => void, answer?: Answer): () => void {
    const waiting = { at: this.#clock.now() + ms, expire, answer, written: 0, same: 0 };
    this.#waiting.add(waiting);
    this.#cancelSweep ??= this.#clock.after(sweepMs, () => this.#sweep());
    return () => this.#waiting.delete(waiting);
  }

  close(): void {
    this.#cancelSweep?.();
    this.#waiting.clear();
  }

  #sweep(): void {
    this.#cancelSweep = undefined;
    const now = this.#clock.now();
    for (const waiting of this.#waiting) {
      if (waiting.at > now) continue;
      this.#waiting.delete(waiting);
      waiting.expire();
    }
    this.#relieve();
    if (this.#waiting.size > 0) {
      // Whoever has expired may have set another one, which begins the next sweep itself.
      this.#cancelSweep ??= this.#clock.after(sweepMs, () => this.#sweep());
    }
  }

  /** Ends answers that are not read, the oldest first, if there are too many. */
  #relieve(): void {
    let total = 0;
    const unread: Waiting[] = [];
    for (const waiting of this.#waiting) {
      const bytes = waiting.answer?.writableLength ?? 0;
      if (bytes <= unreadBytes || isRead(waiting)) continue;
      total += copies * bytes;
      unread.push(waiting);
    }
    let closed = 0;
    for (const waiting of unread) {
      if (total <= mostUnread) break;
      total -= copies * (waiting.answer?.writableLength ?? 0);
      this.#waiting.delete(waiting);
      waiting.expire();
      closed++;
    }
    if (closed > 0) this.#log(`closed ${closed} connections that did not read what they asked for`);
  }
}

function isRead(waiting: Waiting): boolean {
  const written = waiting.answer?.socket?.bytesWritten ?? 0;
  waiting.same = written === waiting.written ? waiting.same + 1 : 0;
  waiting.written = written;
  return waiting.same < patience;
}

/** In milliseconds. Throws BadRequest for a `timeout` in the query that is none. */
export function allottedTime(info: RequestInfo): number {
  const text = info.query.get('timeout') ?? '';
  if (text === '') return longestMs;
  const parts = [...text.matchAll(/(\d+(?:\.\d*)?|\.\d+)([nu\u00b5\u03bcm]s|[smh])/g)];
  const [sign = ''] = /^[+-]/.exec(text) ?? [];
  const isZero = text.slice(sign.length) === '0';
  if (!isZero && (parts.length === 0 || sign + parts.map(([part]) => part).join('') !== text)) {
    throw apiError(
      'BadRequest',
      `invalid timeout specified in the request URL - time: invalid duration "${text}"`,
    );
  }
  const total = parts.reduce((sum, [, n, unit]) => sum + Number(n) * (units[unit ?? ''] ?? 0), 0);
  // None, and less than none, is as if it had not been said.
  return total === 0 || sign === '-' ? longestMs : Math.min(total, longestMs);
}

export function tookTooLong() {
  return apiError('Timeout', 'Timeout: request did not complete within the allotted timeout', {});
}
