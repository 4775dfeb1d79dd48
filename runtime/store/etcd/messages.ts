/**
 * The messages of etcd's v3 API that the store uses, with their field numbers.
 * https://etcd.io/docs/v3.5/dev-guide/api_reference_v3/
 */
import type { Entry, Write } from '../store.ts';
import { type FieldValue, field, fieldsOf, nested } from './wire.ts';

export interface RangeRequest {
  readonly key: string;
  /** The first key that is no longer meant; left out: `key` alone. */
  readonly end?: Buffer;
  readonly limit?: number;
  /** 0: the newest. */
  readonly revision?: number;
  readonly countOnly?: boolean;
}

export interface RangeResponse {
  /** The store's newest revision when it answered. */
  readonly revision: number;
  readonly entries: Entry[];
  /** How many keys the range has, whatever the limit was. */
  readonly count: number;
}

export interface TxnResponse {
  readonly revision: number;
  readonly succeeded: boolean;
  /** What the reads in it found. */
  readonly ranges: RangeResponse[];
}

export type WatchedEvent =
  | { readonly type: 'put'; readonly entry: Entry; readonly previous: Entry | undefined }
  | {
      readonly type: 'delete';
      readonly key: string;
      readonly revision: number;
      readonly previous: Entry | undefined;
    };

export interface WatchResponse {
  readonly revision: number;
  readonly created: boolean;
  readonly canceled: boolean;
  /** The oldest revision that can be watched from, if the watch was to begin before it; else 0. */
  readonly compactRevision: number;
  readonly cancelReason: string;
  readonly events: WatchedEvent[];
}

/**
 * The key after the last one that starts with `prefix`. etcd takes a lone zero byte as "to the end",
 * and as a first key it means "from the beginning".
 */
export function endOfPrefix(prefix: string): Buffer {
  const bytes = Buffer.from(prefix);
  for (let i = bytes.length - 1; i >= 0; i--) {
    const byte = bytes[i] ?? 0;
    if (byte < 0xff) return Buffer.concat([bytes.subarray(0, i), Buffer.from([byte + 1])]);
  }
  return Buffer.from([0]);
}

export const firstKey = '\0';

export function encodeRange(request: RangeRequest): Buffer {
  return Buffer.concat([
    field(1, request.key),
    field(2, request.end ?? ''),
    field(3, request.limit ?? 0),
    field(4, request.revision ?? 0),
    field(9, request.countOnly === true),
  ]);
}

/** Writes all if every expectation holds, else reads the keys that have one. */
export function encodeTxn(writes: readonly Write[]): Buffer {
  const parts: Buffer[] = [];
  const reads: Buffer[] = [];
  for (const { key, expect } of writes) {
    if (expect === undefined) continue;
    // result EQUAL (0, left out), target MOD (2); a revision of 0 must be said.
    const mod = expect === 0 ? Buffer.from([6 * 8, 0]) : field(6, expect);
    parts.push(nested(1, Buffer.concat([field(2, 2), field(3, key), mod])));
    reads.push(nested(3, nested(1, encodeRange({ key }))));
  }
  for (const write of writes) {
    const operation =
      write.type === 'put'
        ? nested(2, Buffer.concat([field(1, write.key), field(2, write.value)]))
        : nested(3, field(1, write.key));
    parts.push(nested(2, operation));
  }
  return Buffer.concat([...parts, ...reads]);
}

export function encodeCompaction(revision: number): Buffer {
  return field(1, revision);
}

export function encodeWatch(prefix: string, startRevision: number): Buffer {
  const create = Buffer.concat([
    field(1, prefix === '' ? firstKey : prefix),
    field(2, endOfPrefix(prefix)),
    field(3, startRevision),
    field(6, true),
  ]);
  return nested(1, create);
}

export function decodeRange(bytes: Buffer): RangeResponse {
  let revision = 0;
  let count = 0;
  const entries: Entry[] = [];
  for (const [number, value] of fieldsOf(bytes)) {
    if (number === 1) revision = revisionOf(value);
    else if (number === 2) entries.push(entryOf(value));
    else if (number === 4) count = value as number;
  }
  return { revision, entries, count };
}

export function decodeTxn(bytes: Buffer): TxnResponse {
  let revision = 0;
  let succeeded = false;
  const ranges: RangeResponse[] = [];
  for (const [number, value] of fieldsOf(bytes)) {
    if (number === 1) revision = revisionOf(value);
    else if (number === 2) succeeded = value === 1;
    else if (number === 3) {
      for (const [kind, response] of fieldsOf(value as Buffer)) {
        if (kind === 1) ranges.push(decodeRange(response as Buffer));
      }
    }
  }
  return { revision, succeeded, ranges };
}

/** Of an answer that has nothing but a header. */
export function decodeHeader(bytes: Buffer): number {
  for (const [number, value] of fieldsOf(bytes)) if (number === 1) return revisionOf(value);
  return 0;
}

export function decodeWatch(bytes: Buffer): WatchResponse {
  let revision = 0;
  let compactRevision = 0;
  let created = false;
  let canceled = false;
  let cancelReason = '';
  const events: WatchedEvent[] = [];
  for (const [number, value] of fieldsOf(bytes)) {
    if (number === 1) revision = revisionOf(value);
    else if (number === 3) created = value === 1;
    else if (number === 4) canceled = value === 1;
    else if (number === 5) compactRevision = value as number;
    else if (number === 6) cancelReason = String(value);
    else if (number === 11) events.push(eventOf(value as Buffer));
  }
  return { revision, created, canceled, compactRevision, cancelReason, events };
}

function revisionOf(header: FieldValue): number {
  for (const [number, value] of fieldsOf(header as Buffer))
    if (number === 3) return value as number;
  return 0;
}

function entryOf(value: FieldValue): Entry {
  let key = '';
  let revision = 0;
  let createRevision = 0;
  let content = Buffer.alloc(0);
  for (const [number, part] of fieldsOf(value as Buffer)) {
    if (number === 1) key = String(part);
    else if (number === 2) createRevision = part as number;
    else if (number === 3) revision = part as number;
    // A copy: a slice would keep the whole answer in memory as long as the value lives.
    else if (number === 5) content = Buffer.from(part as Buffer);
  }
  return { key, value: content, revision, createRevision };
}

function eventOf(bytes: Buffer): WatchedEvent {
  let deleted = false;
  let entry: Entry = { key: '', value: Buffer.alloc(0), revision: 0, createRevision: 0 };
  let previous: Entry | undefined;
  for (const [number, value] of fieldsOf(bytes)) {
    if (number === 1) deleted = value === 1;
    else if (number === 2) entry = entryOf(value);
    else if (number === 3) previous = entryOf(value);
  }
  return deleted
    ? { type: 'delete', key: entry.key, revision: entry.revision, previous }
    : { type: 'put', entry, previous };
}
