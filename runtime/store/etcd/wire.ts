/**
 * The wire format of protocol buffers, as far as etcd's messages need it: varints and
 * length-delimited fields. https://protobuf.dev/programming-guides/encoding/
 */

export type FieldValue = number | Buffer;

/** A message is bad: the other side does not speak etcd's protocol. */
export class WireError extends Error {
  override readonly name = 'WireError';
}

/** The fields of a message, in the order in which they were written. Throws WireError. */
export function* fieldsOf(bytes: Buffer): Generator<[number: number, value: FieldValue]> {
  const cursor = { bytes, at: 0 };
  while (cursor.at < bytes.length) {
    const tag = readVarint(cursor);
    const number = Math.floor(tag / 8);
    switch (tag % 8) {
      case 0:
        yield [number, readVarint(cursor)];
        break;
      case 1:
        yield [number, take(cursor, 8)];
        break;
      case 2:
        yield [number, take(cursor, readVarint(cursor))];
        break;
      case 5:
        yield [number, take(cursor, 4)];
        break;
      default:
        throw new WireError(`unexpected wire type ${tag % 8}`);
    }
  }
}

interface Cursor {
  readonly bytes: Buffer;
  at: number;
}

/** Exact up to 2^53, which no revision reaches; negative numbers come back as 2^64 less. */
function readVarint(cursor: Cursor): number {
  let value = 0;
  let scale = 1;
  for (let count = 0; count < 10; count++) {
    const byte = cursor.bytes[cursor.at++];
    if (byte === undefined) throw new WireError('a number is cut off');
    value += (byte & 0x7f) * scale;
    if (byte < 0x80) return value;
    scale *= 128;
  }
  throw new WireError('a number is too long');
}

function take(cursor: Cursor, length: number): Buffer {
  const end = cursor.at + length;
  if (end > cursor.bytes.length) throw new WireError('a field is cut off');
  const part = cursor.bytes.subarray(cursor.at, end);
  cursor.at = end;
  return part;
}

/** One field of a message to be sent; numbers that are 0 and empty bytes are the default and left out. */
export function field(number: number, value: number | boolean | string | Uint8Array): Buffer {
  if (typeof value === 'boolean') return field(number, value ? 1 : 0);
  if (typeof value === 'number') {
    return value === 0 ? empty : Buffer.concat([varint(number * 8), varint(value)]);
  }
  const bytes = typeof value === 'string' ? Buffer.from(value) : value;
  return bytes.length === 0 ? empty : nested(number, bytes);
}

/** A message within a message: sent even if it is empty, because being there means something. */
export function nested(number: number, message: Uint8Array): Buffer {
  return Buffer.concat([varint(number * 8 + 2), varint(message.length), message]);
}

const empty = Buffer.alloc(0);

function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  while (rest >= 128) {
    bytes.push((rest % 128) | 0x80);
    rest = Math.floor(rest / 128);
  }
  bytes.push(rest);
  return Buffer.from(bytes);
}
