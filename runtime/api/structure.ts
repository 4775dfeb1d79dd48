/**
 * Checks the shape of an object against its kind's schema: fields that do not exist, wrong types,
 * missing fields, values outside an enumeration. What the fields mean together is the business of
 * validation/. Used by the API server (strict field validation, custom resources) and by the
 * language server.
 */
import { nearest } from './nearest.ts';
import type { Schema, SchemaSource } from './schema.ts';
import { type Kind, kindOf, type Path, type StructureProblem } from './structure-problem.ts';
import { isSound } from './structure-sound.ts';
import { checkArrayFacts, checkNumber, checkText } from './structure-values.ts';

export type { Path, StructureProblem } from './structure-problem.ts';

/** Deeper nesting is not followed: a YAML alias can make a value that contains itself. */
const maxDepth = 250;
/** With more problems than this nobody is helped any more by what a word was meant to be. */
const mostHelped = 100;

/**
 * All problems of `value`, outermost first. null counts as absent, as it does for the server.
 * A problem's path names the field, also one that is missing.
 * @param most so many are looked for; of what comes after them nothing is said
 */
export function checkStructure(
  value: unknown,
  schema: Schema,
  source: Pick<SchemaSource, 'resolve'>,
  most = Number.POSITIVE_INFINITY,
): StructureProblem[] {
  return isSound(value, schema, source) ? [] : walkStructure(value, schema, source, most);
}

/** As `checkStructure`, without the short way out for what is in order. */
export function walkStructure(
  value: unknown,
  schema: Schema,
  source: Pick<SchemaSource, 'resolve'>,
  most = Number.POSITIVE_INFINITY,
): StructureProblem[] {
  const problems: StructureProblem[] = [];
  new Walk(source, problems, most).check(value, schema, [], 0);
  return problems.slice(0, most);
}

class Walk {
  readonly #source: Pick<SchemaSource, 'resolve'>;
  readonly #problems: StructureProblem[];
  readonly #most: number;

  constructor(
    source: Pick<SchemaSource, 'resolve'>,
    problems: StructureProblem[],
    most = Number.POSITIVE_INFINITY,
  ) {
    this.#source = source;
    this.#problems = problems;
    this.#most = most;
  }

