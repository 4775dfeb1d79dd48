/** Walks over trees of YAML in one pass each, however many keys, anchors and aliases there are. */
import {
  type Alias,
  type Document,
  isAlias,
  isMap,
  isPair,
  isScalar,
  isSeq,
  type Node,
  YAMLParseError,
} from 'yaml';
import type { Steps } from '../slices.ts';

/** So many keys are looked at in one step. */
const keysInStep = 1000;

/** All nodes below and with the root in the order of the text, aliases not followed. */
export function* nodesOf(root: unknown): Generator<Node, void, undefined> {
  const open: unknown[] = [root];
  while (open.length > 0) {
    const node = open.pop();
    if (isPair(node)) open.push(node.value, node.key);
    else if (isMap(node) || isSeq(node)) {
      yield node;
      for (let index = node.items.length - 1; index >= 0; index--) open.push(node.items[index]);
    } else if (isScalar(node) || isAlias(node)) yield node;
  }
}

type Targets = ReadonlyMap<Alias, Node | undefined>;

const known = new WeakMap<Document, Targets>();

/**
 * Every alias of the document with the node that it stands for: the last one before it that has the
 * anchor; undefined if there is none.
 */
export function aliasTargets(document: Document): Targets {
  const before = known.get(document);
  if (before !== undefined) return before;
  const targets = new Map<Alias, Node | undefined>();
  const anchors = new Map<string, Node>();
  for (const node of nodesOf(document.contents)) {
    if (isAlias(node)) targets.set(node, anchors.get(node.source));
    else if ('anchor' in node && typeof node.anchor === 'string') anchors.set(node.anchor, node);
  }
  known.set(document, targets);
  return targets;
}

/** What an alias stands for, any other node itself. */
export function followAlias(node: unknown, document: Document): unknown {
  return isAlias(node) ? aliasTargets(document).get(node) : node;
}

/** Keys that a map has already; the parser itself would compare each with all others. */
export function* duplicateKeysInSteps(document: Document): Steps<YAMLParseError[]> {
  const errors: YAMLParseError[] = [];
  let looked = 0;
  for (const node of nodesOf(document.contents)) {
    if (!isMap(node) || node.items.length < 2) continue;
    const seen = new Set<unknown>();
    for (const { key } of node.items) {
      looked += 1;
      if (looked % keysInStep === 0) yield;
      if (!isScalar(key)) continue;
      const [start = 0] = key.range ?? [];
      if (seen.has(key.value)) {
        errors.push(
          new YAMLParseError([start, start + 1], 'DUPLICATE_KEY', 'Map keys must be unique'),
        );
      }
      seen.add(key.value);
    }
  }
  return errors;
}
