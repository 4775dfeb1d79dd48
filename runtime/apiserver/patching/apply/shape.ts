/**
 * What a schema says of merging: which parts of a value are taken whole (atomic), which lists are
 * maps or sets. Worked out once per schema and kept as long as the schema lives.
 */
import type { Schema, SchemaSource } from '../../../api/schema.ts';
import { isObject, type Json } from '../json.ts';

export interface MapShape {
  atomic: boolean;
  fields: Readonly<Record<string, Schema>>;
  /** Of the entries that are no fields. */
  entry: Schema | undefined;
}

export type ListShape =
  | { type: 'atomic' }
  | { type: 'set'; items: Schema | undefined }
  | {
      type: 'map';
      items: Schema | undefined;
      keys: readonly string[];
      defaults: Readonly<Record<string, unknown>>;
    };

export interface Shape {
  map: MapShape;
  list: ListShape;
}

/** Without a schema, objects merge field by field and lists are taken whole. */
const unknownShape: Shape = {
  map: { atomic: false, fields: {}, entry: undefined },
  list: { type: 'atomic' },
};
const opaqueMap: MapShape = { atomic: true, fields: {}, entry: undefined };

const caches = new WeakMap<SchemaSource, WeakMap<Schema, Shape>>();

export function shapeOf(schema: Schema | undefined, source: SchemaSource): Shape {
  if (schema === undefined) return unknownShape;
  let cache = caches.get(source);
  if (cache === undefined) {
    cache = new WeakMap();
    caches.set(source, cache);
  }
  let shape = cache.get(schema);
  if (shape === undefined) {
    shape = makeShape(schema, source);
    cache.set(schema, shape);
  }
  return shape;
}

function makeShape(schema: Schema, source: SchemaSource): Shape {
  // Extensions stand beside a `$ref`, or on what it names; the former win.
  const resolved = source.resolve(schema);
  return {
    map: mapShape(resolved, schema['x-kubernetes-map-type'] ?? resolved['x-kubernetes-map-type']),
    list: listShape(schema, resolved, source),
  };
}

function mapShape(resolved: Schema, mapType: string | undefined): MapShape {
  const additional = resolved.additionalProperties;
  const entry = typeof additional === 'object' ? additional : undefined;
  const opaque =
    resolved.type === 'object' &&
    resolved.properties === undefined &&
    entry === undefined &&
    resolved['x-kubernetes-preserve-unknown-fields'] !== true;
  if (opaque) return opaqueMap;
  return { atomic: mapType === 'atomic', fields: resolved.properties ?? {}, entry };
}

function listShape(schema: Schema, resolved: Schema, source: SchemaSource): ListShape {
  const items = resolved.items;
  const declared = schema['x-kubernetes-list-type'] ?? resolved['x-kubernetes-list-type'];
  const keys = schema['x-kubernetes-list-map-keys'] ?? resolved['x-kubernetes-list-map-keys'];
  if (declared === 'set') return { type: 'set', items };
  if (declared === 'map' && keys !== undefined) return keyed(keys, items, source);
  if (declared !== undefined) return { type: 'atomic' };
  // Schemas older than the list types say the same with the patch extensions.
  const strategy = schema['x-kubernetes-patch-strategy'] ?? resolved['x-kubernetes-patch-strategy'];
  if (strategy?.split(',').includes('merge') !== true) return { type: 'atomic' };
  const key = schema['x-kubernetes-patch-merge-key'] ?? resolved['x-kubernetes-patch-merge-key'];
  return key === undefined ? { type: 'set', items } : keyed([key], items, source);
}

function keyed(
  keys: readonly string[],
  items: Schema | undefined,
  source: SchemaSource,
): ListShape {
  const properties = items === undefined ? undefined : source.resolve(items).properties;
  const defaults: Json = {};
  for (const key of keys) {
    const value = properties?.[key]?.default;
    if (value !== undefined) defaults[key] = value;
  }
  // The edge of an element lists its keys in alphabetical order.
  return { type: 'map', items, keys: keys.toSorted(), defaults };
}

/** The schema of a map's entry. */
export function entrySchema(map: MapShape, key: string): Schema | undefined {
  return Object.hasOwn(map.fields, key) ? map.fields[key] : map.entry;
}

/** The edge that leads to a list's element; undefined for an element that has none of the keys. */
export function elementEdge(list: ListShape, element: unknown): string | undefined {
  if (list.type === 'set') return `v:${JSON.stringify(element)}`;
  if (list.type === 'atomic' || !isObject(element)) return undefined;
  const keys: Json = {};
  let any = false;
  for (const key of list.keys) {
    const value = element[key] ?? list.defaults[key];
    if (value === undefined) continue;
    keys[key] = value;
    any = true;
  }
  return any ? `k:${JSON.stringify(keys)}` : undefined;
}

/** A list's elements by their edges; undefined if it must be taken whole. */
export function indexElements(
  list: ListShape,
  elements: readonly unknown[],
): Map<string, unknown> | undefined {
  if (list.type === 'atomic') return undefined;
  const index = new Map<string, unknown>();
  for (const element of elements) {
    const edge = elementEdge(list, element);
    if (edge === undefined) return undefined;
    if (!index.has(edge)) index.set(edge, element);
  }
  return index;
}

/** Further elements with the edge of an earlier one, which only client-side writes leave behind. */
export function repeatedElements(
  list: ListShape,
  elements: readonly unknown[],
): Map<string, unknown[]> {
  const seen = new Set<string>();
  const repeated = new Map<string, unknown[]>();
  for (const element of elements) {
    const edge = elementEdge(list, element) ?? '';
    const known = repeated.get(edge);
    if (known !== undefined) known.push(element);
    else if (seen.has(edge)) repeated.set(edge, [element]);
    seen.add(edge);
  }
  return repeated;
}

/** The schema of a list's elements. */
export function itemSchema(list: ListShape): Schema | undefined {
  return list.type === 'atomic' ? undefined : list.items;
}
