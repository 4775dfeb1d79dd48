/**
 * Checks of a custom resource's values against its schema, in the original's words. A value that an
 * update leaves as it was is not judged again: a schema may have become stricter since.
 * https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#validation
 */
import { goPattern, patternProblem } from '../cel/regex.ts';
import type { StatusCause } from '../status.ts';
import { Problems } from '../validation/problems.ts';
import { same } from '../validation/values.ts';
import type { CustomSchema } from './definition.ts';
import { checkEmbedded } from './embedded.ts';
import { hasFormat } from './formats.ts';
import { memberSchema } from './prune.ts';

type Json = Record<string, unknown>;

/** What is wrong with the object; nothing if all is well. `previous` is undefined on create. */
export function validateAgainst(
  object: unknown,
  previous: unknown,
  schema: CustomSchema,
): StatusCause[] {
  const walk = new Walk();
  walk.check(object, previous, schema, '');
  return walk.problems.causes;
}

class Walk {
  readonly problems = new Problems();

  check(value: unknown, before: unknown, schema: CustomSchema, path: string): void {
    if (before !== undefined && same(value, before)) return;
    if (value === null && schema.nullable === true) return;
    if (!this.#checkType(value, schema, path)) return;
    if (schema.enum?.some((allowed) => same(allowed, value)) === false) {
      this.problems.notSupported(path, value, schema.enum.map(String));
    }
    if (typeof value === 'string') this.#checkString(value, schema, path);
    else if (typeof value === 'number') this.#checkNumber(value, schema, path);
    else if (Array.isArray(value)) this.#checkList(value, before, schema, path);
    else if (isObject(value)) this.#checkObject(value, before, schema, path);
    this.#checkCombinations(value, schema, path);
  }

  #checkType(value: unknown, schema: CustomSchema, path: string): boolean {
    if (schema['x-kubernetes-int-or-string'] === true) {
      if (typeof value === 'string' || Number.isInteger(value)) return true;
      return this.#wrongType(value, 'integer,string', path);
    }
    const { type } = schema;
    if (type === undefined) return true;
    const is = typeOf(value);
    if (is === type || (type === 'number' && is === 'integer')) return true;
    return this.#wrongType(value, type, path);
  }

