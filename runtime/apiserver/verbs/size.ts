/**
 * How much may be in an object. The original's store refuses what is longer than 1.5 MiB, whatever is in
 * it; here it is the number of fields that costs: of each one it is looked up what it may be, whether it
 * has changed and who has set it, without a pause. Nobody's object comes near these limits, for no field
 * of the API is a map with thousands of members; but definitions of kinds, which few may make, grow large.
 */
import { type ApiError, apiError } from '../../api/status.ts';

/** Fields and elements of lists, at all depths. */
export const mostValues = 60_000;
/** The same of a CustomResourceDefinition. */
const mostOfDefinition = 300_000;
/** Fields of one map. */
export const mostMembers = 30_000;
/** Bytes, as stored: what a body may have, or nobody could send it back. */
const longest = 3 * 1024 * 1024;
/** Shorter texts cannot hold that many: a value takes two bytes, a member with its name five. */
const shortest = 128 * 1024;

/** Throws RequestEntityTooLarge for a value, read from so many bytes, that has too much in it. */
export function checkSize(value: unknown, bytes: number): void {
  if (bytes < shortest) return;
  const most = isDefinition(value) ? mostOfDefinition : mostValues;
  let left = most;
  const open: unknown[] = [value];
  while (open.length > 0) {
    const next = open.pop();
    if (typeof next !== 'object' || next === null) continue;
    const isList = Array.isArray(next);
    const values: unknown[] = isList ? next : Object.values(next);
    if (!isList && values.length > mostMembers)
      throw tooLarge(`a map with ${values.length} fields`, most);
    left -= values.length;
    if (left < 0) throw tooLarge('too many values', most);
    for (const inner of values) if (typeof inner === 'object') open.push(inner);
  }
}

/** As `checkSize`, for what is about to be stored: who has set what of it is not counted. */
export function checkStoredSize(object: { metadata?: object }, bytes: number): void {
  if (bytes < shortest) return;
  if (bytes > longest) {
    const why = `the object would have ${bytes} bytes; limit is ${longest}`;
    throw apiError('RequestEntityTooLarge', `Request entity too large: ${why}`);
  }
  const { managedFields: _, ...metadata } = (object.metadata ?? {}) as Record<string, unknown>;
  checkSize({ ...object, metadata }, bytes);
}

function isDefinition(value: unknown): boolean {
  return (value as { kind?: unknown } | undefined)?.kind === 'CustomResourceDefinition';
}

function tooLarge(what: string, most: number): ApiError {
  const limit = `limit is ${mostMembers} fields of a map and ${most} values in all`;
  return apiError('RequestEntityTooLarge', `Request entity too large: ${what}; ${limit}`);
}
