/** Lists as bytes: the items' own bytes between a head and a tail, never encoded again. */
import { Item } from '../registry/item.ts';
import type { ServedResource, View } from '../registry/served.ts';
import type { ListAnswer } from '../verbs/list.ts';
import { partialBytes } from './partial.ts';

/** Bytes put together at a time: so many that respond.ts passes them on without another copy. */
const chunkSize = 128 * 1024;
const comma = 0x2c;
const tail = Buffer.from(']}');

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
  const items = answer.views.map((view) => itemOf(view, shape));
  let length = head.length + tail.length + Math.max(items.length - 1, 0);
  for (const { wireLength } of items) length += wireLength;
  return { length, pieces: piecesOf(head, items, length) };
}

/** `left` is how many bytes are still to come. */
function* piecesOf(head: Buffer, items: readonly ListItem[], left: number): Generator<Buffer> {
  // One byte more than the rest: before an item is put in there must be room for a comma, too.
  let chunk = Buffer.allocUnsafe(Math.min(left + 1, chunkSize));
  let at = head.copy(chunk);
  let first = true;
  for (const item of items) {
    if (at + item.wireLength + 1 + tail.length > chunk.length) {
      yield chunk.subarray(0, at);
      left -= at;
      const least = item.wireLength + 1 + tail.length;
      chunk = Buffer.allocUnsafe(Math.max(least, Math.min(left + 1, chunkSize)));
      at = 0;
    }
    if (!first) chunk[at++] = comma;
    first = false;
    at = item.copyWire(chunk, at);
  }
  at += tail.copy(chunk, at);
  yield chunk.subarray(0, at);
}

/** What can write itself into a list. */
type ListItem = Pick<Item, 'wireLength' | 'copyWire'>;

function itemOf(view: View, shape: Shape): ListItem {
  if (shape === 'object' && view instanceof Item) return view;
  const bytes = shape === 'object' ? view.wire : partialBytes(view, shape.partial);
  return { wireLength: bytes.length, copyWire: (target, at) => at + bytes.copy(target, at) };
}

function listHead(served: ServedResource, answer: ListAnswer, shape: Shape): Buffer {
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
