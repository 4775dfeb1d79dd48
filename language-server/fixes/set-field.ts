/**
 * Changes to fields wherever they stand: added, given another value, renamed, removed. In the layout
 * that the text has: blocks, or braces as in JSON. What cannot be changed without a doubt is left.
 */
import { isMap, isPair, isScalar, isSeq, stringify, type YAMLMap, type YAMLSeq } from 'yaml';
import type { Path } from '../../runtime/api/structure-problem.ts';
import { isJsonText } from '../providers/open-file.ts';
import { locate, nodeAt, placed } from '../routing/locate.ts';
import { isRecord, type Resource } from '../routing/manifest-file.ts';
import { keyText } from '../routing/yaml-text.ts';
import type { Change, FieldChange } from '../rules/packs/pack-rule.ts';
import type { Edit, Fix } from '../rules/problem.ts';
import { insertion } from './add-field.ts';

/** @param text of the file */
export function changeFix(resource: Resource, change: Change, text: string): Fix | undefined {
  const edits: Edit[] = [];
  for (const field of change.fields) {
    const more = editsOf(resource, field, text);
    if (more === undefined) return undefined;
    edits.push(...more);
  }
  return { title: change.title, edits, safe: change.safe === true };
}

function editsOf(resource: Resource, change: FieldChange, text: string): Edit[] | undefined {
  if ('set' in change) return set(resource, change.set, change.to, text);
  if ('remove' in change) return remove(resource, change.remove, text);
  if ('append' in change) return append(change.append, text);
  const key = locate(resource, change.rename)?.key;
  const written = isJsonText(text) ? JSON.stringify(change.to) : change.to;
  return key && [{ start: key[0], end: key[1], text: written }];
}

function set(resource: Resource, path: Path, value: unknown, text: string): Edit[] | undefined {
  const node = nodeAt(resource, path);
  if (isMap(node) && isRecord(value)) return setEach(resource, path, value, text);
  const range = placed(node, resource);
  if (isScalar(node) && range !== undefined && range[1] > range[0]) {
    const written = isJsonText(text) ? JSON.stringify(value) : inline(value);
    return [{ start: range[0], end: range[1], text: written }];
  }
  const name = path.at(-1);
  // A field without a value, or an item of a list: not ours to guess.
  if (locate(resource, path) !== undefined || typeof name !== 'string') return undefined;
  const parent = path.slice(0, -1);
  const map = nodeAt(resource, parent);
  if (!isMap(map)) {
    return parent.length === 0 ? undefined : set(resource, parent, { [name]: value }, text);
  }
  return add(resource, parent, map, { [name]: value }, text);
}

function setEach(
  resource: Resource,
  path: Path,
  value: Readonly<Record<string, unknown>>,
  text: string,
): Edit[] | undefined {
  const map = nodeAt(resource, path);
  const fresh: Record<string, unknown> = {};
  const edits: Edit[] = [];
  for (const [name, child] of Object.entries(value)) {
    if (isMap(map) && !map.has(name)) fresh[name] = child;
    else {
      const more = set(resource, [...path, name], child, text);
      if (more === undefined) return undefined;
      edits.push(...more);
    }
  }
  if (Object.keys(fresh).length === 0 || !isMap(map)) return edits;
  const added = add(resource, path, map, fresh, text);
  return added && [...edits, ...added];
}

function add(
  resource: Resource,
  path: Path,
  map: YAMLMap,
  fields: Readonly<Record<string, unknown>>,
  text: string,
): Edit[] | undefined {
  if (map.flow === true) return addInline(resource, map, fields, text);
  const lines = block(fields);
  const fix = insertion(resource, path, text, '', (indent) => lines.join(`\n${indent}`));
  return fix && [...fix.edits];
}

