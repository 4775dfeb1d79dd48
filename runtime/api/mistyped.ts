/**
 * An object in which everything has the type that its schema asks for, made of one that has not: so that
 * what is right about it can still be judged by its meaning. A number in place of a string, and the like,
 * is read as it was surely meant; anything else of the wrong type is taken out.
 */
import { emptyOf } from './nulls.ts';
import { parseQuantity } from './quantity.ts';
import type { Schema, SchemaSource } from './schema.ts';
import { isSound } from './structure-sound.ts';

type Source = Pick<SchemaSource, 'resolve'>;

/** As in structure.ts, where deeper nesting is not followed. */
const maxDepth = 250;
/** A fraction of a millisecond. */
const valuesInStep = 500;

/** Changes `value`, which must be unfrozen and not shared; nulls in it have been settled. */
export function settleTypes(value: unknown, schema: Schema, source: Source): void {
  const steps = settleTypesInSteps(value, schema, source);
  while (steps.next().done !== true);
}

/** As `settleTypes`, some hundred values at a time, for whoever has other things to do meanwhile. */
export function* settleTypesInSteps(
  value: unknown,
  schema: Schema,
  source: Source,
): Generator<undefined, void, undefined> {
  if (isSound(value, schema, source)) return;
  const open: Unsettled[] = [{ value, schema: source.resolve(schema), depth: 0 }];
  let looked = 0;
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    for (const _ of settleWithin(next, source, open)) {
      looked += 1;
      if (looked % valuesInStep === 0) yield;
    }
  }
}

/** A list or map in which each member is yet to be looked at. */
interface Unsettled {
  readonly value: unknown;
  readonly schema: Schema;
  readonly depth: number;
}

/** Settles the members of one list or map, one after the other; those that have members go into `open`. */
function* settleWithin(
  { value, schema, depth }: Unsettled,
  source: Source,
  open: Unsettled[],
): Generator<undefined, void, undefined> {
  const { properties, additionalProperties, items } = schema;
  if (depth > maxDepth) return;
  if (Array.isArray(value)) {
    if (items === undefined) return;
    for (const [index, item] of value.entries()) {
      yield;
      const settled = settledValue(item, items, source, depth, open);
      // The others must keep their places.
      value[index] = settled === undefined ? emptyOf(items, source) : settled;
    }
  } else if (isRecord(value)) {
    for (const [name, member] of Object.entries(value)) {
      yield;
      const named = properties !== undefined && Object.hasOwn(properties, name);
      const entry = typeof additionalProperties === 'object' ? additionalProperties : undefined;
      const of = named ? properties[name] : entry;
      if (of === undefined) continue;
      const settled = settledValue(member, of, source, depth, open);
      if (settled === undefined) delete value[name];
      else value[name] = settled;
    }
  }
}

/** The value, or what it was meant to be; undefined for what cannot stand here. */
function settledValue(
  value: unknown,
  unresolved: Schema,
  source: Source,
  depth: number,
  open: Unsettled[],
): unknown {
  const schema = source.resolve(unresolved);
  if (value === null || value === undefined) return undefined;
  if (schema.format === 'quantity') return isQuantity(value) ? value : undefined;
  if (schema.format === 'int-or-string' || schema['x-kubernetes-int-or-string'] === true) {
    return typeof value === 'string' || Number.isInteger(value) ? value : undefined;
  }
  switch (schema.type) {
    case 'string':
      return typeof value === 'object' ? undefined : String(value);
    case 'integer':
      return wholeNumber(value);
    case 'number':
      return typeof value === 'number' ? value : undefined;
    case 'boolean':
      if (typeof value === 'boolean') return value;
      return value === 'true' || value === 'false' ? value === 'true' : undefined;
    case 'array':
      if (!Array.isArray(value)) return undefined;
      break;
    case 'object':
      if (!isRecord(value)) return undefined;
      break;
    case undefined:
      break;
  }
  open.push({ value, schema, depth: depth + 1 });
  return value;
}

/** What cannot be read as one is told of as a value, too. */
function isQuantity(value: unknown): boolean {
  return (
    typeof value === 'string' || (typeof value === 'number' && parseQuantity(value) !== undefined)
  );
}

function wholeNumber(value: unknown): number | undefined {
  const number = typeof value === 'string' && /^-?\d{1,15}$/.test(value) ? Number(value) : value;
  return typeof number === 'number' && Number.isInteger(number) ? number : undefined;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
