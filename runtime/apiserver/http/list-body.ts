/** Lists as bytes: the items' own bytes between a head and a tail, never encoded again. */
import type { ServedResource, View } from '../registry/served.ts';
import type { ListAnswer } from '../verbs/list.ts';
import { partialBytes } from './partial.ts';

const comma = Buffer.from(',');
const tail = Buffer.from(']}');

/** What of each object the client wants. */
export type Shape = 'object' | { readonly partial: 'v1' | 'v1beta1' };

export function* listPieces(
  served: ServedResource,
  answer: ListAnswer,
  shape: Shape,
): Generator<Buffer> {
  yield listHead(served, answer, shape);
  let first = true;
  for (const view of answer.views) {
    if (!first) yield comma;
    first = false;
    yield itemBytes(view, shape);
  }
  yield tail;
}

function itemBytes(view: View, shape: Shape): Buffer {
  return shape === 'object' ? view.wire : partialBytes(view, shape.partial);
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
