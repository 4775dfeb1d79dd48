/**
 * Where in which object the cursor stands while someone types. The half-written word is replaced by
 * a placeholder and the file is read again, so that indentation and nesting are the parser's
 * business and not ours.
 */
import { isMap, isPair, isSeq, type Pair, visit } from 'yaml';
import type { Path } from '../../runtime/api/structure-problem.ts';
import { isRecord } from '../routing/manifest-file.ts';
import {
  keyText,
  parseYamlInSteps,
  plainValueInSteps,
  type YamlDocument,
} from '../routing/yaml-text.ts';
import { finish, type Steps } from '../slices.ts';
import type { JsonSurroundings } from './json-context.ts';

export interface CompletionContext {
  readonly position: 'key' | 'value';
  /** Of the field that is being written, or of the object in which a key is being written. */
  readonly path: Path;
  /** The object as far as it is written, without the placeholder. */
  readonly value: Readonly<Record<string, unknown>>;
  /** Fields that stand beside the cursor already. */
  readonly siblings: readonly string[];
  /** The half-written word. */
  readonly start: number;
  readonly end: number;
  /** A key that has its colon already. */
  readonly keyOnly: boolean;
  /** How far the key on the cursor's line stands right of the line's indentation: 2 after `- `. */
  readonly hang: number;
  /** Where the object begins. */
  readonly rootStart: number;
  /** Within braces or brackets on the line, where a field has no lines of its own. */
  readonly flow: boolean;
  /** Right behind the colon, where a space is still missing. */
  readonly tight?: boolean;
  /** The file is JSON. */
  readonly json?: JsonSurroundings;
}

/** Stands in the value for what is being written. */
export const placeholder = 'skiff__cursor';

interface Gap {
  position: 'key' | 'value';
  start: number;
  end: number;
  insert: string;
  keyOnly: boolean;
  hang: number;
  flow: boolean;
  tight?: boolean;
}

/** Undefined where nothing can be completed: in comments, in block text, in JSON. */
export function completionContextAt(text: string, offset: number): CompletionContext | undefined {
  return finish(completionContextInSteps(text, offset));
}

/** As `completionContextAt`, bit by bit. */
export function* completionContextInSteps(
  text: string,
  offset: number,
): Steps<CompletionContext | undefined> {
  const gap = gapAt(text, offset);
  if (gap === undefined) return undefined;
  const [from, to] = documentAround(text, offset);
  const patched = text.slice(from, gap.start) + gap.insert + text.slice(gap.end, to);
  for (const document of yield* parseYamlInSteps(patched)) {
    const found = findPlaceholder(document);
    yield;
    if (found !== undefined) return yield* contextOf(found, document, gap, from);
  }
  return undefined;
}

/** From the `---` above to the one below; the other documents of a long file need no reading. */
function documentAround(text: string, offset: number): [from: number, to: number] {
  const lineStart = text.lastIndexOf('\n', offset - 1) + 1;
  const above = text.lastIndexOf('\n---', lineStart - 1);
  const below = text.indexOf('\n---', offset);
  return [above < 0 ? 0 : above + 1, below < 0 ? text.length : below + 1];
}

