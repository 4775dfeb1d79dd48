/**
 * One revision of one object, in the forms that are needed of it, each made at most once:
 *
 *   stored bytes   {"apiVersion":"v1","kind":"Pod","metadata":{"resourceVersion":"","name":"web",…
 *   wire bytes     {"apiVersion":"v1","kind":"Pod","metadata":{"resourceVersion":"42","name":"web",…
 *   object         the same, parsed and frozen, shared by everything in this process
 *
 * The revision is only known once the store has taken the write, so the stored bytes leave a gap for
 * it at a place that is found without parsing.
 */
import type { UnknownObject } from '../../api/object.ts';
import { freezeJson } from './json.ts';

const gapMarker = Buffer.from('"metadata":{"resourceVersion":"');

/**
 * Objects that this process has just encoded, by their stored bytes: when the store hands the same
 * bytes back there is no need to parse them.
 */
const encoded = new WeakMap<Uint8Array, UnknownObject>();

/** Makes the stored bytes. The object is taken over: it must not be changed afterwards. */
export function encodeObject(object: UnknownObject): Uint8Array {
  const { apiVersion, kind, metadata, ...rest } = object;
  const { resourceVersion: _, ...meta } = metadata;
  const ordered = { apiVersion, kind, metadata: { resourceVersion: '', ...meta }, ...rest };
  const bytes = Buffer.from(JSON.stringify(ordered));
  encoded.set(bytes, ordered);
  return bytes;
}

export class Item {
  /** The revision that wrote it; for a deleted object the revision of the deletion. */
  readonly revision: number;
  readonly stored: Uint8Array;
  #object: UnknownObject | undefined;
  #wire: Buffer | undefined;

  constructor(stored: Uint8Array, revision: number) {
    this.stored = stored;
    this.revision = revision;
  }

  get object(): UnknownObject {
    this.#object ??= this.#parse();
    return this.#object;
  }

  get wire(): Buffer {
    this.#wire ??= this.#fillGap();
    return this.#wire;
  }

  /** The same object as it is shown in an event of a later revision. */
  at(revision: number): Item {
    return new Item(this.stored, revision);
  }

  #parse(): UnknownObject {
    const known = encoded.get(this.stored);
    const object = known ?? (JSON.parse(Buffer.from(this.stored).toString()) as UnknownObject);
    return freezeJson({
      ...object,
      metadata: { ...object.metadata, resourceVersion: String(this.revision) },
    });
  }

  #fillGap(): Buffer {
    const bytes = Buffer.from(this.stored.buffer, this.stored.byteOffset, this.stored.byteLength);
    const at = bytes.indexOf(gapMarker);
    if (at < 0) throw new Error('a stored object has no place for its resourceVersion');
    const end = at + gapMarker.length;
    return Buffer.concat([
      bytes.subarray(0, end),
      Buffer.from(String(this.revision)),
      bytes.subarray(end),
    ]);
  }
}
