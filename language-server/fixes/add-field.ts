/** Puts a field that is missing into the object where it belongs, with what it must have in turn. */
import { isMap } from 'yaml';
import type { Schema } from '../../runtime/api/schema.ts';
import type { Path } from '../../runtime/api/structure-problem.ts';
import { fieldSnippet, podLabelsOf, skeletonValue } from '../providers/skeleton.ts';
import { nodeAt, placed } from '../routing/locate.ts';
import type { Resource } from '../routing/manifest-file.ts';
import type { Fix } from '../rules/problem.ts';
import type { Catalog } from '../schemas/catalog.ts';
import { fieldAt } from '../schemas/schema-at.ts';
import { changeFix } from './set-field.ts';

/** @param text of the file */
export function additionOf(
  resource: Resource,
  path: Path,
  kind: Schema,
  catalog: Catalog,
  text: string,
): Fix | undefined {
  const name = path.at(-1);
  const found = fieldAt(kind, path, catalog);
  if (typeof name !== 'string' || found === undefined) return undefined;
  const parent = nodeAt(resource, path.slice(0, -1));
  const labels = podLabelsOf(resource.value);
  if (isMap(parent) && parent.flow === true) {
    const to = skeletonValue(found.field, catalog, labels);
    return changeFix(resource, { title: `Add "${name}"`, fields: [{ set: path, to }] }, text);
  }
  return insertion(resource, path.slice(0, -1), text, `Add "${name}"`, (indent) => {
    const snippet = withoutStops(fieldSnippet(name, found.field, catalog, 0, labels));
    return snippet.split('\n').join(`\n${indent}`);
  });
}

/** Lines for the object at `path`, behind its last field. `lines` gets what they are indented by. */
export function insertion(
  resource: Resource,
  path: Path,
  text: string,
  title: string,
  lines: (indent: string) => string,
): Fix | undefined {
  const parent = nodeAt(resource, path);
  if (!isMap(parent) || parent.flow === true || parent.items.length === 0) return undefined;
  const first = placed(parent.items[0]?.key, resource);
  const whole = placed(parent, resource);
  if (first === undefined || whole === undefined) return undefined;
  const lineStart = text.lastIndexOf('\n', first[0] - 1) + 1;
  const indent = ' '.repeat(first[0] - lineStart);
  const end = lastOf(text, whole);
  return { title, edits: [{ start: end, end, text: `\n${indent}${lines(indent)}` }] };
}

/** The end of the last line of the object that says something. */
function lastOf(text: string, [start, end]: [number, number]): number {
  const inside = start + text.slice(start, end).trimEnd().length;
  const lineEnd = text.indexOf('\n', inside);
  const stop = lineEnd < 0 ? text.length : lineEnd;
  return text[stop - 1] === '\r' ? stop - 1 : stop;
}

/** `${1:web}` → `web`, `${2|a,b|}` → `a`, `${3}` → nothing. */
function withoutStops(snippet: string): string {
  return snippet
    .replace(/\$\{\d+:((?:\\.|[^}])*)\}/g, '$1')
    .replace(/\$\{\d+\|((?:\\.|[^,|])*)[^}]*\}/g, '$1')
    .replace(/\$\{\d+\}/g, '')
    .replace(/\\([\\}$,|])/g, '$1')
    .replace(/[ \t]+$/gm, '');
}
