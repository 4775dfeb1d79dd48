/**
 * Reads plain YAML, as most manifests are written, several times faster than a full parser can:
 * block maps and lists with plain and quoted values, block text, small flow collections, comments.
 * It makes the very tree that the full parser makes, and gives up at the first thing that it is not
 * sure of (merges, tags, tabs, directives, whatever is wrong): then the full parser reads the text.
 * JSON is read with or without spaces, and with tabs; anchors and aliases after a colon.
 *
 *     spec:            a map at column 0; its value is the next line, which is further right
 *       ports:         a map at column 2; the value of `ports` is the list below
 *       - name: http   a list at column 2; its item is a map at column 4
 *         port: 80     the same map goes on
 */
import {
  Alias,
  type Document,
  Pair,
  Scalar,
  type Schema,
  YAMLMap,
  YAMLParseError,
  YAMLSeq,
} from 'yaml';
import { finish, type Steps } from '../slices.ts';
import {
  blockScalar,
  closingQuote,
  fold,
  lineEnd,
  nextLine,
  quotedOnLine,
  type ScalarText,
  singleQuotedLines,
  skipSpaces,
} from './quick-scalars.ts';
import { duplicateKeysInSteps } from './yaml-walk.ts';

/** Nested deeper than this is no manifest. */
const maxDepth = 100;

const key = /(?:[A-Za-z0-9_.$/][\w.$/@+-]*|"[^"\\\r\n]+"|'[^'\r\n]+')(?=:(?:[ \r\n]|$))/y;
/** A plain value within brackets. */
const flowPlain = /[\w./$^+-][\w./$^+-]*(?=[ \t\r\n]*[,\]}]|:[ \r\n])/y;
/** Text to YAML, but to whoever writes JSON two values without a comma. */
const numberAndQuote = /^-?[0-9.]+ *"/;
/** An anchor with a value after or below it, or an alias that is all there is on its line. */
const anchor = /&([A-Za-z0-9_-]+)(?=[ \r\n])/y;
const alias = /\*([A-Za-z0-9_-]+)(?=[ ]*(?:[\r\n]|$))/y;
/** So many values are read in one step, a fraction of a millisecond. */
const valuesInStep = 256;

/** Thrown and caught in this file alone, so that the way there needs no checks. */
class NotPlain extends Error {}
const notPlain = new NotPlain();

/** What no YAML can have there; thrown and caught in this file alone. */
class Mistake extends Error {
  readonly at: number;

  constructor(at: number, message: string) {
    super(message);
    this.at = at;
  }
}

/** Who writes brackets on a longer line, or in a longer text, is a program. */
const usualLongLine = 32 * 1024;
const linesInLongText = 8;

export interface QuickOptions {
  /** Characters; of a collection in brackets on such a line nothing is read after a mistake. */
  readonly longLine?: number;
}

type Range = [start: number, valueEnd: number, nodeEnd: number];
type ReadNode = (Alias | Scalar | YAMLMap | YAMLSeq) & { range?: Range | null };

/**
 * The only document of the text, a map, into `document`, which is empty.
 * @returns false if it is to be read by the full parser; `document` is as it was then
 */
export function readPlainYaml(text: string, document: Document, options?: QuickOptions): boolean {
  return finish(readPlainYamlInSteps(text, document, options));
}

/** As `readPlainYaml`, some hundred values at a time. */
export function* readPlainYamlInSteps(
  text: string,
  document: Document,
  { longLine = usualLongLine }: QuickOptions = {},
): Steps<boolean> {
  try {
    return yield* new PlainReader(text, document.schema, longLine).read(document);
  } catch (error) {
    if (error === notPlain) return false;
    throw error;
  }
}

class PlainReader {
  readonly #text: string;
  readonly #schema: Schema;
  /** Of the next character to read. */
  #at = 0;
  /** Where the line of `#at` begins. */
  #line = 0;
  #depth = 0;
  /** The line end that was looked for last, and from where. */
  #seenFrom = 0;
  #seenEnd = -1;
  #values = 0;
  /** The collection that `#value` has come upon, yet to be read. */
  #collection: Steps<ReadNode> | undefined;

  readonly #longLine: number;
  /** The mistake after which nothing is read. */
  #mistake: Mistake | undefined;
  #hasRepeatedKeys = false;

