/**
 * One revision of one object, in the forms that are needed of it:
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
import { textToStore } from './text.ts';

const gapMarker = Buffer.from('"metadata":{"resourceVersion":"');

/**
 * Objects that this process has just encoded, by their stored bytes: when the store hands the same
 * bytes back there is no need to parse them. Whoever takes one out owns it.
 */
const encoded = new WeakMap<Uint8Array, UnknownObject>();

/** Makes the stored bytes. The object is taken over: it must not be changed afterwards. */
export function encodeObject(object: UnknownObject): Uint8Array {
  const { apiVersion, kind, metadata, ...rest } = object;
  const { resourceVersion: _, ...meta } = metadata;
  const ordered = { apiVersion, kind, metadata: { resourceVersion: '', ...meta }, ...rest };
  const text = textToStore(ordered);
  // Memory of its own: in Node's pool, an Event of a KB would for an hour hold all 8 KB that it shares
  // with answers and objects that are long gone.
  const bytes = Buffer.allocUnsafeSlow(Buffer.byteLength(text));
  bytes.write(text);
  encoded.set(bytes, ordered);
  return bytes;
}

export class Item {
  /** The revision that wrote it; for a deleted object the revision of the deletion. */
  readonly revision: number;
  readonly stored: Uint8Array;
  #object: UnknownObject | undefined;
  /** The same object at another revision, if that has been parsed. */
  readonly #like: UnknownObject | undefined;
  /** Of an item that `at` has made: the one that it shows at another revision. */
  readonly origin: Item | undefined;
  /** Where in the stored bytes the revision goes; -1 until it has been looked for. */
  #gap = -1;

  constructor(stored: Uint8Array, revision: number, origin?: Item) {
    this.stored = stored;
    this.revision = revision;
    this.origin = origin;
    this.#like = origin === undefined ? undefined : origin.#object;
  }

  get object(): UnknownObject {
    this.#object ??= this.#parse();
    return this.#object;
  }

  /** Made anew each time: what is kept for long is the stored bytes alone. */
  get wire(): Buffer {
    const bytes = Buffer.allocUnsafe(this.wireLength);
    this.copyWire(bytes, 0);
    return bytes;
  }

  get wireLength(): number {
    return this.stored.length + digitsOf(this.revision);
  }

  /** Writes the wire bytes into `target` from `at` on; the result is where they end. */
  copyWire(target: Buffer, at: number): number {
    const gap = this.#findGap();
    const digits = digitsOf(this.revision);
    // All of it in one go, so far on that the end is in its place; then what stands before the gap.
    target.set(this.stored, at + digits);
    target.copyWithin(at, at + digits, at + digits + gap);
    this.#writeRevision(target, at + gap, digits);
    return at + digits + this.stored.length;
  }

  /** How long the wire bytes are without apiVersion and kind. */
  get bareLength(): number {
    return this.wireLength - this.#headLength();
  }

  /** As `copyWire`, without apiVersion and kind: what the lists of built-in kinds hold. */
  copyBare(target: Buffer, at: number): number {
    const head = this.#headLength();
    const digits = digitsOf(this.revision);
    asBuffer(this.stored).copy(target, at + digits, head);
    const gap = this.#gap - head;
    target.copyWithin(at + 1, at + 1 + digits, at + digits + gap);
    // In place of the comma after the kind.
    target[at] = opening;
    this.#writeRevision(target, at + gap, digits);
    return at + digits + this.stored.length - head;
  }

  /** Of apiVersion and kind, which stand before all else, with all but the last of their commas. */
  #headLength(): number {
    return this.#findGap() - gapMarker.length - 1;
  }

  #writeRevision(target: Buffer, at: number, digits: number): void {
    let rest = this.revision;
    for (let place = at + digits - 1; place >= at; place--) {
      target[place] = zero + (rest % 10);
      rest = Math.floor(rest / 10);
    }
  }

  /** The same object as it is shown in an event of a later revision. */
  at(revision: number): Item {
    return new Item(this.stored, revision, this);
  }

  #parse(): UnknownObject {
    const resourceVersion = String(this.revision);
    const like = this.#like;
    if (like !== undefined) {
      return freezeJson({ ...like, metadata: { ...like.metadata, resourceVersion } });
    }
    const known = encoded.get(this.stored);
    encoded.delete(this.stored);
    const object = known ?? (JSON.parse(asBuffer(this.stored).toString()) as UnknownObject);
    object.metadata.resourceVersion = resourceVersion;
    return freezeJson(object);
  }

  #findGap(): number {
    if (this.#gap >= 0) return this.#gap;
    const at = asBuffer(this.stored).indexOf(gapMarker);
    if (at < 0) throw new Error('a stored object has no place for its resourceVersion');
    this.#gap = at + gapMarker.length;
    return this.#gap;
  }
}

const zero = 0x30;
const opening = 0x7b;

/** How many digits a whole number has that is not negative. */
function digitsOf(value: number): number {
  let digits = 1;
  for (let power = 10; power <= value; power *= 10) digits++;
  return digits;
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes)
    ? bytes
    : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
