/**
 * A file as the server sees it: its documents, and the Kubernetes objects in them. Every object is
 * looked at by its own apiVersion and kind, wherever it stands in the file.
 */
import { isMap, isSeq, type YAMLMap } from 'yaml';
import { type GroupVersionKind, parseApiVersion } from '../../runtime/api/object.ts';
import { finish, type Steps } from '../slices.ts';
import { splitParts } from './parts.ts';
import { problemsOf, type SyntaxProblem } from './syntax-problems.ts';
import { isTemplate } from './template.ts';
import { tooLong } from './too-long.ts';
import { parseYamlInSteps, plainValueInSteps, rangeOf, type YamlDocument } from './yaml-text.ts';

/** One Kubernetes object, as read from its part of a file; offsets are the part's. */
export interface ParsedResource {
  readonly document: YamlDocument;
  readonly node: YAMLMap;
  /** The object's fields as plain values. */
  readonly value: Readonly<Record<string, unknown>>;
  readonly apiVersion: string | undefined;
  readonly kind: string | undefined;
  /** Undefined unless both are given. */
  readonly gvk: GroupVersionKind | undefined;
  /** First character, and the one after the last. */
  readonly start: number;
  readonly end: number;
}

/** One Kubernetes object in a file. `start` and `end` are the file's, ranges of nodes are not. */
export interface Resource extends ParsedResource {
  /** What is added to the range of a node to find it in the file. */
  readonly base: number;
  /** The same object for as long as the text of its part stays as it is, wherever it moves. */
  readonly parsed: ParsedResource;
}

/** What stands between two `---` lines; never changes. */
export interface ManifestPart {
  readonly text: string;
  readonly documents: readonly YamlDocument[];
  readonly resources: readonly ParsedResource[];
  readonly problems: readonly SyntaxProblem[];
  readonly template: boolean;
}

export interface PlacedPart {
  readonly start: number;
  readonly part: ManifestPart;
}

export interface ManifestFile {
  readonly text: string;
  readonly parts: readonly PlacedPart[];
  readonly resources: readonly Resource[];
  readonly problems: readonly SyntaxProblem[];
  /** Template text of Helm and its like: not YAML yet, so nothing is said about it. */
  readonly template: boolean;
}

/** Parts that were read before, by their text. */
export type KnownParts = ReadonlyMap<string, ManifestPart>;

export function partsOf(file: ManifestFile): Map<string, ManifestPart> {
  return new Map(file.parts.map(({ part }) => [part.text, part]));
}

/** Reads a file; never throws. What is in `known` is not read again. */
export function readManifestFile(text: string, known?: KnownParts): ManifestFile {
  return finish(readManifestInSteps(text, known));
}

/** As `readManifestFile`, bit by bit. */
export function* readManifestInSteps(
  text: string,
  known: KnownParts = new Map(),
): Steps<ManifestFile> {
  const long = tooLong(text);
  if (long !== undefined) return long;
  const parts: PlacedPart[] = [];
  for (const each of splitParts(text)) {
    const part = known.get(each.text) ?? (yield* readPartInSteps(each.text));
    parts.push({ start: each.start, part });
    yield;
  }
  return yield* fileOfPartsInSteps(text, parts);
}

/** The file as far as the parts go. */
export function* fileOfPartsInSteps(
  text: string,
  parts: readonly PlacedPart[],
): Steps<ManifestFile> {
  const template = parts.some(({ part }) => part.template);
  const resources: Resource[] = [];
  const problems: SyntaxProblem[] = [];
  for (const [index, part] of template ? [] : parts.entries()) {
    placeResources(part, resources);
    for (const problem of part.part.problems) problems.push(placedProblem(problem, part.start));
    if (index % partsInStep === 0) yield;
  }
  return { text, parts, template, resources, problems };
}

/** So many parts are put in their places in one step. */
const partsInStep = 50;

/**
 * Reads what stands between two `---` lines; never throws.
 * @param parse `parseWholeYamlInSteps` where comments are to be in the tree
 */
export function readPart(text: string, parse = parseYamlInSteps): ManifestPart {
  return finish(readPartInSteps(text, parse));
}

