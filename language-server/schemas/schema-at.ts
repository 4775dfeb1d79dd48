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

export interface FieldSchema {
  readonly name: string;
  /** As the parent has it, `$ref` unresolved. */
  readonly field: Schema;
  readonly required: boolean;
  /** The name of the definition that has the field; undefined within custom kinds. */
  readonly definition: string | undefined;
}

/** The field that `path` leads to; for an item of a list, the list's field. */
export function fieldAt(kind: Schema, path: Path, source: SchemaSource): FieldSchema | undefined {
  const last = path.findLastIndex((part) => typeof part === 'string');
  const name = path[last];
  if (typeof name !== 'string') return undefined;
  const reference = unresolvedAt(kind, path.slice(0, last), source);
  const parent = reference && source.resolve(reference);
  const field = parent && fieldSchema(parent, name);
  if (parent === undefined || field === undefined) return undefined;
  return {
    name,
    field,
    required: parent.required?.includes(name) === true,
    definition: (reference?.$ref ?? reference?.allOf?.[0]?.$ref)?.split('/').at(-1),
  };
}

function unresolvedAt(kind: Schema, path: Path, source: SchemaSource): Schema | undefined {
  let schema: Schema | undefined = kind;
  for (const part of path) {
    if (schema === undefined) return undefined;
    const resolved = source.resolve(schema);
    schema = typeof part === 'number' ? resolved.items : fieldSchema(resolved, part);
  }
  return schema;
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
