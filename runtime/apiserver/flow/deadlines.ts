/**
 * How long a request may take: a minute, or less if it says so itself. One timer serves all requests,
 * so that the many that are over in a millisecond do not each set one up.
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

interface Waiting {
  readonly at: number;
  readonly expire: () => void;
}

export class Deadlines {
  readonly #clock: Clock;
  readonly #waiting = new Set<Waiting>();
  #cancelSweep: (() => void) | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Calls `expire` if the result is not called within `ms` (a second later at most). */
  set(ms: number, expire: () => void): () => void {
    const waiting = { at: this.#clock.now() + ms, expire };
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
    if (this.#waiting.size > 0) {
      this.#cancelSweep = this.#clock.after(sweepMs, () => this.#sweep());
    }
  }
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
