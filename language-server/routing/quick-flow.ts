/**
 * The collections in brackets of plain YAML, and so JSON, for quick-yaml.ts, with what both need to read on.
 * In a long text reading ends at the first mistake between brackets, for a program wrote it.
 */
import { type Alias, Pair, Scalar, type Schema, YAMLMap, YAMLSeq } from 'yaml';
import type { Steps } from '../slices.ts';
import { closingQuote, lineEnd, nextLine, quotedOnLine, skipSpaces } from './quick-scalars.ts';

/** Nested deeper than this is no manifest. */
export const maxDepth = 100;

/** A plain value within brackets. */
const flowPlain = /[\w./$^+-][\w./$^+-]*(?=[ \t\r\n]*[,\]}]|:[ \r\n])/y;
/** Text to YAML, but to whoever writes JSON two values without a comma. */
const numberAndQuote = /^-?[0-9.]+ *"/;
/** So many values are read in one step, a fraction of a millisecond. */
const valuesInStep = 256;

/** Thrown here and caught in quick-yaml.ts, so that the way there needs no checks. */
class NotPlain extends Error {}
export const notPlain = new NotPlain();

/** What no YAML can have there; thrown and caught in this file alone. */
class Mistake extends Error {
  readonly at: number;

  constructor(at: number, message: string) {
    super(message);
    this.at = at;
  }
}

/** Who writes brackets on a longer line, or in a longer text, is a program. */
export const usualLongLine = 32 * 1024;
const linesInLongText = 8;

export type Range = [start: number, valueEnd: number, nodeEnd: number];
export type ReadNode = (Alias | Scalar | YAMLMap | YAMLSeq) & { range?: Range | null };

/** Reads from one place on; says what follows to whoever reads what is around the brackets. */
export abstract class FlowReader {
  protected readonly text: string;
  protected readonly schema: Schema;
  /** Of the next character to read. */
  protected at = 0;
  /** Where the line of `at` begins. */
  protected line = 0;
  protected depth = 0;
  /** The line end that was looked for last, and from where. */
  #seenFrom = 0;
  #seenEnd = -1;
  #values = 0;
  /** The collection that has been come upon, yet to be read. */
  #collection: Steps<ReadNode> | undefined;

  readonly #longLine: number;
  /** The mistake after which nothing is read. */
  protected mistake: Mistake | undefined;
  protected hasRepeatedKeys = false;

  constructor(text: string, schema: Schema, longLine: number) {
    this.text = text;
    this.schema = schema;
    this.#longLine = longLine;
  }

  /** A collection in brackets with nothing after it on its last line. */
  protected *flowAlone(indent: number): Steps<ReadNode> {
    const start = this.at;
    const node = yield* this.#flow(indent);
    const end = this.at;
    const isOver = this.mistake !== undefined || this.isTooMuch(skipSpaces(this.text, end));
    node.range = [start, end, isOver ? end : this.endOfValue(end)];
    return node;
  }

  /** A collection in brackets; further lines of it are right of `indent`. */
  *#flow(indent: number): Steps<ReadNode> {
    if (++this.depth > maxDepth) throw notPlain;
    const text = this.text;
    const start = this.at;
    const isMap = text.charCodeAt(start) === 123;
    const node = isMap ? new YAMLMap(this.schema) : new YAMLSeq(this.schema);
    node.flow = true;
    const close = isMap ? 125 : 93;
    const names = new Set<unknown>();
    this.at += 1;
    try {
      this.#flowSpace(indent);
      while (text.charCodeAt(this.at) !== close) {
        const item = this.#flowNode(indent) ?? (yield* this.nested());
        if (node instanceof YAMLMap) {
          const name = this.#flowName(item);
          if (names.has(name.value)) this.hasRepeatedKeys = true;
          names.add(name.value);
          const value = this.#flowValue(name, indent) ?? (yield* this.nested());
          node.items.push(new Pair(name, value));
        } else node.items.push(item);
        if (this.isDue()) yield;
        if (this.mistake !== undefined || this.#isLastItem(close, indent)) break;
      }
      if (this.mistake === undefined) this.at += 1;
    } catch (error) {
      if (!(error instanceof Mistake)) throw error;
      this.#endWith(error);
    }
    node.range = [start, this.at, this.at];
    this.depth -= 1;
    return node;
  }

