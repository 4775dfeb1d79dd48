/**
 * Where in a JSON file the cursor stands while someone types. The file is read by a reader that goes
 * on over whatever is missing: commas, values, quotes, closing brackets.
 */
import type { Path } from '../../runtime/api/structure-problem.ts';
import { isRecord } from '../routing/manifest-file.ts';
import { finish, type Steps } from '../slices.ts';
import { type CompletionContext, placeholder } from './completion-context.ts';

/** What is to be written besides the word itself. */
export interface JsonSurroundings {
  /** Where a comma is missing behind the entry before. */
  readonly commaAt: number | undefined;
  /** An entry follows, and no comma stands between. */
  readonly commaAfter: boolean;
}

/** A file in which nothing stands yet. */
const nothing = {
  position: 'value',
  path: [],
  value: {},
  siblings: [],
  keyOnly: false,
  hang: 0,
  flow: true,
  json: { commaAt: undefined, commaAfter: false },
} as const;

/** Undefined where nothing can be completed. */
export function jsonContextAt(text: string, offset: number): CompletionContext | undefined {
  return finish(jsonContextInSteps(text, offset));
}

/** As `jsonContextAt`, bit by bit: the file is read for it. */
export function* jsonContextInSteps(
  text: string,
  offset: number,
): Steps<CompletionContext | undefined> {
  const reader = new JsonReader(text, offset);
  if (text.trim() === '') return { ...nothing, start: offset, end: offset, rootStart: offset };
  for (;;) {
    const next = yield* reader.next();
    if (next === undefined) return undefined;
    const { value, start, items } = next;
    const { found } = reader;
    if (found === undefined) continue;
    const root = isRecord(value) ? value : {};
    const [first, index, ...rest] = found.path;
    // The objects in a List are looked at one by one.
    const inList = root.kind === 'List' && first === 'items' && typeof index === 'number';
    const item = inList && Array.isArray(root.items) ? root.items[index] : undefined;
    const { path: whole, siblings, commaAt, commaAfter, ...place } = found;
    return {
      ...place,
      path: inList ? rest : whole,
      value: inList ? (isRecord(item) ? item : {}) : root,
      siblings: [...siblings],
      hang: 0,
      rootStart: inList ? (items.get(index) ?? start) : start,
      flow: true,
      json: { commaAt, commaAfter },
    };
  }
}

interface Found extends JsonSurroundings {
  readonly position: 'key' | 'value';
  readonly path: Path;
  readonly start: number;
  readonly end: number;
  readonly keyOnly: boolean;
  /** Grows while the rest of the object is read. */
  readonly siblings: readonly string[];
}

interface Token {
  readonly start: number;
  readonly end: number;
  /** A string's closing quote is there. */
  readonly closed: boolean;
  readonly value: unknown;
}

const maxDepth = 200;
/** So many values are read in one step. */
const valuesInStep = 256;

