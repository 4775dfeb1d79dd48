/** Columns of custom kinds, from the additionalPrinterColumns of their definitions. */

import type { PrinterColumn } from '../../../api/custom/definition.ts';
import { parseJsonPath, valuesAt } from '../../../api/custom/json-path.ts';
import type { CustomFacts } from '../../custom/custom-kind.ts';
import { ageOf, type Cell, type Column, nameColumn } from './column.ts';

const known = new WeakMap<CustomFacts, readonly Column[]>();

export function customColumns(custom: CustomFacts): readonly Column[] {
  let columns = known.get(custom);
  if (columns === undefined) {
    columns = [nameColumn, ...custom.printerColumns.map(columnOf)];
    known.set(custom, columns);
  }
  return columns;
}

function columnOf(column: PrinterColumn): Column {
  const { name, type, format, description, priority } = column;
  const path = parseJsonPath(column.jsonPath);
  return {
    name,
    // A moment is shown as the time since then.
    type: type as Column['type'],
    ...(format === undefined ? {} : { format }),
    description: description ?? '',
    priority: priority ?? 0,
    cell(object, nowMs) {
      const value = path === undefined ? undefined : valuesAt(object, path)[0];
      return value === undefined || value === null ? null : cellOf(value, type, nowMs);
    },
  };
}

function cellOf(value: unknown, type: PrinterColumn['type'], nowMs: number): Cell {
  switch (type) {
    case 'date':
      return typeof value === 'string' ? ageOf(value, nowMs) : '<invalid>';
    case 'integer':
      return typeof value === 'number' ? Math.trunc(value) : null;
    case 'number':
      return typeof value === 'number' ? value : null;
    case 'boolean':
      return typeof value === 'boolean' ? value : null;
    default:
      return typeof value === 'object' ? JSON.stringify(value) : String(value);
  }
}
