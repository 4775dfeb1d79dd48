/**
 * What says nothing is left out: an empty list or map, and of many fields also an empty text, a zero or
 * a flag that is false. Clients of the original never see them, and a template with `tty: false` is the
 * same there as one without. Which fields these are is part of the schema bundle (`emptied`), into
 * which it comes from the tables of the binary form: there is one table of it.
 */
import { emptied, type Schema, type SchemaSource } from './schema.ts';

/** True for what a field may hold that is as good as nothing. */
export function isNothing(value: unknown): boolean {
  if (value === null || typeof value !== 'object') {
    return value === '' || value === 0 || value === false;
  }
  for (const _ in value) return false;
  return true;
}

/** Changes `value`, which must be unfrozen and not shared. */
export function dropEmpties(
  value: unknown,
  schema: Schema,
  source: Pick<SchemaSource, 'resolve'>,
): void {
  if (value === null || typeof value !== 'object') return;
  const resolved = source.resolve(schema);
  const { properties, additionalProperties, items } = resolved;
  if (Array.isArray(value)) {
    if (items !== undefined) for (const item of value) dropEmpties(item, items, source);
    return;
  }
  const object = value as Record<string, unknown>;
  const entry = typeof additionalProperties === 'object' ? additionalProperties : undefined;
  for (const name of Object.keys(object)) {
    const of =
      properties !== undefined && Object.hasOwn(properties, name) ? properties[name] : entry;
    if (of === undefined) continue;
    if (resolved[emptied]?.has(name) && isNothing(object[name])) delete object[name];
    else dropEmpties(object[name], of, source);
  }
}
