import type { Schema } from './schema.ts';

const types = ['object', 'array', 'string', 'integer', 'number', 'boolean'];
const maxDepth = 100;

const textual = ['description', 'format', 'pattern'] as const;
const numeric = ['minimum', 'maximum', 'minLength', 'maxLength', 'minItems', 'maxItems'] as const;
const combining = ['allOf', 'anyOf', 'oneOf'] as const;
const known = new Set<string>([
  ...textual,
  ...numeric,
  ...combining,
  ...['$ref', 'type', 'enum', 'required', 'properties', 'additionalProperties', 'items', 'not'],
]);

/**
 * A schema as someone is writing it, without the parts that are none (yet): what is left can be
 * relied on to have the shape of a `Schema` throughout. References lead nowhere and are left out.
 */
export function cleanSchema(value: unknown, depth = 0): Schema | undefined {
  if (!isRecord(value) || depth > maxDepth) return undefined;
  const others = Object.entries(value).filter(([name]) => !known.has(name));
  const schema: Schema & Record<string, unknown> = Object.fromEntries(others);
  const sub = (part: unknown) => cleanSchema(part, depth + 1);
  if (types.includes(value.type as string)) schema.type = value.type as NonNullable<Schema['type']>;
  for (const name of textual) if (typeof value[name] === 'string') schema[name] = value[name];
  for (const name of numeric) if (typeof value[name] === 'number') schema[name] = value[name];
  for (const name of combining) {
    if (Array.isArray(value[name])) schema[name] = value[name].flatMap((part) => sub(part) ?? []);
  }
  if (Array.isArray(value.enum)) schema.enum = value.enum;
  if (Array.isArray(value.required)) {
    schema.required = value.required.filter((name) => typeof name === 'string');
  }
  if (isRecord(value.properties)) {
    const properties = Object.entries(value.properties);
    // A field that is named is a field, whatever is said of it.
    schema.properties = Object.fromEntries(
      properties.map(([name, part]) => [name, sub(part) ?? {}]),
    );
  }
  const more = value.additionalProperties;
  if (typeof more === 'boolean') schema.additionalProperties = more;
  else if (isRecord(more)) schema.additionalProperties = sub(more) ?? {};
  if (isRecord(value.items)) schema.items = sub(value.items) ?? {};
  if (isRecord(value.not)) schema.not = sub(value.not) ?? {};
  for (const name of ['x-kubernetes-list-map-keys', 'x-kubernetes-validations']) {
    if (name in schema && !Array.isArray(schema[name])) delete schema[name];
  }
  const rules = schema['x-kubernetes-validations'];
  if (rules !== undefined) schema['x-kubernetes-validations'] = rules.filter(isRule);
  return schema;
}

/** What says no rule in a text cannot be asked. */
function isRule(value: unknown): value is { rule: string } {
  if (!isRecord(value) || typeof value.rule !== 'string') return false;
  return ['message', 'messageExpression', 'fieldPath', 'reason'].every(
    (name) => value[name] === undefined || typeof value[name] === 'string',
  );
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
