/** JSON values, as bodies and patches are made of them. Everything here leaves its input alone. */

export type Json = Record<string, unknown>;

/** An object that is neither a list nor null. */
export function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A field of the object's own; `toString` and the like are no fields. */
export function field(object: Json, key: string): unknown {
  return Object.hasOwn(object, key) ? object[key] : undefined;
}
