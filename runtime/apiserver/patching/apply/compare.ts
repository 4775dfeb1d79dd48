/** Which fields differ between two states of an object. */
import { parseQuantity } from '../../../api/quantity.ts';
import { type RecentTexts, textsOf } from '../../../api/recent-texts.ts';
import type { Schema, SchemaSource } from '../../../api/schema.ts';
import { sameJson } from '../../registry/json.ts';
import { shareText } from '../../registry/text.ts';
import { field, isObject, type Json } from '../json.ts';
import { emptySet, type FieldSet, fieldEdge, leaf, makeNode } from './field-set.ts';
import {
  entrySchema,
  indexElements,
  itemSchema,
  repeatedElements,
  type Shape,
  shapeOf,
} from './shape.ts';

export interface Change {
  /** Fields that are new or have another value. */
  set: FieldSet;
  removed: FieldSet;
}

/**
 * Fields of built-in kinds that are there even when nobody set them, because the original's types
 * hold them by value: a write that fills in one of their fields does not take the struct itself.
 */
const valueStructs = new Set([
  'containers',
  'involvedObject',
  'jobTemplate',
  'loadBalancer',
  'metadata',
  'names',
  'resources',
  'roleRef',
  'scaleTargetRef',
  'source',
  'spec',
  'status',
  'strategy',
  'template',
  'updateStrategy',
]);

interface Context {
  source: SchemaSource;
  /** Custom resources have no structs that are always there. */
  builtIn: boolean;
}

/** The change from `before` to `after`; undefined if there is none. Shared parts are not walked. */
export function compare(
  before: Json,
  after: Json,
  schema: Schema | undefined,
  context: Context,
): Change | undefined {
  const found = compareMaps(before, after, shapeOf(schema, context.source), context);
  return found === undefined
    ? undefined
    : { set: found.set ?? emptySet, removed: found.removed ?? emptySet };
}

interface NodeChange {
  set?: FieldSet | undefined;
  removed?: FieldSet | undefined;
}

function compareValues(
  before: unknown,
  after: unknown,
  schema: Schema | undefined,
  context: Context,
): NodeChange | undefined {
  if (before === after) return undefined;
  if (after == null) {
    return before == null ? undefined : { removed: everything(before, schema, context.source) };
  }
  if (before == null) return { set: everything(after, schema, context.source) };
  if (typeof after !== 'object' && typeof before !== 'object') {
    return sameAmount(before, after, schema, context.source) ? undefined : { set: leaf };
  }
  const shape = shapeOf(schema, context.source);
  if (isObject(before) && isObject(after) && !shape.map.atomic) {
    return compareMaps(before, after, shape, context);
  }
  if (Array.isArray(before) && Array.isArray(after)) {
    return compareLists(before, after, shape, context);
  }
  if (sameJson(before, after)) return undefined;
  if (Array.isArray(before) === Array.isArray(after)) return { set: leaf };
  return {
    set: everything(after, schema, context.source),
    removed: everything(before, schema, context.source),
  };
}

/**
 * True for two spellings of one quantity: the server stores 500m where an author applies 0.5, and
 * that must not be a conflict.
 */
function sameAmount(
  before: unknown,
  after: unknown,
  schema: Schema | undefined,
  source: SchemaSource,
): boolean {
  if (schema === undefined || source.resolve(schema).format !== 'quantity') return false;
  const [a, b] = [before, after].map((value) =>
    typeof value === 'string' || typeof value === 'number' ? parseQuantity(value) : undefined,
  );
  return a !== undefined && b !== undefined && a.nano === b.nano;
}

function compareMaps(
  before: Json,
  after: Json,
  shape: Shape,
  context: Context,
): NodeChange | undefined {
  let collected: Collector | undefined;
  const add = (key: string, change: NodeChange | undefined) => {
    if (change === undefined) return;
    collected ??= new Collector();
    collected.add(fieldEdge(key), change);
  };
  for (const key in after) {
    const old = field(before, key);
    const value = after[key];
    if (old === value) continue;
    const schema = entrySchema(shape.map, key);
    if (old !== undefined) add(key, compareValues(old, value, schema, context));
    else if (key === 'spec' && schema !== undefined) add(key, newSpec(value, schema, context));
    else add(key, newValue(key, value, schema, context));
  }
  for (const key in before) {
    if (field(after, key) !== undefined) continue;
    add(key, compareValues(before[key], undefined, entrySchema(shape.map, key), context));
  }
  return collected?.result();
}

