/**
 * Patches that are written into a kustomization: parts of objects, which are checked as patches in files
 * of their own are, and lists of operations (RFC 6902).
 */
import { isMap, isScalar, isSeq, type Node } from 'yaml';
import type { Path } from '../../runtime/api/structure-problem.ts';
import { at } from '../references/fields.ts';
import { type ManifestFile, type Resource, readManifestFile } from '../routing/manifest-file.ts';
import { valueRange } from '../routing/ranges.ts';
import type { Edit, Problem } from './problem.ts';

/** Where a text stands that is the value of a literal block. */
interface Inlined {
  readonly text: string;
  /** Where each line of it begins in the file, and in the text. */
  readonly lines: readonly { readonly inFile: number; readonly inText: number }[];
  /** What each line has before it in the file. */
  readonly indent: string;
}

/**
 * What is wrong in the patches of a kustomization.
 * @param file the text that the resource is from
 * @param checkPart judges a part of an object
 */
export function inlinePatchProblems(
  resource: Resource,
  file: string,
  checkPart: (resource: Resource) => readonly Problem[],
): Problem[] {
  return [...patchPaths(resource)].flatMap((path) => {
    const inlined = inlinedAt(resource, path, file);
    if (inlined === undefined) return [];
    const patch = readManifestFile(inlined.text);
    if (patch.template) return [];
    const found = syntaxProblems(patch);
    // What could not be read is enough to say.
    if (found.length === 0) {
      found.push(...operationProblems(patch), ...patch.resources.flatMap(checkPart));
    }
    return found.map((problem) => inFile(problem, inlined));
  });
}

function* patchPaths({ value }: Resource): Generator<Path> {
  const indices = (field: string) => {
    const list = at(value, [field]);
    return Array.isArray(list) ? list.keys() : [];
  };
  for (const index of indices('patches')) yield ['patches', index, 'patch'];
  for (const index of indices('patchesJson6902')) yield ['patchesJson6902', index, 'patch'];
  for (const index of indices('patchesStrategicMerge')) yield ['patchesStrategicMerge', index];
}

/** Undefined for what is no literal block, in which alone each line stands as it is. */
function inlinedAt(resource: Resource, path: Path, file: string): Inlined | undefined {
  const text = at(resource.value, path);
  const [start, end] = valueRange(resource, path);
  const header = /^\|[^\n]*\n/.exec(file.slice(start, end))?.[0];
  if (typeof text !== 'string' || header === undefined) return undefined;
  const written = file.slice(start + header.length, end).split('\n');
  const own = text.split('\n');
  const first = own.findIndex((line) => line !== '');
  const width = (written[first]?.replace(/\r$/, '').length ?? 0) - (own[first]?.length ?? 0);
  if (first < 0 || width < 0) return undefined;
  let inText = 0;
  let lineStart = start + header.length;
  const lines = own.map((line, index) => {
    const place = { inFile: lineStart + (line === '' ? 0 : width), inText };
    inText += line.length + 1;
    lineStart += (written[index]?.length ?? 0) + 1;
    return place;
  });
  return { text, lines, indent: written[first]?.slice(0, width) ?? '' };
}

function offsetInFile(offset: number, { lines }: Inlined): number {
  const line = lines.findLast(({ inText }) => inText <= offset);
  return line === undefined ? 0 : line.inFile + offset - line.inText;
}

/** The problem and what mends it, where the patch stands. */
function inFile(problem: Problem, inlined: Inlined): Problem {
  const shift = <T extends { start: number; end: number }>(range: T): T => ({
    ...range,
    start: offsetInFile(range.start, inlined),
    end: offsetInFile(range.end, inlined),
  });
  const moved = (edit: Edit): Edit => ({
    ...shift(edit),
    text: edit.text.replaceAll('\n', `\n${inlined.indent}`),
  });
  const { makeFix: _, change: __, fix, ...rest } = problem;
  return { ...shift(rest), ...(fix && { fix: { ...fix, edits: fix.edits.map(moved) } }) };
}

function syntaxProblems({ problems }: ManifestFile): Problem[] {
  return problems.map(({ start, end, message, severity }) => ({
    rule: 'yaml-syntax',
    severity,
    message,
    start,
    end,
  }));
}

/** What each operation needs besides `op` and `path`. */
const operations: Readonly<Record<string, readonly string[]>> = {
  add: ['value'],
  replace: ['value'],
  test: ['value'],
  remove: [],
  move: ['from'],
  copy: ['from'],
};

function operationProblems({ parts }: ManifestFile): Problem[] {
  return parts.flatMap(({ start, part }) =>
    part.documents.flatMap(({ contents }) => {
      const items = isSeq(contents) ? contents.items : [];
      return items.flatMap((item) => operationProblemsOf(item as Node, start));
    }),
  );
}

/** @param base where the part of the text begins that the item's ranges are in */
function operationProblemsOf(item: Node, base: number): Problem[] {
  const problem = (node: unknown, rule: string, message: string): Problem => {
    const [start = 0, end = 0] = (node as Node | undefined)?.range ?? item.range ?? [];
    return { rule, severity: 'error', message, start: start + base, end: end + base };
  };
  if (!isMap(item)) return [problem(item, 'wrong-type', 'An operation has "op" and "path"')];
  const scalarOf = (name: string) => {
    const node = item.get(name, true);
    return isScalar(node) ? node : undefined;
  };
  const head = item.items[0]?.key;
  const name = scalarOf('op');
  if (name === undefined) return [problem(head, 'missing-field', 'Missing field "op"')];
  const needs = operations[String(name.value)];
  if (needs === undefined) {
    const known = Object.keys(operations).join(', ');
    return [problem(name, 'invalid-value', `"${name.value}" is no operation: one of ${known}`)];
  }
  const missing = ['path', ...needs].filter((field) => !item.has(field));
  const pointers = ['path', 'from'].flatMap((field) => scalarOf(field) ?? []);
  return [
    ...missing.map((field) => problem(head, 'missing-field', `Missing field "${field}"`)),
    ...pointers
      .filter(({ value }) => value !== '' && !String(value).startsWith('/'))
      .map((node) =>
        problem(node, 'invalid-value', 'A path begins with a slash: "/spec/replicas", for example'),
      ),
  ];
}
