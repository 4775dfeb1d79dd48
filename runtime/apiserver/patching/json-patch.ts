/** JSON Patch, RFC 6902. */
import { apiError } from '../../api/status.ts';
import { malformed, unprocessable } from './errors.ts';
import { field, isObject, sameJson, setField } from './json.ts';

/** More would let one small request keep the server busy. */
const maxOperations = 10_000;
/** How much longer than the document copies may make it, in operations' worth of values. */
const maxCopies = 1000;

type Operation =
  | { op: 'add' | 'replace' | 'test'; path: string[]; value: unknown }
  | { op: 'remove'; path: string[] }
  | { op: 'move' | 'copy'; path: string[]; from: string[] };

/**
 * Applies `operations` in order and gives the result; `document` stays as it is and the result
 * shares what did not change. Throws ApiError: BadRequest where the patch is not well formed,
 * RequestEntityTooLarge past 10,000 operations, Invalid (422) where an operation does not apply.
 */
export function jsonPatch(document: unknown, operations: unknown): unknown {
  if (!Array.isArray(operations)) {
    throw malformed('a JSON patch must be a list of operations');
  }
  if (operations.length > maxOperations) {
    throw apiError(
      'RequestEntityTooLarge',
      `The allowed maximum operations in a JSON patch is ${maxOperations}, got ${operations.length}`,
    );
  }
  const parsed = operations.map(parseOperation);
  if (parsed.filter(({ op }) => op === 'copy').length > maxCopies) {
    throw apiError(
      'RequestEntityTooLarge',
      `The allowed maximum of copy operations in a JSON patch is ${maxCopies}`,
    );
  }
  return parsed.reduce(applyOperation, document);
}

function parseOperation(operation: unknown, index: number): Operation {
  if (!isObject(operation)) throw malformed(`operation ${index} of the JSON patch is no object`);
  const { op } = operation;
  const path = parsePointer(operation.path, `operation ${index}: path`);
  switch (op) {
    case 'add':
    case 'replace':
    case 'test':
      // A missing value of `test` means null, as everywhere in the original.
      if (op !== 'test' && !Object.hasOwn(operation, 'value')) {
        throw malformed(`operation ${index}: "${op}" needs a value`);
      }
      return { op, path, value: operation.value ?? null };
    case 'remove':
      return { op, path };
    case 'move':
    case 'copy':
      return { op, path, from: parsePointer(operation.from, `operation ${index}: from`) };
    default:
      throw malformed(`Unexpected kind: ${String(op)}`);
  }
}

/** Splits a JSON pointer (RFC 6901): `/metadata/labels/a~1b` is metadata, labels, `a/b`. */
export function parsePointer(pointer: unknown, what: string): string[] {
  if (typeof pointer !== 'string') throw malformed(`${what} must be a JSON pointer`);
  if (pointer === '') return [];
  if (!pointer.startsWith('/')) throw malformed(`${what} "${pointer}" must start with "/"`);
  return pointer
    .slice(1)
    .split('/')
    .map((token) => token.replaceAll('~1', '/').replaceAll('~0', '~'));
}

function applyOperation(document: unknown, operation: Operation): unknown {
  switch (operation.op) {
    case 'add':
      return add(document, operation.path, operation.value);
    case 'remove':
      return remove(document, operation.path);
    case 'replace':
      return replace(document, operation.path, operation.value);
    case 'test': {
      const found = lookUp(document, operation.path);
      if (!sameJson(found.value ?? null, operation.value)) {
        throw refusal(
          operation.path,
          `testing value ${pointer(operation.path)} failed: test failed`,
        );
      }
      return document;
    }
    case 'copy':
      return add(document, operation.path, mustFind(document, operation.from, 'copy'));
    case 'move': {
      const value = mustFind(document, operation.from, 'move');
      const inside =
        operation.path.length > operation.from.length &&
        operation.from.every((token, i) => token === operation.path[i]);
      if (inside) throw refusal(operation.path, 'a value cannot be moved into itself');
      return add(remove(document, operation.from), operation.path, value);
    }
  }
}

