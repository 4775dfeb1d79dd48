/**
 * Objects as `k8s\0` and an envelope (runtime.Unknown), as `decode.ts` reads them. What is written
 * when, as the original's generated code has it: scalars and structures always, even if they are
 * zero; pointers (`?` in the tables) if they are there; maps in the order of their keys.
 * https://kubernetes.io/docs/reference/using-api/api-concepts/#protobuf-encoding
 */

import { parseDuration } from '../../api/duration.ts';
import type { UnknownObject } from '../../api/object.ts';
import {
  type FieldSpec,
  type MessageSpec,
  messageOf,
  messageSpec,
  schemaMessage,
} from './fields.ts';
import { BackwardWriter } from './writer.ts';

const magic = Buffer.from('k8s\0');
const writer = new BackwardWriter();
/** Fields from the highest number down, which is the order of writing. */
const descending = new WeakMap<MessageSpec, readonly (readonly [number, FieldSpec])[]>();

type Members = Readonly<Record<string, unknown>>;

/** Is there a binary form of this kind? Custom kinds have none. */
export function isEncodable(apiVersion: string, kind: string): boolean {
  return messageOf(apiVersion, kind) !== '';
}

/** The whole form, envelope included; undefined for a kind that has none. */
export function encodeProtobuf(
  object: Pick<UnknownObject, 'apiVersion' | 'kind'>,
): Buffer | undefined {
  const message = encodeMessage(messageOf(object.apiVersion, object.kind), object);
  return message && envelope(object.apiVersion, object.kind, [message]);
}

/** The message alone, as it stands in lists; undefined for a name that is no message. */
export function encodeMessage(name: string, object: object): Buffer | undefined {
  const spec = messageSpec(name);
  if (spec === undefined) return undefined;
  writer.clear();
  writeMessage(object as Members, spec);
  return writer.take();
}

/** Puts a message, which may be in pieces, into the envelope that names its kind. */
export function envelope(apiVersion: string, kind: string, message: readonly Buffer[]): Buffer {
  return Buffer.concat([
    envelopeHead(apiVersion, kind, lengthOf(message)),
    ...message,
    envelopeTail,
  ]);
}

/** What stands before a message of `length` bytes. `envelopeTail` stands behind it. */
export function envelopeHead(apiVersion: string, kind: string, length: number): Buffer {
  writer.clear();
  writer.head(2, length);
  const before = writer.length;
  writeText(2, kind);
  writeText(1, apiVersion);
  writer.head(1, writer.length - before);
  writer.bytes(magic);
  return writer.take();
}

/** Neither encoding nor content type are named, but the fields are there. */
export const envelopeTail: Buffer = Buffer.from([0x1a, 0, 0x22, 0]);

/** The head of field `number` with `length` bytes to follow. */
export function fieldHead(number: number, length: number): Buffer {
  writer.clear();
  writer.head(number, length);
  return writer.take();
}

/**
 * An event of a watch: a frame with its length in four bytes, then a metav1.WatchEvent, which holds
 * the object in its envelope.
 */
export function watchFrame(type: string, object: Buffer): Buffer {
  writer.clear();
  writer.bytes(object);
  writer.head(1, object.length);
  writer.head(2, writer.length);
  writeText(1, type);
  const event = writer.take();
  const frame = Buffer.allocUnsafe(4 + event.length);
  frame.writeUInt32BE(event.length, 0);
  event.copy(frame, 4);
  return frame;
}

function lengthOf(pieces: readonly Buffer[]): number {
  return pieces.reduce((sum, piece) => sum + piece.length, 0);
}

function writeMessage(object: Members, spec: MessageSpec): void {
  for (const [number, field] of fieldsOf(spec)) {
    if (field.inline) {
      const before = writer.length;
      writeMessage(object, known(field.type));
      writer.head(number, writer.length - before);
      continue;
    }
    const value = object[field.name] ?? undefined;
    if (field.shape === 'map') {
      if (value !== undefined) writeMap(number, value as Members, field.type);
    } else if (field.shape === 'list') {
      if (value === undefined) continue;
      const list = value as readonly unknown[];
      for (let index = list.length - 1; index >= 0; index--) {
        writeField(number, list[index], field.type);
      }
    } else if (value !== undefined || field.whenEmpty !== 'meant') {
      writeField(number, value, field.type);
    }
  }
}

