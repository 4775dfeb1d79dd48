/**
 * Reads plain YAML, as large manifests are written, a hundred times faster than the full parser, which
 * holds the event loop for as long as it reads: block maps and lists, values on one line, block text.
 *
 *     data:            a map at column 0; its value is the next line, which is further right
 *       motd: |        text at column 4
 *         hello
 *     list:
 *     - name: a        a list at column 0; its item is a map at column 2
 *       size: 1        the same map goes on
 *
 * What it is not sure of (anchors, tags, tabs, folded text, values over several lines, whatever is
 * wrong) it leaves to the full parser; what it reads means exactly what that would say.
 *
 * The language server has a reader of plain YAML too (quick-yaml.ts), for another purpose: it makes the full
 * parser's tree, with the place of everything, step by step. One reader for both has been weighed: a
 * megabyte of containers takes 65 ms here, ten times as long as a tree, and a stream of tokens for both would
 * cost each of them what makes it quick. What is alike in them is where lines and quotes end.
 */
import type { Decoded } from './full-yaml.ts';

/** Nested deeper than this is no manifest. */
const maxDepth = 100;
/** Each takes the full parser a twentieth of a millisecond. */
const mostMeanings = 4000;

const keyPattern = /(?:[A-Za-z_/][\w./-]*|"[^"\\\n]+"|'[^'\n]+')(?=:(?: |$))/my;
const doubleQuoted = /"(?:[^"\\\n]|\\["\\/bfnrt]|\\u[0-9a-fA-F]{4})*"/y;
const singleQuoted = /'(?:[^'\n]|'')*'/y;
/** Words that begin like this are text, but for those that mean something. */
const surelyText = /^[A-Za-z/][\w /.,;@%+=()-]*$/;
const meaningful = /^(?:y|yes|n|no|true|false|on|off|null|nan|inf)$/i;
const wholeNumber = /^(?:0|-?[1-9]\d{0,14})$/;
/** What no plain value begins with, or has in it. */
const indicator = /^[,[\]{}#&*!|>'"%@`]|^[-?:](?: |$)|: |:$/;
const unusual = /[^\n -~\u00a0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\u{10000}-\u{10ffff}]/u;

/** Thrown and caught in this file alone. */
class NotPlain extends Error {}
const notPlain = new NotPlain();

/**
 * The value of the only document of the text; undefined if the full parser must read it. `resolve` says
 * what a plain value on one line means.
 */
export function readPlainYaml(
  text: string,
  resolve: (plain: string) => unknown,
): Decoded | undefined {
  if (!text.endsWith('\n') || unusual.test(text)) return undefined;
  try {
    const reader = new Reader(text, resolve);
    return { value: reader.document(), duplicates: reader.duplicates };
  } catch (error) {
    if (error === notPlain) return undefined;
    throw error;
  }
}

class Reader {
  readonly duplicates: string[] = [];
  readonly #text: string;
  readonly #resolve: (plain: string) => unknown;
  /** What plain values mean that are not surely text: the same few come again and again. */
  readonly #meanings = new Map<string, unknown>();
  /** Where the line that is read next begins, and the column of what it says; -1 at the end. */
  #line = 0;
  #column = 0;
  #depth = 0;
  readonly #path: string[] = [];

  constructor(text: string, resolve: (plain: string) => unknown) {
    this.#text = text;
    this.#resolve = resolve;
  }

  document(): unknown {
    if (this.#text.startsWith('---\n')) this.#line = 4;
    this.#toContent();
    if (this.#column !== 0) throw notPlain;
    const value = this.#block(0);
    if (this.#column >= 0) throw notPlain;
    return value;
  }

  /** Goes to the next line that says something. */
  #toContent(): void {
    const text = this.#text;
    while (this.#line < text.length) {
      let at = this.#line;
      while (text[at] === ' ') at++;
      if (text[at] !== '\n' && text[at] !== '#') {
        this.#column = at - this.#line;
        if (this.#column === 0 && /^(?:---|\.\.\.)/.test(text.slice(at, at + 3))) throw notPlain;
        return;
      }
      this.#line = text.indexOf('\n', at) + 1;
    }
    this.#column = -1;
  }

  /** The map or list that begins at this column of this line. */
  #block(column: number): unknown {
    if (++this.#depth > maxDepth) throw notPlain;
    const at = this.#line + column;
    const isList = this.#text[at] === '-' && ' \n'.includes(this.#text[at + 1] ?? '');
    const value = isList ? this.#list(column) : this.#map(column, at);
    this.#depth--;
    return value;
  }

  #list(column: number): unknown[] {
    const items: unknown[] = [];
    while (this.#column === column) {
      const dash = this.#line + column;
      if (this.#text[dash] !== '-' || !' \n'.includes(this.#text[dash + 1] ?? '')) break;
      this.#path.push(`[${items.length}]`);
      items.push(this.#item(column, dash + 1));
      this.#path.pop();
    }
    // Further right than the list, but no part of an item.
    if (this.#column > column) throw notPlain;
    return items;
  }

  #item(column: number, after: number): unknown {
    let at = after;
    while (this.#text[at] === ' ') at++;
    if (this.#text[at] === '\n' || this.#text[at] === '#') return this.#value(column, at, false);
    keyPattern.lastIndex = at;
    if (!keyPattern.test(this.#text)) return this.#value(column, at, false);
    if (++this.#depth > maxDepth) throw notPlain;
    const value = this.#map(at - this.#line, at);
    this.#depth--;
    return value;
  }

  /** A map whose first key is at `from`, in a line that may begin with a list's dash. */
  #map(column: number, from: number): Record<string, unknown> {
    const map: Record<string, unknown> = {};
    const seen = new Set<string>();
    let at = from;
    do {
      const key = this.#key(at);
      const end = keyPattern.lastIndex + 1;
      this.#path.push(key);
      if (seen.has(key)) this.duplicates.push(this.#where());
      seen.add(key);
      map[key] = this.#value(column, end, true);
      this.#path.pop();
      at = this.#line + column;
    } while (this.#column === column);
    if (this.#column > column) throw notPlain;
    return map;
  }

  #key(at: number): string {
    keyPattern.lastIndex = at;
    const [found] = keyPattern.exec(this.#text) ?? [];
    if (found === undefined) throw notPlain;
    const isQuoted = found.startsWith('"') || found.startsWith("'");
    const key = isQuoted ? found.slice(1, -1) : found;
    if ((!isQuoted && meaningful.test(key)) || key === '__proto__') throw notPlain;
    return key;
  }

  #where(): string {
    return this.#path.join('.').replaceAll('.[', '[');
  }

  /** The value after a key or a dash, at `from`, of what is at this column. */
  #value(column: number, from: number, isOfMap: boolean): unknown {
    const text = this.#text;
    let at = from;
    while (text[at] === ' ') at++;
    const end = text.indexOf('\n', at);
    const first = text[at];
    if (first === '\n' || first === '#') return this.#below(column, end, isOfMap);
    if (first === '|') return this.#literal(column, text.slice(at + 1, end), end + 1);
    const value = this.#onLine(text, at, end);
    this.#line = end + 1;
    this.#toContent();
    // It goes on in the next line.
    if (this.#column > column) throw notPlain;
    return value;
  }

  /** A value that stands in the lines below, or none. */
  #below(column: number, end: number, isOfMap: boolean): unknown {
    this.#line = end + 1;
    this.#toContent();
    if (this.#column > column) return this.#nested();
    const dash = this.#line + column;
    const isList = isOfMap && this.#column === column && this.#text[dash] === '-';
    return isList && ' \n'.includes(this.#text[dash + 1] ?? '') ? this.#listOfKey(column) : null;
  }

  #nested(): unknown {
    const { [this.#line + this.#column]: first } = this.#text;
    keyPattern.lastIndex = this.#line + this.#column;
    if (first !== '-' && !keyPattern.test(this.#text)) throw notPlain;
    return this.#block(this.#column);
  }

  /** A list in the column of its key. */
  #listOfKey(column: number): unknown {
    if (++this.#depth > maxDepth) throw notPlain;
    const value = this.#list(column);
    this.#depth--;
    return value;
  }

  #onLine(text: string, at: number, end: number): unknown {
    const first = text[at];
    if (first === '"' || first === "'") {
      const pattern = first === '"' ? doubleQuoted : singleQuoted;
      pattern.lastIndex = at;
      const [quoted] = pattern.exec(text) ?? [];
      if (quoted === undefined || !/^ *(?: #.*)?$/.test(text.slice(at + quoted.length, end))) {
        throw notPlain;
      }
      return first === '"'
        ? (JSON.parse(quoted) as string)
        : quoted.slice(1, -1).replaceAll("''", "'");
    }
    const line = text.slice(at, end);
    if (/^\[\] *$/.test(line)) return [];
    if (/^\{\} *$/.test(line)) return {};
    const comment = line.indexOf(' #');
    const plain = (comment < 0 ? line : line.slice(0, comment)).trimEnd();
    if (indicator.test(plain)) throw notPlain;
    return this.#plain(plain);
  }

  #plain(plain: string): unknown {
    if (surelyText.test(plain) && !meaningful.test(plain)) return plain;
    if (wholeNumber.test(plain)) return Number(plain);
    if (!this.#meanings.has(plain)) {
      if (this.#meanings.size >= mostMeanings) throw notPlain;
      this.#meanings.set(plain, this.#resolve(plain));
    }
    return this.#meanings.get(plain);
  }

  /** Text as it stands, without what it is set in by. */
  #literal(column: number, indicators: string, from: number): string {
    if (!/^[+-]? *$/.test(indicators)) throw notPlain;
    const text = this.#text;
    const lines: string[] = [];
    let margin = -1;
    let at = from;
    while (at < text.length) {
      const end = text.indexOf('\n', at);
      let content = at;
      while (text[content] === ' ') content++;
      const isBlank = content === end;
      if (margin < 0 && !isBlank) {
        margin = content - at;
        // Lines of spaces before, if they reach further, are wrong.
        if (margin <= column || lines.some((line) => line.length > margin)) break;
        lines.fill('');
      }
      if (!isBlank && content - at < margin) break;
      lines.push(margin < 0 ? text.slice(at, end) : text.slice(Math.min(at + margin, end), end));
      at = end + 1;
    }
    if (margin <= column) throw notPlain;
    this.#line = at;
    this.#toContent();
    if (this.#column > column) throw notPlain;
    return chomped(lines, indicators.trim());
  }
}

/** All ends of lines that follow stay with `+`, none with `-`, else one. */
function chomped(lines: readonly string[], indicators: string): string {
  const whole = lines.map((line) => `${line}\n`).join('');
  if (indicators === '+') return whole;
  let end = whole.length;
  while (end > 0 && whole[end - 1] === '\n') end--;
  if (end === 0) return '';
  return whole.slice(0, end) + (indicators === '-' ? '' : '\n');
}
