/**
 * How bytes lie on disk. A file is a header and then records:
 *
 *   header   8 bytes of magic, u32 format version, u32 zero
 *   record   u32 length of payload, u32 CRC-32 of payload, payload       (little endian)
 *
 *   commit   f64 revision, u32 count (highest bit: first of its group), then per write
 *            u8 type (1 put, 2 delete), u32 length + key, u32 length + value (put only)
 *   entries  u8 1, u32 count, then per entry
 *            f64 create revision, f64 revision, u32 length + key, u32 length + value
 *   end      u8 2, f64 count of all entries
 */
import { crc32 } from 'node:zlib';
import type { Commit } from '../mvcc-store.ts';
import type { Entry, Write } from '../store.ts';

export const headerLength = 16;
const recordHeaderLength = 8;
const formatVersion = 1;
/** What an entry takes beside its key and value, in bytes. */
export const entryOverhead = 8 + 8 + 4 + 4;
/** In the count of a commit: what stands before it was durable when it was written. */
const beginsGroup = 0x8000_0000;

export function encodeHeader(magic: string): Buffer {
  const header = Buffer.alloc(headerLength);
  header.write(magic, 0, 8, 'latin1');
  header.writeUInt32LE(formatVersion, 8);
  return header;
}

export type HeaderCheck = 'ok' | 'foreign' | 'version';

/** `version`: made by another Skiff. */
export function checkHeader(file: Uint8Array, magic: string): HeaderCheck {
  const buffer = asBuffer(file);
  if (file.length < headerLength || buffer.toString('latin1', 0, 8) !== magic) return 'foreign';
  return buffer.readUInt32LE(8) === formatVersion ? 'ok' : 'version';
}

/** Puts length and checksum before the payload. */
export function frame(payload: Buffer): Buffer {
  const header = Buffer.allocUnsafe(recordHeaderLength);
  header.writeUInt32LE(payload.length, 0);
  header.writeUInt32LE(crc32(payload), 4);
  return Buffer.concat([header, payload]);
}

/** Walks the records of a file; `goodLength` tells where the last whole one ends. */
export class RecordReader {
  readonly #file: Buffer;
  goodLength = headerLength;

  constructor(file: Uint8Array) {
    this.#file = asBuffer(file);
  }

  /** True if everything up to the end of the file was whole. */
  get complete(): boolean {
    return this.goodLength === this.#file.length;
  }