function fieldsOf(spec: MessageSpec): readonly (readonly [number, FieldSpec])[] {
  let fields = descending.get(spec);
  if (fields === undefined) {
    fields = [...spec].sort(([a], [b]) => b - a);
    descending.set(spec, fields);
  }
  return fields;
}

function known(type: string): MessageSpec {
  const spec = messageSpec(type);
  if (spec === undefined) throw new Error(`no message ${type}`);
  return spec;
}

function writeMap(number: number, map: Members, type: string): void {
  for (const key of Object.keys(map).sort().reverse()) {
    const before = writer.length;
    writeField(2, map[key], type);
    writeText(1, key);
    writer.head(number, writer.length - before);
  }
}

function writeText(number: number, text: string): void {
  const before = writer.length;
  writer.text(text);
  writer.head(number, writer.length - before);
}

/** `value` is undefined for what is not set, but has to be written as zero. */
function writeField(number: number, value: unknown, type: string): void {
  const scalar = scalars.get(type);
  if (scalar !== undefined) {
    scalar(number, value);
    return;
  }
  if (type === 'items' && value === undefined) return;
  const before = writer.length;
  const structure = structures.get(type);
  if (structure !== undefined) structure(value, type);
  else writeMessage((value ?? {}) as Members, known(type));
  writer.head(number, writer.length - before);
}

const scalars = new Map<string, (number: number, value: unknown) => void>([
  ['string', (number, value) => writeText(number, value === undefined ? '' : String(value))],
  [
    'bool',
    (number, value) => {
      writer.varint(value === true ? 1 : 0);
      writer.tag(number, 0);
    },
  ],
  ['int', (number, value) => writeInteger(number, Number(value ?? 0))],
  [
    'double',
    (number, value) => {
      writer.double(Number(value ?? 0));
      writer.tag(number, 1);
    },
  ],
  [
    'bytes',
    (number, value) => {
      // A slice of bytes that is nil is left out.
      if (value === undefined) return;
      const bytes = Buffer.from(String(value), 'base64');
      writer.bytes(bytes);
      writer.head(number, bytes.length);
    },
  ],
]);

/** What is inside of the fields that are messages of their own, but in no table. */
const structures = new Map<string, (value: unknown, type: string) => void>([
  ['quantity', (value) => writeText(1, value === undefined ? '0' : String(value))],
  ['items', (value) => writeTexts(value)],
  ['intstr', (value) => writeIntOrString(value)],
  ['time', (value) => writeTime(value, false)],
  ['microtime', (value) => writeTime(value, true)],
  ['duration', (value) => writeInteger(1, value === undefined ? 0 : parseDuration(String(value)))],
  ['raw', (value) => writeJson(value)],
  ['fields', (value) => writeJson(value)],
  ['schemaOrBool', (value) => writeSchemaOrBool(value)],
  ['schemaOrList', (value) => writeSchemaOr(value, schemaMessage)],
  ['schemaOrStrings', (value) => writeSchemaOr(value, 'string')],
]);

function writeInteger(number: number, value: number): void {
  writer.varint(value);
  writer.tag(number, 0);
}

function writeTexts(value: unknown): void {
  for (const item of [...(value as unknown[])].reverse()) writeText(1, String(item));
}

function writeJson(value: unknown): void {
  if (value !== undefined) writeText(1, JSON.stringify(value));
}

function writeIntOrString(value: unknown): void {
  const isText = typeof value === 'string';
  writeText(3, isText ? value : '');
  writeInteger(2, isText ? 0 : Number(value ?? 0));
  writeInteger(1, isText ? 1 : 0);
}

/** Seconds and nanoseconds; a time that is not set is an empty message. */
function writeTime(value: unknown, micro: boolean): void {
  if (typeof value !== 'string') return;
  const fraction = micro ? (/\.(\d+)/.exec(value)?.[1] ?? '') : '';
  writeInteger(2, Number(fraction.slice(0, 6).padEnd(6, '0')) * 1000);
  writeInteger(1, Math.floor(Date.parse(value) / 1000));
}

function writeSchemaOrBool(value: unknown): void {
  const isSchema = typeof value === 'object';
  if (isSchema) writeField(2, value, schemaMessage);
  writeInteger(1, isSchema || value === true ? 1 : 0);
}

function writeSchemaOr(value: unknown, other: string): void {
  if (!Array.isArray(value)) {
    writeField(1, value, schemaMessage);
    return;
  }
  for (const item of [...value].reverse()) writeField(2, item, other);
}
