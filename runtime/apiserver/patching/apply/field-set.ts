/**
 * Sets of fields, in the very form that `metadata.managedFields[].fieldsV1` has, so that reading and
 * writing them costs nothing. A set is a tree; its edges are
 *
 *   f:image                                 a field, or an entry of a map
 *   k:{"containerPort":80,"protocol":"TCP"} the element of a list that has these keys
 *   v:"example.test/finalizer"              the element of a set with this value
 *   i:0                                     the element at an index
 *
 * A node is a member if it has no edges or has the edge `.`; so in
 *
 *   {"f:metadata": {"f:labels": {".": {}, "f:app": {}}}}
 *
 * `.metadata.labels` and `.metadata.labels.app` are members and `.metadata` is not. Sets are never
 * changed; what an operation leaves as it was is shared with its result.
 * https://kubernetes.io/docs/reference/using-api/server-side-apply/#field-management
 */
import { isObject } from '../json.ts';

export interface FieldSet {
  readonly [edge: string]: FieldSet;
}

export const emptySet: FieldSet = Object.freeze({});
/** The node of a member without members below. */
export const leaf: FieldSet = Object.freeze({});

/** Edges by field: a name that is put together anew each time would be hashed anew each time. */
const fieldEdges = new Map<string, string>();
/** Fields have few names, but the keys of labels and the like are without number. */
const mostFieldEdges = 5_000;

/** The edge that leads to a field or to an entry of a map. */
export function fieldEdge(key: string): string {
  let edge = fieldEdges.get(key);
  if (edge === undefined) {
    if (fieldEdges.size >= mostFieldEdges) fieldEdges.clear();
    edge = `f:${key}`;
    fieldEdges.set(key, edge);
  }
  return edge;
}

/** True if `value` is a tree of objects, as a set is. */
export function isFieldSet(value: unknown): value is FieldSet {
  if (!isObject(value)) return false;
  for (const edge in value) if (!isFieldSet(value[edge])) return false;
  return true;
}

/** True for a node that is itself a member. */
export function isMember(node: FieldSet): boolean {
  return '.' in node || isLeaf(node);
}

function isLeaf(node: FieldSet): boolean {
  // Asking any other takes as long as it has edges.
  if (node === leaf) return true;
  for (const _edge in node) return false;
  return true;
}

/** True for a whole set (not a node) without members. */
export const isEmpty = isLeaf;

/** A node of these children, undefined if nothing is left of it. */
export function makeNode(
  member: boolean,
  children: Readonly<Record<string, FieldSet>> | undefined,
): FieldSet | undefined {
  const empty = children === undefined || isLeaf(children);
  if (empty) return member ? leaf : undefined;
  return member ? { '.': leaf, ...children } : children;
}

/** What is in `a` or in `b`. */
export function union(a: FieldSet, b: FieldSet): FieldSet {
  if (isEmpty(a)) return b;
  if (isEmpty(b)) return a;
  return combine(a, b);
}

function combine(a: FieldSet, b: FieldSet): FieldSet {
  if (a === b) return a;
  let result: Record<string, FieldSet> | undefined;
  const own = isLeaf(a) ? { '.': leaf } : a;
  const other = isLeaf(b) ? { '.': leaf } : b;
  for (const edge in other) {
    const theirs = other[edge] ?? leaf;
    const ours = own[edge];
    const both = ours === undefined || edge === '.' ? theirs : combine(ours, theirs);
    if (ours === undefined || both !== ours) {
      result ??= { ...own };
      result[edge] = both;
    }
  }
  return result === undefined ? a : (makeNode('.' in result, withoutSelf(result)) ?? emptySet);
}

/** The children of a node: its edges but for `.`. They may be those of the node itself. */
export function withoutSelf(node: FieldSet): Readonly<Record<string, FieldSet>> {
  if (!('.' in node)) return node;
  const { '.': _self, ...children } = node;
  return children;
}

/** What is in `a` and not in `b`; members below a member of `b` stay. */
export function difference(a: FieldSet, b: FieldSet): FieldSet {
  return subtract(a, b, false, true) ?? emptySet;
}

/** What is in `a` and neither in `b` nor below a member of `b`. */
export function recursiveDifference(a: FieldSet, b: FieldSet): FieldSet {
  return subtract(a, b, true, true) ?? emptySet;
}

function subtract(
  a: FieldSet,
  b: FieldSet,
  recursive: boolean,
  root: boolean,
): FieldSet | undefined {
  const removed = !root && isMember(b);
  if (removed && recursive) return undefined;
  const wasMember = !root && isMember(a);
  let changed = removed && wasMember;
  let children: Record<string, FieldSet> | undefined;
  for (const edge in a) {
    if (edge === '.') continue;
    const ours = a[edge] ?? leaf;
    const theirs = b[edge];
    const left = theirs === undefined ? ours : subtract(ours, theirs, recursive, false);
    if (left !== ours) changed = true;
    if (left === undefined) continue;
    children ??= {};
    children[edge] = left;
  }
  return changed ? makeNode(wasMember && !removed, children) : a;
}

/** What is in both. */
export function intersection(a: FieldSet, b: FieldSet): FieldSet {
  return intersect(a, b, true) ?? emptySet;
}

function intersect(a: FieldSet, b: FieldSet, root: boolean): FieldSet | undefined {
  let children: Record<string, FieldSet> | undefined;
  for (const edge in a) {
    const theirs = b[edge];
    if (edge === '.' || theirs === undefined) continue;
    const both = intersect(a[edge] ?? leaf, theirs, false);
    if (both === undefined) continue;
    children ??= {};
    children[edge] = both;
  }
  return makeNode(!root && isMember(a) && isMember(b), children);
}

/** The set of a few paths of field names: `[['metadata', 'name'], ['status']]`. */
export function setOf(paths: readonly (readonly string[])[]): FieldSet {
  return paths.reduce<FieldSet>(
    (set, path) =>
      union(
        set,
        path.reduceRight<FieldSet>((below, name) => ({ [`f:${name}`]: below }), leaf),
      ),
    emptySet,
  );
}

/** The members' paths as people read them: `.spec.containers[name="web"].image`, in order. */
export function paths(set: FieldSet): string[] {
  const found: string[] = [];
  const walk = (node: FieldSet, prefix: string) => {
    for (const edge of Object.keys(node).sort()) {
      if (edge === '.') continue;
      const child = node[edge] ?? leaf;
      const path = prefix + printEdge(edge);
      if (isMember(child)) found.push(path);
      walk(child, path);
    }
  };
  walk(set, '');
  return found;
}

/** An edge as people read it: `.image`, `[name="web"]`. */
export function printEdge(edge: string): string {
  const rest = edge.slice(2);
  switch (edge.slice(0, 2)) {
    case 'f:':
      return `.${rest}`;
    case 'k:':
      return `[${printKeys(rest)}]`;
    case 'v:':
      return `[=${rest}]`;
    default:
      return `[${rest}]`;
  }
}

function printKeys(json: string): string {
  try {
    const keys: unknown = JSON.parse(json);
    if (isObject(keys)) {
      return Object.entries(keys)
        .map(([name, value]) => `${name}=${JSON.stringify(value)}`)
        .join(',');
    }
  } catch {
    // Written by somebody else and not JSON: shown as it is.
  }
  return json;
}
