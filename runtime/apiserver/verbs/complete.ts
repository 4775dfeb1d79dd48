/** Defaults and checks, by the tables of built-in kinds or by a custom kind's schema. */
import { applyDefaults } from '../../api/defaults/defaults.ts';
import type { UnknownObject } from '../../api/object.ts';
import type { StatusCause } from '../../api/status.ts';
import { validateCreate, validateUpdate } from '../../api/validation/validate.ts';
import type { ServedResource } from '../registry/served.ts';

/** Fills in defaults, and takes out what a custom kind does not know. Changes the object. */
export function completeObject({ custom }: ServedResource, object: UnknownObject): void {
  if (custom === undefined) applyDefaults(object);
  else custom.complete(object);
}

/** What is wrong with the object; `previous` is undefined on create. */
export function causesOf(
  { custom }: ServedResource,
  object: UnknownObject,
  previous: UnknownObject | undefined,
): StatusCause[] {
  const causes = previous === undefined ? validateCreate(object) : validateUpdate(object, previous);
  // What was let in once must not keep an object from being deleted.
  if (custom === undefined || previous?.metadata.deletionTimestamp !== undefined) return causes;
  return [...causes, ...custom.validate(object, previous)];
}
