/** Watch events as bytes, one JSON document a line; made once and shared by all watchers. */
import type { Status } from '../../api/status.ts';
import { encodeObject, Item } from '../registry/item.ts';
import type { ServedResource, View } from '../registry/served.ts';
import type { ViewEvent } from '../verbs/watch.ts';
import type { Format } from './negotiate.ts';
import { partialBytes } from './partial.ts';
import { columnDefinitions, type IncludeObject, rowBytes } from './table/table.ts';

const end = Buffer.from('}\n');

export interface WatchForm {
  readonly format: Format;
  readonly includeObject: IncludeObject;
  readonly nowMs: number;
  /** Tables name their columns in the first event only. */
  readonly first: boolean;
  /** See TableForm. */
  readonly report?: ((message: string) => void) | undefined;
}

const groups = new WeakMap<readonly ViewEvent[], Map<string, Buffer>>();

/** The bytes of a group of events; watchers in the same form that are handed the same group share them. */
export function groupBytes(
  served: ServedResource,
  events: readonly ViewEvent[],
  form: WatchForm,
): Buffer {
  const { as, version } = form.format;
  // Rows of tables tell ages, and the first of them the columns.
  if (as === 'Table') return joined(served, events, form);
  const key = `${as}${version}`;
  let known = groups.get(events);
  if (known === undefined) {
    known = new Map();
    groups.set(events, known);
  }
  let bytes = known.get(key);
  if (bytes === undefined) {
    bytes = joined(served, events, form);
    known.set(key, bytes);
  }
  return bytes;
}

function joined(served: ServedResource, events: readonly ViewEvent[], form: WatchForm): Buffer {
  const pieces = events.map((event, index) =>
    eventBytes(served, event, index === 0 ? form : { ...form, first: false }),
  );
  return pieces.length === 1 ? (pieces[0] as Buffer) : Buffer.concat(pieces);
}

function eventBytes(served: ServedResource, event: ViewEvent, form: WatchForm): Buffer {
  if (event.type === 'BOOKMARK') return bookmarkBytes(served, event, form);
  if (event.type === 'ERROR') return errorBytes(event.status);
  const { as, version } = form.format;
  if (as === 'Table') {
    return frame(event.type, tableBytes(served, [event.view], form, event.view.revision));
  }
  return frame(event.type, as === 'object' ? event.view.wire : partialBytes(event.view, version));
}

export function errorBytes(status: Status): Buffer {
  return frame('ERROR', Buffer.from(JSON.stringify(status)));
}

function bookmarkBytes(
  served: ServedResource,
  event: ViewEvent & { type: 'BOOKMARK' },
  form: WatchForm,
): Buffer {
  const metadata = {
    resourceVersion: String(event.revision),
    creationTimestamp: null,
    ...(event.initialEventsEnd ? { annotations: { 'k8s.io/initial-events-end': 'true' } } : {}),
  };
  const { as, version } = form.format;
  const object =
    as === 'PartialObjectMetadata'
      ? { kind: as, apiVersion: `meta.k8s.io/${version}`, metadata }
      : { kind: served.kind.kind, apiVersion: served.apiVersion, metadata };
  if (as !== 'Table') return frame('BOOKMARK', Buffer.from(JSON.stringify(object)));
  // A table has the row of an object that says nothing else.
  const { apiVersion, kind } = object;
  const row = new Item(encodeObject({ apiVersion, kind, metadata: {} }), event.revision);
  return frame('BOOKMARK', tableBytes(served, [row], form, event.revision));
}

function tableBytes(
  served: ServedResource,
  views: readonly View[],
  form: WatchForm,
  revision: number,
): Buffer {
  const head = JSON.stringify({
    kind: 'Table',
    apiVersion: `meta.k8s.io/${form.format.version}`,
    metadata: { resourceVersion: String(revision) },
    columnDefinitions: form.first ? columnDefinitions(served.kind) : null,
    rows: [],
  });
  const rows = views.map((view) => rowBytes(served.kind, view, form));
  return Buffer.concat([Buffer.from(head.slice(0, -2)), ...rows, Buffer.from(']}')]);
}

function frame(type: string, object: Buffer): Buffer {
  return Buffer.concat([Buffer.from(`{"type":"${type}","object":`), object, end]);
}
