/** JSON Merge Patch, RFC 7396. */

import { setField } from '../registry/json.ts';
import { malformed } from './errors.ts';
import { field, isObject, type Json } from './json.ts';

/**
 * Lays `patch` over `document`: objects merge field by field, null removes a field, anything else
 * replaces. Neither input is changed. Throws ApiError BadRequest if the patch is no object.
 */
export function mergePatch(document: unknown, patch: unknown): unknown {
  if (!isObject(patch)) throw malformed('a JSON merge patch must be an object');
  return merge(document, patch);
}

function merge(target: unknown, patch: unknown): unknown {
  if (!isObject(patch)) return patch;
  const base = isObject(target) ? target : {};
  const result: Json = { ...base };
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete result[key];
    else setField(result, key, merge(field(base, key), value));
  }
  return result;
}
