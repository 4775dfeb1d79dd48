/**
 * Reads YAML (and JSON, which is YAML) as the Kubernetes tools do: YAML 1.1 with its yes/no booleans,
 * numbers of its own and no dates (runtime/api/yaml-numbers.ts).
 */
import {
  type CST,
  Document,
  isAlias,
  isMap,
  isPair,
  isScalar,
  isSeq,
  Lexer,
  type Node,
  Parser,
  type YAMLMap,
  YAMLParseError,
  type YAMLSeq,
} from 'yaml';
import { kubernetesTags } from '../../runtime/api/yaml-numbers.ts';
import { finish, type Steps } from '../slices.ts';
import { readPlainYamlInSteps } from './quick-yaml.ts';
import { type ComposeOptions, PiecewiseComposer } from './yaml-compose.ts';
import { duplicateKeysInSteps, followAlias } from './yaml-walk.ts';

/** A tree grown by aliases by more than this many values is cut off (the "billion laughs"). */
const valueBudget = 50_000;
const depthBudget = 200;

export type YamlDocument = Document;

const options = {
  version: '1.1',
  prettyErrors: false,
  // Looked for afterwards, in time that does not grow with the square of their number.
  uniqueKeys: false,
  customTags: kubernetesTags,
} as const;
/** So many signs and words are read in one step, a fraction of a millisecond. */
const lexemesInStep = 256;
/** The same for all documents, which would each make their own. */
const { schema } = new Document(undefined, options);

/** All documents of the text; broken ones come with their errors, nothing is thrown. */
export function parseYaml(text: string): YamlDocument[] {
  return finish(parseYamlInSteps(text));
}

/** As `parseYaml`, bit by bit. */
export function* parseYamlInSteps(text: string): Steps<YamlDocument[]> {
  const plain = new Document(undefined, { ...options, schema });
  const isPlain = yield* readPlainYamlInSteps(text, plain);
  return isPlain ? [plain] : yield* parseWholeYamlInSteps(text);
}

/** As `parseYaml`, always with the full parser. */
export function parseWholeYaml(text: string): YamlDocument[] {
  return finish(parseWholeYamlInSteps(text));
}

/** As `parseWholeYaml`, bit by bit. */
export function* parseWholeYamlInSteps(
  text: string,
  pieces: ComposeOptions = {},
): Steps<YamlDocument[]> {
  const parser = new Parser();
  const composer = new PiecewiseComposer(options, pieces);
  const documents: YamlDocument[] = [];
  let read = 0;
  let at = 0;
  let tooDeep: number | undefined;
  const take = function* (tokens: Iterable<CST.Token>): Steps<void> {
    for (const token of tokens) documents.push(...(yield* composer.next(token, at)));
  };
  for (const lexeme of new Lexer().lex(text)) {
    at = parser.offset;
    yield* take(parser.next(lexeme));
    if (parser.stack.length > mostLevels) {
      tooDeep = at;
      break;
    }
    read += 1;
    if (read % lexemesInStep === 0) yield;
  }
  at = tooDeep ?? text.length;
  yield* take(parser.end());
  documents.push(...(yield* composer.end()));
  if (tooDeep !== undefined) documents.at(-1)?.errors.splice(0, Infinity, deepError(tooDeep));
  for (const document of documents)
    document.errors.push(...(yield* duplicateKeysInSteps(document)));
  return documents;
}

/** What has more levels is no manifest; the parser takes time that grows with their square. */
const mostLevels = 2000;

/** It stands for all that is said of what was left open there. */
function deepError(at: number): YAMLParseError {
  const message = `Nested more than ${mostLevels.toLocaleString('en')} levels deep; what follows is not read`;
  return new YAMLParseError([at, at + 1], 'RESOURCE_EXHAUSTION', message);
}

/**
 * The plain value of a node, aliases and merge keys followed. An alias that leads nowhere or into
 * itself is undefined.
 */
export function plainValue(node: unknown, document: YamlDocument): unknown {
  return new Evaluation(document).value(node, 0);
}

/** As `plainValue`, bit by bit. */
export function plainValueInSteps(node: unknown, document: YamlDocument): Steps<unknown> {
  return new Evaluation(document).valueInSteps(node, 0);
}

/** A collection of so many characters is read in steps, of so many fields or items each. */
const longCollection = 4096;
const valuesInStep = 128;

function isLong(node: unknown): node is YAMLMap | YAMLSeq {
  if (!isMap(node) && !isSeq(node)) return false;
  const [start, end] = rangeOf(node) ?? [0, 0];
  return end - start > longCollection;
}