  constructor(text: string, schema: Schema, longLine: number) {
    this.#text = text;
    this.#schema = schema;
    this.#longLine = longLine;
  }

  *read(document: Document): Steps<boolean> {
    const text = this.#text;
    if (/^\uFEFF|\r(?!\n)|\0/.test(text)) return false;
    if (text.startsWith('---')) this.#endOfValue(3);
    const begin = this.#line;
    if (!this.#toContent()) return false;
    const start = begin > 0 ? 0 : this.#line;
    const isJson = text.charCodeAt(this.#at) === 123;
    const root = yield* isJson ? this.#json() : this.#map(this.#column);
    if (this.#at < text.length && !(isJson && this.#isTooMuch(this.#at))) return false;
    document.contents = root as Document['contents'];
    document.range = [start, root.range?.[2] ?? 0, text.length];
    if (this.#mistake !== undefined) {
      const { at, message } = this.#mistake;
      document.errors.push(new YAMLParseError([at, at + 1], 'UNEXPECTED_TOKEN', message));
    }
    if (this.#hasRepeatedKeys) document.errors.push(...(yield* duplicateKeysInSteps(document)));
    return true;
  }

  /**
   * For what no YAML can have between brackets: where a program wrote them, reading ends there, or all
   * of it would be read for seconds at each key. Of anything shorter the full parser can tell more.
   */
  #refuse(problem: string, at = this.#at): never {
    if (!this.#isLong(at)) throw notPlain;
    throw new Mistake(at, `${problem}. In so long a text nothing after it is read`);
  }

  #isLong(at: number): boolean {
    const { length } = this.#text;
    if (length > this.#longLine * linesInLongText) return true;
    return this.#lineEnd(Math.min(at, length)) - this.#line > this.#longLine;
  }

  #endWith(mistake: Mistake): void {
    this.#mistake = mistake;
    this.#at = this.#text.length;
    this.#line = this.#at;
  }

  /**
   * Whether what stands at `at`, after the last bracket, is a mistake, and reading has ended there. What
   * could make a key of all before it, or end the document, is left to the full parser.
   */
  #isTooMuch(at: number): boolean {
    const isComment = this.#text[at] === '#' && /\s/.test(this.#text[at - 1] ?? '');
    if (isComment || !/[\w"'{}[\],#]/.test(this.#text[at] ?? '') || !this.#isLong(at)) return false;
    this.#endWith(new Mistake(at, 'Nothing can follow after the last bracket'));
    return true;
  }

  /** A map in braces that is all there is. */
  *#json(): Steps<ReadNode> {
    const node = yield* this.#flowAlone(-1);
    this.#toContent();
    return node;
  }

  /** Whether it is time to let others go on. */
  #isDue(): boolean {
    this.#values += 1;
    return this.#values % valuesInStep === 0;
  }

  /** The collection that stands where `#value` found no plain value. */
  #nested(): Steps<ReadNode> {
    const steps = this.#collection;
    if (steps === undefined) throw notPlain;
    this.#collection = undefined;
    return steps;
  }

  /** Goes to the first character of the next line that says something; false at the end. */
  #toContent(): boolean {
    const text = this.#text;
    while (this.#line < text.length) {
      const first = skipSpaces(text, this.#line);
      const code = text.charCodeAt(first);
      if (code !== 35 && code !== 10 && code !== 13 && first < text.length) {
        if (code === 9) throw notPlain;
        this.#at = first;
        return true;
      }
      this.#line = nextLine(text, lineEnd(text, first));
    }
    this.#at = text.length;
    return false;
  }

  /** After a value: nothing but a comment may follow on the line. Where the next one begins. */
  #endOfValue(end: number): number {
    const text = this.#text;
    const after = skipSpaces(text, end);
    const stop = lineEnd(text, after);
    if (after < stop && (text.charCodeAt(after) !== 35 || after === end)) throw notPlain;
    this.#line = nextLine(text, stop);
    this.#at = this.#line;
    return this.#line;
  }