  *[Symbol.iterator](): Generator<Buffer> {
    for (;;) {
      const start = this.goodLength + recordHeaderLength;
      if (start > this.#file.length) return;
      const length = this.#file.readUInt32LE(this.goodLength);
      if (length === 0 || start + length > this.#file.length) return;
      const payload = this.#file.subarray(start, start + length);
      if (crc32(payload) !== this.#file.readUInt32LE(this.goodLength + 4)) return;
      this.goodLength = start + length;
      yield payload;
    }
  }
}

/** The records of the commits of a group, one after the other, in one piece. */
export function encodeCommits(commits: readonly Commit[]): Buffer {
  let size = 0;
  for (const { writes } of commits) size += recordHeaderLength + commitLength(writes);
  const target = Buffer.allocUnsafeSlow(size);
  let at = 0;
  for (const { revision, writes } of commits) {
    const start = at + recordHeaderLength;
    let end = target.writeDoubleLE(revision, start);
    end = target.writeUInt32LE((writes.length | (at === 0 ? beginsGroup : 0)) >>> 0, end);
    for (const write of writes) end = putWrite(target, write, end);
    target.writeUInt32LE(end - start, at);
    target.writeUInt32LE(crc32(target.subarray(start, end)), at + 4);
    at = end;
  }
  return target;
}

function commitLength(writes: readonly Write[]): number {
  let size = 8 + 4;
  for (const write of writes) {
    size += 1 + 4 + Buffer.byteLength(write.key);
    if (write.type === 'put') size += 4 + write.value.length;
  }
  return size;
}

/** Answers where the write ends. */
function putWrite(target: Buffer, write: Write, from: number): number {
  const key = target.writeUInt8(write.type === 'put' ? 1 : 2, from) + 4;
  const end = key + target.write(write.key, key);
  target.writeUInt32LE(end - key, key - 4);
  if (write.type !== 'put') return end;
  const value = target.writeUInt32LE(write.value.length, end);
  target.set(write.value, value);
  return value + write.value.length;
}

/** Throws RangeError if the payload is not a commit. */
export function decodeCommit(payload: Buffer): Commit {
  const reader = new FieldReader(payload);
  const revision = reader.f64();
  const writes: Write[] = [];
  for (let count = (reader.u32() & ~beginsGroup) >>> 0; count > 0; count--) {
    const type = reader.u8();
    const key = reader.text();
    writes.push(type === 1 ? { type: 'put', key, value: reader.bytes() } : { type: 'delete', key });
  }
  return { revision, writes };
}

/**
 * Whether a group of commits after `revision` begins anywhere behind `from`. If so, what stands before
 * it was durable, and is not the torn end of what was being written when the process ended.
 */
export function groupFollows(bytes: Uint8Array, from: number, revision: number): boolean {
  const file = asBuffer(bytes);
  const payload = recordHeaderLength;
  // Length and place of a damaged record are not to be trusted: the next may begin at any byte.
  for (let at = from + 1; at + payload + 12 <= file.length; at++) {
    const length = file.readUInt32LE(at);
    if (length < 12 || at + payload + length > file.length) continue;
    if (file.readUInt32LE(at + payload + 8) < beginsGroup) continue;
    const found = file.readDoubleLE(at + payload);
    if (!Number.isSafeInteger(found) || found <= revision) continue;
    const start = at + payload;
    if (crc32(file.subarray(start, start + length)) === file.readUInt32LE(at + 4)) return true;
  }
  return false;
}

/** Makes records of entries, one after the other, in a piece of memory of its own. */
export class EntriesEncoder {
  #room = Buffer.alloc(0);

  /** The whole record; it lasts until the next call. */
  record(entries: readonly Entry[]): Buffer {
    let size = recordHeaderLength + 1 + 4;
    for (const { key, value } of entries)
      size += entryOverhead + Buffer.byteLength(key) + value.length;
    if (size > this.#room.length) this.#room = Buffer.allocUnsafeSlow(size);
    const target = this.#room;
    let end = target.writeUInt8(1, recordHeaderLength);
    end = target.writeUInt32LE(entries.length, end);
    for (const entry of entries) end = putEntry(target, entry, end);
    target.writeUInt32LE(end - recordHeaderLength, 0);
    target.writeUInt32LE(crc32(target.subarray(recordHeaderLength, end)), 4);
    return target.subarray(0, end);
  }
}

/** Answers where the entry ends. */
function putEntry(target: Buffer, entry: Entry, from: number): number {
  const revisions = target.writeDoubleLE(entry.createRevision, from);
  const key = target.writeDoubleLE(entry.revision, revisions) + 4;
  const end = key + target.write(entry.key, key);
  target.writeUInt32LE(end - key, key - 4);
  const value = target.writeUInt32LE(entry.value.length, end);
  target.set(entry.value, value);
  return value + entry.value.length;
}

export function encodeEnd(count: number): Buffer {
  return Buffer.concat([Buffer.of(2), f64(count)]);
}

/** Entries, or the count that closes a snapshot. Throws RangeError on anything else. */
export function decodeSnapshotRecord(payload: Buffer): Entry[] | number {
  const reader = new FieldReader(payload);
  const type = reader.u8();
  if (type === 2) return reader.f64();
  if (type !== 1) throw new RangeError(`unknown record type ${type}`);
  const entries: Entry[] = [];
  const slabs = new Slabs();
  for (let count = reader.u32(); count > 0; count--) {
    const createRevision = reader.f64();
    const revision = reader.f64();
    entries.push({ createRevision, revision, key: reader.text(), value: reader.bytes(slabs) });
  }
  return entries;
}

const slabLength = 16_384;

/** Room for values one beside the other: one piece of memory for each would cost most of a start. */
class Slabs {
  #slab = Buffer.alloc(0);
  #used = 0;

  /** A small value does not hold the whole file in memory, but its slab at most. */
  copy(source: Buffer): Buffer {
    const { length } = source;
    if (length > slabLength / 4) return Buffer.from(source);
    if (this.#used + length > this.#slab.length) {
      this.#slab = Buffer.allocUnsafeSlow(slabLength);
      this.#used = 0;
    }
    const target = this.#slab.subarray(this.#used, this.#used + length);
    target.set(source);
    this.#used += length;
    return target;
  }
}

class FieldReader {
  readonly #buffer: Buffer;
  #at = 0;

  constructor(buffer: Buffer) {
    this.#buffer = buffer;
  }

  u8(): number {
    return this.#buffer.readUInt8(this.#advance(1));
  }

  u32(): number {
    return this.#buffer.readUInt32LE(this.#advance(4));
  }

  f64(): number {
    return this.#buffer.readDoubleLE(this.#advance(8));
  }

  text(): string {
    const length = this.u32();
    const at = this.#advance(length);
    return this.#buffer.toString('utf8', at, at + length);
  }

  /** A copy, so that a small value does not hold the whole file in memory. */
  bytes(slabs?: Slabs): Buffer {
    const length = this.u32();
    const at = this.#advance(length);
    const found = this.#buffer.subarray(at, at + length);
    if (slabs !== undefined) return slabs.copy(found);
    const own = Buffer.allocUnsafeSlow(length);
    own.set(found);
    return own;
  }

  #advance(length: number): number {
    const at = this.#at;
    if (at + length > this.#buffer.length) throw new RangeError('record ends too early');
    this.#at += length;
    return at;
  }
}

function f64(value: number): Buffer {
  const buffer = Buffer.allocUnsafe(8);
  buffer.writeDoubleLE(value);
  return buffer;
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes)
    ? bytes
    : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