function newValue(
  key: string,
  value: unknown,
  schema: Schema | undefined,
  context: Context,
): NodeChange | undefined {
  let old: unknown;
  if (context.builtIn && valueStructs.has(key)) {
    if (isObject(value)) old = {};
    else if (Array.isArray(value)) old = [];
  }
  return compareValues(old, value, schema, context);
}

/** What a new spec sets, by its JSON; for each schema. */
const newSpecs = new WeakMap<Schema, RecentTexts<NodeChange>>();

function newSpec(value: unknown, schema: Schema, context: Context): NodeChange | undefined {
  const known = textsOf(newSpecs, schema);
  const text = JSON.stringify(value);
  let change = known.get(text);
  if (change !== undefined) return change;
  change = newValue('spec', value, schema, context);
  if (change?.set === undefined) return change;
  shareText(change.set);
  known.set(text, change);
  return change;
}

function compareLists(
  before: readonly unknown[],
  after: readonly unknown[],
  shape: Shape,
  context: Context,
): NodeChange | undefined {
  // Most lists are as they were, and to find that out needs no index.
  if (before.length === after.length && sameJson(before, after)) return undefined;
  const old = indexElements(shape.list, before);
  const now = indexElements(shape.list, after);
  if (old === undefined || now === undefined) {
    return sameJson(before, after) ? undefined : { set: leaf };
  }
  const items = itemSchema(shape.list);
  const collected = new Collector();
  if (old.size < before.length || now.size < after.length) {
    const [left, right] = [before, after].map((each) => repeatedElements(shape.list, each));
    for (const [edge] of [...(left ?? []), ...(right ?? [])]) {
      if (!sameJson(left?.get(edge) ?? [], right?.get(edge) ?? [])) {
        if (now.has(edge)) collected.add(edge, { set: leaf });
      }
    }
  }
  for (const [edge, value] of now) {
    collected.add(edge, compareValues(old.get(edge), value, items, context));
  }
  for (const [edge, value] of old) {
    if (!now.has(edge)) collected.add(edge, compareValues(value, undefined, items, context));
  }
  return collected.result();
}

/** Gathers the changes of a node's children. */
class Collector {
  #set: Record<string, FieldSet> | undefined;
  #removed: Record<string, FieldSet> | undefined;

  add(edge: string, change: NodeChange | undefined): void {
    if (change?.set !== undefined) {
      this.#set ??= {};
      this.#set[edge] = change.set;
    }
    if (change?.removed !== undefined) {
      this.#removed ??= {};
      this.#removed[edge] = change.removed;
    }
  }

  result(): NodeChange | undefined {
    return this.#set === undefined && this.#removed === undefined
      ? undefined
      : { set: this.#set, removed: this.#removed };
  }
}

/** The node of a value that has appeared or gone: each container in it and each leaf. */
function everything(value: unknown, schema: Schema | undefined, source: SchemaSource): FieldSet {
  // Most values have nothing below them.
  if (typeof value !== 'object' || value === null) return leaf;
  const shape = shapeOf(schema, source);
  const children: Record<string, FieldSet> = {};
  if (Array.isArray(value)) {
    for (const [edge, element] of indexElements(shape.list, value) ?? []) {
      children[edge] = everything(element, itemSchema(shape.list), source);
    }
  } else if (!shape.map.atomic) {
    const members = value as Json;
    for (const key in members) {
      const member = members[key];
      if (member == null) continue;
      children[fieldEdge(key)] =
        typeof member === 'object' ? everything(member, entrySchema(shape.map, key), source) : leaf;
    }
  }
  return makeNode(true, children) ?? leaf;
}
