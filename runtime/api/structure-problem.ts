import type { Schema } from './schema.ts';

export type Path = readonly (string | number)[];
export type Kind = NonNullable<Schema['type']>;

export interface StructureProblem {
  readonly path: Path;
  readonly code:
    | 'unknown-field'
    | 'wrong-type'
    | 'missing'
    | 'enum'
    | 'format'
    | 'range'
    | 'combination';
  /** For a person in front of the file; says nothing of where, the path does. */
  readonly message: string;
  /** The field or value that was probably meant. */
  readonly suggestion?: string;
  /** The schema's type or format, where that is what is wrong. */
  readonly expected?: string;
  /** The type that was found instead. */
  readonly actual?: string;
  /** What an enumeration allows. */
  readonly allowed?: readonly unknown[];
}

/** What JSON calls the value's type. */
export function kindOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  return typeof value === 'bigint' ? 'integer' : typeof value;
}

/** `spec.containers[0].name`, as Kubernetes writes it. */
export function formatPath(path: Path): string {
  let text = '';
  for (const part of path) {
    if (typeof part === 'number') text += `[${part}]`;
    else text += text === '' ? part : `.${part}`;
  }
  return text;
}
