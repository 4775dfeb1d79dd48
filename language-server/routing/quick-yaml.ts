/**
 * Reads plain YAML, as most manifests are written, several times faster than a full parser can:
 * block maps and lists with plain and quoted values, block text, small flow collections, comments.
 * It makes the very tree that the full parser makes, and gives up at the first thing that it is not
 * sure of (merges, tags, tabs, directives, whatever is wrong): then the full parser reads the text.
 * JSON is read with or without spaces, and with tabs; anchors and aliases after a colon.
 * The API server reads YAML into plain values with a reader of its own (http/plain-yaml.ts), which says why.
 *
 *     spec:            a map at column 0; its value is the next line, which is further right
 *       ports:         a map at column 2; the value of `ports` is the list below
 *       - name: http   a list at column 2; its item is a map at column 4
 *         port: 80     the same map goes on
 */
import { Alias, type Document, Pair, Scalar, YAMLMap, YAMLParseError, YAMLSeq } from 'yaml';
import { finish, type Steps } from '../slices.ts';
import {
  FlowReader,
  maxDepth,
  notPlain,
  type Range,
  type ReadNode,
  scalarOf,
  usualLongLine,
} from './quick-flow.ts';
import {
  blockScalar,
  fold,
  lineEnd,
  nextLine,
  quotedOnLine,
  type ScalarText,
  singleQuotedLines,
  skipSpaces,
} from './quick-scalars.ts';
import { duplicateKeysInSteps } from './yaml-walk.ts';

const key = /(?:[A-Za-z0-9_.$/][\w.$/@+-]*|"[^"\\\r\n]+"|'[^'\r\n]+')(?=:(?:[ \r\n]|$))/y;
/** An anchor with a value after or below it, or an alias that is all there is on its line. */
const anchor = /&([A-Za-z0-9_-]+)(?=[ \r\n])/y;
const alias = /\*([A-Za-z0-9_-]+)(?=[ ]*(?:[\r\n]|$))/y;
export interface QuickOptions {
  /** Characters; of a collection in brackets on such a line nothing is read after a mistake. */
  readonly longLine?: number;
}

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

class PlainReader extends FlowReader {
  *read(document: Document): Steps<boolean> {
    const text = this.text;
    if (/^\uFEFF|\r(?!\n)|\0/.test(text)) return false;
    if (text.startsWith('---')) this.endOfValue(3);
    const begin = this.line;
    if (!this.#toContent()) return false;
    const start = begin > 0 ? 0 : this.line;
    const isJson = text.charCodeAt(this.at) === 123;
    const root = yield* isJson ? this.#json() : this.#map(this.#column);
    if (this.at < text.length && !(isJson && this.isTooMuch(this.at))) return false;
    document.contents = root as Document['contents'];
    document.range = [start, root.range?.[2] ?? 0, text.length];
    if (this.mistake !== undefined) {
      const { at, message } = this.mistake;
      document.errors.push(new YAMLParseError([at, at + 1], 'UNEXPECTED_TOKEN', message));
    }
    if (this.hasRepeatedKeys) document.errors.push(...(yield* duplicateKeysInSteps(document)));
    return true;
  }

  /** A map in braces that is all there is. */
  *#json(): Steps<ReadNode> {
    const node = yield* this.flowAlone(-1);
    this.#toContent();
    return node;
  }

