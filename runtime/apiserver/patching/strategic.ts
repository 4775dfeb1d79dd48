/**
 * Strategic merge patch: a merge patch that knows from the schema how to merge lists.
 * https://kubernetes.io/docs/tasks/manage-kubernetes-objects/update-api-object-kubectl-patch/
 *
 *   object                          patch                             result
 *   containers: [a: {image: 1}]     containers: [b: {image: 2}]       containers: [b: {…}, a: {…}]
 *   (merge key `name`)              containers: [a: {image: 3}]       containers: [a: {image: 3}]
 *                                   containers: [{name: a, $patch: delete}]       containers: []
 *   finalizers: [x, y]              $deleteFromPrimitiveList/finalizers: [x]      finalizers: [y]
 *   strategy: {type, rollingUpdate} strategy: {$retainKeys: [type], type: …}      strategy: {type}
 *
 * `$setElementOrder/<list>` says how the list is to be ordered; what it does not name stays near its
 * old neighbours.
 */
import type { Schema, SchemaSource } from '../../api/schema.ts';
import { setField } from '../registry/json.ts';
import { malformed, unprocessable } from './errors.ts';
import { field, isObject, type Json } from './json.ts';
import { mergeOrdered } from './ordering.ts';

const directive = '$patch';
const retainKeys = '$retainKeys';
const deleteFrom = '$deleteFromPrimitiveList/';
const setOrder = '$setElementOrder/';

/** How the schema wants one field to be merged. */
interface FieldRule {
  schema: Schema | undefined;
  strategies: readonly string[];
  mergeKey: string | undefined;
}

/**
 * Applies a strategic merge patch; neither input is changed. Throws ApiError: BadRequest where a
 * directive is malformed, Invalid (422) where the patch does not fit the object.
 */
export function strategicMergePatch(
  document: unknown,
  patch: unknown,
  schema: Schema | undefined,
  source: SchemaSource,
): Json {
  if (!isObject(patch)) throw malformed('a strategic merge patch must be an object');
  return mergeObject(isObject(document) ? document : {}, patch, schema, source, '');
}

function mergeObject(
  original: Json,
  patch: Json,
  schema: Schema | undefined,
  source: SchemaSource,
  path: string,
): Json {
  const whole = field(patch, directive);
  if (whole === 'replace') return withoutDirectives(patch);
  if (whole === 'delete') return {};
  if (whole !== undefined && whole !== 'merge') throw unknownDirective(whole, path);
  const result = retained({ ...original }, patch, path);
  const resolved = schema === undefined ? undefined : source.resolve(schema);
  for (const [key, value] of Object.entries(patch)) {
    if (key === directive || key === retainKeys || key.startsWith(setOrder)) continue;
    if (key.startsWith(deleteFrom)) {
      const name = key.slice(deleteFrom.length);
      const list = field(result, name);
      if (!Array.isArray(value)) throw badFormat(key, path);
      if (Array.isArray(list)) {
        const gone = new Set<unknown>(value);
        setField(
          result,
          name,
          list.filter((entry) => !gone.has(entry)),
        );
      }
      continue;
    }
    if (value === null) {
      delete result[key];
      continue;
    }
    const rule = ruleOf(resolved, key, source);
    const order = field(patch, setOrder + key);
    const merged = mergeValue(field(result, key), value, rule, source, `${path}.${key}`, order);
    setField(result, key, merged);
  }
  orderUntouched(result, patch, resolved, source, path);
  return result;
}

/** Orders the lists that the patch orders but brings no elements for. */
function orderUntouched(
  result: Json,
  patch: Json,
  schema: Schema | undefined,
  source: SchemaSource,
  path: string,
): void {
  for (const [key, order] of Object.entries(patch)) {
    if (!key.startsWith(setOrder)) continue;
    const name = key.slice(setOrder.length);
    if (!Array.isArray(order)) throw badFormat(key, path);
    const list = field(result, name);
    if (Object.hasOwn(patch, name) || !Array.isArray(list)) continue;
    const { mergeKey } = ruleOf(schema, name, source);
    setField(result, name, mergeOrdered(list, order, list, mergeKey));
  }
}

/** Drops the fields that `$retainKeys` does not name. */
function retained(original: Json, patch: Json, path: string): Json {
  const keep = field(patch, retainKeys);
  if (keep === undefined) return original;
  if (!Array.isArray(keep)) throw badFormat(retainKeys, path);
  const names = new Set(keep);
  const stray = Object.keys(patch).find(
    (key) => !key.startsWith('$') && patch[key] !== null && !names.has(key),
  );
  if (stray !== undefined) {
    throw unprocessable(`${retainKeys} does not list the field "${stray}" of the patch`, path);
  }
  return Object.fromEntries(Object.entries(original).filter(([key]) => names.has(key)));
}

function mergeValue(
  original: unknown,
  patch: unknown,
  rule: FieldRule,
  source: SchemaSource,
  path: string,
  order: unknown,
): unknown {
  if (isObject(patch)) {
    if (!isObject(original) || rule.strategies.includes('replace')) return withoutDirectives(patch);
    return mergeObject(original, patch, rule.schema, source, path);
  }
  if (!Array.isArray(patch)) return patch;
  if (!rule.strategies.includes('merge')) return patch.map(clean);
  if (order !== undefined && !Array.isArray(order)) throw badFormat(setOrder, path);
  const live = Array.isArray(original) ? original : [];
  const primitive = ![...live, ...patch].some(isObject);
  if (primitive) {
    const union = [...new Set([...live, ...patch])];
    return mergeOrdered(union, order ?? patch, live, undefined);
  }
  if (rule.mergeKey === undefined) {
    throw unprocessable(`cannot merge lists without merge key for ${path}`, path.slice(1));
  }
  const items = rule.schema === undefined ? undefined : source.resolve(rule.schema).items;
  const merged = mergeList(live, patch, rule.mergeKey, items, source, path);
  if (order !== undefined) checkOrder(patch, order, rule.mergeKey, path);
  return mergeOrdered(merged.items, order ?? merged.patchItems, live, rule.mergeKey);
}

