/** Label and field selectors of a request, as one test. */
import type { UnknownObject } from '../../api/object.ts';
import { matchesLabels, parseFieldSelector, parseLabelSelector } from '../../api/selector.ts';
import { apiError } from '../../api/status.ts';
import { fieldGetter, hasOwnFields } from './fields.ts';
import type { ServedKind } from './served.ts';

export interface Selection {
  /** The selector asks for one name: the object can be looked up. */
  readonly name: string | undefined;
  matches(object: UnknownObject): boolean;
}

/** Undefined if everything is selected. Throws BadRequest for what cannot be parsed or is unknown. */
export function selectionOf(
  kind: ServedKind,
  labelSelector: string | undefined,
  fieldSelector: string | undefined,
): Selection | undefined {
  if (!labelSelector && !fieldSelector) return undefined;
  const labels = labelSelector ? parsed(() => parseLabelSelector(labelSelector)) : undefined;
  const fields = (fieldSelector ? parsed(() => parseFieldSelector(fieldSelector)) : []).map(
    (requirement) => {
      const get = fieldGetter(kind, requirement.field);
      if (get === undefined) {
        throw apiError('BadRequest', unsupported(kind, requirement.field));
      }
      return { ...requirement, get, equal: requirement.operator !== '!=' };
    },
  );
  return {
    name: fields.find(({ field, equal }) => field === 'metadata.name' && equal)?.value,
    matches: (object) =>
      (labels === undefined || matchesLabels(labels, object.metadata.labels ?? {})) &&
      fields.every(({ get, value, equal }) => (get(object) === value) === equal),
  };
}

function parsed<T>(parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    throw apiError('BadRequest', error instanceof Error ? error.message : String(error));
  }
}

function unsupported(kind: ServedKind, field: string): string {
  // Of Jobs the original has words of their own.
  if (kind.group === 'batch' && kind.kind === 'Job') {
    return `field label ${JSON.stringify(field)} not supported for batchv1.Job`;
  }
  return hasOwnFields(kind)
    ? `field label not supported: ${field}`
    : `"${field}" is not a known field selector: only "metadata.name", "metadata.namespace"`;
}
