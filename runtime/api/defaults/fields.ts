/**
 * Small steps that every kind's defaulting is made of. Bodies come from people, so a list may hold
 * anything: what has not the right shape is left for the structural check to name.
 */

/** An object that is neither a list nor null. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The entries of a list that are objects; nothing if it is no list. */
export function entries<T>(list: readonly T[] | undefined): T[] {
  return Array.isArray(list) ? list.filter((entry: T) => isRecord(entry)) : [];
}

/** Without `readonly`, which kubernetes-types puts on every status. */
export type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** The value, if it is an object. */
export function record<T>(value: T | undefined): T | undefined {
  return isRecord(value) ? value : undefined;
}

/** Adds to `target` what it has no entry for. */
export function fillMissing<T>(target: Record<string, T>, from: Record<string, T> | undefined) {
  for (const [key, value] of Object.entries(record(from) ?? {})) {
    if (!Object.hasOwn(target, key)) target[key] = value;
  }
}

/** True for a map with at least one entry. */
export function hasEntries(value: unknown): boolean {
  return isRecord(value) && Object.keys(value).length > 0;
}

/** The object at `parent[key]`, made where there is none; undefined where something else is. */
export function ensure<T extends object, K extends keyof T>(
  parent: T,
  key: K,
): NonNullable<T[K]> | undefined {
  parent[key] ??= {} as NonNullable<T[K]>;
  return record(parent[key]) as NonNullable<T[K]> | undefined;
}