  #wrongType(value: unknown, expected: string, path: string): false {
    this.#typeInvalid(path, typeOf(value), expected);
    return false;
  }

  #typeInvalid(path: string, shown: string, expected: string): void {
    const quoted = JSON.stringify(shown);
    this.problems.causes.push({
      reason: 'FieldValueTypeInvalid',
      message: `Invalid value: ${quoted}: ${path} in body must be of type ${expected}: ${quoted}`,
      field: path === '' ? '<nil>' : path,
    });
  }

  #checkString(value: string, schema: CustomSchema, path: string): void {
    const { minLength = 0, maxLength = Number.POSITIVE_INFINITY, pattern, format } = schema;
    const length = [...value].length;
    if (length < minLength) this.#bad(path, value, `should be at least ${minLength} chars long`);
    if (length > maxLength) this.problems.tooLong(path, maxLength);
    if (pattern !== undefined && isPattern(pattern) && !goPattern(pattern).test(value)) {
      this.#bad(path, value, `should match '${pattern}'`);
    }
    if (!hasFormat(value, format)) this.#typeInvalid(path, value, format ?? '');
  }

  #checkNumber(value: number, schema: CustomSchema, path: string): void {
    const { minimum, maximum, multipleOf, exclusiveMinimum, exclusiveMaximum } = schema;
    if (minimum !== undefined && (exclusiveMinimum === true ? value <= minimum : value < minimum)) {
      const than = exclusiveMinimum === true ? 'greater than' : 'greater than or equal to';
      this.#bad(path, value, `should be ${than} ${minimum}`);
    }
    if (maximum !== undefined && (exclusiveMaximum === true ? value >= maximum : value > maximum)) {
      const than = exclusiveMaximum === true ? 'less than' : 'less than or equal to';
      this.#bad(path, value, `should be ${than} ${maximum}`);
    }
    if (multipleOf !== undefined && !Number.isInteger(Number((value / multipleOf).toFixed(9)))) {
      this.#bad(path, value, `should be a multiple of ${multipleOf}`);
    }
    if (schema.format === 'int32' && (value < -(2 ** 31) || value > 2 ** 31 - 1)) {
      this.#bad(path, value, 'must be of type int32');
    }
  }

  #checkList(value: readonly unknown[], before: unknown, schema: CustomSchema, path: string): void {
    const { minItems = 0, maxItems = Number.POSITIVE_INFINITY } = schema;
    if (value.length < minItems) this.#bad(path, value, `should have at least ${minItems} items`);
    if (value.length > maxItems) this.problems.tooMany(path, value.length, maxItems);
    const keyOf = elementKey(schema);
    const seen = new Set<string>();
    const old = new Map<string, unknown>();
    if (keyOf !== undefined && Array.isArray(before)) {
      for (const item of before) old.set(keyOf(item), item);
    }
    for (const [index, item] of value.entries()) {
      const at = `${path}[${index}]`;
      const key = keyOf?.(item);
      if (key !== undefined) {
        if (seen.has(key)) this.problems.duplicate(at, shownKey(item, schema));
        seen.add(key);
      }
      const previous = key === undefined ? undefined : old.get(key);
      if (schema.items !== undefined) this.check(item, previous, schema.items, at);
    }
  }

  #checkObject(value: Json, before: unknown, schema: CustomSchema, path: string): void {
    const old = isObject(before) ? before : {};
    const names = Object.keys(value);
    const { minProperties = 0, maxProperties = Number.POSITIVE_INFINITY } = schema;
    if (names.length < minProperties) {
      this.#bad(path, value, `should have at least ${minProperties} properties`);
    }
    if (names.length > maxProperties) this.problems.tooMany(path, names.length, maxProperties);
    for (const name of schema.required ?? []) {
      if (value[name] === undefined) this.problems.required(join(path, name));
    }
    if (schema['x-kubernetes-embedded-resource'] === true) {
      checkEmbedded(value, path, this.problems);
    }
    for (const name of names) {
      const member = memberSchema(schema, name);
      if (member === undefined) continue;
      const previous = Object.hasOwn(old, name) ? old[name] : undefined;
      this.check(value[name], previous, member, join(path, name));
    }
  }

  #checkCombinations(value: unknown, schema: CustomSchema, path: string): void {
    const passes = (part: CustomSchema) => {
      const walk = new Walk();
      walk.check(value, undefined, part, path);
      return walk.problems.causes.length === 0;
    };
    for (const part of schema.allOf ?? []) this.check(value, undefined, part, path);
    const say = (what: string) => this.problems.invalid(path, '', `"${path}" ${what}`);
    if (schema.anyOf?.some(passes) === false) say('must validate at least one schema (anyOf)');
    if (schema.oneOf !== undefined) {
      const count = schema.oneOf.filter(passes).length;
      const found = count === 0 ? 'none valid' : `${count} valid alternatives`;
      if (count !== 1) say(`must validate one and only one schema (oneOf). Found ${found}`);
    }
    if (schema.not !== undefined && passes(schema.not)) say('must not validate the schema (not)');
  }

  #bad(path: string, value: unknown, what: string): void {
    this.problems.invalid(path, value, `${path} in body ${what}`);
  }
}

/** What tells a list's elements apart, if they must be: themselves in a set, their keys in a map. */
function elementKey(schema: CustomSchema): ((item: unknown) => string) | undefined {
  const type = schema['x-kubernetes-list-type'];
  if (type === 'set' || schema.uniqueItems === true) return (item) => JSON.stringify(item);
  if (type !== 'map') return undefined;
  return (item) => JSON.stringify(shownKey(item, schema));
}

function shownKey(item: unknown, schema: CustomSchema): unknown {
  const keys = schema['x-kubernetes-list-map-keys'];
  if (schema['x-kubernetes-list-type'] !== 'map' || keys === undefined || !isObject(item)) {
    return item;
  }
  return Object.fromEntries(
    keys.map((key) => [key, item[key] ?? schema.items?.properties?.[key]?.default]),
  );
}

function join(path: string, name: string): string {
  return path === '' ? name : `${path}.${name}`;
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function typeOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  if (typeof value === 'number') return Number.isInteger(value) ? 'integer' : 'number';
  return typeof value;
}

/** A definition from before patterns were checked may have one that cannot be read. */
function isPattern(pattern: string): boolean {
  return patternProblem(pattern) === undefined;
}
