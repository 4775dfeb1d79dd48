/** The types that values of expressions have: by themselves, and where a schema describes them. */
import type { Schema } from '../schema.ts';
import { unescapeName } from './values.ts';

export interface CelType {
  /** `any` is what cannot be told, `type` a type as a value, `opaque` an address, a quantity and the like. */
  readonly kind:
    | 'any'
    | 'bool'
    | 'bytes'
    | 'double'
    | 'duration'
    | 'int'
    | 'list'
    | 'map'
    | 'null'
    | 'object'
    | 'opaque'
    | 'optional'
    | 'string'
    | 'timestamp'
    | 'type';
  /** Of lists, maps and optional values. */
  readonly element?: CelType | undefined;
  /** Of maps. */
  readonly key?: CelType | undefined;
  /** Of objects, by the names that expressions use. */
  readonly fields?: { get(name: string): CelType | undefined };
}

export const any: CelType = { kind: 'any' };
export const text: CelType = { kind: 'string' };

export function optionalOf(element: CelType): CelType {
  return { kind: 'optional', element };
}

/** What is of both types: where they differ, that cannot be told. */
export function joined(a: CelType, b: CelType): CelType {
  if (a.kind === 'null') return b;
  if (b.kind === 'null') return a;
  if (a.kind !== b.kind) return any;
  if (a.element === undefined || b.element === undefined) return a;
  const element = joined(a.element, b.element);
  const key = a.key === undefined || b.key === undefined ? undefined : joined(a.key, b.key);
  return { kind: a.kind, element, key };
}

/** A field whose name is a word of the language may be named as it is. */
export function fieldOf<T>(fields: { get(name: string): T | undefined } | undefined, name: string) {
  return fields?.get(name) ?? fields?.get(`__${name}__`);
}

const scalars: ReadonlySet<string> = new Set(['bool', 'double', 'int', 'string']);

/** `int`, `optional_type(string)`: the name of a plain value's type; undefined for any other. */
export function plainName({ kind, element }: CelType): string | undefined {
  if (scalars.has(kind)) return kind;
  if (kind !== 'optional' || element === undefined) return undefined;
  const of = plainName(element);
  return of === undefined ? undefined : `optional_type(${of})`;
}

/** As messages name a type: `list(string)`. */
export function typeName({ kind, element, key }: CelType): string {
  const of = () => (element === undefined ? 'dyn' : typeName(element));
  switch (kind) {
    case 'any':
      return 'dyn';
    case 'list':
      return `list(${of()})`;
    case 'map':
      return `map(${key === undefined ? 'dyn' : typeName(key)}, ${of()})`;
    case 'optional':
      return `optional_type(${of()})`;
    default:
      return kind;
  }
}

/**
 * The type of a schema's values; what stands inside is read when it is asked for, as schemas may hold
 * themselves.
 * @param resolve follows references
 */
export function schemaType(
  schema: Schema,
  resolve: (schema: Schema) => Schema = (found) => found,
): CelType {
  const found = resolve(schema);
  if (isOpen(found)) return any;
  switch (found.type) {
    case 'string':
      return { kind: textKinds[found.format ?? ''] ?? 'string' };
    case 'boolean':
      return { kind: 'bool' };
    case 'integer':
      return { kind: 'int' };
    case 'number':
      return { kind: 'double' };
    case 'array': {
      const { items } = found;
      if (items === undefined) return { kind: 'list', element: any };
      return { kind: 'list', element: schemaType(items, resolve) };
    }
    default:
      return membersType(found, resolve);
  }
}

/** Texts that are something else to expressions. */
const textKinds: Readonly<Record<string, CelType['kind']>> = {
  ...{ date: 'timestamp', 'date-time': 'timestamp', duration: 'duration', byte: 'bytes' },
  'int-or-string': 'any',
};

function membersType(schema: Schema, resolve: (schema: Schema) => Schema): CelType {
  const { properties, additionalProperties } = schema;
  const others = typeof additionalProperties === 'object' ? additionalProperties : undefined;
  const other = () => {
    if (others !== undefined) return schemaType(others, resolve);
    return additionalProperties === true ? any : undefined;
  };
  if (properties === undefined) return { kind: 'map', key: text, element: other() ?? any };
  const get = (name: string) => {
    const own = unescapeName(name);
    const property = Object.hasOwn(properties, own) ? properties[own] : undefined;
    return property === undefined ? other() : schemaType(property, resolve);
  };
  return { kind: 'object', fields: { get } };
}

/** Could the value be of any shape? */
function isOpen(schema: Schema): boolean {
  const { type, properties, additionalProperties } = schema;
  if (schema['x-kubernetes-int-or-string'] === true) return true;
  if (schema['x-kubernetes-preserve-unknown-fields'] === true) return true;
  if (schema['x-kubernetes-embedded-resource'] === true) return true;
  if (properties !== undefined || additionalProperties !== undefined) return false;
  return type === undefined || type === 'object';
}
