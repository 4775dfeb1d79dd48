/**
 * Objects in the binary form: `k8s\0`, then an envelope (runtime.Unknown) that names the kind and
 * holds the message. https://kubernetes.io/docs/reference/using-api/api-concepts/#protobuf-encoding
 */

import { formatDuration } from '../../api/duration.ts';
import type { UnknownObject } from '../../api/object.ts';
import {
  type FieldSpec,
  type MessageSpec,
  messageOf,
  messageSpec,
  schemaMessage,
} from './fields.ts';
import { readFields, readPacked, WireError } from './reader.ts';

const magic = Buffer.from('k8s\0');

/** What an object is called. */
export interface TypeName {
  readonly apiVersion: string;
  readonly kind: string;
}

/**
 * `implied` is what the object is if it does not say. Of a kind that is not known only the name is
 * read, so that whoever expects another one can refuse it. Throws WireError for bytes that are no such
 * object, or that are of the implied kind when that is not known.
 */
export function decodeProtobuf(bytes: Uint8Array, implied?: TypeName): UnknownObject {
  if (bytes.length === 0) throw new WireError('empty data');
  if (!Buffer.from(bytes.subarray(0, magic.length)).equals(magic)) {
    throw new WireError(
      `provided data does not appear to be a protobuf message, expected prefix [${magic.join(' ')}]`,
    );
  }
  if (bytes.length === magic.length) throw new WireError('empty body');
  let apiVersion = '';
  let kind = '';
  let raw: Uint8Array = new Uint8Array();
  for (const { number, value } of readFields(bytes.subarray(4))) {
    if (typeof value === 'number') continue;
    if (number === 2) raw = value;
    if (number !== 1) continue;
    for (const field of readFields(value)) {
      if (field.number === 1) apiVersion = text(field.value);
      if (field.number === 2) kind = text(field.value);
    }
  }
  apiVersion ||= implied?.apiVersion ?? '';
  kind ||= implied?.kind ?? '';
  const spec = messageSpec(messageOf(apiVersion, kind));
  if (spec === undefined) {
    if (implied !== undefined && (apiVersion !== implied.apiVersion || kind !== implied.kind)) {
      return { apiVersion, kind } as UnknownObject;
    }
    throw new WireError(`no kind "${kind}" is known in version "${apiVersion}"`);
  }
  return { apiVersion, kind, ...decodeMessage(raw, spec) } as UnknownObject;
}

function decodeMessage(bytes: Uint8Array, spec: MessageSpec): Record<string, unknown> {
  const object: Record<string, unknown> = {};
  for (const { number, value } of readFields(bytes)) {
    // A field of a newer level: what we do not know we cannot name.
    const field = spec.get(number);
    if (field !== undefined) setField(object, field, value);
  }
  return object;
}

function setField(
  object: Record<string, unknown>,
  field: FieldSpec,
  value: number | Uint8Array,
): void {
  const { name, type, shape } = field;
  if (shape === 'map') {
    const [key, member] = decodeEntry(value, type);
    object[name] = { ...(object[name] as object | undefined), [key]: member };
    return;
  }
  if (shape === 'list') {
    object[name] ??= [];
    const list = object[name] as unknown[];
    if (type === 'int' && typeof value !== 'number') list.push(...readPacked(value));
    else list.push(decodeValue(value, type));
    return;
  }
  const decoded = decodeValue(value, type);
  if (field.inline) {
    Object.assign(object, decoded);
  } else if (decoded !== undefined && (field.whenEmpty !== 'drop' || !isZero(decoded))) {
    object[name] = decoded;
  }
}

function decodeEntry(value: number | Uint8Array, type: string): [string, unknown] {
  let key = '';
  let member: unknown = type === 'string' || type === 'bytes' ? '' : undefined;
  for (const field of readFields(bytesOf(value))) {
    if (field.number === 1) key = text(field.value);
    else if (field.number === 2) member = decodeValue(field.value, type);
  }
  return [key, member];
}

function decodeValue(value: number | Uint8Array, type: string): unknown {
  switch (type) {
    case 'string':
      return text(value);
    case 'bool':
      return value !== 0;
    case 'int':
      return value;
    case 'double':
      return Buffer.from(bytesOf(value)).readDoubleLE(0);
    case 'bytes':
      return Buffer.from(bytesOf(value)).toString('base64');
    case 'quantity':
      return text(firstField(value) ?? new Uint8Array());
    case 'items':
      return [...readFields(bytesOf(value))].map((field) => text(field.value));
    case 'intstr':
      return intOrString(bytesOf(value));
    case 'time':
      return time(bytesOf(value), false);
    case 'microtime':
      return time(bytesOf(value), true);
    case 'duration':
      return formatDuration(Number(firstField(value) ?? 0));
    case 'schemaOrBool':
    case 'schemaOrList':
    case 'schemaOrStrings':
      return schemaUnion(bytesOf(value), type);
    case 'raw':
    case 'fields': {
      const json = text(firstField(value) ?? new Uint8Array());
      return json === '' ? undefined : (JSON.parse(json) as unknown);
    }
    default: {
      const spec = messageSpec(type);
      if (spec === undefined) throw new WireError(`no message ${type}`);
      return decodeMessage(bytesOf(value), spec);
    }
  }
}

/** A JSON schema, or what may stand in its place: a truth value, more schemas, names of members. */
function schemaUnion(bytes: Uint8Array, type: string): unknown {
  const list: unknown[] = [];
  let allows = false;
  for (const { number, value } of readFields(bytes)) {
    if (typeof value === 'number') allows = value !== 0;
    else if (number === (type === 'schemaOrBool' ? 2 : 1)) return decodeValue(value, schemaMessage);
    else list.push(type === 'schemaOrStrings' ? text(value) : decodeValue(value, schemaMessage));
  }
  return type === 'schemaOrBool' ? allows : list;
}

function firstField(value: number | Uint8Array): number | Uint8Array | undefined {
  for (const field of readFields(bytesOf(value))) if (field.number === 1) return field.value;
  return undefined;
}

function intOrString(bytes: Uint8Array): number | string {
  let isText = false;
  let number = 0;
  let string = '';
  for (const field of readFields(bytes)) {
    if (field.number === 1) isText = field.value === 1;
    else if (field.number === 2) number = Number(field.value);
    else if (field.number === 3) string = text(field.value);
  }
  return isText ? string : number;
}

function time(bytes: Uint8Array, micro: boolean): string | undefined {
  if (bytes.length === 0) return undefined;
  let seconds = 0;
  let nanos = 0;
  for (const field of readFields(bytes)) {
    if (field.number === 1) seconds = Number(field.value);
    else if (field.number === 2) nanos = Number(field.value);
  }
  const whole = new Date(seconds * 1000).toISOString().slice(0, 19);
  return micro ? `${whole}.${String(Math.floor(nanos / 1000)).padStart(6, '0')}Z` : `${whole}Z`;
}

function text(value: number | Uint8Array): string {
  return Buffer.from(bytesOf(value)).toString();
}

function bytesOf(value: number | Uint8Array): Uint8Array {
  if (typeof value === 'number') throw new WireError('a number where a message or text should be');
  return value;
}

/** What is sent though nobody has set it: scalars that are zero, and structures with nothing in them. */
function isZero(value: unknown): boolean {
  if (typeof value === 'object') return value !== null && Object.keys(value).length === 0;
  return value === '' || value === 0 || value === false;
}
