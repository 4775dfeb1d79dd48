/**
 * Objects that were made and have not come back through the watch yet, by the key they were made
 * for. While there are any, the cache shows too few, and what it shows must not be completed again.
 */
import type { Clock } from '../../api/clock.ts';

/** An object that is not seen after this long was deleted by somebody before we saw it. */
const patienceMs = 30_000;

export class Unseen {
  readonly #clock: Clock;
  readonly #byKey = new Map<string, Map<string, number>>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  made(key: string, uid: string): void {
    const uids = this.#byKey.get(key) ?? new Map<string, number>();
    uids.set(uid, this.#clock.now());
    this.#byKey.set(key, uids);
  }

  /** Strikes out what is in the cache; true if something is still to come. */
  pending(key: string, cached: readonly { metadata: { uid?: string } }[]): boolean {
    const uids = this.#byKey.get(key);
    if (uids === undefined) return false;
    for (const { metadata } of cached) uids.delete(metadata.uid ?? '');
    const before = this.#clock.now() - patienceMs;
    for (const [uid, at] of uids) if (at < before) uids.delete(uid);
    if (uids.size === 0) this.#byKey.delete(key);
    return uids.size > 0;
  }
}
