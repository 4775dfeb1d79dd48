/** Where the fields of an object stand in its file, and their nodes in the tree: also through aliases and merges. */
import { isMap, isSeq, type Pair, type YAMLMap } from 'yaml';
import type { Path } from '../../runtime/api/structure-problem.ts';
import type { ParsedResource, Resource } from './manifest-file.ts';
import { isMergeKey, keyText, rangeOf, type YamlDocument } from './yaml-text.ts';
import { followAlias } from './yaml-walk.ts';

export interface Located {
  /** The key of the field; undefined for items of a list. */
  readonly key: [start: number, end: number] | undefined;
  readonly value: [start: number, end: number] | undefined;
}

/** Where the field at `path` stands in the file; undefined if it is not written there. */
export function locate(resource: Resource, path: Path): Located | undefined {
  let node: unknown = resource.node;
  let located: Located = { key: undefined, value: placed(node, resource) };
  for (const part of path) {
    const step = stepInto(node, part, resource.document);
    if (step === undefined) return undefined;
    node = step.node;
    located = { key: placed(step.key, resource), value: placed(node, resource) };
  }
  return located;
}

/** The node's range in the file. */
export function placed(
  node: unknown,
  { base }: Pick<Resource, 'base'>,
): [start: number, end: number] | undefined {
  const range = rangeOf(node);
  return range && [range[0] + base, range[1] + base];
}

/** The node of the field at `path`. */
export function nodeAt(resource: ParsedResource, path: Path): unknown {
  let node: unknown = resource.node;
  for (const part of path) {
    const step = stepInto(node, part, resource.document);
    if (step === undefined) return undefined;
    node = step.node;
  }
  return node;
}

interface Step {
  key: unknown;
  node: unknown;
}

function stepInto(
  node: unknown,
  part: string | number,
  document: YamlDocument,
  depth = 0,
): Step | undefined {
  const target = followAlias(node, document);
  if (isMap(target)) {
    const pair = pairOf(target, String(part));
    if (pair !== undefined) return { key: pair.key, node: pair.value };
    return depth > maxMerges ? undefined : stepIntoMerged(target, part, document, depth);
  }
  if (typeof part === 'number' && isSeq(target) && part < target.items.length) {
    return { key: undefined, node: target.items[part] };
  }
  return undefined;
}

/** Maps with more fields than this are searched by an index. */
const fewFields = 50;
const indexes = new WeakMap<YAMLMap, ReadonlyMap<string, Pair>>();

/** The first field of that name. */
function pairOf(map: YAMLMap, name: string): Pair | undefined {
  const { items } = map;
  if (items.length <= fewFields) {
    return items.find(({ key }) => keyText(key) === name && !isMergeKey(key));
  }
  let index = indexes.get(map);
  if (index === undefined) {
    const last = items.filter(({ key }) => !isMergeKey(key)).reverse();
    index = new Map(last.map((pair) => [keyText(pair.key), pair]));
    indexes.set(map, index);
  }
  return index.get(name);
}

const maxMerges = 20;

/** A field that comes from what `<<` takes in. */
function stepIntoMerged(
  map: YAMLMap,
  part: string | number,
  document: YamlDocument,
  depth: number,
): Step | undefined {
  for (const { key, value } of map.items) {
    if (!isMergeKey(key)) continue;
    const target = followAlias(value, document);
    for (const source of isSeq(target) ? target.items : [target]) {
      const step = stepInto(source, part, document, depth + 1);
      if (step !== undefined) return step;
    }
  }
  return undefined;
}
