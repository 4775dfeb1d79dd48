/** JSON Patch, RFC 6902. */
import { apiError } from '../../api/status.ts';
import { sameJson, setField } from '../registry/json.ts';
import { malformed, unprocessable } from './errors.ts';
import { field, isObject, type Json } from './json.ts';

/** More would let one small request keep the server busy. */
const maxOperations = 10_000;
/** More parts of a path than any document has levels. */
const deepest = 1000;
/** How much longer copies may make the document, in characters of JSON: as long as a body may be. */
const maxCopied = 3 * 1024 * 1024;

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
      `Request entity too large: The allowed maximum operations in a JSON patch is ${maxOperations}, got ${operations.length}`,
    );
  }
  return new Patching().apply(document, operations.map(parseOperation));
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
      throw unprocessable(`Unexpected kind: ${String(op)}`);
  }
}

/** Splits a JSON pointer (RFC 6901): `/metadata/labels/a~1b` is metadata, labels, `a/b`. */
export function parsePointer(pointer: unknown, what: string): string[] {
  if (typeof pointer !== 'string') throw malformed(`${what} must be a JSON pointer`);
  if (pointer === '') return [];
  if (!pointer.startsWith('/')) throw malformed(`${what} "${pointer}" must start with "/"`);
  const tokens = pointer.slice(1).split('/', deepest + 1);
  if (tokens.length > deepest) throw malformed(`${what} leads deeper than any object is`);
  return tokens.map((token) => token.replaceAll('~1', '/').replaceAll('~0', '~'));
}

/**
 * One patch at work. What it made itself it may change in place: ten thousand operations on a list of
 * ten thousand entries must not copy the list ten thousand times. All else is copied when it changes.
 */
class Patching {
  readonly #own = new WeakSet<object>();
  #copied = 0;

  apply(document: unknown, operations: readonly Operation[]): unknown {
    let result = document;
    for (const operation of operations) result = this.#operate(result, operation);
    return result;
  }

  #operate(document: unknown, operation: Operation): unknown {
    switch (operation.op) {
      case 'add':
        return this.#add(document, operation.path, operation.value);
      case 'remove':
        return this.#remove(document, operation.path);
      case 'replace':
        return this.#replace(document, operation.path, operation.value);
      case 'test':
        return test(document, operation.path, operation.value);
      case 'copy': {
        const value = this.#copy(mustFind(document, operation.from, 'copy'));
        return this.#add(document, operation.path, value);
      }
      case 'move': {
        const value = mustFind(document, operation.from, 'move');
        const inside =
          operation.path.length > operation.from.length &&
          operation.from.every((token, i) => token === operation.path[i]);
        if (inside) throw refusal(operation.path, 'a value cannot be moved into itself');
        return this.#add(this.#remove(document, operation.from), operation.path, value);
      }
    }
  }

  /** A value of its own, for a second place: a value in two places would be changed in both. */
  #copy(value: unknown): unknown {
    const text = JSON.stringify(value);
    this.#copied += text.length;
    if (this.#copied > maxCopied) {
      throw unprocessable(
        `Unable to complete the copy, the accumulated size increase of copy is ${this.#copied}, exceeding the limit ${maxCopied}`,
        '',
      );
    }
    return JSON.parse(text) as unknown;
  }

  #add(document: unknown, path: readonly string[], value: unknown): unknown {
    if (path.length === 0) return value;
    return this.#updateParent(document, path, 'add', (parent, key) => {
      if (isObject(parent)) return setField(parent, key, value);
      const index = key === '-' ? parent.length : indexIn(parent.length + 1, key);
      if (index === undefined) throw missing(path, 'add');
      parent.splice(index, 0, value);
    });
  }

  #remove(document: unknown, path: readonly string[]): unknown {
    if (path.length === 0) throw refusal(path, 'the whole document cannot be removed');
    return this.#updateParent(document, path, 'remove', (parent, key) => {
      if (isObject(parent)) {
        if (!Object.hasOwn(parent, key)) throw missing(path, 'remove');
        delete parent[key];
        return;
      }
      const index = indexIn(parent.length, key);
      if (index === undefined) throw missing(path, 'remove');
      parent.splice(index, 1);
    });
  }

  #replace(document: unknown, path: readonly string[], value: unknown): unknown {
    if (path.length === 0) return value;
    return this.#updateParent(document, path, 'replace', (parent, key) => {
      if (isObject(parent)) {
        if (!Object.hasOwn(parent, key)) throw missing(path, 'replace');
        return setField(parent, key, value);
      }
      const index = indexIn(parent.length, key);
      if (index === undefined) throw missing(path, 'replace');
      parent[index] = value;
    });
  }

  /** Makes the containers along `path` the patch's own and lets `change` alter the last one. */
  #updateParent(
    document: unknown,
    path: readonly string[],
    operation: string,
    change: (parent: Json | unknown[], key: string) => void,
  ): unknown {
    const root = this.#owned(document);
    let node = root;
    for (const [depth, key] of path.entries()) {
      if (node === undefined) throw missing(path, operation);
      if (depth === path.length - 1) {
        change(node, key);
        break;
      }
      const child = step(node, key);
      if (child === undefined) throw missing(path, operation);
      const owned = this.#owned(child.value);
      if (owned !== undefined && owned !== child.value) {
        if (isObject(node)) setField(node, key, owned);
        else node[indexIn(node.length, key) ?? 0] = owned;
      }
      node = owned;
    }
    return root;
  }

  /** The container itself if it is the patch's own, else a copy that is; undefined for what holds nothing. */
  #owned(value: unknown): Json | unknown[] | undefined {
    if (!isObject(value) && !Array.isArray(value)) return undefined;
    if (this.#own.has(value)) return value;
    const copy = Array.isArray(value) ? [...(value as unknown[])] : { ...value };
    this.#own.add(copy);
    return copy;
  }
}

function test(document: unknown, path: readonly string[], value: unknown): unknown {
  const found = lookUp(document, path);
  if (sameJson(found.value ?? null, value)) return document;
  throw refusal(path, `testing value ${pointer(path)} failed: test failed`);
}

function step(
  node: Record<string, unknown> | unknown[],
  key: string,
): { value: unknown } | undefined {
  if (isObject(node)) return Object.hasOwn(node, key) ? { value: field(node, key) } : undefined;
  const index = indexIn(node.length, key);
  return index === undefined ? undefined : { value: node[index] };
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

/**
 * The place among `length` that a token names, as the original reads it and not only as RFC 6901 writes
 * it: signs and leading zeros are fine, and -1 is the last one.
 */
function indexIn(length: number, token: string): number | undefined {
  if (!/^[+-]?\d{1,10}$/.test(token)) return undefined;
  const index = Number(token);
  const place = index < 0 ? index + length : index;
  return place >= 0 && place < length ? place : undefined;
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
