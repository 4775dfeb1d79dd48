/**
 * Fields that a structural schema does not name are taken out, and those it has defaults for are
 * filled in.
 * https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#field-pruning
 */
import type { Schema } from '../schema.ts';
import { pruneEmbeddedMetadata } from './embedded.ts';

type Path = readonly (string | number)[];
type Json = Record<string, unknown>;

const ofEveryObject = ['apiVersion', 'kind', 'metadata'];

/**
 * Removes what the schema does not name, and gives the removed fields' paths. `value` must be
 * unfrozen. `whole`: it is an object with apiVersion, kind and metadata, which stay.
 */
export function prune(value: unknown, schema: Schema, whole: boolean): Path[] {
  const removed: Path[] = [];
  pruneBelow(value, schema, whole, [], removed);
  return removed;
}

function pruneBelow(
  value: unknown,
  schema: Schema,
  whole: boolean,
  path: Path,
  removed: Path[],
): void {
  if (value === null || typeof value !== 'object') return;
  if (Array.isArray(value)) {
    const { items } = schema;
    if (items === undefined) return;
    for (const [index, item] of value.entries()) {
      pruneBelow(item, items, isEmbedded(items), [...path, index], removed);
    }
    return;
  }
  const object = value as Json;
  const { properties = {}, additionalProperties } = schema;
  const keeps = schema['x-kubernetes-preserve-unknown-fields'] === true;
  for (const name of Object.keys(object)) {
    if (whole && ofEveryObject.includes(name)) {
      // That of the object itself is judged with its kind.
      if (name !== 'metadata' || path.length === 0) continue;
      const unknown = pruneEmbeddedMetadata(object.metadata);
      removed.push(...unknown.map((field) => [...path, name, field]));
      continue;
    }
    const member = memberSchema(schema, name);
    if (member !== undefined) {
      pruneBelow(object[name], member, isEmbedded(member), [...path, name], removed);
    } else if (!keeps && additionalProperties !== true && !Object.hasOwn(properties, name)) {
      delete object[name];
      removed.push([...path, name]);
    }
  }
}

/** Fills in the schema's defaults. `value` must be unfrozen. */
export function fillDefaults(value: unknown, schema: Schema): void {
  if (value === null || typeof value !== 'object') return;
  if (Array.isArray(value)) {
    if (schema.items !== undefined) for (const item of value) fillDefaults(item, schema.items);
    return;
  }
  const object = value as Json;
  for (const [name, property] of Object.entries(schema.properties ?? {})) {
    if (property.default === undefined) continue;
    const missing =
      !Object.hasOwn(object, name) || (object[name] === null && property.nullable !== true);
    if (missing) object[name] = structuredClone(property.default);
  }
  for (const name of Object.keys(object)) {
    const member = memberSchema(schema, name);
    if (member !== undefined) fillDefaults(object[name], member);
  }
}

/** The schema of an object's member: a property's, or that of all other members. */
export function memberSchema<S extends Schema>(schema: S, name: string): S | undefined {
  const { properties, additionalProperties } = schema;
  if (properties !== undefined && Object.hasOwn(properties, name)) return properties[name] as S;
  return typeof additionalProperties === 'object' ? (additionalProperties as S) : undefined;
}

function isEmbedded(schema: Schema): boolean {
  return schema['x-kubernetes-embedded-resource'] === true;
}
