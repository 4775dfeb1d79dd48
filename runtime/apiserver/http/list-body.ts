/** Lists as bytes: the items' own bytes between a head and a tail, never encoded again. */
import { Item } from '../registry/item.ts';
import type { ServedResource, View } from '../registry/served.ts';
import type { ListAnswer } from '../verbs/list.ts';
import { partialBytes } from './partial.ts';

/** Bytes put together at a time: so many that respond.ts passes them on without another copy. */
const chunkSize = 320 * 1024;
const comma = 0x2c;
const tail = Buffer.from(']}');

/** What of each object the client wants. */
export type Shape = 'object' | { readonly partial: 'v1' | 'v1beta1' };

/** The list's bytes in pieces of about `chunkSize`, each made when it is asked for. */
export function* listPieces(
  served: ServedResource,
  answer: ListAnswer,
  shape: Shape,
): Generator<Buffer> {
  const head = listHead(served, answer, shape);
  const items = answer.views.map((view) => itemOf(view, shape));
  let left = head.length + tail.length;
  for (const { wireLength } of items) left += wireLength + 1;
  let chunk = Buffer.allocUnsafe(Math.min(left, chunkSize));
  let at = head.copy(chunk);
  let first = true;
  for (const item of items) {
    if (at + item.wireLength + 1 + tail.length > chunk.length) {
      yield chunk.subarray(0, at);
      left -= at;
      const least = item.wireLength + 1 + tail.length;
      chunk = Buffer.allocUnsafe(Math.max(least, Math.min(left, chunkSize)));
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
