/** How long to wait before trying again what failed: doubling, and forgotten after a long calm. */

interface Entry {
  delayMs: number;
  updatedAt: number;
}

export interface BackoffConfig {
  /** 10 s for containers and images alike. */
  baseMs?: number;
  /** 300 s. */
  maxMs?: number;
}

export class Backoff {
  readonly #entries = new Map<string, Entry>();
  readonly #baseMs: number;
  readonly #maxMs: number;

  constructor({ baseMs = 10_000, maxMs = 300_000 }: BackoffConfig = {}) {
    this.#baseMs = baseMs;
    this.#maxMs = maxMs;
  }

  /** Milliseconds until `key` may be tried again after what happened at `since`; 0: now. */
  remaining(key: string, since: number, now: number): number {
    const entry = this.#fresh(key, now);
    return entry === undefined ? 0 : Math.max(0, since + entry.delayMs - now);
  }

  /** The present delay; 0 before the first failure. */
  delay(key: string, now: number): number {
    return this.#fresh(key, now)?.delayMs ?? 0;
  }

  /** Counts one more try, so that the next one has to wait longer. */
  next(key: string, now: number): void {
    const entry = this.#fresh(key, now);
    const delayMs = entry === undefined ? this.#baseMs : Math.min(this.#maxMs, entry.delayMs * 2);
    this.#entries.set(key, { delayMs, updatedAt: now });
  }

  forget(key: string): void {
    this.#entries.delete(key);
  }

  #fresh(key: string, now: number): Entry | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined || now - entry.updatedAt <= 2 * this.#maxMs) return entry;
    this.#entries.delete(key);
    return undefined;
  }
}