const keyLine = /^(\s*)((?:-\s+)*)(["']?[\w./-]*)$/;
const valueLine = /^\s*((?:-\s+)*)(?:"[^"]*"|'[^']*'|[\w./-]+)\s*:(?:\s+(["']?)([^"'#]*))?$/;

function gapAt(text: string, offset: number): Gap | undefined {
  const lineStart = text.lastIndexOf('\n', offset - 1) + 1;
  const before = text.slice(lineStart, offset);
  const lineEnd = endOfLine(text, offset);
  const after = text.slice(offset, lineEnd);
  const key = keyLine.exec(before);
  if (key !== null) {
    const [, , dashes = '', word = ''] = key;
    const rest = /^[\w./-]*/.exec(after)?.[0] ?? '';
    const keyOnly = /^\s*:/.test(after.slice(rest.length));
    return {
      position: 'key',
      start: offset - word.length,
      end: offset + rest.length,
      insert: keyOnly ? placeholder : `${placeholder}: `,
      keyOnly,
      hang: dashes.length,
      flow: false,
    };
  }
  const inline = flowGapAt(before, after, offset);
  if (inline !== undefined) return inline;
  const value = valueLine.exec(before);
  if (value === null) return undefined;
  const [, dashes = '', quote = '', word = ''] = value;
  const comment = after.search(/\s+#/);
  const rest = (comment < 0 ? after : after.slice(0, comment)).trimEnd();
  const isTight = before.endsWith(':');
  // A key that goes on behind its colon, as in an image's name, or has its value already.
  if (isTight && rest !== '') return undefined;
  return {
    position: 'value',
    start: offset - word.length - quote.length,
    end: offset + rest.length,
    insert: isTight ? ` ${placeholder}` : placeholder,
    keyOnly: false,
    hang: dashes.length,
    flow: false,
    tight: isTight,
  };
}

/** Within braces or brackets that begin on the line: `{name: web, |}`, `[get, |]`. */
function flowGapAt(before: string, after: string, offset: number): Gap | undefined {
  const open = openBracket(before);
  if (open === undefined) return undefined;
  const entry = before.slice(open.entry);
  const colon = open.bracket === '{' ? /:(?:\s+|$)/.exec(entry) : undefined;
  const isKey = open.bracket === '{' && colon === null;
  const word = colon ? entry.slice(colon.index + colon[0].length) : entry.trimStart();
  if (isKey && !/^[\w./-]*$/.test(word)) return undefined;
  const rest = /^[^,\]}#]*/.exec(after)?.[0].trimEnd() ?? '';
  const keyOnly = isKey && /^[\w./-]*\s*:/.test(rest);
  const length = keyOnly ? (/^[\w./-]*/.exec(rest)?.[0].length ?? 0) : rest.length;
  return {
    position: isKey ? 'key' : 'value',
    start: offset - word.length,
    end: offset + length,
    insert: isKey && !keyOnly ? `${placeholder}: ` : placeholder,
    keyOnly,
    hang: 0,
    flow: true,
  };
}

/** The innermost bracket that is open at the end of the text, and where its last entry begins. */
function openBracket(text: string): { bracket: string; entry: number } | undefined {
  const stack: { bracket: string; entry: number }[] = [];
  let quote: string | undefined;
  for (const [index, character] of [...text].entries()) {
    const top = stack.at(-1);
    if (quote !== undefined) {
      if (character === quote) quote = undefined;
    } else if (character === '"' || character === "'") quote = character;
    else if (character === '#' && /\s/.test(text[index - 1] ?? ' ')) return undefined;
    else if (character === '{' || character === '[') {
      stack.push({ bracket: character, entry: index + 1 });
    } else if (character === '}' || character === ']') stack.pop();
    else if (character === ',' && top !== undefined) top.entry = index + 1;
  }
  return quote === undefined ? stack.at(-1) : undefined;
}

/** Before a carriage return, where there is one. */
function endOfLine(text: string, offset: number): number {
  const end = text.indexOf('\n', offset);
  const stop = end < 0 ? text.length : end;
  return text[stop - 1] === '\r' && stop > offset ? stop - 1 : stop;
}

interface Found {
  path: (string | number)[];
  parent: unknown;
  /** The outermost map, or the item of a List. */
  root: unknown;
}

function findPlaceholder(document: YamlDocument): Found | undefined {
  let found: Found | undefined;
  visit(document, {
    Scalar(key, scalar, ancestors) {
      if (scalar.value !== placeholder) return undefined;
      found = locate([...ancestors, scalar], key === 'key');
      return visit.BREAK;
    },
  });
  return found;
}

/** Turns the chain of nodes above the placeholder into a path. */
function locate(chain: readonly unknown[], isKey: boolean): Found {
  const path: (string | number)[] = [];
  let parent: unknown;
  let root: unknown;
  for (const [index, node] of chain.entries()) {
    const next = chain[index + 1];
    if (isMap(node)) {
      parent = node;
      root ??= node;
      if (isPair(next) && !(isKey && index + 2 >= chain.length - 1)) path.push(nameOf(next));
    } else if (isSeq(node) && next !== undefined) {
      path.push(node.items.indexOf(next));
      // The objects in a List are looked at one by one.
      if (path.length === 2 && path[0] === 'items' && isList(root)) {
        root = next;
        path.length = 0;
      }
    }
  }
  return { path, parent, root };
}

function nameOf(pair: Pair): string {
  return keyText(pair.key);
}

function isList(node: unknown): boolean {
  return isMap(node) && node.get('kind') === 'List';
}

function* contextOf(
  { path, parent, root }: Found,
  document: YamlDocument,
  gap: Gap,
  from: number,
): Steps<CompletionContext> {
  const value = yield* plainValueInSteps(root, document);
  const siblings = isMap(parent) ? parent.items.map(nameOf).filter((n) => n !== placeholder) : [];
  const start = from + (isMap(root) ? (root.range?.[0] ?? 0) : 0);
  return {
    position: gap.position,
    path,
    value: isRecord(value) ? value : {},
    siblings,
    start: gap.start,
    end: gap.end,
    keyOnly: gap.keyOnly,
    hang: gap.hang,
    rootStart: Math.min(start, gap.start),
    flow: gap.flow,
    tight: gap.tight === true,
  };
}
