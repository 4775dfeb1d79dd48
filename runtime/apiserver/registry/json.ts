/** Copying, freezing and comparing plain JSON values. */

/**
 * A deep copy that holds no reference into the original. Members that are `undefined` are left out,
 * as JSON would leave them out.
 */
export function copyJson<T>(value: T): T {
  if (value === null || typeof value !== 'object') return value;
  if (Array.isArray(value)) return value.map((item) => copyJson(item ?? null)) as T;
  const copy: Record<string, unknown> = {};
  for (const key in value) {
    const member: unknown = value[key];
    if (member === undefined) continue;
    if (key === '__proto__') setField(copy, key, copyJson(member));
    else copy[key] = typeof member === 'object' ? copyJson(member) : member;
  }
  return copy as T;
}

/** Freezes a value and everything in it. What is frozen already is taken to be so all the way down. */
export function freezeJson<T>(value: T): T {
  if (value === null || typeof value !== 'object' || Object.isFrozen(value)) return value;
  for (const key in value) {
    const member: unknown = value[key];
    if (typeof member === 'object') freezeJson(member);
  }
  return Object.freeze(value);
}

/** True if both would be written as the same JSON, whatever the order of their members. */
export function sameJson(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (a === null || b === null || typeof a !== 'object' || typeof b !== 'object') return false;
  if (Array.isArray(a)) {
    if (!Array.isArray(b) || a.length !== b.length) return false;
    for (let index = 0; index < a.length; index++) {
      if (!sameJson(a[index], b[index])) return false;
    }
    return true;
  }
  return !Array.isArray(b) && sameBut(a, b, none);
}

const none: readonly string[] = [];

/** True if two objects are the same JSON but for some of their members. */
export function sameBut(a: object, b: object, omitted: readonly string[]): boolean {
  const left = a as Record<string, unknown>;
  const right = b as Record<string, unknown>;
  let members = 0;
  for (const name in left) {
    if (left[name] === undefined || omitted.includes(name)) continue;
    if (!Object.hasOwn(right, name) || !sameJson(left[name], right[name])) return false;
    members++;
  }
  for (const name in right) if (right[name] !== undefined && !omitted.includes(name)) members--;
  return members === 0;
}

/** The value at a path of member names, or undefined where the path breaks off. */
export function valueAt(value: unknown, ...path: readonly string[]): unknown {
  let at = value;
  for (const name of path) {
    if (at === null || typeof at !== 'object' || !Object.hasOwn(at, name)) return undefined;
    at = (at as Record<string, unknown>)[name];
  }
  return at;
}

/** The string at a path, or the empty string. Numbers and booleans come back written out. */
export function textAt(value: unknown, ...path: readonly string[]): string {
  const found = valueAt(value, ...path);
  if (typeof found === 'string') return found;
  return typeof found === 'number' || typeof found === 'boolean' ? String(found) : '';
}

/** Sets a member, also one called `__proto__`, which a plain assignment would not store. */
export function setField(target: Record<string, unknown>, key: string, value: unknown): void {
  if (key !== '__proto__') {
    target[key] = value;
    return;
  }
  Object.defineProperty(target, key, {
    value,
    enumerable: true,
    writable: true,
    configurable: true,
  });
}
