/**
 * x-kubernetes-validations: rules in the Common Expression Language on any part of an object.
 * https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#validation-rules
 */
import { Environment, type ParseResult } from '@marcbachmann/cel-js';
import type { Schema } from '../../api/schema.ts';
import type { StatusCause } from '../../api/status.ts';
import { sameJson } from '../registry/json.ts';
import type { CustomSchema } from './definition.ts';
import { memberSchema } from './prune.ts';

type Json = Record<string, unknown>;
type Rule = NonNullable<Schema['x-kubernetes-validations']>[number];

const environment = new Environment({
  unlistedVariablesAreDyn: true,
  homogeneousAggregateLiterals: false,
  enableOptionalTypes: true,
})
  .registerFunction('list.sum(): dyn', (list: bigint[]) => list.reduce((a, b) => a + b, 0n))
  .registerFunction('list.min(): dyn', (list: bigint[]) => list.reduce((a, b) => (b < a ? b : a)))
  .registerFunction('list.max(): dyn', (list: bigint[]) => list.reduce((a, b) => (b > a ? b : a)))
  .registerFunction('list.isSorted(): bool', (list: bigint[]) =>
    list.every((item, index) => index === 0 || (list[index - 1] as bigint) <= item),
  )
  .registerFunction('isURL(string): bool', (text: string) => URL.canParse(text))
  .registerFunction('string.find(string): string', (text: string, pattern: string) => {
    return new RegExp(pattern, 'u').exec(text)?.[0] ?? '';
  })
  .registerFunction('string.findAll(string): list', (text: string, pattern: string) => {
    return text.match(new RegExp(pattern, 'gu')) ?? [];
  });

/** True if the schema has a rule anywhere; without one there is nothing to walk. */
export function hasRules(schema: CustomSchema): boolean {
  if ((schema['x-kubernetes-validations']?.length ?? 0) > 0) return true;
  const { properties = {}, items, additionalProperties } = schema;
  return (
    Object.values(properties).some(hasRules) ||
    (items !== undefined && hasRules(items)) ||
    (typeof additionalProperties === 'object' && hasRules(additionalProperties))
  );
}

/** The rules that the object breaks. It must be of the schema's shape. */
export function checkRules(
  object: unknown,
  previous: unknown,
  schema: CustomSchema,
): StatusCause[] {
  const causes: StatusCause[] = [];
  walk(object, previous, schema, '', causes);
  return causes;
}

function walk(
  value: unknown,
  before: unknown,
  schema: CustomSchema,
  path: string,
  causes: StatusCause[],
): void {
  if (value === null || value === undefined) return;
  if (before !== undefined && sameJson(value, before)) return;
  for (const rule of schema['x-kubernetes-validations'] ?? []) {
    const cause = breach(rule, value, before, schema, path);
    if (cause !== undefined) causes.push(cause);
  }
  if (Array.isArray(value)) {
    const { items } = schema;
    if (items === undefined) return;
    const keys = schema['x-kubernetes-list-map-keys'] ?? [];
    for (const [index, item] of value.entries()) {
      const old = keys.length === 0 ? undefined : sameElement(before, item, keys);
      walk(item, old, items, `${path}[${index}]`, causes);
    }
  } else if (typeof value === 'object') {
    for (const [name, member] of Object.entries(value)) {
      const of = memberSchema(schema, name);
      if (of === undefined) continue;
      const old = (before as Json | undefined)?.[name];
      walk(member, old, of, path === '' ? name : `${path}.${name}`, causes);
    }
  }
}

function sameElement(list: unknown, item: unknown, keys: readonly string[]): unknown {
  if (!Array.isArray(list)) return undefined;
  return list.find((other) => keys.every((key) => sameJson(other?.[key], (item as Json)?.[key])));
}

function breach(
  rule: Rule,
  value: unknown,
  before: unknown,
  schema: CustomSchema,
  path: string,
): StatusCause | undefined {
  const compares = /\boldSelf\b/.test(rule.rule);
  if (compares && before === undefined && rule.optionalOldSelf !== true) return undefined;
  const say = (what: string): StatusCause => ({
    reason: typeof rule.reason === 'string' ? rule.reason : 'FieldValueInvalid',
    message: `Invalid value: ${JSON.stringify(schema.type ?? 'object')}: ${what}`,
    field: `${path}${typeof rule.fieldPath === 'string' ? rule.fieldPath : ''}`.replace(/^\./, ''),
  });
  const context = {
    self: celValue(value, schema),
    ...(before === undefined ? {} : { oldSelf: celValue(before, schema) }),
  };
  try {
    if (compiled(rule.rule)(context) === true) return undefined;
    return say(messageOf(rule, context));
  } catch (error) {
    const why = error instanceof Error ? error.message.split('\n')[0] : String(error);
    return say(`rule ${JSON.stringify(rule.rule)} could not be evaluated: ${why}`);
  }
}

function messageOf(rule: Rule, context: Json): string {
  if (typeof rule.messageExpression === 'string') {
    try {
      const made: unknown = compiled(rule.messageExpression)(context);
      if (typeof made === 'string' && made.trim() !== '') return made;
    } catch {
      // The plain message will do.
    }
  }
  return rule.message?.trim() || `failed rule: ${rule.rule}`;
}

/** Why an expression cannot be read; undefined if it can. */
export function ruleProblem(expression: string): string | undefined {
  try {
    compiled(expression);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message.split('\n')[0] : String(error);
  }
}

const parsed = new Map<string, ParseResult>();

function compiled(expression: string): ParseResult {
  let result = parsed.get(expression);
  if (result === undefined) {
    result = environment.parse(expression);
    parsed.set(expression, result);
  }
  return result;
}

/** A value as expressions see it: whole numbers are integers, moments are timestamps. */
function celValue(value: unknown, schema: CustomSchema | undefined): unknown {
  if (Array.isArray(value)) return value.map((item) => celValue(item, schema?.items));
  if (value !== null && typeof value === 'object') {
    return Object.fromEntries(
      Object.entries(value).map(([name, member]) => {
        const named = schema?.properties !== undefined && Object.hasOwn(schema.properties, name);
        const of = schema === undefined ? undefined : memberSchema(schema, name);
        return [named ? escaped(name) : name, celValue(member, of)];
      }),
    );
  }
  if (typeof value === 'number') {
    return schema?.type !== 'number' && Number.isInteger(value) ? BigInt(value) : value;
  }
  if (typeof value === 'string' && schema?.format === 'date-time') return new Date(value);
  return value;
}

const keywords = new Set(
  'true false null in as break const continue else for function if import let loop package namespace return var void while'.split(
    ' ',
  ),
);

/** The name under which an expression finds a property whose own name is no identifier. */
function escaped(name: string): string {
  if (keywords.has(name)) return `__${name}__`;
  return name
    .replaceAll('__', '__underscores__')
    .replaceAll('.', '__dot__')
    .replaceAll('-', '__dash__')
    .replaceAll('/', '__slash__');
}
