/**
 * Tables: what `kubectl get` prints. Columns and cells are made here, so that every client prints
 * the same. https://kubernetes.io/docs/reference/using-api/api-concepts/#receiving-resources-as-tables
 */
import { apiError } from '../../../api/status.ts';
import type { ServedKind, ServedResource, View } from '../../registry/served.ts';
import type { ListAnswer } from '../../verbs/list.ts';
import { listMeta } from '../list-body.ts';
import { partialBytes } from '../partial.ts';
import type { Column } from './column.ts';
import { columnsOf } from './columns.ts';

export type IncludeObject = 'Metadata' | 'Object' | 'None';

/** How much of each object a row is to carry, by the query. Throws BadRequest. */
export function includedObject(query: URLSearchParams): IncludeObject {
  const include = query.get('includeObject') || 'Metadata';
  if (include === 'None' || include === 'Object' || include === 'Metadata') return include;
  const why = `includeObject: Invalid value: ${JSON.stringify(include)}: must be 'Metadata', 'Object', 'None', or empty`;
  throw apiError('BadRequest', `Unable to convert to Table as requested: ${why}`);
}

export interface TableForm {
  readonly format: { readonly version: 'v1' | 'v1beta1' };
  readonly includeObject: IncludeObject;
  readonly nowMs: number;
  /** Told once of each column that cannot be made of some object. */
  readonly report?: ((message: string) => void) | undefined;
}

export function columnDefinitions(kind: ServedKind): object[] {
  return columnsOf(kind).map(({ name, type, format, description, priority }: Column) => ({
    name,
    type,
    format: format ?? '',
    description: description ?? '',
    priority: priority ?? 0,
  }));
}

/** A table without its rows. */
export function tableHead(served: ServedResource, answer: ListAnswer, form: TableForm): object {
  return {
    kind: 'Table',
    apiVersion: `meta.k8s.io/${form.format.version}`,
    metadata: listMeta(answer),
    columnDefinitions: columnDefinitions(served.kind),
    rows: [],
  };
}

/** A whole table, piece by piece. */
export function* tablePieces(
  served: ServedResource,
  answer: ListAnswer,
  form: TableForm,
): Generator<Buffer> {
  yield Buffer.from(JSON.stringify(tableHead(served, answer, form)).slice(0, -2));
  let first = true;
  for (const view of answer.views) {
    const row = rowBytes(served.kind, view, form);
    yield first ? row : Buffer.concat([Buffer.from(','), row]);
    first = false;
  }
  yield Buffer.from(']}');
}

export function rowBytes(kind: ServedKind, view: View, form: TableForm): Buffer {
  const cells = columnsOf(kind).map((column) => cellOf(kind, column, view, form));
  const head = `{"cells":${JSON.stringify(cells)}`;
  if (form.includeObject === 'None') return Buffer.from(`${head}}`);
  const object =
    form.includeObject === 'Object' ? view.wire : partialBytes(view, form.format.version);
  return Buffer.concat([Buffer.from(`${head},"object":`), object, Buffer.from('}')]);
}

const reported = new WeakSet<Column>();

function cellOf(kind: ServedKind, column: Column, view: View, form: TableForm): unknown {
  try {
    const cell = column.cell(view.object, form.nowMs);
    return cell === undefined ? '' : cell;
  } catch (error) {
    // An object that was stored before a check existed may lack what the column shows.
    if (!reported.has(column)) {
      reported.add(column);
      const { namespace = '', name } = view.object.metadata;
      const what = `the column ${column.name} of ${kind.resource}`;
      form.report?.(`${what} cannot be shown for ${namespace}/${name}: ${String(error)}`);
    }
    return '<unknown>';
  }
}