const stringToken = /"(?:\\.|[^"\\\r\n])*("?)/y;
const wordToken = /[^\s,:{}[\]"]*/y;

class JsonReader {
  found: Found | undefined;
  readonly #text: string;
  readonly #offset: number;
  #at = 0;
  #values = 0;
  /** Where the items of the outermost `items` begin. */
  #items = new Map<number, number>();

  constructor(text: string, offset: number) {
    this.#text = text;
    this.#offset = offset;
  }

  /** The next value of the file, if there is one. */
  *next(): Steps<
    { value: unknown; start: number; items: ReadonlyMap<number, number> } | undefined
  > {
    if (this.#skip(/[\s,\uFEFF]/) >= this.#text.length) return undefined;
    this.#items = new Map();
    const start = this.#at;
    const value = yield* this.#value([], []);
    if (this.#at === start) this.#at += 1;
    return { value, start, items: this.#items };
  }

  #skip(what: RegExp): number {
    while (this.#at < this.#text.length && what.test(this.#text[this.#at] ?? '')) this.#at += 1;
    return this.#at;
  }

  *#value(path: Path, siblings: readonly string[]): Steps<unknown> {
    this.#values += 1;
    if (this.#values % valuesInStep === 0) yield;
    if (path.length === 2 && path[0] === 'items' && typeof path[1] === 'number') {
      this.#items.set(path[1], this.#at);
    }
    const character = this.#text[this.#at];
    if (path.length < maxDepth && character === '{') return yield* this.#object(path);
    if (path.length < maxDepth && character === '[') return yield* this.#array(path);
    const token = this.#token();
    if (!this.#isIn(token)) return token.value;
    this.#find('value', path, token, siblings);
    return placeholder;
  }

  *#object(path: Path): Steps<Record<string, unknown>> {
    const object: Record<string, unknown> = {};
    const keys: string[] = [];
    this.#at += 1;
    for (let last: number | undefined; ; ) {
      const gap = this.#gap(last);
      const character = this.#text[this.#at];
      const isEnd = character === undefined || character === '}' || character === ']';
      if (this.#isGap(gap.start, isEnd)) this.#findGap('key', path, keys, gap.commaAt, !isEnd);
      if (isEnd) {
        if (character === '}') this.#at += 1;
        return object;
      }
      const key = this.#token();
      const name = String(key.value);
      const own = this.#isIn(key);
      const hasColon = this.#text[this.#skip(/\s/)] === ':';
      if (own) this.#find('key', path, key, keys, hasColon, gap.commaAt);
      else keys.push(name);
      if (hasColon) {
        this.#at += 1;
        object[name] = yield* this.#field([...path, name], keys);
      }
      // What is neither key nor colon must not be looked at for ever.
      if (this.#at === gap.end) this.#at += 1;
      last = this.#at;
    }
  }

  /** What stands behind a colon, if anything does. */
  *#field(path: Path, siblings: readonly string[]): Steps<unknown> {
    const start = this.#at;
    this.#skip(/\s/);
    if (/^[,}\]]?$/.test(this.#text[this.#at] ?? '')) {
      if (!this.#isGap(start, true)) return undefined;
      this.#findGap('value', path, siblings, undefined, false);
      return placeholder;
    }
    return yield* this.#value(path, siblings);
  }

  *#array(path: Path): Steps<unknown[]> {
    const items: unknown[] = [];
    this.#at += 1;
    for (let last: number | undefined; ; ) {
      const gap = this.#gap(last);
      const character = this.#text[this.#at];
      const isEnd = character === undefined || character === ']' || character === '}';
      if (this.#isGap(gap.start, isEnd)) {
        this.#findGap('value', [...path, items.length], [], gap.commaAt, !isEnd);
        items.push(placeholder);
      }
      if (isEnd) {
        if (character === ']') this.#at += 1;
        return items;
      }
      items.push(yield* this.#value([...path, items.length], []));
      if (this.#at === gap.end) this.#at += 1;
      last = this.#at;
    }
  }

  /** @param last where the entry before ends */
  #gap(last: number | undefined): { start: number; end: number; commaAt: number | undefined } {
    const start = this.#at;
    const end = this.#skip(/[\s,]/);
    const before = this.#text.slice(start, Math.min(end, Math.max(start, this.#offset)));
    return { start, end, commaAt: before.includes(',') ? undefined : last };
  }

  /** Whether the cursor is between `start` and where the reader is. */
  #isGap(start: number, isEnd: boolean): boolean {
    if (this.found !== undefined || this.#offset < start) return false;
    return isEnd ? this.#offset <= this.#at : this.#offset < this.#at || this.#offset === start;
  }

  #isIn({ start, end, closed }: Token): boolean {
    const { found } = this;
    if (found !== undefined || this.#offset < start) return false;
    if (this.#text[start] === '"' && this.#offset === start) return false;
    return closed ? this.#offset < end : this.#offset <= end;
  }

  #find(
    position: 'key' | 'value',
    path: Path,
    { start, end }: Token,
    siblings: readonly string[],
    keyOnly = false,
    commaAt?: number,
  ): void {
    const commaAfter = position === 'key' && !keyOnly && this.#isFollowed(end);
    this.found = { position, path, start, end, keyOnly, siblings, commaAt, commaAfter };
  }

  #findGap(
    position: 'key' | 'value',
    path: Path,
    siblings: readonly string[],
    commaAt: number | undefined,
    isFollowed: boolean,
  ): void {
    const at = this.#offset;
    const commaAfter = isFollowed && !this.#text.slice(at, this.#at).includes(',');
    const place = { start: at, end: at, keyOnly: false };
    this.found = { position, path, ...place, siblings, commaAt, commaAfter };
  }

  /** Whether an entry comes next, with no comma before it. */
  #isFollowed(end: number): boolean {
    return /^\s*"/.test(this.#text.slice(end, end + 200));
  }

  /** A string, to its closing quote or the end of the line; or a word. */
  #token(): Token {
    const start = this.#at;
    stringToken.lastIndex = start;
    wordToken.lastIndex = start;
    const string = stringToken.exec(this.#text);
    const source = string?.[0] ?? wordToken.exec(this.#text)?.[0] ?? '';
    const end = start + source.length;
    this.#at = end;
    const closed = string !== null && string[1] === '"';
    const value = string === null ? wordOf(source) : textOf(source, closed);
    return { start, end, closed, value };
  }
}

function textOf(source: string, closed: boolean): string {
  try {
    return String(JSON.parse(closed ? source : `${source}"`));
  } catch {
    return source.replace(/^"|"$/g, '');
  }
}

function wordOf(source: string): unknown {
  try {
    return JSON.parse(source);
  } catch {
    return source;
  }
}
