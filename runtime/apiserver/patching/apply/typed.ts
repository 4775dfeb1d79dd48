/** Merging by schema: what an applied configuration sets, lays over an object, and leaves behind. */
import type { Schema, SchemaSource } from '../../../api/schema.ts';
import { setField } from '../../registry/json.ts';
import { field, isObject, type Json } from '../json.ts';
import {
  emptySet,
  type FieldSet,
  fieldEdge,
  isEmpty,
  isMember,
  leaf,
  makeNode,
  withoutSelf,
} from './field-set.ts';
import {
  elementEdge,
  entrySchema,
  indexElements,
  itemSchema,
  repeatedElements,
  shapeOf,
} from './shape.ts';

/** The fields that a configuration sets; what does not fit the schema is left out. */
export function fieldsOf(
  config: unknown,
  schema: Schema | undefined,
  source: SchemaSource,
): FieldSet {
  return collectFields(config, schema, source) ?? emptySet;
}

function collectFields(
  value: unknown,
  schema: Schema | undefined,
  source: SchemaSource,
): FieldSet | undefined {
  const shape = shapeOf(schema, source);
  const children: Record<string, FieldSet> = {};
  if (isObject(value) && !shape.map.atomic) {
    for (const key in value) {
      const entry = value[key];
      // Most have nothing below them, and there may be very many.
      if (typeof entry !== 'object' || entry === null) {
        children[fieldEdge(key)] = leaf;
        continue;
      }
      const child = entrySchema(shape.map, key);
      const below = collectFields(entry, child, source);
      const empty = isObject(entry) && Object.keys(entry).length === 0;
      const named = Object.hasOwn(shape.map.fields, key);
      const own = empty || !named || (below !== undefined && isMember(below));
      const node = makeNode(own, below === undefined ? undefined : withoutSelf(below));
      if (node !== undefined) children[fieldEdge(key)] = node;
    }
    return makeNode(false, children);
  }
  if (Array.isArray(value) && shape.list.type !== 'atomic') {
    const { items } = shape.list;
    for (const element of value) {
      const edge = elementEdge(shape.list, element);
      if (edge === undefined || edge in children) continue;
      const below = collectFields(element, items, source);
      children[edge] = makeNode(true, below === undefined ? undefined : withoutSelf(below)) ?? leaf;
    }
    return makeNode(false, children);
  }
  return leaf;
}

/** Lays `config` over `live`: what `config` has wins, lists that are maps or sets merge. */
export function mergeTyped(
  live: unknown,
  config: unknown,
  schema: Schema | undefined,
  source: SchemaSource,
): unknown {
  if (config === undefined) return live;
  if (live === undefined || live === null) return withoutNulls(config);
  const shape = shapeOf(schema, source);
  if (isObject(live) && isObject(config) && !shape.map.atomic) {
    const result: Json = { ...live };
    for (const key in config) {
      const value = config[key];
      if (value === null) delete result[key];
      else if (typeof value !== 'object') setField(result, key, value);
      else {
        const merged = mergeTyped(field(live, key), value, entrySchema(shape.map, key), source);
        setField(result, key, merged);
      }
    }
    return result;
  }
  if (Array.isArray(live) && Array.isArray(config)) {
    const before = indexElements(shape.list, live);
    const wanted = indexElements(shape.list, config);
    if (before !== undefined && wanted !== undefined) {
      const repeated = before.size === live.length ? undefined : repeatedElements(shape.list, live);
      return mergeElements(before, wanted, itemSchema(shape.list), source, repeated);
    }
  }
  return withoutNulls(config);
}

/**
 * Merges two lists by their elements' edges. Elements of `wanted` come in its order; those that only
 * `before` has come as soon as those are out that they followed.
 *
 *   before x a y b, wanted b z a  ->  x y b z a
 *
 * Of an edge that `before` has several times (`repeated`), `wanted` takes the place of all.
 */
