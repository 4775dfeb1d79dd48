/**
 * Writes what is nothing but JSON as YAML, in the form of the Kubernetes tools: members in the order of their
 * names, lists in the column of their name, texts of several lines as blocks. A hundred times faster than the library's writer, so
 * that the longest object takes a few dozen milliseconds and needs no thread; every reader of YAML 1.1
 * or 1.2 reads the same from it (texts that anyone might take for something else are in quotes).
 */

import { byYamlName } from './yaml-order.ts';

/** Words without quotes: from a letter on, and nothing in them that any reader minds. */
const plain = /^[A-Za-z/](?:[\w /.,;@%+=()-]|:(?=[\w/.@-]))*$/;
/** Versions, addresses and amounts: `1.36.0`, `10.96.0.1`, `250m`, `64Mi`. */
const plainNumbers = /^\d+(?:(?:\.\d+){2,3}|m|[KMGTP]i)$/;
const meaningful = /^(?:y|yes|n|no|true|false|on|off|null|nan|inf|e\d+)$/i;
/** What a block may have in it: printable, no line of spaces, none that ends with one, no other line ends. */
const blockText =
  /^(?=[^\s])(?:[\t\n -~\u00a0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\u{10000}-\u{10ffff}])*$/u;
const spacesAtEnd = /[ \t\u00a0](?:\n|$)/;
/** Nobody reads longer ones, and to move each line of three megabytes takes half a second. */
const longestBlock = 1024 * 1024;
/** JSON leaves these as they are, YAML does not let them stand. */
const unprintable = /[\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff]/g;
/** Longer names need a mark in front: readers look no further than 1,024 characters for the colon. */
const longestName = 128;

/** The text of a value, with a line end. Recurses as deep as the value goes. */
export function yamlText(value: unknown): string {
  const out: string[] = [];
  if (isFilled(value)) writeBlock(out, value, '', '');
  else out.push(inLine(value, ''), '\n');
  return out.join('');
}

/** Writes a map or a list, its first line after `start`, the others after `indent`. */
function writeBlock(out: string[], value: object, indent: string, start: string): void {
  let before = start;
  if (Array.isArray(value)) {
    for (const item of value) {
      out.push(before, '-');
      before = indent;
      if (isFilled(item)) writeBlock(out, item, `${indent}  `, ' ');
      else out.push(' ', inLine(item, indent), '\n');
    }
    return;
  }
  const members = value as Record<string, unknown>;
  for (const name of Object.keys(members).sort(byYamlName)) {
    const member = members[name];
    if (member === undefined) continue;
    writeName(out, name, before, indent);
    before = indent;
    if (!isFilled(member)) out.push(' ', inLine(member, indent), '\n');
    else {
      out.push('\n');
      // A list needs no room: its dashes tell it from the names.
      const inner = Array.isArray(member) && name.length <= longestName ? indent : `${indent}  `;
      writeBlock(out, member, inner, inner);
    }
  }
}

function writeName(out: string[], name: string, before: string, indent: string): void {
  if (name.length <= longestName) out.push(before, words(name), ':');
  else out.push(before, '? ', words(name), '\n', indent, ':');
}

/** Has members, and so lines of its own. */
function isFilled(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false;
  if (Array.isArray(value)) return value.length > 0;
  for (const name in value) if ((value as Record<string, unknown>)[name] !== undefined) return true;
  return false;
}

/** A value that begins on the line of its name; only a block of text goes on below it. */
function inLine(value: unknown, indent: string): string {
  if (typeof value === 'object')
    return value === null ? 'null' : Array.isArray(value) ? '[]' : '{}';
  if (typeof value !== 'string') return String(value ?? null);
  const isBlock =
    value.includes('\n') &&
    value.length <= longestBlock &&
    blockText.test(value) &&
    !spacesAtEnd.test(value);
  return isBlock ? block(value, `${indent}  `) : words(value);
}

function block(text: string, indent: string): string {
  const end = text.endsWith('\n\n') ? '+' : text.endsWith('\n') ? '' : '-';
  const lines = end === '-' ? text : text.slice(0, -1);
  return `|${end}\n${indent}${lines.replace(/\n(?!\n|$)/g, `\n${indent}`)}`;
}

function words(text: string): string {
  const isPlain = plain.test(text)
    ? !text.endsWith(' ') && !meaningful.test(text)
    : plainNumbers.test(text);
  if (isPlain) return text;
  return JSON.stringify(text).replace(
    unprintable,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
