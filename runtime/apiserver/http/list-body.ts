/** Lists as bytes: the items' own bytes between a head and a tail, never encoded again. */
import { Item } from '../registry/item.ts';
import type { ServedResource, View } from '../registry/served.ts';
import type { ListAnswer } from '../verbs/list.ts';
import { partialBytes } from './partial.ts';

/** Bytes put together at a time: so many that respond.ts passes them on without another copy. */
const chunkSize = 128 * 1024;
const comma = 0x2c;
const tail = Buffer.from(']}\n');

/** What of each object the client wants. */
export type Shape = 'object' | { readonly partial: 'v1' | 'v1beta1' };

export interface ListBody {
  /** Bytes of all pieces together. */
  readonly length: number;
  /** Of about `chunkSize`, each made when it is asked for. */
  readonly pieces: Generator<Buffer>;
}

/** The list's bytes. */
export function listBody(served: ServedResource, answer: ListAnswer, shape: Shape): ListBody {
  const head = listHead(served, answer, shape);
  // Items of built-in kinds do not say what they are: the original's types leave that to the list.
  const bare = shape === 'object' && served.custom === undefined;
  const items = answer.views.map((view) => itemOf(view, shape, bare));
  let length = head.length + tail.length + Math.max(items.length - 1, 0);
  for (const item of items) length += bare ? item.bareLength : item.wireLength;
  return { length, pieces: piecesOf(head, items, bare, length) };
}

/** `left` is how many bytes are still to come. */
function* piecesOf(
  head: Buffer,
  items: readonly ListItem[],
  bare: boolean,
  left: number,
): Generator<Buffer> {
  // One byte more than the rest: before an item is put in there must be room for a comma, too.
  let chunk = Buffer.allocUnsafe(Math.min(left + 1, chunkSize));
  let at = head.copy(chunk);
  let first = true;
  for (const item of items) {
    // Of an item without its kind that is a little more than is needed.
    if (at + item.wireLength + 1 + tail.length > chunk.length) {
      yield chunk.subarray(0, at);
      left -= at;
      const least = item.wireLength + 1 + tail.length;
      chunk = Buffer.allocUnsafe(Math.max(least, Math.min(left + 1, chunkSize)));
      at = 0;
    }
    if (!first) chunk[at++] = comma;
    first = false;
    at = bare ? item.copyBare(chunk, at) : item.copyWire(chunk, at);
  }
  at += tail.copy(chunk, at);
  yield chunk.subarray(0, at);
}

/** What can write itself into a list. */
type ListItem = Pick<Item, 'wireLength' | 'copyWire' | 'bareLength' | 'copyBare'>;

function itemOf(view: View, shape: Shape, bare: boolean): ListItem {
  if (shape !== 'object') return new Copied(partialBytes(view, shape.partial));
  if (view instanceof Item) return view;
  if (!bare) return new Copied(view.wire);
  const { apiVersion: _, kind: _kind, ...rest } = view.object;
  return new Copied(Buffer.from(JSON.stringify(rest)));
}

class Copied implements ListItem {
  readonly wireLength: number;
  readonly bareLength: number;
  readonly #bytes: Buffer;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
    this.wireLength = bytes.length;
    this.bareLength = bytes.length;
  }

  copyWire(target: Buffer, at: number): number {
    return at + this.#bytes.copy(target, at);
  }

  copyBare(target: Buffer, at: number): number {
    return this.copyWire(target, at);
  }
}

/** The list up to its first item: it ends with an open bracket. */
export function listHead(served: ServedResource, answer: ListAnswer, shape: Shape): Buffer {
  const [kind, apiVersion] =
    shape === 'object'
      ? [served.listKind, served.apiVersion]
      : ['PartialObjectMetadataList', `meta.k8s.io/${shape.partial}`];
  const head = JSON.stringify({ kind, apiVersion, metadata: listMeta(answer), items: [] });
  return Buffer.from(head.slice(0, -2));
}

export function listMeta(answer: ListAnswer): Record<string, unknown> {
  return {
    resourceVersion: String(answer.revision),
    ...(answer.continue === undefined ? {} : { continue: answer.continue }),
    ...(answer.remaining === undefined ? {} : { remainingItemCount: answer.remaining }),
  };
}
