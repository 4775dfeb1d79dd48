/** Selectors as the fake server sees them; unlike a real one it takes any path for a field. */
import type { KubeObject } from '../../api/object.ts';
import {
  matchesFields,
  matchesLabels,
  parseFieldSelector,
  parseLabelSelector,
} from '../../api/selector.ts';

/** Whether labels satisfy a selector such as `app=web,tier in (a, b),!old`. */
export function labelsMatch(selector: string | undefined, { metadata }: KubeObject): boolean {
  return matchesLabels(parseLabelSelector(selector ?? ''), metadata.labels);
}

/** Whether fields satisfy a selector such as `spec.nodeName=a,status.phase!=Failed`. */
export function fieldsMatch(selector: string | undefined, object: KubeObject): boolean {
  return matchesFields(parseFieldSelector(selector ?? ''), (field) => {
    let found: unknown = object;
    for (const step of field.split('.')) {
      found = (found as Record<string, unknown> | undefined)?.[step];
    }
    return found === undefined ? '' : String(found);
  });
}
