/**
 * What a controller has asked for and not yet seen in its cache. Between a create and its arrival
 * through the watch the cache shows too few objects; acting on that would create them twice. So a
 * controller notes what it expects before it writes, and does not count again until it came true.
 *
 *     expect(key, {creations: 3}) → create ×3 → added ×3 → satisfied
 *
 * An expectation that did not come true for five minutes is dropped: better to count wrong once
 * than to stand still for ever.
 */
import type { Clock } from '../../api/clock.ts';

const lifetimeMs = 5 * 60_000;

interface Expected {
  creations: number;
  /** Keys or uids of objects whose deletion was asked for. */
  deletions: Set<string>;
  at: number;
}

export class Expectations {
  readonly #clock: Clock;
  readonly #expected = new Map<string, Expected>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Replaces what was expected for the key. */
  expect(key: string, { creations = 0, deletions = [] as readonly string[] }): void {
    const at = this.#clock.now();
    this.#expected.set(key, { creations, deletions: new Set(deletions), at });
  }

  /** One creation was seen, or has failed and will never be seen. */
  created(key: string, count = 1): void {
    const expected = this.#expected.get(key);
    if (expected !== undefined) expected.creations -= count;
  }

  /** The deletion of `id` was seen, or has failed. */
  deleted(key: string, id: string): void {
    this.#expected.get(key)?.deletions.delete(id);
  }

  satisfied(key: string): boolean {
    const expected = this.#expected.get(key);
    if (expected === undefined) return true;
    if (expected.creations <= 0 && expected.deletions.size === 0) return true;
    return this.#clock.now() - expected.at > lifetimeMs;
  }

  /** The key's object is gone. */
  forget(key: string): void {
    this.#expected.delete(key);
  }
}
