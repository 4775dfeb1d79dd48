import type { ApiError } from '../../../api/status.ts';
import { forbidden } from '../../verbs/errors.ts';
import type { Attributes } from '../admission.ts';

/** The refusal of a write, with the object's name. */
export function refuse({ served, place, object }: Attributes, why: string): ApiError {
  return forbidden(served, place.name || (object?.metadata.name ?? ''), why);
}
