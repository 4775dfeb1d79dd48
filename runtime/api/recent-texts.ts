/**
 * What was found out about texts met lately. Most pods of a cluster are copies of a few others, and what
 * a pure function says of the JSON of one it says of all; to write that JSON and look it up costs a
 * fraction of such a function, and is as fast for the first thousand pods as for all others.
 */

import { textOf } from './json-text.ts';

/** Longer ones are rare, and would take memory. In UTF-16 units. */
const longest = 8_192;
/** So many texts are kept at least; twice as many at most. */
const mostYoung = 100;

export class RecentTexts<Value> {
  #young = new Map<string, Value>();
  #old = new Map<string, Value>();

  /** What was set for the text, if that is not too long ago. */
  get(text: string): Value | undefined {
    const young = this.#young.get(text);
    if (young !== undefined) return young;
    const old = this.#old.get(text);
    if (old !== undefined) this.set(text, old);
    return old;
  }

  set(text: string, value: Value): void {
    if (text.length > longest) return;
    if (this.#young.size >= mostYoung) {
      this.#old = this.#young;
      this.#young = new Map();
    }
    this.#young.set(text, value);
  }
}

/** The texts of a key, which are apart from those of others and go with it. */
export function textsOf<Key extends object, Value>(
  known: WeakMap<Key, RecentTexts<Value>>,
  key: Key,
): RecentTexts<Value> {
  let texts = known.get(key);
  if (texts === undefined) {
    texts = new RecentTexts();
    known.set(key, texts);
  }
  return texts;
}

/** Specs that were found in order; values must be plain JSON. */
export class SoundSpecs {
  readonly #texts = new RecentTexts<true>();

  /**
   * Runs `check` unless the same was found in order lately; `isSound` says whether `check` has found
   * nothing. `check` must look at nothing but `spec`.
   */
  unlessKnown(spec: object, check: () => void, isSound: () => boolean): void {
    const text = textOf(spec);
    if (this.#texts.get(text) === true) return;
    check();
    if (isSound()) this.#texts.set(text, true);
  }
}
