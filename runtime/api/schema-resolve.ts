import type { Schema } from './schema.ts';

const prefix = '#/components/schemas/';

/** The definition's name in `#/components/schemas/NAME`. */
export function refName($ref: string): string {
  return $ref.startsWith(prefix) ? $ref.slice(prefix.length) : $ref;
}

/**
 * Makes `SchemaSource.resolve` over a set of named definitions. What stands beside a reference
 * (description, default, merge strategy of the field) is laid over the definition it points to. The
 * same schema gives the same result object each time.
 */
export function createResolver(
  definition: (name: string) => Schema | undefined,
): (schema: Schema) => Schema {
  const resolved = new WeakMap<Schema, Schema>();
  return (schema) => {
    const reference = referenceOf(schema);
    if (reference === undefined) return schema;
    const known = resolved.get(schema);
    if (known !== undefined) return known;
    const { $ref: _ref, allOf: _allOf, ...beside } = schema;
    const target = definition(refName(reference)) ?? {};
    const result = Object.keys(beside).length === 0 ? target : { ...target, ...beside };
    resolved.set(schema, result);
    return result;
  };
}

/** The `$ref` that the schema is, alone or wrapped in a lone `allOf`. */
export function referenceOf(schema: Schema): string | undefined {
  return schema.$ref ?? (schema.allOf?.length === 1 ? schema.allOf[0]?.$ref : undefined);
}
