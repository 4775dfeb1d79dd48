/** Manifests as people write them: files with several YAML documents, or JSON, or Lists. */
import { isMap, LineCounter, type ParsedNode, parseAllDocuments } from 'yaml';
import type { UnknownObject } from '../api/object.ts';
import { kubernetesTags } from '../api/yaml-numbers.ts';

export interface ManifestSource {
  /** The file, for messages. */
  path: string;
  text: string;
}

export interface ManifestDocument {
  object: UnknownObject;
  path: string;
  /** Where its document begins, from 1. */
  line: number;
}

/** What is wrong with a manifest, and where. */
export class ManifestError extends Error {
  override readonly name = 'ManifestError';
  readonly path: string;
  readonly line: number;

  constructor(path: string, line: number, what: string) {
    super(`${path}:${line}: ${what}`);
    this.path = path;
    this.line = line;
  }
}

/** The objects of all sources in order, Lists unfolded. Throws ManifestError on the first problem. */
export function parseManifests(sources: readonly ManifestSource[]): ManifestDocument[] {
  return sources.flatMap(parseSource);
}

function parseSource({ path, text }: ManifestSource): ManifestDocument[] {
  const lines = new LineCounter();
  const documents = parseAllDocuments<ParsedNode>(text, {
    lineCounter: lines,
    // Kubernetes reads YAML 1.1: `yes` is true, 0644 is octal.
    version: '1.1',
    merge: true,
    customTags: kubernetesTags,
  });
  const found: ManifestDocument[] = [];
  for (const document of documents) {
    const [problem] = document.errors;
    if (problem !== undefined) {
      const what = problem.message.split('\n')[0]?.replace(/ at line \d+, column \d+:?$/, '');
      throw new ManifestError(path, problem.linePos?.[0].line ?? 1, what ?? 'is not valid YAML');
    }
    const { contents } = document;
    const value: unknown = document.toJS();
    if (contents === null || value === null || value === undefined) continue;
    const line = lines.linePos(contents.range[0]).line;
    if (!isMap(contents)) throw new ManifestError(path, line, 'is not a Kubernetes object');
    found.push(...unfold(value as UnknownObject, path, line));
  }
  return found;
}

function unfold(object: UnknownObject, path: string, line: number): ManifestDocument[] {
  const fail = (what: string) => new ManifestError(path, line, what);
  if (typeof object.apiVersion !== 'string' || object.apiVersion === '') {
    throw fail('apiVersion is missing');
  }
  if (typeof object.kind !== 'string' || object.kind === '') throw fail('kind is missing');
  if (object.kind.endsWith('List') && Array.isArray(object.items)) {
    return (object.items as UnknownObject[]).flatMap((item) => unfold(item, path, line));
  }
  const name: unknown = object.metadata?.name;
  if (typeof name === 'boolean' || typeof name === 'number') {
    // `name: n` and `name: 1`: YAML 1.1 has its surprises.
    throw fail(`metadata.name of the ${object.kind} is a ${typeof name}: put it in quotes`);
  }
  if (typeof name !== 'string' || name === '') {
    throw fail(`metadata.name of the ${object.kind} is missing`);
  }
  return [{ object, path, line }];
}