interface Field {
  readonly key: unknown;
  readonly value: unknown;
}

class Evaluation {
  readonly #document: YamlDocument;
  readonly #open = new Set<unknown>();
  #left = valueBudget;
  /** How many aliases the value is within; what is in none is no longer than the text. */
  #aliases = 0;

  constructor(document: YamlDocument) {
    this.#document = document;
  }

  value(node: unknown, depth: number): unknown {
    if (depth > depthBudget || this.#open.has(node)) return undefined;
    if (this.#aliases > 0 && this.#left-- <= 0) return undefined;
    if (isAlias(node)) return this.#aliased(followAlias(node, this.#document), depth);
    if (isScalar(node)) return node.value;
    if (!isMap(node) && !isSeq(node)) return node === null ? null : undefined;
    this.#open.add(node);
    const result = isMap(node)
      ? this.#map(node.items, depth)
      : node.items.map((item) => this.value(item, depth + 1));
    this.#open.delete(node);
    return result;
  }

  *valueInSteps(node: unknown, depth: number): Steps<unknown> {
    // What an alias stands for is bounded by the budget.
    if (!isLong(node)) return this.value(node, depth);
    if (depth > depthBudget || this.#open.has(node)) return undefined;
    this.#open.add(node);
    const result = yield* isMap(node)
      ? this.#mapInSteps(node.items, depth)
      : this.#listInSteps(node.items, depth);
    this.#open.delete(node);
    return result;
  }

  *#listInSteps(items: readonly unknown[], depth: number): Steps<unknown[]> {
    const list: unknown[] = [];
    for (const item of items) {
      list.push(yield* this.valueInSteps(item, depth + 1));
      if (list.length % valuesInStep === 0) yield;
    }
    return list;
  }

  *#mapInSteps(items: readonly Field[], depth: number): Steps<object> {
    const own: Record<string, unknown> = {};
    let merged: object[] | undefined;
    let read = 0;
    for (const { key, value } of items) {
      if (isMergeKey(key)) merged = (merged ?? []).concat(this.#sources(value, depth));
      else setField(own, keyText(key), yield* this.valueInSteps(value, depth + 1));
      read += 1;
      if (read % valuesInStep === 0) yield;
    }
    return this.#merged(own, merged);
  }

  #aliased(target: unknown, depth: number): unknown {
    this.#aliases += 1;
    const result = this.value(target, depth + 1);
    this.#aliases -= 1;
    return result;
  }

  #map(items: readonly Field[], depth: number): object {
    const own: Record<string, unknown> = {};
    let merged: object[] | undefined;
    for (const { key, value } of items) {
      if (isMergeKey(key)) merged = (merged ?? []).concat(this.#sources(value, depth));
      else setField(own, keyText(key), this.value(value, depth + 1));
    }
    return this.#merged(own, merged);
  }

  #merged(own: Record<string, unknown>, merged: object[] | undefined): object {
    if (merged === undefined) return own;
    const result: Record<string, unknown> = {};
    for (const source of [...merged.reverse(), own]) {
      // Merges of merges grow, too.
      this.#left -= Object.keys(source).length;
      for (const [name, value] of Object.entries(source)) setField(result, name, value);
    }
    return result;
  }

  /** What `<<` takes in: one map, or a list of them of which the first wins. */
  #sources(node: unknown, depth: number): object[] {
    const value = this.value(node, depth + 1);
    const sources = Array.isArray(value) ? value : [value];
    return sources.filter((each) => typeof each === 'object' && each !== null);
  }
}

/** `__proto__` is a field like any other here. */
export function setField(object: object, name: string, value: unknown): void {
  if (name !== '__proto__') (object as Record<string, unknown>)[name] = value;
  else Object.defineProperty(object, name, { value, enumerable: true, configurable: true });
}

export function isMergeKey(key: unknown): boolean {
  return isScalar(key) && (key.value === '<<' || typeof key.value === 'symbol');
}

/** A key as it becomes a field's name. */
export function keyText(key: unknown): string {
  if (isScalar(key)) return String(key.value);
  return isPair(key) || isMap(key) || isSeq(key) ? '' : String(key);
}

/** The node's range in the text, without what follows it; undefined for nodes made up on the way. */
export function rangeOf(node: unknown): [start: number, end: number] | undefined {
  const range = (node as Node | null)?.range;
  return range === undefined || range === null ? undefined : [range[0], range[1]];
}