/** As `readPart`, bit by bit. */
export function* readPartInSteps(text: string, parse = parseYamlInSteps): Steps<ManifestPart> {
  const documents = yield* parse(text);
  const template = isTemplate(text, documents);
  yield;
  const resources: ParsedResource[] = [];
  for (const document of template ? [] : documents) {
    resources.push(...(yield* resourcesOf(document)));
    yield;
  }
  return {
    text,
    documents,
    template,
    resources,
    problems: template ? [] : documents.flatMap((document) => problemsOf(document, text)),
  };
}

function placeResources({ start: base, part }: PlacedPart, into: Resource[]): void {
  for (const parsed of part.resources) {
    into.push({
      ...parsed,
      start: parsed.start + base,
      end: parsed.end + base,
      base,
      parsed,
    });
  }
}

function placedProblem(problem: SyntaxProblem, base: number): SyntaxProblem {
  const { start, end, from = start } = problem;
  return { ...problem, start: start + base, end: end + base, from: from + base };
}

/** The part that begins there. */
export function partAt({ parts }: ManifestFile, start: number): PlacedPart | undefined {
  let low = 0;
  let high = parts.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((parts[middle]?.start ?? 0) < start) low = middle + 1;
    else high = middle;
  }
  return parts[low]?.start === start ? parts[low] : undefined;
}

/** Whether any object in it says what it is. */
export function isKubernetes(file: ManifestFile): boolean {
  return file.resources.some(
    ({ apiVersion, kind }) => apiVersion !== undefined && kind !== undefined,
  );
}

function* resourcesOf(document: YamlDocument): Steps<ParsedResource[]> {
  const root = document.contents;
  if (!isMap(root)) return [];
  const whole = objectOf(root, yield* plainValueInSteps(root, document), document);
  if (whole === undefined) return [];
  const items = isListKind(whole) ? root.get('items', true) : undefined;
  if (!isSeq(items)) return isPlainList(whole) ? [] : [whole];
  const given = isPlainList(whole)
    ? {}
    : { apiVersion: whole.apiVersion, kind: whole.kind?.slice(0, -'List'.length) };
  const values = Array.isArray(whole.value.items) ? whole.value.items : [];
  const listed = items.items.flatMap((item, index) =>
    isMap(item) ? (objectOf(item, values[index], document, given) ?? []) : [],
  );
  return isNoList(whole) ? [whole, ...listed] : listed;
}

/** A list that no server knows: without its apiVersion, or with one that has no lists of all kinds. */
function isNoList({ apiVersion, kind }: ParsedResource): boolean {
  return apiVersion === undefined || (kind === 'List' && apiVersion !== 'v1');
}

/** `v1 List`, or the list of one kind, whose items may leave out what they are. */
function isListKind({ kind, value }: ParsedResource): boolean {
  return kind?.endsWith('List') === true && Array.isArray(value.items) && !('spec' in value);
}

function isPlainList({ apiVersion, kind }: ParsedResource): boolean {
  return apiVersion === 'v1' && kind === 'List';
}

function objectOf(
  node: YAMLMap,
  value: unknown,
  document: YamlDocument,
  given: { apiVersion?: string | undefined; kind?: string | undefined } = {},
): ParsedResource | undefined {
  if (!isRecord(value)) return undefined;
  const [start, end] = rangeOf(node) ?? [0, 0];
  const apiVersion = text(value.apiVersion) ?? given.apiVersion;
  const kind = text(value.kind) ?? given.kind;
  const gvk =
    apiVersion === undefined || kind === undefined
      ? undefined
      : { ...parseApiVersion(apiVersion), kind };
  return { document, node, value, apiVersion, kind, gvk, start, end };
}

export function gvkOf(resource: Resource): GroupVersionKind | undefined {
  return resource.gvk;
}

/** metadata.name, where it is given as text. */
export function nameOf(resource: Resource): string | undefined {
  const { metadata } = resource.value;
  return isRecord(metadata) ? text(metadata.name) : undefined;
}

export function namespaceOf(resource: Resource): string | undefined {
  const { metadata } = resource.value;
  return isRecord(metadata) ? text(metadata.namespace) : undefined;
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
