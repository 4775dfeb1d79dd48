import type { Schema, SchemaSource } from '../../runtime/api/schema.ts';
import type { Path } from '../../runtime/api/structure-problem.ts';

/** The schema of the field at `path`, resolved; undefined where the schema says nothing. */
export function schemaAt(kind: Schema, path: Path, source: SchemaSource): Schema | undefined {
  let schema: Schema | undefined = source.resolve(kind);
  for (const part of path) {
    if (schema === undefined) return undefined;
    const next: Schema | undefined =
      typeof part === 'number' ? schema.items : fieldSchema(schema, part);
    schema = next === undefined ? undefined : source.resolve(next);
  }
  return schema;
}

function fieldSchema(schema: Schema, name: string): Schema | undefined {
  if (schema.properties !== undefined && Object.hasOwn(schema.properties, name)) {
    return schema.properties[name];
  }
  return typeof schema.additionalProperties === 'object' ? schema.additionalProperties : undefined;
}

/** What the value looks like, in a word or two: `string`, `integer`, `list of Container`. */
export function typeLabel(schema: Schema, source: SchemaSource): string {
  const resolved = source.resolve(schema);
  if (resolved.format === 'int-or-string') return 'integer or string';
  if (resolved.format === 'quantity') return 'quantity';
  if (resolved.type === 'array') {
    return resolved.items === undefined ? 'list' : `list of ${itemLabel(resolved.items, source)}`;
  }
  if (resolved.type === 'object') {
    const named = typeName(schema);
    if (named !== undefined) return named;
    const values = resolved.additionalProperties;
    return typeof values === 'object' ? `map of ${itemLabel(values, source)}` : 'object';
  }
  return resolved.type ?? 'any value';
}

function itemLabel(schema: Schema, source: SchemaSource): string {
  return typeName(schema) ?? typeLabel(schema, source);
}

/** `PodSpec` for a reference to io.k8s.api.core.v1.PodSpec. */
function typeName(schema: Schema): string | undefined {
  const reference = schema.$ref ?? schema.allOf?.[0]?.$ref;
  const name = reference?.slice(reference.lastIndexOf('.') + 1);
  return name === 'Quantity' || name === 'IntOrString' || name === 'Time' ? undefined : name;
}
