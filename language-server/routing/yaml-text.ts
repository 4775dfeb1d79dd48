/**
 * Reads YAML (and JSON, which is YAML) as the Kubernetes tools do: YAML 1.1 with its yes/no booleans,
 * numbers of its own and no dates (runtime/api/yaml-numbers.ts).
 */
import {
  Document,
  isAlias,
  isMap,
  isPair,
  isScalar,
  isSeq,
  type Node,
  parseAllDocuments,
} from 'yaml';
import { kubernetesTags } from '../../runtime/api/yaml-numbers.ts';
import { readPlainYaml } from './quick-yaml.ts';

/** A tree grown by aliases beyond this many values is cut off (the "billion laughs"). */
const valueBudget = 100_000;
const depthBudget = 200;

export type YamlDocument = Document;

const options = {
  version: '1.1',
  prettyErrors: false,
  customTags: kubernetesTags,
} as const;
/** The same for all documents, which would each make their own. */
const { schema } = new Document(undefined, options);

/** All documents of the text; broken ones come with their errors, nothing is thrown. */
export function parseYaml(text: string): YamlDocument[] {
  const plain = new Document(undefined, { ...options, schema });
  return readPlainYaml(text, plain) ? [plain] : parseWholeYaml(text);
}

/** As `parseYaml`, always with the full parser. */
export function parseWholeYaml(text: string): YamlDocument[] {
  // The stream of an empty text is an array too, an empty one.
  return [...parseAllDocuments(text, options)];
}

/**
 * The plain value of a node, aliases and merge keys followed. An alias that leads nowhere or into
 * itself is undefined.
 */
export function plainValue(node: unknown, document: YamlDocument): unknown {
  return new Evaluation(document).value(node, 0);
}

class Evaluation {
  readonly #document: YamlDocument;
  readonly #open = new Set<unknown>();
  #left = valueBudget;

  constructor(document: YamlDocument) {
    this.#document = document;
  }

  value(node: unknown, depth: number): unknown {
    if (this.#left-- <= 0 || depth > depthBudget || this.#open.has(node)) return undefined;
    if (isAlias(node)) return this.value(node.resolve(this.#document), depth + 1);
    if (isScalar(node)) return node.value;
    if (!isMap(node) && !isSeq(node)) return node === null ? null : undefined;
    this.#open.add(node);
    const result = isMap(node)
      ? this.#map(node.items, depth)
      : node.items.map((item) => this.value(item, depth + 1));
    this.#open.delete(node);
    return result;
  }

  #map(items: readonly { key: unknown; value: unknown }[], depth: number): object {
    const own: Record<string, unknown> = {};
    let merged: object[] | undefined;
    for (const { key, value } of items) {
      if (isMergeKey(key)) merged = (merged ?? []).concat(this.#sources(value, depth));
      else setField(own, keyText(key), this.value(value, depth + 1));
    }
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
function setField(object: Record<string, unknown>, name: string, value: unknown): void {
  if (name !== '__proto__') object[name] = value;
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