/** Behind the last field within braces; in JSON with quotes, and on lines of its own if that has one. */
function addInline(
  resource: Resource,
  map: YAMLMap,
  fields: Readonly<Record<string, unknown>>,
  text: string,
): Edit[] | undefined {
  const whole = placed(map, resource);
  if (whole === undefined) return undefined;
  const last = map.items.at(-1);
  const key = placed(last?.key, resource);
  const start = (placed(last?.value, resource) ?? key)?.[1] ?? whole[0] + 1;
  const isJson = isJsonText(text) || text[key?.[0] ?? -1] === '"';
  const lead = isJson && key !== undefined ? leadOf(text, whole[0], key[0]) : undefined;
  const entries = Object.entries(fields).map(([name, value]) => {
    if (!isJson) return `${name}: ${inline(value)}`;
    const lines = JSON.stringify(value, undefined, lead && indentOf(text));
    return `${JSON.stringify(name)}: ${lead === undefined ? lines : lines.replaceAll('\n', lead)}`;
  });
  const between = lead === undefined ? ', ' : `,${lead}`;
  return [{ start, end: start, text: (last === undefined ? '' : between) + entries.join(between) }];
}

/** The end of line and the indentation before a key that has its own line. */
function leadOf(text: string, from: number, key: number): string | undefined {
  return /\r?\n[ \t]*$/.exec(text.slice(from, key))?.[0];
}

/** By which the first line that is indented is. */
function indentOf(text: string): string {
  return /\n([ \t]+)\S/.exec(text)?.[1] ?? '  ';
}

function block(fields: Readonly<Record<string, unknown>>): string[] {
  return stringify(fields, { version: '1.1', lineWidth: 0 }).trimEnd().split('\n');
}

function inline(value: unknown): string {
  return stringify(value, {
    version: '1.1',
    lineWidth: 0,
    collectionStyle: 'flow',
    flowCollectionPadding: false,
  }).trimEnd();
}

/** Not in JSON, where a file is one object. */
function append(object: Readonly<Record<string, unknown>>, text: string): Edit[] | undefined {
  if (isJsonText(text)) return undefined;
  const end = text.length;
  const before = text.endsWith('\n') ? '' : '\n';
  return [{ start: end, end, text: `${before}---\n${block(object).join('\n')}\n` }];
}

/** With the comma before it, or for the first one the comma behind it. */
function removeInline(
  resource: Resource,
  parent: YAMLMap | YAMLSeq,
  path: Path,
): Edit[] | undefined {
  const places = parent.items.map((item) => {
    if (!isPair(item)) return placed(item, resource);
    const [key, value] = [placed(item.key, resource), placed(item.value, resource)];
    return key && ([key[0], Math.max(key[1], value?.[1] ?? 0)] as const);
  });
  const name = path.at(-1);
  const index =
    typeof name === 'number'
      ? name
      : parent.items.findIndex((item) => isPair(item) && keyText(item.key) === name);
  const [before, own, next] = [places[index - 1], places[index], places[index + 1]];
  if (own === undefined) return undefined;
  if (before !== undefined) return [{ start: before[1], end: own[1], text: '' }];
  return next && [{ start: own[0], end: next[0], text: '' }];
}

/** Whole lines, or what stands between two commas; with the only one of its kind goes its parent. */
function remove(resource: Resource, path: Path, text: string): Edit[] | undefined {
  const located = locate(resource, path);
  const parent = nodeAt(resource, path.slice(0, -1));
  if (located === undefined || (!isMap(parent) && !isSeq(parent))) return undefined;
  if (parent.items.length < 2) {
    return path.length < 3 ? undefined : remove(resource, path.slice(0, -1), text);
  }
  if (parent.flow === true) return removeInline(resource, parent, path);
  const first = located.key?.[0] ?? located.value?.[0];
  const last = located.value?.[1] ?? located.key?.[1];
  if (first === undefined || last === undefined) return undefined;
  const start = text.lastIndexOf('\n', first - 1) + 1;
  const before = text.slice(start, first);
  if (!(isSeq(parent) ? /^\s*-\s+$/ : /^\s*$/).test(before)) return undefined;
  const said = first + text.slice(first, last).trimEnd().length;
  const lineEnd = text.indexOf('\n', said);
  return [{ start, end: lineEnd < 0 ? text.length : lineEnd + 1, text: '' }];
}
