/**
 * A file as the server sees it: its documents, and the Kubernetes objects in them. Every object is
 * looked at by its own apiVersion and kind, wherever it stands in the file.
 */
import { isAlias, isMap, isSeq, visit, type YAMLMap } from 'yaml';
import { parseApiVersion } from '../../runtime/api/object.ts';
import type { Path } from '../../runtime/api/structure-problem.ts';
import { keyText, parseYaml, plainValue, rangeOf, type YamlDocument } from './yaml-text.ts';

export interface SyntaxProblem {
  readonly start: number;
  readonly end: number;
  readonly code: string;
  readonly message: string;
  readonly severity: 'error' | 'warning';
}

/** One Kubernetes object in a file. */
export interface Resource {
  readonly document: YamlDocument;
  readonly node: YAMLMap;
  /** The object's fields as plain values. */
  readonly value: Readonly<Record<string, unknown>>;
  readonly apiVersion: string | undefined;
  readonly kind: string | undefined;
  /** Where it stands in the file: first character, and the one after the last. */
  readonly start: number;
  readonly end: number;
}

export interface ManifestFile {
  readonly text: string;
  readonly documents: readonly YamlDocument[];
  readonly resources: readonly Resource[];
  readonly problems: readonly SyntaxProblem[];
  /** Template text of Helm and its like: not YAML yet, so nothing is said about it. */
  readonly template: boolean;
}

/** Reads a file; never throws. */
export function readManifestFile(text: string): ManifestFile {
  const documents = parseYaml(text);
  const template = isTemplate(text, documents);
  return {
    text,
    documents,
    template,
    resources: template ? [] : documents.flatMap(resourcesOf),
    problems: template ? [] : documents.flatMap(problemsOf),
  };
}

/** Whether any object in it says what it is. */
export function isKubernetes(file: ManifestFile): boolean {
  return file.resources.some(
    ({ apiVersion, kind }) => apiVersion !== undefined && kind !== undefined,
  );
}

function resourcesOf(document: YamlDocument): Resource[] {
  const root = document.contents;
  if (!isMap(root)) return [];
  const whole = resourceOf(root, document);
  if (whole === undefined) return [];
  if (whole.apiVersion !== 'v1' || whole.kind !== 'List') return [whole];
  const items = root.get('items', true);
  if (!isSeq(items)) return [];
  return items.items.flatMap((item) => (isMap(item) ? (resourceOf(item, document) ?? []) : []));
}

function resourceOf(node: YAMLMap, document: YamlDocument): Resource | undefined {
  const value = plainValue(node, document);
  if (!isRecord(value)) return undefined;
  const [start, end] = rangeOf(node) ?? [0, 0];
  return {
    document,
    node,
    value,
    apiVersion: text(value.apiVersion),
    kind: text(value.kind),
    start,
    end,
  };
}

export function gvkOf(
  resource: Resource,
): { group: string; version: string; kind: string } | undefined {
  if (resource.apiVersion === undefined || resource.kind === undefined) return undefined;
  return { ...parseApiVersion(resource.apiVersion), kind: resource.kind };
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

function problemsOf(document: YamlDocument): SyntaxProblem[] {
  const problems: SyntaxProblem[] = [];
  for (const [severity, found] of [
    ['error', document.errors],
    ['warning', document.warnings],
  ] as const) {
    for (const { pos, code, message } of found) {
      problems.push({ start: pos[0], end: pos[1], code, message: plain(code, message), severity });
    }
  }
  visit(document, {
    Alias(_, alias) {
      const range = rangeOf(alias);
      if (range === undefined || alias.resolve(document) !== undefined) return;
      problems.push({
        start: range[0],
        end: range[1],
        code: 'UNKNOWN_ALIAS',
        message: `There is no anchor "&${alias.source}" before this alias`,
        severity: 'error',
      });
    },
  });
  return problems;
}

const plainMessages: Readonly<Record<string, string>> = {
  TAB_AS_INDENT: 'YAML is indented with spaces, not with tabs',
  DUPLICATE_KEY: 'This field is already given above; a field can be given only once',
};

function plain(code: string, message: string): string {
  return plainMessages[code] ?? message;
}

/**
 * Template text has double braces where YAML would have a value: they either break the parse or
 * read as a map within a map. Inside a string they mean nothing to us.
 */
function isTemplate(source: string, documents: readonly YamlDocument[]): boolean {
  if (!source.includes('{{') && !source.includes('{%')) return false;
  return documents.some((document) => {
    if (document.errors.some(({ pos }) => /\{[{%]/.test(lineOf(source, pos[0])))) return true;
    let found = false;
    visit(document, {
      Map(_, map) {
        if (map.flow === true && map.items.some(({ key }) => isMap(key))) {
          found = true;
          return visit.BREAK;
        }
        return undefined;
      },
    });
    return found;
  });
}

function lineOf(source: string, offset: number): string {
  const start = source.lastIndexOf('\n', offset - 1) + 1;
  const end = source.indexOf('\n', offset);
  return source.slice(start, end < 0 ? undefined : end);
}

export interface Located {
  /** The key of the field; undefined for items of a list. */
  readonly key: [start: number, end: number] | undefined;
  readonly value: [start: number, end: number] | undefined;
}

/** Where the field at `path` stands; undefined if it is not written there. */
export function locate(resource: Resource, path: Path): Located | undefined {
  let node: unknown = resource.node;
  let located: Located = { key: undefined, value: rangeOf(node) };
  for (const part of path) {
    const step = stepInto(node, part, resource.document);
    if (step === undefined) return undefined;
    node = step.node;
    located = { key: rangeOf(step.key), value: rangeOf(node) };
  }
  return located;
}

/** The node of the field at `path`. */
export function nodeAt(resource: Resource, path: Path): unknown {
  let node: unknown = resource.node;
  for (const part of path) {
    const step = stepInto(node, part, resource.document);
    if (step === undefined) return undefined;
    node = step.node;
  }
  return node;
}

function stepInto(
  node: unknown,
  part: string | number,
  document: YamlDocument,
): { key: unknown; node: unknown } | undefined {
  const target = isAlias(node) ? node.resolve(document) : node;
  if (isMap(target)) {
    const pair = target.items.find(({ key }) => keyText(key) === String(part));
    return pair === undefined ? undefined : { key: pair.key, node: pair.value };
  }
  if (typeof part === 'number' && isSeq(target) && part < target.items.length) {
    return { key: undefined, node: target.items[part] };
  }
  return undefined;
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
