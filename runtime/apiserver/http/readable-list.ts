/**
 * Lists as people read them: YAML, or JSON that is indented. They are written item by item, so that a
 * long one holds nobody up and is never there as a whole.
 */
import type { ServedResource } from '../registry/served.ts';
import type { ListAnswer } from '../verbs/list.ts';
import { listHead, type Shape } from './list-body.ts';
import type { Encoding } from './negotiate.ts';
import { partialOf } from './partial.ts';
import { rowBytes, type TableForm, tableHead } from './table/table.ts';
import { yamlText } from './yaml-text.ts';

/** How a value is written that is nothing but JSON. */
export function readable(value: unknown, encoding: Encoding): string {
  if (encoding !== 'yaml') return JSON.stringify(value, undefined, 2);
  return yamlText(value);
}

/** Pieces of the text of a table. */
export function readableTable(
  served: ServedResource,
  answer: ListAnswer,
  form: TableForm,
  encoding: Encoding,
): Generator<Buffer> {
  const rows = function* () {
    for (const view of answer.views) yield JSON.parse(`${rowBytes(served.kind, view, form)}`);
  };
  return readablePieces(tableHead(served, answer, form), 'rows', rows(), encoding);
}

/** Pieces of the text of a list of objects, or of their metadata. */
export function readableList(
  served: ServedResource,
  answer: ListAnswer,
  shape: Shape,
  encoding: Encoding,
): Generator<Buffer> {
  const head = JSON.parse(`${listHead(served, answer, shape)}]}`) as object;
  return readablePieces(head, 'items', itemsOf(served, answer, shape), encoding);
}

/** As a list's bytes have them: of built-in kinds without what they are. */
function* itemsOf(served: ServedResource, { views }: ListAnswer, shape: Shape): Generator<unknown> {
  for (const { object } of views) {
    const { apiVersion: _, kind: _kind, ...bare } = object;
    if (shape !== 'object') yield partialOf(object, shape.partial);
    else yield served.custom === undefined ? bare : object;
  }
}

/** `head` has everything but what is under `name`, which may be there as an empty list. */
export function* readablePieces(
  head: object,
  name: string,
  items: Iterable<unknown>,
  encoding: Encoding,
): Generator<Buffer> {
  const before = Object.fromEntries(Object.entries(head).filter(([key]) => key !== name));
  const text = readable({ ...before, [name]: [] }, encoding);
  if (encoding === 'yaml') return yield* yamlPieces(text, name, items);
  // Up to the empty list, which stands last.
  yield Buffer.from(text.slice(0, text.lastIndexOf('[]')));
  let first = true;
  for (const item of items) {
    const own = readable(item, encoding).replaceAll('\n', '\n    ');
    yield Buffer.from(`${first ? '[' : ','}\n    ${own}`);
    first = false;
  }
  yield Buffer.from(first ? '[]\n}' : '\n  ]\n}');
}

/** `text` has an empty list under `name`, in its place among the other members. */
function* yamlPieces(text: string, name: string, items: Iterable<unknown>): Generator<Buffer> {
  const line = `\n${name}: []\n`;
  const at = text.indexOf(line);
  yield Buffer.from(text.slice(0, at + 1));
  let first = true;
  for (const item of items) {
    yield Buffer.from(`${first ? `${name}:\n` : ''}${yamlText([item])}`);
    first = false;
  }
  const rest = text.slice(at + line.length);
  yield Buffer.from(first ? `${name}: []\n${rest}` : rest);
}