  /** Goes to the first character of the next line that says something; false at the end. */
  #toContent(): boolean {
    const text = this.text;
    while (this.line < text.length) {
      const first = skipSpaces(text, this.line);
      const code = text.charCodeAt(first);
      if (code !== 35 && code !== 10 && code !== 13 && first < text.length) {
        if (code === 9) throw notPlain;
        this.at = first;
        return true;
      }
      this.line = nextLine(text, lineEnd(text, first));
    }
    this.at = text.length;
    return false;
  }

  #isKey(): boolean {
    key.lastIndex = this.at;
    return key.test(this.text);
  }

  #isItem(): boolean {
    if (this.text.charCodeAt(this.at) !== 45) return false;
    const next = this.text.charCodeAt(this.at + 1);
    return next === 32 || next === 10 || next === 13 || Number.isNaN(next);
  }

  get #column(): number {
    return this.at - this.line;
  }

  /** A map whose first key is here, in the column `indent`. */
  *#map(indent: number): Steps<ReadNode> {
    if (++this.depth > maxDepth) throw notPlain;
    const map = new YAMLMap(this.schema);
    const start = this.at;
    const names = new Set<unknown>();
    let end: number;
    do {
      if (!this.#isKey()) throw notPlain;
      const name = this.#key(key.lastIndex);
      if (names.has(name.value)) this.hasRepeatedKeys = true;
      names.add(name.value);
      const value = this.#value(indent, true) ?? (yield* this.nested());
      map.items.push(new Pair(name, value));
      end = value.range?.[2] ?? this.at;
      if (this.isDue()) yield;
    } while (this.#toContent() && this.#column === indent);
    if (this.at < this.text.length && this.#column > indent) throw notPlain;
    map.range = [start, end, end];
    this.depth -= 1;
    return map;
  }

  #key(end: number): Scalar {
    const start = this.at;
    const text = this.text;
    if (end - start > 1000) throw notPlain;
    const first = text.charCodeAt(start);
    this.at = end + 1;
    const range: Range = [start, end, end];
    if (first === 34) return scalarOf(text.slice(start + 1, end - 1), 'QUOTE_DOUBLE', range);
    if (first === 39) return scalarOf(text.slice(start + 1, end - 1), 'QUOTE_SINGLE', range);
    return this.plainScalar(text.slice(start, end), range);
  }

  /** A list whose first dash is here, in the column `indent`. */
  *#list(indent: number): Steps<ReadNode> {
    if (++this.depth > maxDepth) throw notPlain;
    const list = new YAMLSeq(this.schema);
    const start = this.at;
    let end: number;
    do {
      this.at += 1;
      const value = this.#value(indent, false) ?? (yield* this.nested());
      list.items.push(value);
      end = value.range?.[2] ?? this.at;
      if (this.isDue()) yield;
    } while (this.#toContent() && this.#column === indent && this.#isItem());
    if (this.at < this.text.length && this.#column > indent) throw notPlain;
    list.range = [start, end, end];
    this.depth -= 1;
    return list;
  }

  /**
   * What comes after a colon or a dash; undefined where that is a collection, for `nested` to read.
   * @param indent the column of the map or list that it belongs to
   */
  #value(indent: number, inMap: boolean): ReadNode | undefined {
    const text = this.text;
    const start = skipSpaces(text, this.at);
    const code = text.charCodeAt(start);
    if (start >= text.length || code === 10 || code === 13 || (code === 35 && start > this.at)) {
      return this.#valueBelow(start, indent, inMap);
    }
    this.at = start;
    if (!inMap) {
      if (this.#isItem()) throw notPlain;
      if (this.#isKey()) return this.later(this.#map(this.#column));
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
        return this.later(this.flowAlone(indent));
      default:
        return this.#plain(start, indent);
    }
  }

  /** A value with a name, by which aliases take it in. */
  #anchored(indent: number, inMap: boolean): ReadNode | undefined {
    anchor.lastIndex = this.at;
    const found = anchor.exec(this.text);
    // In a list it may be the name of a key, and not of the map that the key is in.
    if (found === null || !inMap) throw notPlain;
    const from = skipSpaces(this.text, anchor.lastIndex);
    if (/[&*#]/.test(this.text[from] ?? '')) throw notPlain;
    this.at = anchor.lastIndex;
    const value = this.#value(indent, inMap);
    const name = found[1] ?? '';
    if (value === undefined) return this.later(this.#named(name, this.nested()));
    // One that is not given has a place of its own in the full parser's tree.
    if (value instanceof Scalar && value.source === '') throw notPlain;
    return withAnchor(value, name);
  }

  *#named(name: string, collection: Steps<ReadNode>): Steps<ReadNode> {
    return withAnchor(yield* collection, name);
  }

  #alias(start: number): ReadNode {
    alias.lastIndex = start;
    const found = alias.exec(this.text);
    if (found === null) throw notPlain;
    const end = start + found[0].length;
    const node: ReadNode = new Alias(found[1] ?? '');
    node.range = [start, end, this.endOfValue(end)];
    return node;
  }

  /** A value that begins on a line of its own, or is not given. */
  #valueBelow(start: number, indent: number, inMap: boolean): ReadNode | undefined {
    const text = this.text;
    const hasComment = text.charCodeAt(start) === 35;
    const after = this.endOfValue(start > this.at ? start - 1 : start);
    if (this.#toContent()) {
      const column = this.#column;
      const isItem = this.#isItem();
      if (isItem && (column > indent || (inMap && column === indent))) {
        return this.later(this.#list(column));
      }
      if (column > indent) {
        if (!this.#isKey()) throw notPlain;
        return this.later(this.#map(column));
      }
    }
    return scalarOf(null, 'PLAIN', [start, start, hasComment ? after : start], '');
  }

  #block(start: number, indent: number): ReadNode {
    const isFolded = this.text.charCodeAt(start) === 62;
    const found = blockScalar(this.text, start, indent);
    if (found === undefined) throw notPlain;
    this.line = found.end;
    this.at = found.end;
    const range: Range = [start, found.end, found.end];
    return scalarOf(found.value, isFolded ? 'BLOCK_FOLDED' : 'BLOCK_LITERAL', range);
  }

  #quoted(start: number, indent: number): ReadNode {
    const text = this.text;
    const isSingle = text.charCodeAt(start) === 39;
    const found =
      quotedOnLine(text, start, lineEnd(text, start)) ??
      (isSingle ? singleQuotedLines(text, start, indent) : undefined);
    if (found === undefined) throw notPlain;
    return this.#scalarTo(found, isSingle ? 'QUOTE_SINGLE' : 'QUOTE_DOUBLE', start);
  }

  #scalarTo({ value, end }: ScalarText, type: Scalar.Type, start: number): ReadNode {
    return scalarOf(value, type, [start, end, this.endOfValue(end)]);
  }

  #plain(start: number, indent: number): ReadNode {
    const text = this.text;
    if (/[&*!%@`?,\]}#:]/.test(text[start] ?? '') || this.#isItem()) throw notPlain;
    const stop = lineEnd(text, start);
    const end = this.#plainEnd(start, stop);
    const hasComment = end.comment;
    this.line = nextLine(text, stop);
    const first = text.slice(start, end.at);
    const further = hasComment ? undefined : this.#furtherLines(indent);
    if (further === undefined) {
      this.at = this.line;
      return this.plainScalar(first, [start, end.at, this.line]);
    }
    const source = fold([first, ...further.lines]);
    return this.plainScalar(source, [start, further.end, this.line]);
  }

  /** Where the text of a plain value ends on its line. */
  #plainEnd(start: number, stop: number): { at: number; comment: boolean } {
    const text = this.text;
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
    const text = this.text;
    const lines: string[] = [];
    let end = -1;
    let line = this.line;
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
        this.line = nextLine(text, stop);
      } else break;
      line = nextLine(text, stop);
    }
    this.at = this.line;
    return lines.length === 0 ? undefined : { lines, end };
  }

  /** Whether there is text right of `indent` after the comments at `line`. */
  #goesOn(line: number, indent: number): boolean {
    const text = this.text;
    let at = line;
    while (at < text.length) {
      const first = skipSpaces(text, at);
      const stop = lineEnd(text, first);
      if (first !== stop && text.charCodeAt(first) !== 35) return first - at > indent;
      at = nextLine(text, stop);
    }
    return false;
  }
}

function withAnchor(node: ReadNode, name: string): ReadNode {
  if (node instanceof Alias) throw notPlain;
  node.anchor = name;
  return node;
}
