/**
 * Answers in the binary form. A revision's message is encoded once and shared by gets, lists and
 * watches: a list holds the very bytes that stand in a single object's envelope.
 */
import type { Status } from '../../api/status.ts';
import {
  encodeMessage,
  encodeProtobuf,
  envelope,
  envelopeHead,
  envelopeTail,
  fieldHead,
  watchFrame,
} from '../protobuf/encode.ts';
import { messageOf } from '../protobuf/fields.ts';
import { Breath } from '../registry/breath.ts';
import type { ServedResource, View } from '../registry/served.ts';
import type { ListAnswer } from '../verbs/list.ts';
import type { ViewEvent } from '../verbs/watch.ts';
import { listMeta } from './list-body.ts';
import type { Format } from './negotiate.ts';

export const binaryType = 'application/vnd.kubernetes.protobuf';

interface Messages {
  object?: Buffer;
  partial?: Buffer;
  /** Frames of watch events, by type and form. */
  readonly frames: Map<string, Buffer>;
}

const cache = new WeakMap<View, Messages>();

/** One object, in its envelope. */
export function objectBinary(view: View, format: Format): Buffer {
  const { apiVersion, kind } =
    format.as === 'PartialObjectMetadata'
      ? { apiVersion: `meta.k8s.io/${format.version}`, kind: 'PartialObjectMetadata' }
      : view.object;
  return envelope(apiVersion, kind, [messageBytes(view, format)]);
}

/** A list, in pieces. Encodes what nobody has asked for yet, and pauses in between. */
export async function* listBinary(
  served: ServedResource,
  answer: ListAnswer,
  format: Format,
): AsyncGenerator<Buffer> {
  const partial = format.as === 'PartialObjectMetadata';
  // The two versions of this one list number their fields the other way round.
  const [metaNumber, itemNumber] = partial && format.version === 'v1beta1' ? [2, 1] : [1, 2];
  const meta = encode('meta.ListMeta', listMeta(answer));
  const metaPieces = [fieldHead(metaNumber, meta.length), meta];
  const items: Buffer[] = [];
  const breath = new Breath();
  for (const view of answer.views) {
    const message = messageBytes(view, format);
    items.push(fieldHead(itemNumber, message.length), message);
    if (breath.due) await breath.pause();
  }
  const body = metaNumber === 1 ? [...metaPieces, ...items] : [...items, ...metaPieces];
  const length = body.reduce((sum, piece) => sum + piece.length, 0);
  yield partial
    ? envelopeHead(`meta.k8s.io/${format.version}`, 'PartialObjectMetadataList', length)
    : envelopeHead(served.apiVersion, served.listKind, length);
  yield* body;
  yield envelopeTail;
}

/** An event of a watch, with its length before it. */
export function eventBinary(served: ServedResource, event: ViewEvent, format: Format): Buffer {
  if (event.type === 'BOOKMARK') return bookmark(served, event, format);
  if (event.type === 'ERROR') return errorBinary(event.status);
  const { frames } = messagesOf(event.view);
  const key = `${event.type}${format.as}${format.version}`;
  let frame = frames.get(key);
  if (frame === undefined) {
    frame = watchFrame(event.type, objectBinary(event.view, format));
    frames.set(key, frame);
  }
  return frame;
}

export function errorBinary(status: Status): Buffer {
  return watchFrame('ERROR', encodeProtobuf(status) as Buffer);
}

function bookmark(
  served: ServedResource,
  event: ViewEvent & { type: 'BOOKMARK' },
  format: Format,
): Buffer {
  const metadata = {
    resourceVersion: String(event.revision),
    ...(event.initialEventsEnd ? { annotations: { 'k8s.io/initial-events-end': 'true' } } : {}),
  };
  const partial = format.as === 'PartialObjectMetadata';
  const kind = partial ? 'PartialObjectMetadata' : served.kind.kind;
  const apiVersion = partial ? `meta.k8s.io/${format.version}` : served.apiVersion;
  const message = encode(partial ? partialMessage : messageOf(apiVersion, kind), { metadata });
  return watchFrame('BOOKMARK', envelope(apiVersion, kind, [message]));
}

const partialMessage = 'meta.PartialObjectMetadata';

function messageBytes(view: View, format: Format): Buffer {
  const messages = messagesOf(view);
  const { object } = view;
  if (format.as === 'PartialObjectMetadata') {
    messages.partial ??= encode(partialMessage, object);
    return messages.partial;
  }
  messages.object ??= encode(messageOf(object.apiVersion, object.kind), object);
  return messages.object;
}

function messagesOf(view: View): Messages {
  let messages = cache.get(view);
  if (messages === undefined) {
    messages = { frames: new Map() };
    cache.set(view, messages);
  }
  return messages;
}

/** Negotiation has seen to it that there is a message. */
function encode(name: string, object: object): Buffer {
  const message = encodeMessage(name, object);
  if (message === undefined)
    throw new Error(`no binary form: ${JSON.stringify(object).slice(0, 80)}`);
  return message;
}
