/**
 * Schemas as version 2 of OpenAPI has them: without unions and nulls. What clients of that version
 * (kubectl up to 1.23) would misread is left open instead, as the original leaves it:
 * k8s.io/apiextensions-apiserver, pkg/controller/openapi/v2.
 */

interface Schema {
  readonly $ref?: string;
  readonly type?: string;
  readonly default?: unknown;
  readonly nullable?: boolean;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly additionalProperties?: Schema | boolean;
  readonly required?: readonly string[];
  readonly allOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly anyOf?: readonly Schema[];
  readonly not?: Schema;
  readonly 'x-kubernetes-preserve-unknown-fields'?: boolean;
  readonly 'x-kubernetes-int-or-string'?: boolean;
  readonly 'x-kubernetes-group-version-kind'?: readonly object[];
}

/** A definition of version 2 out of one of version 3. */
export function definitionOfVersion2(definition: object): object {
  const schema = definition as Schema;
  if (schema['x-kubernetes-preserve-unknown-fields'] !== true || schema.properties === undefined) {
    return schemaOfVersion2(schema);
  }
  // Those clients refuse every field that is not among the properties, if there are any.
  const kinds = schema['x-kubernetes-group-version-kind'];
  return { type: 'object', ...(kinds && { 'x-kubernetes-group-version-kind': kinds }) };
}

function schemaOfVersion2(schema: Schema): Schema {
  const { allOf, oneOf, anyOf: _any, not: _not, nullable, ...rest } = schema;
  const [only, ...others] = allOf ?? [];
  if (only?.$ref !== undefined && others.length === 0) {
    const { default: _, ...beside } = rest;
    return { ...beside, $ref: referenceOfVersion2(only.$ref) };
  }
  if (rest.$ref !== undefined) return { ...rest, $ref: referenceOfVersion2(rest.$ref) };
  const unknown = rest['x-kubernetes-preserve-unknown-fields'] === true;
  if (nullable === true || unknown) {
    const { properties: _, items: __, ...open } = rest;
    const untyped = nullable === true || rest.type === 'object' || rest.type === 'array';
    return untyped ? without(open, 'type') : open;
  }
  const { properties, items, additionalProperties, required } = rest;
  // What may be a string or a number is a string there.
  const typed =
    oneOf !== undefined && rest.type === undefined ? { ...rest, type: 'string' } : { ...rest };
  const next = {
    ...typed,
    ...(properties && { properties: mapValues(properties, schemaOfVersion2) }),
    ...(items && { items: schemaOfVersion2(items) }),
    ...(typeof additionalProperties === 'object' && {
      additionalProperties: schemaOfVersion2(additionalProperties),
    }),
  };
  const needed = required?.filter((name) => properties?.[name]?.nullable !== true);
  const whole = needed === undefined ? next : { ...without(next, 'required'), required: needed };
  const shown = needed?.length === 0 ? without(whole, 'required') : whole;
  return rest.type === 'array' && items === undefined ? without(shown, 'type') : shown;
}

function referenceOfVersion2(reference: string): string {
  return reference.replace('#/components/schemas/', '#/definitions/');
}

function without(schema: Schema, member: 'type' | 'required'): Schema {
  const { [member]: _, ...rest } = schema;
  return rest;
}

function mapValues(
  schemas: Readonly<Record<string, Schema>>,
  change: (schema: Schema) => Schema,
): Record<string, Schema> {
  return Object.fromEntries(
    Object.entries(schemas).map(([name, schema]) => [name, change(schema)]),
  );
}