function add(document: unknown, path: readonly string[], value: unknown): unknown {
  if (path.length === 0) return value;
  return updateParent(document, path, 'add', (parent, key) => {
    if (isObject(parent)) return withField(parent, key, value);
    const index = key === '-' ? parent.length : parseIndex(key);
    if (index === undefined || index > parent.length) throw missing(path, 'add');
    return parent.toSpliced(index, 0, value);
  });
}

function remove(document: unknown, path: readonly string[]): unknown {
  if (path.length === 0) throw refusal(path, 'the whole document cannot be removed');
  return updateParent(document, path, 'remove', (parent, key) => {
    if (isObject(parent)) {
      if (!Object.hasOwn(parent, key)) throw missing(path, 'remove');
      const { [key]: _removed, ...rest } = parent;
      return rest;
    }
    const index = parseIndex(key);
    if (index === undefined || index >= parent.length) throw missing(path, 'remove');
    return parent.toSpliced(index, 1);
  });
}

function replace(document: unknown, path: readonly string[], value: unknown): unknown {
  if (path.length === 0) return value;
  return updateParent(document, path, 'replace', (parent, key) => {
    if (isObject(parent)) {
      if (!Object.hasOwn(parent, key)) throw missing(path, 'replace');
      return withField(parent, key, value);
    }
    const index = parseIndex(key);
    if (index === undefined || index >= parent.length) throw missing(path, 'replace');
    return parent.with(index, value);
  });
}

function withField(object: Record<string, unknown>, key: string, value: unknown) {
  const copy = { ...object };
  setField(copy, key, value);
  return copy;
}

/** Copies the containers along `path` and lets `change` remake the last one. */
function updateParent(
  node: unknown,
  path: readonly string[],
  operation: string,
  change: (parent: Record<string, unknown> | unknown[], key: string) => unknown,
  depth = 0,
): unknown {
  const key = path[depth];
  if (key === undefined || !(isObject(node) || Array.isArray(node))) throw missing(path, operation);
  if (depth === path.length - 1) return change(node, key);
  const child = step(node, key);
  if (child === undefined) throw missing(path, operation);
  const changed = updateParent(child.value, path, operation, change, depth + 1);
  if (isObject(node)) return withField(node, key, changed);
  return node.with(parseIndex(key) ?? 0, changed);
}

function step(
  node: Record<string, unknown> | unknown[],
  key: string,
): { value: unknown } | undefined {
  if (isObject(node)) return Object.hasOwn(node, key) ? { value: field(node, key) } : undefined;
  const index = parseIndex(key);
  return index !== undefined && index < node.length ? { value: node[index] } : undefined;
}

function lookUp(document: unknown, path: readonly string[]): { found: boolean; value?: unknown } {
  let node = document;
  for (const key of path) {
    if (!isObject(node) && !Array.isArray(node)) return { found: false };
    const next = step(node, key);
    if (next === undefined) return { found: false };
    node = next.value;
  }
  return { found: true, value: node };
}

function mustFind(document: unknown, path: readonly string[], operation: string): unknown {
  const { found, value } = lookUp(document, path);
  if (!found) throw missing(path, operation);
  return value;
}

/** An index as RFC 6901 writes it: no sign, no leading zero. */
function parseIndex(token: string): number | undefined {
  return /^(0|[1-9]\d{0,9})$/.test(token) ? Number(token) : undefined;
}

function pointer(path: readonly string[]): string {
  return path.map((token) => `/${token.replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}

function missing(path: readonly string[], operation: string) {
  return refusal(
    path,
    `${operation} operation does not apply: doc is missing path: "${pointer(path)}": missing value`,
  );
}

function refusal(path: readonly string[], detail: string) {
  return unprocessable(detail, pointer(path));
}
