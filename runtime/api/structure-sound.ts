/**
 * The answer for the many objects that are in order, without a path, a problem or an iterator on the
 * way. What a schema asks for is worked out once for each of its nodes; whatever is wrong, or too
 * unusual to be sure of, is left to the walk in structure.ts, which says what it is.
 */
import { isNothing } from './empties.ts';
import { parseQuantity } from './quantity.ts';
import { emptied, type Schema, type SchemaSource } from './schema.ts';
import type { StructureProblem } from './structure-problem.ts';
import { checkNumber, checkText } from './structure-values.ts';

type Source = Pick<SchemaSource, 'resolve'>;

/** A schema, resolved, as far as checking needs it. Children are made when they are first met. */
interface Node {
  readonly schema: Schema;
  readonly form: 'any' | 'union' | 'quantity' | 'never' | NonNullable<Schema['type']>;
  /** Any string will do. */
  readonly plainText: boolean;
  /** What an enumeration allows of anything but objects and lists. */
  readonly allowed: ReadonlySet<unknown> | undefined;
  readonly fields: Map<string, Node | undefined>;
  /** Fields that are left out if there is nothing in them. */
  readonly emptied: ReadonlySet<string> | undefined;
  readonly required: readonly string[];
  /** Members that the schema does not name may be anything. */
  readonly open: boolean;
  /** It may also have what every object has. */
  readonly whole: boolean;
  entry: Node | undefined;
  items: Node | undefined;
}

/** As in structure.ts, where deeper nesting is not followed. */
const maxDepth = 250;
const plainQuantity = /^\d{1,15}(?:\.\d{1,9})?(?:m|k|M|G|T|[KMGT]i)?$/;
const commonMembers = new Set(['apiVersion', 'kind', 'metadata']);
const nodes = new WeakMap<Source, WeakMap<Schema, Node>>();

/** True if `value` surely has no problem; false says nothing. */
export function isSound(value: unknown, schema: Schema, source: Source): boolean {
  return sound(value, nodeOf(schema, source), source, 0);
}

/** As `isSound`, and nothing is to be left out: no null where the schema asks for something, nothing empty. */
export function isSoundAndFilled(value: unknown, schema: Schema, source: Source): boolean {
  filled = true;
  try {
    return sound(value, nodeOf(schema, source), source, 0);
  } finally {
    filled = false;
  }
}

/** Whether a null, which counts as absent otherwise, and empty values are told. */
let filled = false;

function nodeOf(unresolved: Schema, source: Source): Node {
  let known = nodes.get(source);
  if (known === undefined) {
    known = new WeakMap();
    nodes.set(source, known);
  }
  const schema = source.resolve(unresolved);
  let node = known.get(schema);
  if (node === undefined) {
    node = makeNode(schema);
    known.set(schema, node);
  }
  return node;
}

function makeNode(schema: Schema): Node {
  const { properties, additionalProperties, format } = schema;
  const { minLength, maxLength, pattern } = schema;
  const checked = [minLength, maxLength, pattern].some((rule) => rule !== undefined);
  return {
    schema,
    form: formOf(schema),
    plainText: !checked && format !== 'date-time' && format !== 'byte',
    allowed: schema.enum === undefined ? undefined : new Set(schema.enum),
    fields: new Map(Object.keys(properties ?? {}).map((name) => [name, undefined])),
    emptied: schema[emptied],
    required: schema.required ?? [],
    open:
      schema['x-kubernetes-preserve-unknown-fields'] === true ||
      additionalProperties === true ||
      (properties === undefined && additionalProperties === undefined),
    whole: schema['x-kubernetes-embedded-resource'] === true,
    entry: undefined,
    items: undefined,
  };
}

function formOf(schema: Schema): Node['form'] {
  const { allOf, anyOf, oneOf, not, format, type } = schema;
  // Of a scalar that may have two types its format says all; the types stand in a oneOf beside it.
  if (format === 'quantity') return 'quantity';
  if (format === 'int-or-string' || schema['x-kubernetes-int-or-string'] === true) return 'union';
  return [allOf, anyOf, oneOf, not].some((rule) => rule !== undefined) ? 'never' : (type ?? 'any');
}

function sound(value: unknown, node: Node, source: Source, depth: number): boolean {
  if (value === null || value === undefined) return !filled || value === undefined;
  if (node.allowed?.has(value) === false && typeof value !== 'object') return false;
  switch (node.form) {
    case 'string':
      return typeof value === 'string' && (node.plainText || soundText(value, node.schema));
    case 'object':
      return isRecord(value) && soundObject(value, node, source, depth);
    case 'array':
      return Array.isArray(value) && soundList(value, node, source, depth);
    case 'integer':
      return Number.isInteger(value) && soundNumber(value as number, node.schema);
    case 'number':
      return typeof value === 'number' && soundNumber(value, node.schema);
    case 'boolean':
      return typeof value === 'boolean';
    case 'quantity':
      return soundQuantity(value);
    case 'union':
      return soundText(value, node.schema);
    default:
      return false;
  }
}

function soundObject(
  value: Readonly<Record<string, unknown>>,
  node: Node,
  source: Source,
  depth: number,
): boolean {
  if (depth >= maxDepth) return false;
  for (const name in value) {
    const child = childOf(node, name, source);
    if (child !== undefined) {
      const member = value[name];
      if (!sound(member, child, source, depth + 1)) return false;
      if (filled && node.emptied?.has(name) && isNothing(member)) return false;
    } else if (!node.open && !((depth === 0 || node.whole) && commonMembers.has(name))) {
      return false;
    }
  }
  for (const name of node.required) {
    if (value[name] === undefined || value[name] === null) return false;
  }
  return true;
}

/** What the schema says of a member, by name or of all that it does not name. */
function childOf(node: Node, name: string, source: Source): Node | undefined {
  const known = node.fields.get(name);
  if (known !== undefined) return known;
  const { properties, additionalProperties } = node.schema;
  if (node.fields.has(name)) {
    const child = nodeOf(properties?.[name] as Schema, source);
    node.fields.set(name, child);
    return child;
  }
  if (typeof additionalProperties !== 'object') return undefined;
  node.entry ??= nodeOf(additionalProperties, source);
  return node.entry;
}

function soundList(value: readonly unknown[], node: Node, source: Source, depth: number): boolean {
  const { minItems = 0, maxItems = Number.POSITIVE_INFINITY, items } = node.schema;
  if (value.length < minItems || value.length > maxItems || depth >= maxDepth) return false;
  if (items === undefined) return true;
  node.items ??= nodeOf(items, source);
  for (const item of value) if (!sound(item, node.items, source, depth + 1)) return false;
  return true;
}

function soundQuantity(value: unknown): boolean {
  if (typeof value === 'string')
    return plainQuantity.test(value) || parseQuantity(value) !== undefined;
  return typeof value === 'number' && parseQuantity(value) !== undefined;
}

const problems: StructureProblem[] = [];

function soundText(value: unknown, schema: Schema): boolean {
  checkText(value, schema, [], problems);
  return nothing();
}

function soundNumber(value: number, schema: Schema): boolean {
  checkNumber(value, schema, [], problems);
  return nothing();
}

function nothing(): boolean {
  const none = problems.length === 0;
  problems.length = 0;
  return none;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
