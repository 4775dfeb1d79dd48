/**
 * What the schema of a custom resource says beyond types: values that may not be null, lists that
 * are sets or maps, objects within the object. A custom resource is stored as it was written, so a
 * null in it is a value, where in a built-in kind it is none.
 * https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#nullable
 */
import type { Schema } from './schema.ts';
import type { Path, StructureProblem } from './structure-problem.ts';

const maxDepth = 100;

export function checkCustomFacts(value: unknown, schema: Schema): StructureProblem[] {
  const problems: StructureProblem[] = [];
  check(value, schema, [], problems);
  return problems;
}

function check(value: unknown, schema: Schema, path: Path, problems: StructureProblem[]): void {
  if (value === undefined || path.length > maxDepth) return;
  if (value === null) {
    checkNull(schema, path, problems);
  } else if (Array.isArray(value)) {
    checkItemsOnce(value, schema, path, problems);
    const { items } = schema;
    if (items === undefined) return;
    for (const [index, item] of value.entries()) check(item, items, [...path, index], problems);
  } else if (typeof value === 'object') {
    checkMembers(value as Record<string, unknown>, schema, path, problems);
  }
}

/** With a default the null is taken out, and the default put in. */
function checkNull(schema: Schema, path: Path, problems: StructureProblem[]): void {
  if (schema.nullable === true || schema.default !== undefined || schema.type === undefined) return;
  // The server looks after these itself.
  if (path.length === 0) return;
  if (path.length === 1 && (path[0] === 'metadata' || path[0] === 'status')) return;
  problems.push({
    path,
    code: 'wrong-type',
    message: `Expected a value of type ${schema.type}, got null`,
    expected: schema.type,
    actual: 'null',
  });
}

function checkMembers(
  value: Record<string, unknown>,
  schema: Schema,
  path: Path,
  problems: StructureProblem[],
): void {
  const { properties = {}, additionalProperties } = schema;
  if (schema['x-kubernetes-embedded-resource'] === true) checkEmbedded(value, path, problems);
  for (const [name, member] of Object.entries(value)) {
    const own = Object.hasOwn(properties, name) ? properties[name] : undefined;
    const of = own ?? (typeof additionalProperties === 'object' ? additionalProperties : undefined);
    if (of !== undefined) check(member, of, [...path, name], problems);
  }
}

function checkEmbedded(
  value: Record<string, unknown>,
  path: Path,
  problems: StructureProblem[],
): void {
  for (const name of ['apiVersion', 'kind']) {
    if (typeof value[name] === 'string' && value[name] !== '') continue;
    problems.push({
      path: [...path, name],
      code: 'missing',
      message: `Missing required field "${name}"`,
    });
  }
}

function checkItemsOnce(
  value: readonly unknown[],
  schema: Schema,
  path: Path,
  problems: StructureProblem[],
): void {
  const type = schema['x-kubernetes-list-type'];
  if (type !== 'set' && type !== 'map') return;
  const keys = schema['x-kubernetes-list-map-keys'] ?? [];
  const seen = new Set<string>();
  for (const [index, item] of value.entries()) {
    const key = JSON.stringify(type === 'set' ? item : keysOf(item, keys, schema.items));
    if (seen.has(key)) {
      problems.push({ path: [...path, index], code: 'range', message: `Duplicate value: ${key}` });
    }
    seen.add(key);
  }
}

function keysOf(item: unknown, keys: readonly string[], schema: Schema | undefined): unknown {
  const object = (item ?? {}) as Record<string, unknown>;
  return Object.fromEntries(
    keys.map((key) => [key, object[key] ?? schema?.properties?.[key]?.default]),
  );
}
