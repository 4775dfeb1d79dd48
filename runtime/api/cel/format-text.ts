/**
 * `"%s has %d replicas".format([name, count])`.
 * https://pkg.go.dev/github.com/google/cel-go/ext#Strings
 */
import { Duration, UnsignedInt } from '@marcbachmann/cel-js/evaluator';
import { textOfDate } from './values.ts';

const clause = /%(?:\.(\d+))?([a-zA-Z%])/g;

/** Throws Error if the clauses and the arguments do not fit. */
export function formatText(template: string, list: readonly unknown[]): string {
  let index = 0;
  const text = template.replace(clause, (whole, precision: string | undefined, verb: string) => {
    if (verb === '%') return '%';
    if (index >= list.length) throw new Error(`index ${index} out of range`);
    const value = list[index++];
    const made = inClause(verb, value, precision === undefined ? undefined : Number(precision));
    if (made === undefined) {
      throw new Error(
        `could not parse formatting clause: unrecognized formatting clause "${whole.at(-1)}"`,
      );
    }
    return made;
  });
  return text;
}

function inClause(verb: string, value: unknown, precision: number | undefined): string | undefined {
  switch (verb) {
    case 's':
      return textOf(value);
    case 'd':
      return integer(value, verb).toString();
    case 'f':
      return real(value, verb, (number) => number.toFixed(precision ?? 6));
    case 'e':
      return real(value, verb, (number) =>
        number.toExponential(precision ?? 6).replace(/e([+-])(\d)$/, 'e$10$2'),
      );
    case 'b':
      return typeof value === 'boolean' ? (value ? '1' : '0') : integer(value, verb).toString(2);
    case 'o':
      return integer(value, verb).toString(8);
    case 'x':
      return hexadecimal(value, verb);
    case 'X':
      return hexadecimal(value, verb).toUpperCase();
    default:
      return undefined;
  }
}

function integer(value: unknown, verb: string): bigint {
  if (typeof value === 'bigint') return value;
  if (value instanceof UnsignedInt) return value.valueOf();
  throw wrongType(value, verb, 'integers');
}

function real(value: unknown, verb: string, show: (number: number) => string): string {
  const number =
    typeof value === 'number'
      ? value
      : typeof value === 'bigint' || value instanceof UnsignedInt
        ? Number(value.valueOf())
        : undefined;
  if (number === undefined) throw wrongType(value, verb, 'doubles');
  if (Number.isNaN(number)) return 'NaN';
  if (!Number.isFinite(number)) return number > 0 ? 'Infinity' : '-Infinity';
  return show(number);
}

function hexadecimal(value: unknown, verb: string): string {
  if (typeof value === 'string') return Buffer.from(value).toString('hex');
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex');
  return integer(value, verb).toString(16);
}

function wrongType(value: unknown, verb: string, allowed: string): Error {
  return new Error(
    `error during formatting: %${verb} clause can only be used on ${allowed}, was given ${typeNameOf(value)}`,
  );
}

function typeNameOf(value: unknown): string {
  if (value === null) return 'null_type';
  if (Array.isArray(value)) return 'list';
  const names: Record<string, string> = { bigint: 'int', number: 'double', boolean: 'bool' };
  return names[typeof value] ?? (typeof value === 'string' ? 'string' : 'map');
}

/** A value as `%s` writes it: `[1, 2]`, `{"a": 1}`, `3600s`. */
export function textOf(value: unknown, nested = false): string {
  if (typeof value === 'string') return nested ? JSON.stringify(value) : value;
  if (value === null) return 'null';
  if (value instanceof Date) return textOfDate(value);
  if (value instanceof Duration) return value.toString();
  if (value instanceof Uint8Array) return Buffer.from(value).toString();
  if (Array.isArray(value)) return `[${value.map((item) => textOf(item, true)).join(', ')}]`;
  if (typeof value === 'object' && Object.getPrototypeOf(value) === Object.prototype) {
    const members = Object.entries(value).map(
      ([name, member]) => `${JSON.stringify(name)}: ${textOf(member, true)}`,
    );
    return `{${members.sort().join(', ')}}`;
  }
  return String(value);
}
