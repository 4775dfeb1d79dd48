/** Checks of single values: formats, ranges, lengths, patterns. */
import { type Moment, momentProblem } from './go-time.ts';
import { parseQuantity } from './quantity.ts';
import { moment, type Schema } from './schema.ts';
import { kindOf, type Path, type StructureProblem } from './structure-problem.ts';

const int32 = { low: -(2 ** 31), high: 2 ** 31 - 1 };
/** Whole numbers beyond 2^53 are not exact here; the bounds are those of the wire. */
const int64 = { low: -(2 ** 63), high: 2 ** 63 };
const rfc3339 = /^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)$/;
const base64 = /^[A-Za-z0-9+/]*={0,2}$/;

/** Strings, and the scalars that may be a string or a number. */
export function checkText(
  value: unknown,
  schema: Schema,
  path: Path,
  problems: StructureProblem[],
): void {
  if (schema.format === 'quantity') {
    checkQuantity(value, path, problems);
  } else if (schema.format === 'int-or-string' || schema['x-kubernetes-int-or-string'] === true) {
    checkIntOrString(value, path, problems);
  } else if (typeof value === 'string') {
    checkString(value, schema, path, problems);
  }
}

function checkString(
  value: string,
  schema: Schema,
  path: Path,
  problems: StructureProblem[],
): void {
  const wrong = wrongFormat(value, schema);
  if (wrong !== undefined) {
    const { format: expected = '' } = schema;
    problems.push({ path, code: 'format', message: wrong, expected });
  }
  const { minLength = 0, maxLength = Number.POSITIVE_INFINITY, pattern } = schema;
  const length = minLength > 0 || maxLength !== Number.POSITIVE_INFINITY ? [...value].length : 0;
  if (length < minLength) {
    problems.push(range(path, `Must be at least ${minLength} characters long`));
  }
  if (length > maxLength) {
    problems.push(range(path, `Must be at most ${maxLength} characters long`));
  }
  if (pattern !== undefined && compile(pattern)?.test(value) === false) {
    problems.push({ path, code: 'format', message: `Must match ${pattern}` });
  }
}

function checkQuantity(value: unknown, path: Path, problems: StructureProblem[]): void {
  if (typeof value !== 'string' && typeof value !== 'number') {
    const actual = kindOf(value);
    problems.push({
      path,
      code: 'wrong-type',
      message: `Expected a quantity such as 500m or 1Gi, got ${actual}`,
      expected: 'quantity',
      actual,
    });
  } else if (parseQuantity(value) === undefined) {
    problems.push({
      path,
      code: 'format',
      expected: 'quantity',
      message: `"${value}" is not a quantity; write a number with an optional unit: 500m, 2, 128Mi, 1.5Gi`,
    });
  }
}

function checkIntOrString(value: unknown, path: Path, problems: StructureProblem[]): void {
  if (typeof value === 'string') return;
  if (typeof value === 'number' && Number.isInteger(value)) {
    if (value < int32.low) problems.push(range(path, `Must be at least ${int32.low}`));
    if (value > int32.high) problems.push(range(path, `Must be at most ${int32.high}`));
    return;
  }
  const actual = kindOf(value);
  problems.push({
    path,
    code: 'wrong-type',
    message: `Expected a whole number or a string, got ${actual}`,
    expected: 'int-or-string',
    actual,
  });
}

/** What is wrong with the text as a date or as bytes; formats that are not listed are not checked. */
function wrongFormat(value: string, schema: Schema): string | undefined {
  switch (schema.format) {
    case 'date-time':
      return wrongMoment(value, schema[moment]);
    case 'byte': {
      const packed = value.replace(/[\r\n]/g, '');
      return base64.test(packed) && packed.length % 4 === 0
        ? undefined
        : 'The value must be encoded in base64';
    }
    default:
      return undefined;
  }
}

function wrongMoment(value: string, read: Moment | undefined): string | undefined {
  const isRight =
    read === undefined
      ? rfc3339.test(value) && !Number.isNaN(Date.parse(value))
      : momentProblem(value, read) === undefined;
  if (isRight) return undefined;
  return read === 'micros'
    ? `"${value}" is not a moment in RFC 3339 with six digits after the second, such as 2026-01-31T12:00:00.000000Z`
    : `"${value}" is not a moment in RFC 3339, such as 2026-01-31T12:00:00Z`;
}

export function checkNumber(
  value: number,
  schema: Schema,
  path: Path,
  problems: StructureProblem[],
): void {
  const bounds = schema.format === 'int32' ? int32 : schema.format === 'int64' ? int64 : undefined;
  const low = Math.max(schema.minimum ?? Number.NEGATIVE_INFINITY, bounds?.low ?? -Infinity);
  const high = Math.min(schema.maximum ?? Number.POSITIVE_INFINITY, bounds?.high ?? Infinity);
  if (value < low) problems.push(range(path, `Must be at least ${low}`));
  if (value > high) problems.push(range(path, `Must be at most ${high}`));
}

export function checkArrayFacts(
  value: readonly unknown[],
  schema: Schema,
  path: Path,
  problems: StructureProblem[],
): void {
  const { minItems = 0, maxItems = Number.POSITIVE_INFINITY } = schema;
  if (value.length < minItems) problems.push(range(path, `Must have at least ${minItems} items`));
  if (value.length > maxItems) problems.push(range(path, `Must have at most ${maxItems} items`));
}

function range(path: Path, message: string): StructureProblem {
  return { path, code: 'range', message };
}

const compiled = new Map<string, RegExp | undefined>();

/** Patterns are RE2; the few that JavaScript does not read are left unchecked. */
function compile(pattern: string): RegExp | undefined {
  if (!compiled.has(pattern)) {
    let expression: RegExp | undefined;
    try {
      expression = new RegExp(pattern, 'u');
    } catch {
      expression = undefined;
    }
    compiled.set(pattern, expression);
  }
  return compiled.get(pattern);
}
