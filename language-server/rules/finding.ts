/** What rules say of values that a server takes, and how they guess what was meant. */
import { editDistance } from '../../runtime/api/nearest.ts';
import type { Path } from '../../runtime/api/structure-problem.ts';
import type { Severity } from './problem.ts';

/** Something that is said of a value. */
export interface Finding {
  readonly path: Path;
  readonly message: string;
  /** A warning unless said otherwise. */
  readonly severity?: Severity;
  /** What was most likely meant. */
  readonly meant?: string;
}

/** The word of `words` that differs by a letter or two, or by case alone. */
export function closeWord(
  word: string,
  words: Iterable<string>,
  most = word.length > 5 ? 2 : 1,
): string | undefined {
  for (let distance = 0; distance <= most; distance++) {
    for (const each of words) {
      const limit = distance + 1;
      if (editDistance(word.toLowerCase(), each.toLowerCase(), limit) === distance) return each;
    }
  }
  return undefined;
}
