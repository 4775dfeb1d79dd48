/**
 * Manifests as text: which files hold some, and the objects in them. The same rules as kubectl's:
 * YAML 1.1, several documents a file, `List` taken apart.
 */
import { parseAllDocuments } from 'yaml';
import type { KubeObject, UnknownObject } from '../../runtime/api/object.ts';

/** Cheap and generous: has an apiVersion and a kind at the beginning of lines, or is JSON with both. */
export function looksLikeManifest(text: string): boolean {
  if (/^\s*[{[]/.test(text)) return /"apiVersion"\s*:/.test(text) && /"kind"\s*:/.test(text);
  return /^apiVersion\s*:/m.test(text) && /^kind\s*:/m.test(text);
}

/** Helm templates are no YAML before they are rendered. */
export function looksLikeTemplate(text: string): boolean {
  return /\{\{[-\s]*(?:\.|include|template|if|range|with|end|define|toYaml)/.test(text);
}

/** What is wrong with a file, with where. */
export class ManifestError extends Error {
  readonly path: string;
  /** From 1. */
  readonly line: number | undefined;

  constructor(path: string, message: string, line?: number) {
    super(`${path}${line === undefined ? '' : `:${line}`}: ${message}`);
    this.name = 'ManifestError';
    this.path = path;
    this.line = line;
  }
}

export interface ManifestObject {
  object: KubeObject;
  path: string;
}

/** The objects of one file, in its order. Throws ManifestError. */
export function readManifest(path: string, text: string): ManifestObject[] {
  const found: ManifestObject[] = [];
  for (const document of parseAllDocuments(text, { version: '1.1', merge: true })) {
    const [problem] = document.errors;
    if (problem !== undefined) {
      throw new ManifestError(
        path,
        problem.message.split('\n')[0] ?? '',
        problem.linePos?.[0].line,
      );
    }
    const value: unknown = document.toJS();
    if (value === null || value === undefined) continue;
    const line = lineOf(text, document.range[0]);
    for (const object of objectsIn(value)) {
      const wrong = problemOf(object);
      if (wrong !== undefined) throw new ManifestError(path, wrong, line);
      found.push({ object: object as KubeObject, path });
    }
  }
  return found;
}

function objectsIn(value: unknown): unknown[] {
  const { kind, items } = value as UnknownObject & { items?: unknown };
  return typeof kind === 'string' && kind.endsWith('List') && Array.isArray(items)
    ? items.flatMap(objectsIn)
    : [value];
}

function problemOf(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return 'is not a Kubernetes object';
  }
  const { apiVersion, kind, metadata } = value as Partial<KubeObject>;
  if (typeof apiVersion !== 'string') return 'apiVersion is missing';
  if (typeof kind !== 'string') return 'kind is missing';
  if (!metadata?.name && !metadata?.generateName) return `${kind}: metadata.name is missing`;
  return undefined;
}

function lineOf(text: string, offset: number): number {
  let line = 1;
  for (let i = text.indexOf('\n'); i >= 0 && i < offset; i = text.indexOf('\n', i + 1)) line++;
  return line;
}
