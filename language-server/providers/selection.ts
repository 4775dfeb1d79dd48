/** What the editor can select in growing steps, and what it can fold. */
import {
  type FoldingRange,
  FoldingRangeKind,
  type Position,
  type Range,
  type SelectionRange,
} from 'vscode-languageserver';
import { isMap, isPair, isScalar, isSeq, type Pair } from 'yaml';
import { rangeOf } from '../routing/yaml-text.ts';
import { finish, type Steps } from '../slices.ts';
import { type OpenFile, rangeIn } from './open-file.ts';

/** From the word at the cursor outwards: value, field, the fields around it, …, document, file. */
export function selectionAt(file: OpenFile, position: Position): SelectionRange {
  const { document, manifest } = file;
  const offset = document.offsetAt(position);
  const spans: [number, number][] = [[0, document.getText().length]];
  const placed = manifest.parts.findLast(({ start }) => start <= offset);
  if (placed !== undefined) {
    const { start, part } = placed;
    spans.push([start, start + part.text.trimEnd().length]);
    for (const yaml of part.documents) {
      for (const [from, to] of spansAt(yaml.contents, offset - start)) {
        // A block ends where the next one starts; the space between is nobody's.
        const length = part.text.slice(from, to).trimEnd().length;
        spans.push([from + start, from + start + length]);
      }
    }
  }
  let selection: SelectionRange | undefined;
  let last: [number, number] | undefined;
  for (const span of spans) {
    if (span[0] > offset || offset > span[1]) continue;
    if (last !== undefined && last[0] === span[0] && last[1] === span[1]) continue;
    const range = rangeIn(document, span[0], span[1]);
    selection = selection === undefined ? { range } : { range, parent: selection };
    last = span;
  }
  return selection ?? { range: { start: position, end: position } };
}

/** Outermost first. */
function spansAt(node: unknown, offset: number): [number, number][] {
  const own = rangeOf(node);
  if (own === undefined || offset < own[0] || own[1] < offset) return [];
  const children = isMap(node) ? node.items : isSeq(node) ? node.items : [];
  for (const child of children) {
    if (!isPair(child)) {
      const inner = spansAt(child, offset);
      if (inner.length > 0) return [own, ...inner];
      continue;
    }
    const key = rangeOf(child.key);
    const value = rangeOf(child.value) ?? key;
    if (key === undefined || value === undefined || offset < key[0] || value[1] < offset) continue;
    const inner = offset <= key[1] ? [key] : spansAt(child.value, offset);
    return [own, [key[0], Math.max(key[1], value[1])], ...inner];
  }
  return [own];
}

/** Documents, every field that goes over several lines, and comments that do. */
export function foldingOf(file: OpenFile): FoldingRange[] {
  return finish(foldingInSteps(file));
}

/** As `foldingOf`, bit by bit. */
export function* foldingInSteps({ document, manifest }: OpenFile): Steps<FoldingRange[]> {
  const found = new Map<number, FoldingRange>();
  const add = (range: Range, kind?: FoldingRangeKind) => {
    const endLine = range.end.character === 0 ? range.end.line - 1 : range.end.line;
    const startLine = range.start.line;
    if (endLine <= startLine || (found.get(startLine)?.endLine ?? -1) >= endLine) return;
    found.set(startLine, { startLine, endLine, ...(kind === undefined ? {} : { kind }) });
  };
  for (const { start, part } of manifest.parts) {
    const end = start + part.text.trimEnd().length;
    if (manifest.parts.length > 1) {
      const from = start + kindIn(part.documents[0]?.contents);
      add(rangeIn(document, from, end), FoldingRangeKind.Region);
    }
    let looked = 0;
    for (const yaml of part.documents) {
      for (const { key, value } of pairsBelow(yaml.contents)) {
        looked += 1;
        if (looked % pairsInStep === 0) yield;
        const keyAt = rangeOf(key);
        const valueAt = rangeOf(value);
        if (keyAt === undefined || valueAt === undefined || isInline(value)) continue;
        const to = start + valueAt[0] + trimmed(part.text.slice(valueAt[0], valueAt[1]));
        add(rangeIn(document, start + keyAt[0], to));
      }
    }
    yield;
  }
  for (const comment of yield* commentBlocks(document.getText())) {
    found.set(comment.startLine, comment);
  }
  return [...found.values()].sort((a, b) => a.startLine - b.startLine);
}

/** Where an object says of what kind it is: what stays of one that is folded tells what it was. */
function kindIn(root: unknown): number {
  const pairs = isMap(root) ? root.items.slice(0, 2) : [];
  const pair = pairs.find(({ key }) => isScalar(key) && key.value === 'kind');
  return rangeOf(pair?.key)?.[0] ?? 0;
}

/** So many fields are looked at in one step. */
const pairsInStep = 500;

/** All fields of all maps below the node. */
function* pairsBelow(root: unknown): Generator<Pair> {
  const open: unknown[] = [root];
  while (open.length > 0) {
    const node = open.pop();
    if (isMap(node)) {
      for (const pair of node.items) {
        yield pair;
        open.push(pair.key, pair.value);
      }
    } else if (isSeq(node)) open.push(...node.items);
  }
}

function isInline(node: unknown): boolean {
  return isScalar(node) && node.type !== 'BLOCK_LITERAL' && node.type !== 'BLOCK_FOLDED';
}

function trimmed(text: string): number {
  return text.trimEnd().length;
}

/** So many lines are looked at in one step. */
const linesInStep = 2000;
const commentLine = /[ \t]*#/y;

function* commentBlocks(text: string): Steps<FoldingRange[]> {
  const blocks: FoldingRange[] = [];
  let from: number | undefined;
  for (let line = 0, at = 0; at >= 0; line++) {
    commentLine.lastIndex = at;
    const isComment = commentLine.test(text);
    const next = text.indexOf('\n', at);
    if (isComment) from ??= line;
    const isLast = !isComment || next < 0;
    if (from !== undefined && isLast) {
      const endLine = isComment ? line : line - 1;
      if (endLine > from) {
        blocks.push({ startLine: from, endLine, kind: FoldingRangeKind.Comment });
      }
      from = undefined;
    }
    at = next < 0 ? -1 : next + 1;
    if (line % linesInStep === 0) yield;
  }
  return blocks;
}
