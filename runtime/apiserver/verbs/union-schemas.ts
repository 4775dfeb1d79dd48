/**
 * The schemas within a definition's schema that stand where something else may stand, too (`items`,
 * `additionalProperties`, `additionalItems`). What describes definitions leaves these places open, as
 * the original's document does; its decoder reads them as schemas all the same.
 */
import type { UnknownObject } from '../../api/object.ts';
import type { Schema } from '../../api/schema.ts';

/** Of a schema. */
export const schemaOfSchemas: Schema = {
  $ref: '#/components/schemas/io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaProps',
};

type Json = Record<string, unknown>;

/** Each of them, the outer before the inner; a schema may be changed once it has been told. */
export function* unionSchemas(definition: UnknownObject): Generator<Json> {
  const { versions } = (isMap(definition.spec) ? definition.spec : {}) as { versions?: unknown };
  for (const version of Array.isArray(versions) ? versions : []) {
    const { schema } = (isMap(version) ? version : {}) as { schema?: unknown };
    if (isMap(schema)) yield* below(schema.openAPIV3Schema);
  }
}

function* below(schema: unknown): Generator<Json> {
  if (!isMap(schema)) return;
  for (const name of ['properties', 'patternProperties', 'definitions']) {
    const named = schema[name];
    for (const each of isMap(named) ? Object.values(named) : []) yield* below(each);
  }
  for (const name of ['allOf', 'anyOf', 'oneOf']) {
    const parts = schema[name];
    for (const part of Array.isArray(parts) ? parts : []) yield* below(part);
  }
  yield* below(schema.not);
  for (const name of ['items', 'additionalProperties', 'additionalItems']) {
    const union = schema[name];
    if (!isMap(union)) continue;
    yield union;
    yield* below(union);
  }
}

function isMap(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
