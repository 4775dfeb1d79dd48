/**
 * A null in a body means that a field has no value, as it does to every typed decoder: the field is
 * left out. In a list or a map, where leaving out would change what the others mean, it becomes the
 * empty value of its type. What the schema says nothing about stays as it is.
 */
import type { Schema, SchemaSource } from './schema.ts';

/** True if there is anything for `settleNulls` to do. */
export function containsNull(value: unknown): boolean {
  if (value === null || typeof value !== 'object') return value === null;
  for (const name in value) {
    if (containsNull((value as Record<string, unknown>)[name])) return true;
  }
  return false;
}

/** Changes `value`, which must be unfrozen and not shared. */
export function settleNulls(value: unknown, schema: Schema, source: SchemaSource): void {
  if (value === null || typeof value !== 'object') return;
  const { properties, additionalProperties, items } = source.resolve(schema);
  if (Array.isArray(value)) {
    if (items === undefined) return;
    for (const [index, item] of value.entries()) {
      if (item === null) value[index] = emptyOf(items, source);
      else settleNulls(item, items, source);
    }
    return;
  }
  const object = value as Record<string, unknown>;
  for (const name of Object.keys(object)) {
    const member = object[name];
    const named = properties !== undefined && Object.hasOwn(properties, name);
    const entry = typeof additionalProperties === 'object' ? additionalProperties : undefined;
    const of = named ? properties[name] : entry;
    if (member !== null) {
      if (of !== undefined) settleNulls(member, of, source);
    } else if (named) {
      delete object[name];
    } else if (entry !== undefined) {
      object[name] = emptyOf(entry, source);
    }
  }
}

/** The empty value of the schema's type; null where it has none. */
export function emptyOf(schema: Schema, source: Pick<SchemaSource, 'resolve'>): unknown {
  const { type, format } = source.resolve(schema);
  // A number or a text, of which the schema says no type.
  if (format === 'quantity') return '0';
  switch (type) {
    case 'string':
      return '';
    case 'integer':
    case 'number':
      return 0;
    case 'boolean':
      return false;
    case 'array':
      return [];
    case 'object':
      return {};
    default:
      return null;
  }
}
