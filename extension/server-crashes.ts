/** What becomes of a language server that ends by itself: it is begun anew, but not for ever. */
import type { Clock } from '../runtime/api/clock.ts';

/** This many ends within this time are too many: there is something that it cannot bear. */
export const crashLimit = { count: 5, withinMs: 3 * 60_000 } as const;

/** Asked at each end whether the server may be begun once more; counts the ends itself. */
export function createCrashLimit(clock: Clock): () => boolean {
  let ends: number[] = [];
  return () => {
    const now = clock.now();
    ends = [...ends.filter((end) => now - end < crashLimit.withinMs), now];
    return ends.length < crashLimit.count;
  };
}
