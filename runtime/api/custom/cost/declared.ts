/**
 * What a schema says of the values that rules see: their types, and how large they can be. What no
 * schema limits is limited by the largest request, 3 MiB.
 * https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#resource-use-by-validation-functions
 */
import { type CelType, optionalOf } from '../../cel/types.ts';
import { escapeName } from '../../cel/values.ts';
import type { CustomSchema } from '../definition.ts';

/** The type of a value that a schema describes. */
export interface Declared extends CelType {
  readonly element?: Declared | undefined;
  readonly key?: Declared | undefined;
  readonly fields?: ReadonlyMap<string, Declared>;
  /** The most characters, bytes, items or entries that it can have; 0 for what has no size. */
  readonly most: number;
  /** In bytes, as JSON. */
  readonly least: number;
}

/** The largest request, in bytes. */
export const requestBytes = 3 * 1024 * 1024;

const emptyText = 2;
const text: Declared = { kind: 'string', most: 0, least: emptyText };
const anyText: Declared = { kind: 'string', most: requestBytes - 2, least: emptyText };

/**
 * The type of a schema's values; undefined for those that rules do not see.
 * @param whole the schema is of an object with apiVersion, kind and metadata
 * @param unknown stands for what has no type, in place of nothing
 */
export function declaredOf(
  schema: CustomSchema,
  whole = false,
  unknown?: Declared,
): Declared | undefined {
  if (schema['x-kubernetes-int-or-string'] === true) {
    const { maxLength } = schema;
    const most = maxLength === undefined ? requestBytes - 2 : atLeastNone(maxLength) * 4;
    return { kind: 'any', most, least: 1 };
  }
  switch (schema.type) {
    case 'array':
      return declaredList(schema, unknown);
    case 'object':
      if (typeof schema.additionalProperties === 'object') return declaredMap(schema, unknown);
      return declaredObject(schema, whole, unknown);
    case 'string':
      return declaredText(schema);
    case 'boolean':
      return { kind: 'bool', most: 0, least: 4 };
    case 'number':
      return { kind: 'double', most: 0, least: 1 };
    case 'integer':
      return { kind: 'int', most: 0, least: 1 };
    default:
      return unknown;
  }
}

function isEmbedded(schema: CustomSchema): boolean {
  return schema['x-kubernetes-embedded-resource'] === true;
}

function atLeastNone(limit: number): number {
  return Math.max(limit, 0);
}

function declaredList(
  { items, maxItems }: CustomSchema,
  unknown: Declared | undefined,
): Declared | undefined {
  const element = items === undefined ? unknown : declaredOf(items, isEmbedded(items), unknown);
  if (element === undefined) return undefined;
  const fitting = Math.floor((requestBytes - 2) / (element.least + 1));
  const most = maxItems === undefined ? fitting : atLeastNone(maxItems);
  return { kind: 'list', element, most, least: 2 };
}

function declaredMap(
  { additionalProperties, maxProperties }: CustomSchema,
  unknown: Declared | undefined,
): Declared | undefined {
  const values = additionalProperties as CustomSchema;
  const element = declaredOf(values, isEmbedded(values), unknown);
  if (element === undefined) return undefined;
  // Each entry has quotes, a colon, a comma and, at the least, two characters for its name.
  const fitting = Math.floor((requestBytes - 2) / (element.least + 6));
  const most = maxProperties === undefined ? fitting : atLeastNone(maxProperties);
  return { kind: 'map', key: text, element, most, least: 2 };
}

const plainText: CustomSchema = { type: 'string' };

/** What every object has; the schema's own say is taken only if it names all of it. */
function withMetadata(own: Readonly<Record<string, CustomSchema>>): typeof own {
  const { apiVersion, kind, metadata } = own;
  const { name, generateName } = metadata?.properties ?? {};
  const isNamed = metadata?.type === 'object' && name?.type === 'string';
  const isTyped = apiVersion?.type === 'string' && kind?.type === 'string';
  if (isTyped && isNamed && generateName?.type === 'string') return own;
  const properties = { name: plainText, generateName: plainText };
  const given = { apiVersion: plainText, kind: plainText };
  return { ...own, ...given, metadata: { type: 'object', properties } };
}

function declaredObject(
  schema: CustomSchema,
  whole: boolean,
  unknown: Declared | undefined,
): Declared {
  const { properties = {}, required = [] } = schema;
  const seen = whole ? withMetadata(properties) : properties;
  const fields = new Map<string, Declared>();
  let least = 2;
  for (const [name, property] of Object.entries(seen)) {
    const type = declaredOf(property, isEmbedded(property), unknown);
    if (type === undefined) continue;
    const escaped = escapeName(name);
    if (/^[A-Za-z_]\w*$/.test(escaped)) fields.set(escaped, type);
    // Its name, its quotes, colon and comma; a default is filled in by the server.
    if (required.includes(name) && property.default === undefined) {
      least += Buffer.byteLength(name) + type.least + 4;
    }
  }
  return { kind: 'object', fields, most: 0, least };
}

function declaredText(schema: CustomSchema): Declared {
  const { maxLength, enum: values } = schema;
  switch (schema.format) {
    case 'byte': {
      const most = maxLength === undefined ? requestBytes - 2 : atLeastNone(maxLength);
      return { kind: 'bytes', most, least: emptyText };
    }
    case 'duration':
      return { kind: 'duration', most: 32, least: 3 };
    case 'date':
      return { kind: 'timestamp', most: 12, least: 12 };
    case 'date-time':
      return { kind: 'timestamp', most: 32, least: 21 };
  }
  // A character can take four bytes.
  if (maxLength !== undefined) return { ...text, most: atLeastNone(maxLength) * 4 };
  if (values === undefined || values.length === 0) return anyText;
  const lengths = values.map((value) => (typeof value === 'string' ? Buffer.byteLength(value) : 0));
  return { ...text, most: Math.max(...lengths) };
}

/**
 * The variables of a rule.
 * @param optionalOld `oldSelf` may not be there
 */
export function ruleVariables(self: CelType, optionalOld: boolean): Record<string, CelType> {
  return { self, oldSelf: optionalOld ? optionalOf(self) : self };
}
