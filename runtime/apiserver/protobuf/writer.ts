/**
 * Writes the wire format from its end to its beginning: a message's length stands before it, and is
 * known once the message has been written. https://protobuf.dev/programming-guides/encoding/
 */

const startSize = 16 * 1024;
/** A buffer that one large object has made grow beyond this is not kept. */
const keepSize = 1024 * 1024;

export class BackwardWriter {
  #buffer = Buffer.allocUnsafeSlow(startSize);
  #at = startSize;

  /** Bytes written so far. */
  get length(): number {
    return this.#buffer.length - this.#at;
  }

  /** A copy of what was written; the writer is empty afterwards. */
  take(): Buffer {
    const bytes = Buffer.from(this.#buffer.subarray(this.#at));
    if (this.#buffer.length > keepSize) this.#buffer = Buffer.allocUnsafeSlow(startSize);
    this.clear();
    return bytes;
  }

  clear(): void {
    this.#at = this.#buffer.length;
  }

  /** Integers of 64 bits; negative ones take ten bytes, as the format has them. */
  varint(value: number): void {
    if (value >= 0 && value < 128) {
      this.#room(1);
      this.#buffer[--this.#at] = value;
      return;
    }
    const bytes: number[] = [];
    let rest = BigInt.asUintN(64, BigInt(Math.trunc(value)));
    while (rest >= 128n) {
      bytes.push(Number(rest & 127n) | 128);
      rest >>= 7n;
    }
    bytes.push(Number(rest));
    this.bytes(Uint8Array.from(bytes));
  }

  double(value: number): void {
    this.#room(8);
    this.#at -= 8;
    this.#buffer.writeDoubleLE(value, this.#at);
  }

  bytes(bytes: Uint8Array): void {
    this.#room(bytes.length);
    this.#at -= bytes.length;
    this.#buffer.set(bytes, this.#at);
  }

  text(text: string): void {
    const length = Buffer.byteLength(text);
    this.#room(length);
    this.#at -= length;
    this.#buffer.write(text, this.#at, length);
  }

  /** The head of a field: wire type 0 for varints, 1 for doubles, 2 for all that has a length. */
  tag(number: number, wireType: 0 | 1 | 2): void {
    this.varint(number * 8 + wireType);
  }

  /** The head of a field whose `length` bytes were just written. */
  head(number: number, length: number): void {
    this.varint(length);
    this.tag(number, 2);
  }

  #room(count: number): void {
    if (this.#at >= count) return;
    const used = this.length;
    const next = Buffer.allocUnsafeSlow(Math.max(this.#buffer.length * 2, used + count));
    this.#buffer.copy(next, next.length - used, this.#at);
    this.#at = next.length - used;
    this.#buffer = next;
  }
}
