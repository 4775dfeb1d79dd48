/** The vocabulary of column tables. */
import type { UnknownObject } from '../../../api/object.ts';
import { textAt, valueAt } from '../../registry/json.ts';

/** Null is what a custom kind has nothing to show for; of built-in kinds that is an empty text, undefined. */
export type Cell = string | number | boolean | null | undefined;

export interface Column {
  readonly name: string;
  readonly type: 'string' | 'integer' | 'boolean' | 'number' | 'date';
  readonly format?: string;
  readonly description?: string;
  /** 0: always shown; 1: with `-o wide`. */
  readonly priority?: number;
  cell(object: UnknownObject, nowMs: number): Cell;
}

type Get = (object: never, nowMs: number) => Cell;

/** A column of text. The getter may narrow the object to its kind. */
export function text(name: string, cell: Get, description = ''): Column {
  return { name, type: 'string', description, cell: cell as Column['cell'] };
}

export function integer(name: string, cell: Get, description = ''): Column {
  return { name, type: 'integer', description, cell: cell as Column['cell'] };
}

/** Shown with `-o wide` only. */
export function wide(column: Column): Column {
  return { ...column, priority: 1 };
}

export const nameColumn: Column = {
  name: 'Name',
  type: 'string',
  format: 'name',
  description:
    'Name must be unique within a namespace. It names the object in URLs and cannot be changed.',
  cell: (object) => object.metadata.name,
};

export const ageColumn: Column = text(
  'Age',
  (object: UnknownObject, nowMs) => ageOf(object.metadata.creationTimestamp, nowMs),
  'The time since the object was created.',
);

/** When the object was made: what kinds without columns of their own show beside the name. */
export const createdAtColumn: Column = {
  name: 'Created At',
  type: 'date',
  cell: (object) => object.metadata.creationTimestamp ?? '<unknown>',
};

export function yesNo(name: string, cell: Get): Column {
  return { name, type: 'boolean', cell: cell as Column['cell'] };
}

/** The text at a path, or `<none>`. */
export const at =
  (...path: string[]): Get =>
  (object) =>
    textAt(object, ...path) || '<none>';

/** The number at a path, or 0. */
export const count =
  (...path: string[]): Get =>
  (object) => {
    const value = valueAt(object, ...path);
    return typeof value === 'number' ? value : 0;
  };

/** How long ago, in the shortest form that people read. */
export function ageOf(time: string | undefined, nowMs: number): string {
  if (!time) return '<unknown>';
  const ms = nowMs - Date.parse(time);
  return Number.isNaN(ms) ? '<unknown>' : duration(ms);
}

/** `47s`, `3m12s`, `5h2m`, `2d4h`, `87d`, `2y14d`: never more than two units. */
export function duration(ms: number): string {
  const seconds = Math.trunc(ms / 1000);
  if (seconds < -1) return '<invalid>';
  if (seconds < 0) return '0s';
  if (seconds < 120) return `${seconds}s`;
  const minutes = Math.trunc(seconds / 60);
  if (minutes < 10) return two(minutes, 'm', seconds % 60, 's');
  if (minutes < 180) return `${minutes}m`;
  const hours = Math.trunc(minutes / 60);
  if (hours < 8) return two(hours, 'h', minutes % 60, 'm');
  if (hours < 48) return `${hours}h`;
  const days = Math.trunc(hours / 24);
  if (hours < 192) return two(days, 'd', hours % 24, 'h');
  if (days < 730) return `${days}d`;
  const years = Math.trunc(days / 365);
  return years < 8 ? two(years, 'y', days % 365, 'd') : `${years}y`;
}

function two(big: number, bigUnit: string, small: number, smallUnit: string): string {
  return small === 0 ? `${big}${bigUnit}` : `${big}${bigUnit}${small}${smallUnit}`;
}

/** `app=web,tier=front`, or `<none>`. */
export function labels(map: Readonly<Record<string, string>> | undefined): string {
  const pairs = Object.entries(map ?? {})
    .map(([key, value]) => `${key}=${value}`)
    .sort();
  return pairs.length === 0 ? '<none>' : pairs.join(',');
}