  check(value: unknown, unresolved: Schema, path: Path, depth: number): void {
    if (value === null || value === undefined || depth > maxDepth) return;
    const schema = this.#source.resolve(unresolved);
    if (isScalarUnion(schema)) {
      checkText(value, schema, path, this.#problems);
    } else if (schema.type !== undefined && !hasType(value, schema.type)) {
      this.#wrongType(value, schema, path);
    } else if (typeof value !== 'object' && schema.enum?.includes(value) === false) {
      this.#notInEnum(value, schema.enum, path);
    } else {
      this.#checkContent(value, schema, path, depth);
      this.#checkCombinations(value, schema, path, depth);
    }
  }

  #checkContent(value: unknown, schema: Schema, path: Path, depth: number): void {
    if (Array.isArray(value)) {
      checkArrayFacts(value, schema, path, this.#problems);
      if (schema.items === undefined) return;
      for (const [index, item] of value.entries()) {
        if (this.#problems.length >= this.#most) return;
        this.check(item, schema.items, [...path, index], depth + 1);
      }
    } else if (isRecord(value)) {
      this.#checkObject(value, schema, path, depth);
    } else if (typeof value === 'number') {
      checkNumber(value, schema, path, this.#problems);
    } else if (typeof value === 'string') {
      checkText(value, schema, path, this.#problems);
    }
  }

  #checkObject(
    value: Readonly<Record<string, unknown>>,
    schema: Schema,
    path: Path,
    depth: number,
  ): void {
    const { properties, additionalProperties } = schema;
    for (const [name, child] of Object.entries(value)) {
      if (this.#problems.length >= this.#most) return;
      const property = own(properties, name);
      if (property !== undefined) this.check(child, property, [...path, name], depth + 1);
      else if (typeof additionalProperties === 'object') {
        this.check(child, additionalProperties, [...path, name], depth + 1);
      } else if (!this.#mayBeAnything(name, schema, depth)) {
        this.#unknownField(name, value, properties ?? {}, path);
      }
    }
    for (const name of schema.required ?? []) {
      if (value[name] === undefined || value[name] === null) {
        this.#problems.push({
          path: [...path, name],
          code: 'missing',
          message: `Missing required field "${name}"`,
        });
      }
    }
  }

  #mayBeAnything(name: string, schema: Schema, depth: number): boolean {
    if (schema['x-kubernetes-preserve-unknown-fields'] === true) return true;
    if (schema.additionalProperties === true) return true;
    // An object about which nothing is said; with `additionalProperties: false` that is said.
    if (schema.properties === undefined && schema.additionalProperties === undefined) return true;
    const whole = depth === 0 || schema['x-kubernetes-embedded-resource'] === true;
    return whole && ['apiVersion', 'kind', 'metadata'].includes(name);
  }

  #unknownField(
    name: string,
    value: Readonly<Record<string, unknown>>,
    properties: Readonly<Record<string, Schema>>,
    path: Path,
  ): void {
    const suggestion =
      this.#problems.length < mostHelped ? likely(name, value, properties) : undefined;
    const help = suggestion === undefined ? '' : `; did you mean "${suggestion}"?`;
    this.#problems.push({
      path: [...path, name],
      code: 'unknown-field',
      message: `Unknown field "${name}"${help}`,
      ...(suggestion === undefined ? {} : { suggestion }),
    });
  }

  #wrongType(value: unknown, schema: Schema, path: Path): void {
    const expected = schema.type ?? 'object';
    this.#problems.push({
      path,
      code: 'wrong-type',
      message: `Expected ${article(expected)}, got ${article(kindOf(value))}`,
      expected,
      actual: kindOf(value),
    });
  }

  #notInEnum(value: unknown, allowed: readonly unknown[], path: Path): void {
    const suggestion = nearest(String(value), allowed.map(String));
    const help = suggestion === undefined ? '' : `; did you mean "${suggestion}"?`;
    const list = allowed.map((each) => JSON.stringify(each)).join(', ');
    this.#problems.push({
      path,
      code: 'enum',
      message: `${JSON.stringify(value)} is not one of ${list}${help}`,
      ...(suggestion === undefined ? {} : { suggestion }),
      allowed: [...allowed],
    });
  }

  /** allOf, anyOf, oneOf and not, which custom resources may use for values. */
  #checkCombinations(value: unknown, schema: Schema, path: Path, depth: number): void {
    for (const part of schema.allOf ?? []) this.check(value, part, path, depth + 1);
    const passes = (part: Schema) => this.#problemsOf(value, part, path, depth).length === 0;
    if (schema.anyOf !== undefined && !schema.anyOf.some(passes)) {
      this.#combination('must match one of the schemas in anyOf', path);
    }
    if (schema.oneOf !== undefined && schema.oneOf.filter(passes).length !== 1) {
      this.#combination('must match exactly one of the schemas in oneOf', path);
    }
    if (schema.not !== undefined && passes(schema.not)) {
      this.#combination('must not match the schema in not', path);
    }
  }

  #problemsOf(value: unknown, schema: Schema, path: Path, depth: number): StructureProblem[] {
    const problems: StructureProblem[] = [];
    new Walk(this.#source, problems).check(value, schema, path, depth + 1);
    // A part of a combination names only some fields; the others are not unknown for that.
    return problems.filter((problem) => problem.code !== 'unknown-field');
  }

  #combination(message: string, path: Path): void {
    this.#problems.push({ path, code: 'combination', message: `The value ${message}` });
  }
}

/** The field that was most likely meant, rather one that is not there yet. */
function likely(
  name: string,
  value: Readonly<Record<string, unknown>>,
  properties: Readonly<Record<string, Schema>>,
): string | undefined {
  const known = Object.keys(properties);
  const free = known.filter((each) => value[each] === undefined);
  return nearest(name, free) ?? nearest(name, known);
}

/** A quantity or an int-or-string: two types by design. */
function isScalarUnion(schema: Schema): boolean {
  return (
    schema.format === 'quantity' ||
    schema.format === 'int-or-string' ||
    schema['x-kubernetes-int-or-string'] === true
  );
}

function hasType(value: unknown, type: Kind): boolean {
  switch (type) {
    case 'integer':
      return typeof value === 'bigint' || (typeof value === 'number' && Number.isInteger(value));
    case 'number':
      return typeof value === 'number' || typeof value === 'bigint';
    case 'array':
      return Array.isArray(value);
    case 'object':
      return isRecord(value);
    default:
      return typeof value === type;
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function own<T>(record: Readonly<Record<string, T>> | undefined, key: string): T | undefined {
  return record !== undefined && Object.hasOwn(record, key) ? record[key] : undefined;
}

function article(noun: string): string {
  return noun === 'null' ? noun : `${/^[aeio]/.test(noun) ? 'an' : 'a'} ${noun}`;
}