  /** A map can have a map for a key, but no manifest has. */
  #flowName(item: ReadNode): Scalar {
    if (item instanceof Scalar) return item;
    return this.#refuse('There is no name of a field here', item.range?.[0]);
  }

  #flowValue(name: Scalar, indent: number): ReadNode | undefined {
    const text = this.text;
    if (name.range?.[1] !== this.at || text.charCodeAt(this.at) !== 58) {
      // A field may be without a value, and its colon stand apart.
      const isValue = /^ *(?:["'{[\]\w]|$)/.test(text.slice(this.at, this.at + 100));
      if (name.type === 'PLAIN' || !isValue) throw notPlain;
      this.#refuse('There is no ":" here');
    }
    const next = text.charCodeAt(this.at + 1);
    // After a name in quotes, as all are in JSON, the value may follow at once.
    const isQuoted = name.type !== 'PLAIN';
    if (!isQuoted && next !== 32 && next !== 10 && next !== 13) throw notPlain;
    this.at += 1;
    this.#flowSpace(indent);
    return this.#flowNode(indent);
  }

  #flowNode(indent: number): ReadNode | undefined {
    const text = this.text;
    const start = this.at;
    const code = text.charCodeAt(start);
    if (code === 91 || code === 123) return this.later(this.#flow(indent));
    if (code === 34 || code === 39) {
      const limit = this.#lineEnd(start);
      const found = quotedOnLine(text, start, limit);
      if (found === undefined) {
        // On the last line there is nothing that could close it.
        const isOpen = limit === text.length && closingQuote(text, start, limit) < 0;
        if (!isOpen) throw notPlain;
        this.#refuse(`This ${text[start]} is never closed`);
      }
      this.at = found.end;
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
    this.at = end;
    return this.plainScalar(text.slice(start, end), [start, end, end]);
  }

  /** Whether the bracket closes after an item; else there is a comma, and the next item after it. */
  #isLastItem(close: number, indent: number): boolean {
    this.#flowSpace(indent);
    const code = this.text.charCodeAt(this.at);
    if (code === close) return true;
    if (code !== 44) this.#refuseNext(close);
    this.at += 1;
    this.#flowSpace(indent);
    return false;
  }

  /** Spaces and line ends between brackets. */
  #flowSpace(indent: number): void {
    const text = this.text;
    for (;;) {
      this.at = skipSpaces(text, this.at);
      const code = text.charCodeAt(this.at);
      // Where nothing is around the brackets it does not matter how far they are to the right.
      if (code === 9 && indent < 0) {
        this.at += 1;
        continue;
      }
      if (code !== 10 && code !== 13) return;
      const line = nextLine(text, this.at);
      const first = skipSpaces(text, line);
      if (first - line <= indent) {
        // The last bracket may stand in the column of the field.
        if (/[\]}\s]/.test(text[first] ?? ' ')) throw notPlain;
        this.#refuse('A bracket is never closed, here at the latest', first);
      }
      this.line = line;
      this.at = first;
    }
  }

  protected plainScalar(source: string, range: Range): Scalar {
    const first = source.charCodeAt(0);
    // Only text that begins like a number, a boolean or null can be anything but text.
    const isWord = first > 64 && first < 126;
    if (!mayBeTyped[first] || (isWord && source.length > longestWord)) {
      return scalarOf(source, 'PLAIN', range);
    }
    for (const tag of this.schema.tags) {
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

  /** After a value: nothing but a comment may follow on the line. Where the next one begins. */
  protected endOfValue(end: number): number {
    const text = this.text;
    const after = skipSpaces(text, end);
    const stop = lineEnd(text, after);
    if (after < stop && (text.charCodeAt(after) !== 35 || after === end)) throw notPlain;
    this.line = nextLine(text, stop);
    this.at = this.line;
    return this.line;
  }

  /** Where the line at `from` ends; looked for once a line, for one may be as long as the file. */
  #lineEnd(from: number): number {
    if (from < this.#seenFrom || from > this.#seenEnd) {
      this.#seenFrom = from;
      this.#seenEnd = lineEnd(this.text, from);
    }
    return this.#seenEnd;
  }

  /** Whether it is time to let others go on. */
  protected isDue(): boolean {
    this.#values += 1;
    return this.#values % valuesInStep === 0;
  }

  /** The collection that stands where `#value` found no plain value. */
  protected nested(): Steps<ReadNode> {
    const steps = this.#collection;
    if (steps === undefined) throw notPlain;
    this.#collection = undefined;
    return steps;
  }

  protected later(collection: Steps<ReadNode>): undefined {
    this.#collection = collection;
  }

  /**
   * For what no YAML can have between brackets: where a program wrote them, reading ends there, or all
   * of it would be read for seconds at each key. Of anything shorter the full parser can tell more.
   */
  #refuse(problem: string, at = this.at): never {
    if (!this.#isLong(at)) throw notPlain;
    throw new Mistake(at, `${problem}. In so long a text nothing after it is read`);
  }

  /** Where neither a comma nor the closing bracket follows on an item. */
  #refuseNext(close: number): never {
    const next = this.text[this.at] ?? '';
    // A list may have fields in it, a comment may stand anywhere.
    const mayBe =
      next === ':' || next === '\t' || /\s#/.test(this.text.slice(this.at - 1, this.at + 1));
    if (mayBe) throw notPlain;
    this.#refuse(`There is no "," or "${String.fromCharCode(close)}" here`);
  }

  /**
   * Whether what stands at `at`, after the last bracket, is a mistake, and reading has ended there. What
   * could make a key of all before it, or end the document, is left to the full parser.
   */
  protected isTooMuch(at: number): boolean {
    const isComment = this.text[at] === '#' && /\s/.test(this.text[at - 1] ?? '');
    if (isComment || !/[\w"'{}[\],#]/.test(this.text[at] ?? '') || !this.#isLong(at)) return false;
    this.#endWith(new Mistake(at, 'Nothing can follow after the last bracket'));
    return true;
  }

  #isLong(at: number): boolean {
    const { length } = this.text;
    if (length > this.#longLine * linesInLongText) return true;
    return this.#lineEnd(Math.min(at, length)) - this.line > this.#longLine;
  }

  #endWith(mistake: Mistake): void {
    this.mistake = mistake;
    this.at = this.text.length;
    this.line = this.at;
  }
}

function isDigit(code: number): boolean {
  return code >= 48 && code <= 57;
}

/** `false` */
const longestWord = 5;
const mayBeTyped: readonly boolean[] = Array.from({ length: 128 }, (_, code) =>
  /[-+.0-9~nNyYtTfFoO]/.test(String.fromCharCode(code)),
);

export function scalarOf(value: unknown, type: Scalar.Type, range: Range, source?: string): Scalar {
  const scalar = new Scalar(value);
  scalar.range = range;
  scalar.source = source ?? String(value);
  scalar.type = type;
  return scalar;
}
