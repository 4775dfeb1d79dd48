/**
 * Regular expressions as Go reads them (RE2), matched in linear time: a pattern comes from whoever
 * may write a definition or a policy, and must not be able to stall the server.
 * https://github.com/google/re2/wiki/Syntax
 */
import { RE2JS } from 're2js';

export interface Pattern {
  /** Does the pattern match anywhere in the text? */
  test(text: string): boolean;
  /** The first match; undefined if there is none. */
  find(text: string): string | undefined;
  /** At most `limit` matches from the left; below zero: all. */
  findAll(text: string, limit?: number): string[];
}

const cache = new Map<string, Pattern>();
const cacheLimit = 2000;

/** Throws Error, saying what is wrong with it, for what is no pattern. */
export function goPattern(source: string): Pattern {
  const known = cache.get(source);
  if (known !== undefined) return known;
  const made = compile(source);
  // Whole new rather than one out, one in: a flood of patterns must not cost more than they do.
  if (cache.size >= cacheLimit) cache.clear();
  cache.set(source, made);
  return made;
}

function compile(source: string): Pattern {
  const pattern = RE2JS.compile(source);
  return {
    // A thousand times faster than a matcher, which keeps an eye on groups.
    test: (text) => pattern.test(text),
    find(text) {
      const matcher = pattern.matcher(text);
      return matcher.find() ? (matcher.group() ?? '') : undefined;
    },
    findAll(text, limit = -1) {
      const found: string[] = [];
      const matcher = pattern.matcher(text);
      while ((limit < 0 || found.length < limit) && matcher.find()) {
        found.push(matcher.group() ?? '');
      }
      return found;
    },
  };
}

/** What is wrong with a pattern, in Go's words; undefined if nothing is. */
export function patternProblem(source: string): string | undefined {
  try {
    goPattern(source);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
