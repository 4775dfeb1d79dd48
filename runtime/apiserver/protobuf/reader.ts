/** The wire format of protocol buffers: https://protobuf.dev/programming-guides/encoding/ */

export interface Field {
  readonly number: number;
  /** The value of a varint, or the bytes of everything else. */
  readonly value: number | Uint8Array;
}

export class WireError extends Error {
  override readonly name = 'WireError';
}

/** The fields of a message, in the order in which they were written. */
export function* readFields(bytes: Uint8Array): Generator<Field> {
  const reader = new Reader(bytes);
  while (!reader.atEnd) {
    const tag = reader.varint();
    const number = Math.floor(tag / 8);
    switch (tag % 8) {
      case 0:
        yield { number, value: reader.varint() };
        break;
      case 1:
        yield { number, value: reader.take(8) };
        break;
      case 2:
        yield { number, value: reader.take(reader.varint()) };
        break;
      case 5:
        yield { number, value: reader.take(4) };
        break;
      default:
        throw new WireError(`unexpected wire type ${tag % 8}`);
    }
  }
}

/** The numbers of a packed list. */
export function readPacked(bytes: Uint8Array): number[] {
  const reader = new Reader(bytes);
  const numbers: number[] = [];
  while (!reader.atEnd) numbers.push(reader.varint());
  return numbers;
}

class Reader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get atEnd(): boolean {
    return this.#at >= this.#bytes.length;
  }

  /** Signed; numbers beyond 2^53 lose their last digits, as they would in JSON. */
  varint(): number {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = this.#bytes[this.#at++];
      if (byte === undefined) throw new WireError('the message ends within a number');
      if (shift === 0n && byte < 0x80) return byte;
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return Number(BigInt.asIntN(64, value));
    }
    throw new WireError('a number has too many bytes');
  }

  take(length: number): Uint8Array {
    const end = this.#at + length;
    if (length < 0 || end > this.#bytes.length) {
      throw new WireError('the message ends within a field');
    }
    const taken = this.#bytes.subarray(this.#at, end);
    this.#at = end;
    return taken;
  }
}
