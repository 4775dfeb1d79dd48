/**
 * Shapes an engine's log into what was asked for: the engine always gives times, which are cut off
 * or kept, and the number of bytes may be limited.
 */
import { Transform, type TransformCallback } from 'node:stream';

export interface LogShape {
  readonly timestamps: boolean;
  readonly limitBytes: number | undefined;
}

/** Lines with a time in front go in. */
export function shapeLog({ timestamps, limitBytes }: LogShape): Transform {
  let left = limitBytes ?? Number.POSITIVE_INFINITY;
  let atLineStart = true;
  let held = Buffer.alloc(0);

  /** The bytes of `chunk` without times; a time that has not wholly come is held back. */
  const strip = (chunk: Buffer): Buffer => {
    const data = Buffer.concat([held, chunk]);
    held = Buffer.alloc(0);
    const parts: Buffer[] = [];
    let at = 0;
    while (at < data.length) {
      if (atLineStart) {
        const space = data.indexOf(0x20, at);
        if (space < 0) {
          held = data.subarray(at);
          break;
        }
        at = space + 1;
        atLineStart = false;
      }
      const end = data.indexOf(0x0a, at);
      const next = end < 0 ? data.length : end + 1;
      parts.push(data.subarray(at, next));
      atLineStart = end >= 0;
      at = next;
    }
    return Buffer.concat(parts);
  };

  return new Transform({
    transform(chunk: Buffer, _encoding, done: TransformCallback) {
      const data = timestamps ? chunk : strip(chunk);
      const taken = data.subarray(0, Math.min(data.length, left));
      left -= taken.length;
      if (taken.length > 0) this.push(taken);
      if (left <= 0) this.push(null);
      done();
    },
    flush(done: TransformCallback) {
      if (held.length > 0 && left > 0) this.push(held.subarray(0, left));
      done();
    },
  });
}
