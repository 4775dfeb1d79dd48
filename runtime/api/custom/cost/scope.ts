/** What is known of the parts of an expression while its cost is estimated. */

import { type CelType, fieldOf } from '../../cel/types.ts';
import { fixed, type Size, unionOf } from './amounts.ts';
import type { Declared } from './declared.ts';

/** Of a list's or map's entries. */
export interface Entry {
  readonly key: Size;
  readonly value: Size;
}

/** A part of an expression. */
export interface Estimated extends Measured {
  readonly type: CelType;
}

/** What is told of a part besides its type. */
export interface Measured {
  /** Steps, at the most. */
  readonly cost: number;
  /** Where in the rule's schema it stands: `self`, then fields, `@items`, `@values` and `@keys`. */
  readonly path?: readonly string[] | undefined;
  readonly size?: Size | undefined;
  readonly entry?: Entry | undefined;
  readonly literal?: unknown;
}

/** A variable of the expression's own. */
export type Local = Omit<Measured, 'cost' | 'literal'>;

export type Scope = ReadonlyMap<string, Local>;

const scalars: ReadonlySet<string> = new Set(['bool', 'double', 'duration', 'int', 'timestamp']);

function isScalar({ kind, element }: CelType): boolean {
  if (kind === 'optional') return element !== undefined && isScalar(element);
  return scalars.has(kind);
}

/**
 * How large a value can be, by where it stands in the schema and else by its type. The original takes
 * every path for one that begins at the rule's own value, whatever variable it begins with.
 */
export function sizeAt(
  root: Declared,
  path: readonly string[] | undefined,
  type: CelType,
): Size | undefined {
  if (path !== undefined && path.length > 0) {
    const found = declaredAt(root, path);
    if (found !== undefined) return { min: 0, max: found.most };
  }
  return isScalar(type) ? fixed(1) : undefined;
}

function declaredAt(root: Declared, path: readonly string[]): Declared | undefined {
  let at: Declared | undefined = root;
  for (const name of path.slice(1)) {
    if (name === '@items' || name === '@values') at = at?.element;
    else if (name === '@keys') at = at?.key;
    else at = fieldOf(at?.fields, name);
  }
  return at;
}

export function unionOfEntries(a: Entry | undefined, b: Entry | undefined): Entry | undefined {
  if (a === undefined || b === undefined) return undefined;
  return { key: unionOf(a.key, b.key), value: unionOf(a.value, b.value) };
}
