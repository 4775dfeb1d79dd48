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

import { goText, goType } from '../../api/go-text.ts';
import type { Schema, SchemaSource } from '../../api/schema.ts';
import { setField } from '../registry/json.ts';
import { malformed, unexplained, unprocessable } from './errors.ts';
import { field, isObject, type Json } from './json.ts';
import { mergeOrdered } from './ordering.ts';

const directive = '$patch';
const retainKeys = '$retainKeys';
const deleteFrom = '$deleteFromPrimitiveList/';
const setOrder = '$setElementOrder/';

const badRetainKeys = 'invalid patch format of retainKeys';
const badPrimitiveList = 'invalid patch format of primitive list';

/** How the schema wants one field to be merged. */
interface FieldRule {
  schema: Schema | undefined;
  strategies: readonly string[];
  mergeKey: string | undefined;
}

/**
 * Applies a strategic merge patch; neither input is changed. Throws ApiError as the original does:
 * BadRequest where `$retainKeys` or a list of values to delete is malformed, else 500 without a reason,
 * in its words (k8s.io/apimachinery/pkg/util/strategicpatch).
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
  if (whole !== undefined) throw unknownDirective(whole, patch);
  const result = retained({ ...original }, patch);
  const resolved = schema === undefined ? undefined : source.resolve(schema);
  for (const [key, value] of Object.entries(patch)) {
    if (key === directive || key === retainKeys || key.startsWith(setOrder)) continue;
    if (key.startsWith(deleteFrom)) {
      const name = key.slice(deleteFrom.length);
      const list = field(result, name);
      if (!Array.isArray(value)) throw malformed(badPrimitiveList);
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
  orderUntouched(result, patch, resolved, source);
  return result;
}

/** Orders the lists that the patch orders but brings no elements for. */
function orderUntouched(
  result: Json,
  patch: Json,
  schema: Schema | undefined,
  source: SchemaSource,
): void {
  for (const [key, order] of Object.entries(patch)) {
    if (!key.startsWith(setOrder)) continue;
    const name = key.slice(setOrder.length);
    if (!Array.isArray(order)) throw badType([], order);
    const list = field(result, name);
    if (Object.hasOwn(patch, name) || !Array.isArray(list)) continue;
    const { mergeKey } = ruleOf(schema, name, source);
    setField(result, name, mergeOrdered(list, order, list, mergeKey));
  }
}

/** Drops the fields that `$retainKeys` does not name. It must name all that the patch brings. */
function retained(original: Json, patch: Json): Json {
  const keep = field(patch, retainKeys);
  if (keep === undefined) return original;
  if (!Array.isArray(keep)) throw malformed(badRetainKeys);
  const names = new Set(keep);
  const brought = Object.keys(patch).filter((key) => !key.startsWith('$') && patch[key] !== null);
  if (!brought.every((key) => names.has(key))) throw malformed(badRetainKeys);
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
  if (order !== undefined && !Array.isArray(order)) throw badType([], order);
  if (order !== undefined) checkOrder(patch, order, rule.mergeKey);
  if (!Array.isArray(original)) {
    const own = clean(patch) as unknown[];
    return mergeOrdered(own, order ?? own, [], rule.mergeKey);
  }
  const live: readonly unknown[] = original;
  if (elementType(live, patch) !== 'map[string]interface {}') {
    const union = [...new Set([...live, ...patch])];
    return mergeOrdered(union, order ?? patch, live, undefined);
  }
  if (rule.mergeKey === undefined) {
    throw unexplained(`cannot merge lists without merge key for ${path.slice(1)}`);
  }
  const items = rule.schema === undefined ? undefined : source.resolve(rule.schema).items;
  const merged = mergeList(live, patch, rule.mergeKey, items, source, path);
  return mergeOrdered(merged.items, order ?? merged.patchItems, live, rule.mergeKey);
}

/** The one type that all elements have. */
function elementType(live: readonly unknown[], patch: readonly unknown[]): string | undefined {
  const types = new Set([...live, ...patch].map(goType));
  if (types.size > 1) {
    throw unexplained(`list element types are not identical: ${goText([live, patch])}`);
  }
  if (types.has('[]interface {}')) {
    throw unprocessable('lists of lists are not supported');
  }
  return [...types][0];
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
    if (!isObject(entry)) continue;
    const what = field(entry, directive);
    const key = field(entry, mergeKey);
    if (what === 'replace') replaceAll = true;
    else if (what === 'delete') {
      if (key === undefined) throw noMergeKey(entry, mergeKey);
      deleted.add(key);
    } else if (what === 'merge') {
      throw unexplained('merging lists cannot yet be specified in the patch');
    } else if (what === undefined) patchItems.push(entry);
    else throw unknownDirective(what, entry);
  }
  // `$patch: replace` in a list: what is left of the patch is the list.
  if (replaceAll) return { items: patchItems.map(withoutDirectives), patchItems };
  const items = live.filter((item) => !(isObject(item) && deleted.has(item[mergeKey])));
  // Looking through the list for each would take the square of its length.
  const places = placesOf(items, mergeKey);
  for (const entry of patchItems) {
    const key = field(entry, mergeKey);
    if (key === undefined) throw noMergeKey(entry, mergeKey);
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

/** The patch's own elements must be in the order of `$setElementOrder`, and all in it. */
function checkOrder(
  patch: readonly unknown[],
  order: readonly unknown[],
  mergeKey: string | undefined,
): void {
  if (order.length === 0) return;
  const keyOf = (entry: unknown): unknown => {
    if (mergeKey === undefined) return entry;
    if (!isObject(entry)) throw badType({}, entry);
    const key = field(entry, mergeKey);
    if (key === undefined) throw noMergeKey(entry, mergeKey);
    return key;
  };
  const own = patch.filter((entry) => !isObject(entry) || !(directive in entry));
  let at = 0;
  for (const entry of own) {
    const key = keyOf(entry);
    while (at < order.length && keyOf(order[at]) !== key) at += 1;
    if (at === order.length) {
      const words = `The order in patch list:\n${goText(patch)}\n doesn't match`;
      throw unexplained(`${words} ${setOrder.slice(0, -1)} list:\n${goText(order)}\n`);
    }
    at += 1;
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

function unknownDirective(value: unknown, patch: Json) {
  const what = typeof value === 'string' ? value : `%!s(${goType(value)}=${goText(value)})`;
  return unexplained(`unknown patch type: ${what} in map: ${goText(patch)}`);
}

function badType(wanted: unknown, value: unknown) {
  return unexplained(`expected a ${goType(wanted)}, but received a ${goType(value)}`);
}

function noMergeKey(entry: Json, mergeKey: string) {
  return unexplained(`map: ${goText(entry)} does not contain declared merge key: ${mergeKey}`);
}