function mergeElements(
  before: Map<string, unknown>,
  wanted: Map<string, unknown>,
  schema: Schema | undefined,
  source: SchemaSource,
  repeated: ReadonlyMap<string, readonly unknown[]> = new Map(),
): unknown[] {
  const edges = [...before.keys()];
  const shared = [...wanted.keys()].filter((edge) => before.has(edge));
  const result: unknown[] = [];
  const done = new Set<string>();
  let next = 0;
  let nextShared = 0;
  /** Elements that only `before` has, up to the one that `wanted` is about to take. */
  const takeOthers = (until: string | undefined) => {
    for (; next < edges.length; next++) {
      const edge = edges[next] as string;
      if (edge === until) return;
      if (!wanted.has(edge)) result.push(before.get(edge), ...(repeated.get(edge) ?? []));
      else if (!done.has(edge) && until !== undefined && shared[nextShared] === edge) return;
    }
  };
  for (const [edge, value] of wanted) {
    takeOthers(edge);
    const old = repeated.has(edge) ? undefined : before.get(edge);
    result.push(mergeTyped(old, value, schema, source));
    done.add(edge);
    if (shared[nextShared] === edge) nextShared++;
  }
  takeOthers(undefined);
  return result;
}

/** A null in a configuration means that the field has no value. */
function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (!isObject(value)) return value;
  const result: Json = {};
  for (const [key, entry] of Object.entries(value)) {
    if (entry !== null) setField(result, key, withoutNulls(entry));
  }
  return result;
}

/**
 * The value without the members of `set`. A container that loses all that it has goes, too, unless
 * `keep` has it as a member.
 */
export function removeFields(
  value: unknown,
  set: FieldSet,
  schema: Schema | undefined,
  source: SchemaSource,
  keep?: FieldSet,
): unknown {
  const shape = shapeOf(schema, source);
  const kept = keep !== undefined && isMember(keep);
  if (isObject(value)) {
    if (shape.map.atomic) return value;
    const result: Json = {};
    for (const [key, entry] of Object.entries(value)) {
      const edge = `f:${key}`;
      const left = removeBelow(entry, set[edge], entrySchema(shape.map, key), source, keep?.[edge]);
      if (left !== undefined) setField(result, key, left);
    }
    const emptied = Object.keys(result).length === 0 && Object.keys(value).length > 0;
    return emptied && !kept ? undefined : result;
  }
  if (Array.isArray(value) && shape.list.type !== 'atomic') {
    const { items } = shape.list;
    const result: unknown[] = [];
    for (const element of value) {
      const edge = elementEdge(shape.list, element) ?? '';
      const left = removeBelow(element, set[edge], items, source, keep?.[edge]);
      if (left !== undefined) result.push(left);
    }
    return result.length === 0 && value.length > 0 && !kept ? undefined : result;
  }
  return value;
}

function removeBelow(
  value: unknown,
  node: FieldSet | undefined,
  schema: Schema | undefined,
  source: SchemaSource,
  keep: FieldSet | undefined,
): unknown {
  if (node === undefined) return value;
  return isMember(node) ? undefined : removeFields(value, node, schema, source, keep);
}

/**
 * The set with the named fields on the way to its members as members, too: who set
 * `.spec.strategy.type` has set `.spec.strategy`.
 */
export function withNamedParents(
  set: FieldSet,
  schema: Schema | undefined,
  source: SchemaSource,
): FieldSet {
  const shape = shapeOf(schema, source);
  let result: Record<string, FieldSet> | undefined;
  for (const edge in set) {
    const child = set[edge] ?? leaf;
    if (edge === '.' || isEmpty(child)) continue;
    const name = edge.startsWith('f:') ? edge.slice(2) : undefined;
    const named = name !== undefined && Object.hasOwn(shape.map.fields, name);
    const below = withNamedParents(
      child,
      name === undefined ? itemSchema(shape.list) : entrySchema(shape.map, name),
      source,
    );
    const whole = named && !isMember(below) ? { '.': leaf, ...below } : below;
    if (whole === child) continue;
    result ??= { ...set };
    result[edge] = whole;
  }
  return result ?? set;
}