  /** Where the line at `from` ends; looked for once a line, for one may be as long as the file. */
  #lineEnd(from: number): number {
    if (from < this.#seenFrom || from > this.#seenEnd) {
      this.#seenFrom = from;
      this.#seenEnd = lineEnd(this.#text, from);
    }
    return this.#seenEnd;
  }

  #isKey(): boolean {
    key.lastIndex = this.#at;
    return key.test(this.#text);
  }

  #isItem(): boolean {
    if (this.#text.charCodeAt(this.#at) !== 45) return false;
    const next = this.#text.charCodeAt(this.#at + 1);
    return next === 32 || next === 10 || next === 13 || Number.isNaN(next);
  }

  get #column(): number {
    return this.#at - this.#line;
  }

  /** A map whose first key is here, in the column `indent`. */
  *#map(indent: number): Steps<ReadNode> {
    if (++this.#depth > maxDepth) throw notPlain;
    const map = new YAMLMap(this.#schema);
    const start = this.#at;
    const names = new Set<unknown>();
    let end: number;
    do {
      if (!this.#isKey()) throw notPlain;
      const name = this.#key(key.lastIndex);
      if (names.has(name.value)) this.#hasRepeatedKeys = true;
      names.add(name.value);
      const value = this.#value(indent, true) ?? (yield* this.#nested());
      map.items.push(new Pair(name, value));
      end = value.range?.[2] ?? this.#at;
      if (this.#isDue()) yield;
    } while (this.#toContent() && this.#column === indent);
    if (this.#at < this.#text.length && this.#column > indent) throw notPlain;
    map.range = [start, end, end];
    this.#depth -= 1;
    return map;
  }

  #key(end: number): Scalar {
    const start = this.#at;
    const text = this.#text;
    if (end - start > 1000) throw notPlain;
    const first = text.charCodeAt(start);
    this.#at = end + 1;
    const range: Range = [start, end, end];
    if (first === 34) return scalarOf(text.slice(start + 1, end - 1), 'QUOTE_DOUBLE', range);
    if (first === 39) return scalarOf(text.slice(start + 1, end - 1), 'QUOTE_SINGLE', range);
    return this.#plainScalar(text.slice(start, end), range);
  }

  /** A list whose first dash is here, in the column `indent`. */
  *#list(indent: number): Steps<ReadNode> {
    if (++this.#depth > maxDepth) throw notPlain;
    const list = new YAMLSeq(this.#schema);
    const start = this.#at;
    let end: number;
    do {
      this.#at += 1;
      const value = this.#value(indent, false) ?? (yield* this.#nested());
      list.items.push(value);
      end = value.range?.[2] ?? this.#at;
      if (this.#isDue()) yield;
    } while (this.#toContent() && this.#column === indent && this.#isItem());
    if (this.#at < this.#text.length && this.#column > indent) throw notPlain;
    list.range = [start, end, end];
    this.#depth -= 1;
    return list;
  }

  /**
   * What comes after a colon or a dash; undefined where that is a collection, for `#nested` to read.
   * @param indent the column of the map or list that it belongs to
   */
  #value(indent: number, inMap: boolean): ReadNode | undefined {
    const text = this.#text;
    const start = skipSpaces(text, this.#at);
    const code = text.charCodeAt(start);
    if (start >= text.length || code === 10 || code === 13 || (code === 35 && start > this.#at)) {
      return this.#valueBelow(start, indent, inMap);
    }
    this.#at = start;
    if (!inMap) {
      if (this.#isItem()) throw notPlain;
      if (this.#isKey()) return this.#later(this.#map(this.#column));
    }
    switch (code) {
      case 38: // &
        return this.#anchored(indent, inMap);
      case 42: // *
        return this.#alias(start);
      case 124: // |
      case 62: // >
        return this.#block(start, indent);
      case 34: // "
      case 39: // '
        return this.#quoted(start, indent);
      case 91: // [
      case 123: // {
        return this.#later(this.#flowAlone(indent));
      default:
        return this.#plain(start, indent);
    }
  }

  /** A value with a name, by which aliases take it in. */
  #anchored(indent: number, inMap: boolean): ReadNode | undefined {
    anchor.lastIndex = this.#at;
    const found = anchor.exec(this.#text);
    // In a list it may be the name of a key, and not of the map that the key is in.
    if (found === null || !inMap) throw notPlain;
    const from = skipSpaces(this.#text, anchor.lastIndex);
    if (/[&*#]/.test(this.#text[from] ?? '')) throw notPlain;
    this.#at = anchor.lastIndex;
    const value = this.#value(indent, inMap);
    const name = found[1] ?? '';
    if (value === undefined) return this.#later(this.#named(name, this.#nested()));
    // One that is not given has a place of its own in the full parser's tree.
    if (value instanceof Scalar && value.source === '') throw notPlain;
    return withAnchor(value, name);
  }

  *#named(name: string, collection: Steps<ReadNode>): Steps<ReadNode> {
    return withAnchor(yield* collection, name);
  }

  #alias(start: number): ReadNode {
    alias.lastIndex = start;
    const found = alias.exec(this.#text);
    if (found === null) throw notPlain;
    const end = start + found[0].length;
    const node: ReadNode = new Alias(found[1] ?? '');
    node.range = [start, end, this.#endOfValue(end)];
    return node;
  }

  #later(collection: Steps<ReadNode>): undefined {
    this.#collection = collection;
  }

  /** A value that begins on a line of its own, or is not given. */
  #valueBelow(start: number, indent: number, inMap: boolean): ReadNode | undefined {
    const text = this.#text;
    const hasComment = text.charCodeAt(start) === 35;
    const after = this.#endOfValue(start > this.#at ? start - 1 : start);
    if (this.#toContent()) {
      const column = this.#column;
      const isItem = this.#isItem();
      if (isItem && (column > indent || (inMap && column === indent))) {
        return this.#later(this.#list(column));
      }
      if (column > indent) {
        if (!this.#isKey()) throw notPlain;
        return this.#later(this.#map(column));
      }
    }
    return scalarOf(null, 'PLAIN', [start, start, hasComment ? after : start], '');
  }

  #block(start: number, indent: number): ReadNode {
    const isFolded = this.#text.charCodeAt(start) === 62;
    const found = blockScalar(this.#text, start, indent);
    if (found === undefined) throw notPlain;
    this.#line = found.end;
    this.#at = found.end;
    const range: Range = [start, found.end, found.end];
    return scalarOf(found.value, isFolded ? 'BLOCK_FOLDED' : 'BLOCK_LITERAL', range);
  }

  #quoted(start: number, indent: number): ReadNode {
    const text = this.#text;
    const isSingle = text.charCodeAt(start) === 39;
    const found =
      quotedOnLine(text, start, lineEnd(text, start)) ??
      (isSingle ? singleQuotedLines(text, start, indent) : undefined);
    if (found === undefined) throw notPlain;
    return this.#scalarTo(found, isSingle ? 'QUOTE_SINGLE' : 'QUOTE_DOUBLE', start);
  }

  #scalarTo({ value, end }: ScalarText, type: Scalar.Type, start: number): ReadNode {
    return scalarOf(value, type, [start, end, this.#endOfValue(end)]);
  }

  #plain(start: number, indent: number): ReadNode {
    const text = this.#text;
    if (/[&*!%@`?,\]}#:]/.test(text[start] ?? '') || this.#isItem()) throw notPlain;
    const stop = lineEnd(text, start);
    const end = this.#plainEnd(start, stop);
    const hasComment = end.comment;
    this.#line = nextLine(text, stop);
    const first = text.slice(start, end.at);
    const further = hasComment ? undefined : this.#furtherLines(indent);
    if (further === undefined) {
      this.#at = this.#line;
      return this.#plainScalar(first, [start, end.at, this.#line]);
    }
    const source = fold([first, ...further.lines]);
    return this.#plainScalar(source, [start, further.end, this.#line]);
  }

  /** Where the text of a plain value ends on its line. */
  #plainEnd(start: number, stop: number): { at: number; comment: boolean } {
    const text = this.#text;
    let at = start;
    let comment = false;
    for (; at < stop; at++) {
      const code = text.charCodeAt(at);
      if (code === 9) throw notPlain;
      if (code === 58) {
        const next = text.charCodeAt(at + 1);
        if (at + 1 >= stop || next === 32 || next === 9) throw notPlain;
      } else if (code === 35 && text.charCodeAt(at - 1) === 32) {
        comment = true;
        break;
      }
    }
    while (text.charCodeAt(at - 1) === 32) at -= 1;
    return { at, comment };
  }

  /** Lines further right than `indent` go on with a plain value. */
  #furtherLines(indent: number): { lines: string[]; end: number } | undefined {
    const text = this.#text;
    const lines: string[] = [];
    let end = -1;
    let line = this.#line;
    let empty = 0;
    while (line < text.length) {
      const first = skipSpaces(text, line);
      const stop = lineEnd(text, first);
      const code = text.charCodeAt(first);
      if (first === stop) {
        empty += 1;
      } else if (first - line > indent) {
        // A comment ends the value, and so there is none but at its end.
        if (code === 35 && !this.#goesOn(line, indent)) break;
        if (code === 35 || code === 45 || code === 9) throw notPlain;
        const found = this.#plainEnd(first, stop);
        if (found.comment) throw notPlain;
        for (; empty > 0; empty--) lines.push('');
        lines.push(text.slice(first, found.at));
        end = found.at;
        this.#line = nextLine(text, stop);
      } else break;
      line = nextLine(text, stop);
    }
    this.#at = this.#line;
    return lines.length === 0 ? undefined : { lines, end };
  }

  /** Whether there is text right of `indent` after the comments at `line`. */
  #goesOn(line: number, indent: number): boolean {
    const text = this.#text;
    let at = line;
    while (at < text.length) {
      const first = skipSpaces(text, at);
      const stop = lineEnd(text, first);
      if (first !== stop && text.charCodeAt(first) !== 35) return first - at > indent;
      at = nextLine(text, stop);
    }
    return false;
  }

  /** A collection in brackets with nothing after it on its last line. */
  *#flowAlone(indent: number): Steps<ReadNode> {
    const start = this.#at;
    const node = yield* this.#flow(indent);
    const end = this.#at;
    const isOver = this.#mistake !== undefined || this.#isTooMuch(skipSpaces(this.#text, end));
    node.range = [start, end, isOver ? end : this.#endOfValue(end)];
    return node;
  }

  /** A collection in brackets; further lines of it are right of `indent`. */
  *#flow(indent: number): Steps<ReadNode> {
    if (++this.#depth > maxDepth) throw notPlain;
    const text = this.#text;
    const start = this.#at;
    const isMap = text.charCodeAt(start) === 123;
    const node = isMap ? new YAMLMap(this.#schema) : new YAMLSeq(this.#schema);
    node.flow = true;
    const close = isMap ? 125 : 93;
    const names = new Set<unknown>();
    this.#at += 1;
    try {
      this.#flowSpace(indent);
      while (text.charCodeAt(this.#at) !== close) {
        const item = this.#flowNode(indent) ?? (yield* this.#nested());
        if (node instanceof YAMLMap) {
          const name = this.#flowName(item);
          if (names.has(name.value)) this.#hasRepeatedKeys = true;
          names.add(name.value);
          const value = this.#flowValue(name, indent) ?? (yield* this.#nested());
          node.items.push(new Pair(name, value));
        } else node.items.push(item);
        if (this.#isDue()) yield;
        if (this.#mistake !== undefined || this.#isLastItem(close, indent)) break;
      }
      if (this.#mistake === undefined) this.#at += 1;
    } catch (error) {
      if (!(error instanceof Mistake)) throw error;
      this.#endWith(error);
    }
    node.range = [start, this.#at, this.#at];
    this.#depth -= 1;
    return node;
  }

  /** A map can have a map for a key, but no manifest has. */
  #flowName(item: ReadNode): Scalar {
    if (item instanceof Scalar) return item;
    return this.#refuse('There is no name of a field here', item.range?.[0]);
  }

  /** Whether the bracket closes after an item; else there is a comma, and the next item after it. */
  #isLastItem(close: number, indent: number): boolean {
    this.#flowSpace(indent);
    const code = this.#text.charCodeAt(this.#at);
    if (code === close) return true;
    if (code !== 44) this.#refuseNext(close);
    this.#at += 1;
    this.#flowSpace(indent);
    return false;
  }

  /** Where neither a comma nor the closing bracket follows on an item. */
  #refuseNext(close: number): never {
    const next = this.#text[this.#at] ?? '';
    // A list may have fields in it, a comment may stand anywhere.
    const mayBe =
      next === ':' || next === '\t' || /\s#/.test(this.#text.slice(this.#at - 1, this.#at + 1));
    if (mayBe) throw notPlain;
    this.#refuse(`There is no "," or "${String.fromCharCode(close)}" here`);
  }

  #flowValue(name: Scalar, indent: number): ReadNode | undefined {
    const text = this.#text;
    if (name.range?.[1] !== this.#at || text.charCodeAt(this.#at) !== 58) {
      // A field may be without a value, and its colon stand apart.
      const isValue = /^ *(?:["'{[\]\w]|$)/.test(text.slice(this.#at, this.#at + 100));
      if (name.type === 'PLAIN' || !isValue) throw notPlain;
      this.#refuse('There is no ":" here');
    }
    const next = text.charCodeAt(this.#at + 1);
    // After a name in quotes, as all are in JSON, the value may follow at once.
    const isQuoted = name.type !== 'PLAIN';
    if (!isQuoted && next !== 32 && next !== 10 && next !== 13) throw notPlain;
    this.#at += 1;
    this.#flowSpace(indent);
    return this.#flowNode(indent);
  }

  #flowNode(indent: number): ReadNode | undefined {
    const text = this.#text;
    const start = this.#at;
    const code = text.charCodeAt(start);
    if (code === 91 || code === 123) return this.#later(this.#flow(indent));
    if (code === 34 || code === 39) {
      const limit = this.#lineEnd(start);
      const found = quotedOnLine(text, start, limit);
      if (found === undefined) {
        // On the last line there is nothing that could close it.
        const isOpen = limit === text.length && closingQuote(text, start, limit) < 0;
        if (!isOpen) throw notPlain;
        this.#refuse(`This ${text[start]} is never closed`);
      }
      this.#at = found.end;
      const range: Range = [start, found.end, found.end];
      return scalarOf(found.value, code === 39 ? 'QUOTE_SINGLE' : 'QUOTE_DOUBLE', range);
    }
    flowPlain.lastIndex = start;
    const isDash = code === 45 && !isDigit(text.charCodeAt(start + 1));
    if (start >= text.length) this.#refuse('A bracket is never closed, here at the latest');
    if (isDash || !flowPlain.test(text)) {
      const found = numberAndQuote.exec(text.slice(start, start + 30));
      if (found === null) throw notPlain;
      this.#refuse(`There is no "," here`, start + found[0].length - 1);
    }
    const end = flowPlain.lastIndex;
    this.#at = end;
    return this.#plainScalar(text.slice(start, end), [start, end, end]);
  }

  /** Spaces and line ends between brackets. */
  #flowSpace(indent: number): void {
    const text = this.#text;
    for (;;) {
      this.#at = skipSpaces(text, this.#at);
      const code = text.charCodeAt(this.#at);
      // Where nothing is around the brackets it does not matter how far they are to the right.
      if (code === 9 && indent < 0) {
        this.#at += 1;
        continue;
      }
      if (code !== 10 && code !== 13) return;
      const line = nextLine(text, this.#at);
      const first = skipSpaces(text, line);
      if (first - line <= indent) {
        // The last bracket may stand in the column of the field.
        if (/[\]}\s]/.test(text[first] ?? ' ')) throw notPlain;
        this.#refuse('A bracket is never closed, here at the latest', first);
      }
      this.#line = line;
      this.#at = first;
    }
  }

  #plainScalar(source: string, range: Range): Scalar {
    const first = source.charCodeAt(0);
    // Only text that begins like a number, a boolean or null can be anything but text.
    const isWord = first > 64 && first < 126;
    if (!mayBeTyped[first] || (isWord && source.length > longestWord)) {
      return scalarOf(source, 'PLAIN', range);
    }
    for (const tag of this.#schema.tags) {
      if (tag.default !== true || tag.collection !== undefined || !('test' in tag)) continue;
      if (tag.test?.test(source) !== true) continue;
      const resolved: unknown = tag.resolve(source, () => undefined, {});
      const scalar = resolved instanceof Scalar ? resolved : new Scalar(resolved);
      scalar.range = range;
      scalar.source = source;
      scalar.type = 'PLAIN';
      if (tag.format !== undefined) scalar.format = tag.format;
      return scalar;
    }
    return scalarOf(source, 'PLAIN', range);
  }
}

function withAnchor(node: ReadNode, name: string): ReadNode {
  if (node instanceof Alias) throw notPlain;
  node.anchor = name;
  return node;
}

function isDigit(code: number): boolean {
  return code >= 48 && code <= 57;
}

/** `false` */
const longestWord = 5;
const mayBeTyped: readonly boolean[] = Array.from({ length: 128 }, (_, code) =>
  /[-+.0-9~nNyYtTfFoO]/.test(String.fromCharCode(code)),
);

function scalarOf(value: unknown, type: Scalar.Type, range: Range, source?: string): Scalar {
  const scalar = new Scalar(value);
  scalar.range = range;
  scalar.source = source ?? String(value);
  scalar.type = type;
  return scalar;
}
