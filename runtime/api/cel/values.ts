/** Values between JSON and expressions: whole numbers are integers there, moments timestamps. */
import { Duration, UnsignedInt } from '@marcbachmann/cel-js/evaluator';
import type { Schema } from '../schema.ts';

type Json = Record<string, unknown>;

/** A JSON value as expressions see it. With a schema, formats make timestamps, durations, bytes. */
export function celValue(value: unknown, schema?: Schema): unknown {
  if (Array.isArray(value)) return value.map((item) => celValue(item, schema?.items));
  if (value !== null && typeof value === 'object') return celObject(value as Json, schema);
  if (typeof value === 'number') {
    return schema?.type !== 'number' && Number.isInteger(value) ? BigInt(value) : value;
  }
  if (typeof value === 'string' && schema?.format !== undefined) {
    return ofFormat(value, schema.format);
  }
  return value;
}

function celObject(value: Json, schema: Schema | undefined): Json {
  const result: Json = {};
  for (const [name, member] of Object.entries(value)) {
    if (member === undefined) continue;
    const { properties, additionalProperties } = schema ?? {};
    const named = properties !== undefined && Object.hasOwn(properties, name);
    const of = named
      ? properties[name]
      : typeof additionalProperties === 'object'
        ? additionalProperties
        : undefined;
    const key = named ? escapeName(name) : name;
    define(result, key, celValue(member, of));
  }
  return result;
}

/** Also for names such as `__proto__`, which an assignment would not store. */
function define(target: Json, name: string, value: unknown): void {
  if (name in target) {
    Object.defineProperty(target, name, {
      value,
      enumerable: true,
      writable: true,
      configurable: true,
    });
  } else target[name] = value;
}

function ofFormat(text: string, format: string): unknown {
  if (format === 'date-time' || format === 'datetime' || format === 'date') {
    const date = new Date(text);
    return Number.isNaN(date.getTime()) ? text : date;
  }
  if (format === 'duration') return parseDuration(text) ?? text;
  return format === 'byte' ? new Uint8Array(Buffer.from(text, 'base64')) : text;
}

const unitNanoseconds: Readonly<Record<string, bigint>> = {
  h: 3_600_000_000_000n,
  m: 60_000_000_000n,
  s: 1_000_000_000n,
  ms: 1_000_000n,
  us: 1000n,
  µs: 1000n,
  ns: 1n,
};

/** As Go's time.ParseDuration reads it, `1h30m`; undefined for what is none. */
export function parseDuration(text: string): Duration | undefined {
  const parts = /^([+-]?)((?:(?:\d+(?:\.\d*)?|\.\d+)(?:ns|us|µs|ms|s|m|h))+|0)$/.exec(text);
  if (parts === null) return undefined;
  let nanoseconds = 0n;
  for (const [, whole = '', unit = 's'] of (parts[2] ?? '').matchAll(
    /([\d.]+)(ns|us|µs|ms|s|m|h)/g,
  )) {
    const [units = '', fraction = ''] = whole.split('.');
    const size = unitNanoseconds[unit] ?? 1n;
    nanoseconds += BigInt(units || '0') * size;
    nanoseconds += (BigInt(`${fraction}0`) * size) / 10n ** BigInt(fraction.length + 1);
  }
  if (parts[1] === '-') nanoseconds = -nanoseconds;
  return new Duration(nanoseconds / 1_000_000_000n, Number(nanoseconds % 1_000_000_000n));
}

/** What an expression has made, as JSON. Throws Error for what JSON cannot hold. */
export function jsonValue(value: unknown): unknown {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value;
  if (typeof value === 'bigint') return Number(value);
  if (typeof value === 'number') {
    if (Number.isFinite(value)) return value;
    throw new Error(`${value} is no JSON number`);
  }
  if (value instanceof UnsignedInt) return Number(value.valueOf());
  if (value instanceof Date) return textOfDate(value);
  if (value instanceof Duration) return value.toString();
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64');
  if (Array.isArray(value)) return value.map(jsonValue);
  if (value instanceof Set) return [...value].map(jsonValue);
  if (typeof value !== 'object') throw new Error(`cannot convert a ${typeof value} to JSON`);
  const entries = value instanceof Map ? value.entries() : Object.entries(value);
  const result: Json = {};
  for (const [name, member] of entries) define(result, String(name), jsonValue(member));
  return result;
}

/** `2024-01-01T00:00:00Z`, with a fraction if there is one. */
export function textOfDate(date: Date): string {
  return date.toISOString().replace('.000Z', 'Z');
}

const keywords = new Set(
  'true false null in as break const continue else for function if import let loop package namespace return var void while'.split(
    ' ',
  ),
);

/** The name under which an expression finds a property whose own name is no identifier. */
export function escapeName(name: string): string {
  if (keywords.has(name)) return `__${name}__`;
  return name
    .replaceAll('__', '__underscores__')
    .replaceAll('.', '__dot__')
    .replaceAll('-', '__dash__')
    .replaceAll('/', '__slash__');
}

/** The property that an expression means by a name. */
export function unescapeName(name: string): string {
  const keyword = /^__([a-z]+)__$/.exec(name)?.[1];
  if (keyword !== undefined && keywords.has(keyword)) return keyword;
  return name.replace(/__(underscores|dot|dash|slash)__/g, (_, what: string) => {
    return what === 'dot' ? '.' : what === 'dash' ? '-' : what === 'slash' ? '/' : '__';
  });
}