/** Merges a list of objects by key; `patchItems` are the patch's elements without directives. */
function mergeList(
  live: readonly unknown[],
  patch: readonly unknown[],
  mergeKey: string,
  itemSchema: Schema | undefined,
  source: SchemaSource,
  path: string,
): { items: unknown[]; patchItems: Json[] } {
  const deleted = new Set<unknown>();
  const patchItems: Json[] = [];
  let replaceAll = false;
  for (const entry of patch) {
    if (!isObject(entry))
      throw unprocessable(`${path} mixes objects and other values`, path.slice(1));
    const what = field(entry, directive);
    const key = field(entry, mergeKey);
    if (what === 'replace') replaceAll = true;
    else if (what === 'delete') {
      if (key === undefined) throw noMergeKey(entry, mergeKey, path);
      deleted.add(key);
    } else if (what === undefined) patchItems.push(entry);
    else throw unknownDirective(what, path);
  }
  // `$patch: replace` in a list: what is left of the patch is the list.
  if (replaceAll) return { items: patchItems.map(withoutDirectives), patchItems };
  const items = live.filter((item) => !(isObject(item) && deleted.has(item[mergeKey])));
  // Looking through the list for each would take the square of its length.
  const places = placesOf(items, mergeKey);
  for (const entry of patchItems) {
    const key = field(entry, mergeKey);
    if (key === undefined) throw noMergeKey(entry, mergeKey, path);
    const at = places.get(key) ?? items.length;
    const found = items[at];
    items[at] = isObject(found)
      ? mergeObject(found, entry, itemSchema, source, `${path}[${String(key)}]`)
      : withoutDirectives(entry);
    if (key !== null) places.set(key, at);
  }
  return { items, patchItems };
}

/** Where the first element with each value of the merge key stands. */
function placesOf(list: readonly unknown[], mergeKey: string): Map<unknown, number> {
  const places = new Map<unknown, number>();
  for (const [index, item] of list.entries()) {
    const key = isObject(item) ? field(item, mergeKey) : undefined;
    if (key !== undefined && !places.has(key)) places.set(key, index);
  }
  return places;
}

/** The order of the patch's own elements must not contradict `$setElementOrder`. */
function checkOrder(
  patch: readonly unknown[],
  order: readonly unknown[],
  mergeKey: string,
  path: string,
): void {
  const positions = new Map<unknown, number>();
  for (const [index, entry] of order.entries()) {
    const key = isObject(entry) ? entry[mergeKey] : entry;
    if (!positions.has(key)) positions.set(key, index);
  }
  let last = -1;
  for (const entry of patch) {
    if (!isObject(entry) || directive in entry) continue;
    const at = positions.get(entry[mergeKey]) ?? -1;
    if (at <= last) {
      throw unprocessable(
        `The order in patch list ${path} doesn't match its ${setOrder} list`,
        path.slice(1),
      );
    }
    last = at;
  }
}

function ruleOf(schema: Schema | undefined, key: string, source: SchemaSource): FieldRule {
  const properties = schema?.properties;
  const additional = schema?.additionalProperties;
  const own =
    properties !== undefined && Object.hasOwn(properties, key) ? properties[key] : undefined;
  const child = own ?? (typeof additional === 'object' ? additional : undefined);
  if (child === undefined) return { schema: undefined, strategies: [], mergeKey: undefined };
  // The rule stands beside a `$ref`, or on the list itself.
  const rule = 'x-kubernetes-patch-strategy' in child ? child : source.resolve(child);
  return {
    schema: child,
    strategies: rule['x-kubernetes-patch-strategy']?.split(',') ?? [],
    mergeKey: rule['x-kubernetes-patch-merge-key'],
  };
}

/** The patch as a value of its own: no directives, no nulls, at any depth. */
function withoutDirectives(patch: Json): Json {
  const result: Json = {};
  for (const [key, value] of Object.entries(patch)) {
    const isDirective =
      key === directive ||
      key === retainKeys ||
      key.startsWith(deleteFrom) ||
      key.startsWith(setOrder);
    if (!isDirective && value !== null) setField(result, key, clean(value));
  }
  return result;
}

function clean(value: unknown): unknown {
  if (Array.isArray(value)) {
    return value.filter((entry) => !isObject(entry) || !(directive in entry)).map(clean);
  }
  return isObject(value) ? withoutDirectives(value) : value;
}

function unknownDirective(value: unknown, path: string) {
  return malformed(`Unknown patch type found: ${String(value)} at ${path === '' ? '.' : path}`);
}

function badFormat(key: string, path: string) {
  return malformed(
    `invalid patch format of ${key} at ${path === '' ? '.' : path}: it must be a list`,
  );
}

function noMergeKey(entry: Json, mergeKey: string, path: string) {
  return unprocessable(
    `map: ${JSON.stringify(entry)} does not contain declared merge key: ${mergeKey}`,
    path.slice(1),
  );
}
