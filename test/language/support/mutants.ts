/**
 * Objects with one thing changed, most of them for the worse. What is changed follows from the
 * kind's schema, so that every field of every example gets its turn.
 */
import { isRecord } from '../../../language-server/routing/manifest-file.ts';
import { schemaAt } from '../../../language-server/schemas/schema-at.ts';
import type { UnknownObject } from '../../../runtime/api/object.ts';
import type { Schema, SchemaSource } from '../../../runtime/api/schema.ts';
import type { Path } from '../../../runtime/api/structure-problem.ts';

export interface Mutant {
  /** `spec.replicas = -1`, `spec.replicas gone` */
  readonly what: string;
  readonly path: Path;
  make(): UnknownObject;
}

const strings = ['', 'Bad_Value!', 'a b', 'UPPER', '-', 'x'.repeat(300), '../up', '10.0.0.300'];
const numbers = [-1, 0, 70_000, 3_000_000_000, 1.5];
/** In place of expressions: what cannot be compiled, names nothing, or gives something else. */
const expressions = ['a +', 'other == 1', '1', 'true', '"x"', 'self.zz', 'request.zz', 'device.zz'];
const quantities = ['1GB', '-1', '', '1.5.5', 'ten'];

/** All mutants of an example, lazily: most callers take a few. */
export function* mutantsOf(
  object: UnknownObject,
  schema: Schema,
  source: SchemaSource,
): Generator<Mutant> {
  for (const path of pathsOf(object, [])) {
    const field = path.join('.');
    if (path[0] === 'apiVersion' || path[0] === 'kind') continue;
    yield { what: `${field} gone`, path, make: () => without(object, path) };
    const values = valuesFor(schemaAt(schema, path, source));
    for (const value of [...values, ...(isExpression(path) ? expressions : [])]) {
      const shown = JSON.stringify(value)?.slice(0, 40);
      yield { what: `${field} = ${shown}`, path, make: () => withValue(object, path, value) };
    }
    if (isRecord(valueAt(object, path)) && schemaAt(schema, path, source)?.properties) {
      const extra = [...path, 'zzUnknown'];
      yield {
        what: `${field} with an unknown field`,
        path,
        make: () => withValue(object, extra, 1),
      };
    }
    const list = valueAt(object, path);
    if (Array.isArray(list) && list.length > 0) {
      const twice = [...list, list[0]];
      yield {
        what: `${field} with its first twice`,
        path,
        make: () => withValue(object, path, twice),
      };
    }
  }
}

function isExpression(path: Path): boolean {
  return /^(rule|.*[eE]xpression)$/.test(String(path.at(-1)));
}

function valuesFor(schema: Schema | undefined): unknown[] {
  if (schema === undefined) return [];
  if (schema.format === 'quantity') return [...quantities, {}, true];
  if (schema.format === 'int-or-string') return [...numbers, '200%', 'x y', '', {}, true];
  switch (schema.type) {
    case 'string':
      return [...strings, 7, {}, null];
    case 'integer':
    case 'number':
      return [...numbers, '1', {}, null];
    case 'boolean':
      return ['true', 1, null];
    case 'array':
      return [[], 'x', {}, null];
    case 'object':
      return [{}, 'x', [], null];
    default:
      return [];
  }
}

function* pathsOf(value: unknown, path: Path): Generator<Path> {
  if (path.length > 0) yield path;
  if (Array.isArray(value)) {
    for (const index of value.keys()) yield* pathsOf(value[index], [...path, index]);
  } else if (isRecord(value)) {
    for (const [name, child] of Object.entries(value)) yield* pathsOf(child, [...path, name]);
  }
}

function valueAt(value: unknown, path: Path): unknown {
  let at = value;
  for (const part of path) at = (at as Record<string | number, unknown>)[part];
  return at;
}

function without(object: UnknownObject, path: Path): UnknownObject {
  const copy = structuredClone(object);
  const parent = valueAt(copy, path.slice(0, -1));
  const last = path.at(-1);
  if (Array.isArray(parent)) parent.splice(Number(last), 1);
  else delete (parent as Record<string, unknown>)[String(last)];
  return copy;
}

function withValue(object: UnknownObject, path: Path, value: unknown): UnknownObject {
  const copy = structuredClone(object);
  const parent = valueAt(copy, path.slice(0, -1)) as Record<string | number, unknown>;
  const last = path.at(-1);
  if (last !== undefined) parent[last] = structuredClone(value);
  return copy;
}
