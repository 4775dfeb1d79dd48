/**
 * The frames of SPDY/3.1 on the wire.
 *
 *     data      |0| stream id (31) | flags (8) | length (24) | bytes
 *     control   |1| version 3 (15) | type (16) | flags (8) | length (24) | payload
 *
 * https://www.chromium.org/spdy/spdy-protocol/spdy-protocol-draft3-1/ section 2.2
 */

export const frameType = {
  synStream: 1,
  synReply: 2,
  rstStream: 3,
  settings: 4,
  ping: 6,
  goAway: 7,
  headers: 8,
  windowUpdate: 9,
} as const;

export const flagFin = 1;
/** In a SETTINGS frame: the window that new streams start with. */
export const settingInitialWindow = 7;
export const rstStatus = { protocolError: 1, invalidStream: 2, refused: 3, cancel: 5 } as const;

export type Frame =
  | { kind: 'data'; stream: number; flags: number; payload: Buffer }
  | { kind: 'control'; type: number; flags: number; payload: Buffer };

const version = 3;
const headerBytes = 8;

export function dataFrame(stream: number, payload: Buffer, flags = 0): Buffer {
  const header = Buffer.alloc(headerBytes);
  header.writeUInt32BE(stream & 0x7fffffff, 0);
  header.writeUInt32BE(((flags << 24) | payload.length) >>> 0, 4);
  return payload.length === 0 ? header : Buffer.concat([header, payload]);
}

export function controlFrame(type: number, payload: Buffer, flags = 0): Buffer {
  const header = Buffer.alloc(headerBytes);
  header.writeUInt16BE(0x8000 | version, 0);
  header.writeUInt16BE(type, 2);
  header.writeUInt32BE(((flags << 24) | payload.length) >>> 0, 4);
  return Buffer.concat([header, payload]);
}

/** A payload of 32-bit numbers. */
export function numbers(...values: number[]): Buffer {
  const payload = Buffer.alloc(4 * values.length);
  values.forEach((value, index) => {
    payload.writeUInt32BE(value >>> 0, 4 * index);
  });
  return payload;
}

/** Cuts a byte stream into frames. */
export class FrameParser {
  /** What has come of the frame that is not whole yet; joined only once it is. */
  #parts: Buffer[] = [];
  #length = 0;
  /** How many bytes must be there before it is worth looking. */
  #needed = headerBytes;

  /** The frames that `chunk` completes. Throws on a version that is not ours. */
  *parse(chunk: Buffer): Generator<Frame> {
    this.#parts.push(chunk);
    this.#length += chunk.length;
    if (this.#length < this.#needed) return;
    let bytes = this.#parts.length === 1 ? chunk : Buffer.concat(this.#parts);
    this.#needed = headerBytes;
    while (bytes.length >= headerBytes) {
      const first = bytes.readUInt32BE(0);
      const spoken = (first >>> 16) & 0x7fff;
      // Checked before the payload is there: what is not SPDY announces any length.
      if (first >= 0x80000000 && spoken !== version) {
        throw new Error(`SPDY version ${spoken} is not supported`);
      }
      const end = headerBytes + bytes.readUIntBE(5, 3);
      if (bytes.length < end) {
        this.#needed = end;
        break;
      }
      const flags = bytes.readUInt8(4);
      const payload = bytes.subarray(headerBytes, end);
      bytes = bytes.subarray(end);
      if (first < 0x80000000) yield { kind: 'data', stream: first, flags, payload };
      else yield { kind: 'control', type: first & 0xffff, flags, payload };
    }
    this.#parts = [bytes];
    this.#length = bytes.length;
  }
}
