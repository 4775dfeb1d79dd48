/** What in the expressions of policies does not fit the kinds that they are about. */

import type { PolicyExpressions } from '../../runtime/api/expressions/policy-spec.ts';
import { typeCheck } from '../../runtime/api/expressions/policy-types.ts';
import { findResource } from '../../runtime/api/kinds.ts';
import type { KubeObject } from '../../runtime/api/object.ts';
import { at } from '../references/fields.ts';
import type { Resource } from '../routing/manifest-file.ts';
import { valueRange } from '../routing/ranges.ts';
import type { Catalog } from '../schemas/catalog.ts';
import { placeInExpression } from './expression-place.ts';
import type { Problem } from './problem.ts';
import { isWithin, parseFieldPath, type Refusal } from './semantics.ts';

/**
 * Fields that the kinds do not have: the server says so in the policy's status, and takes it.
 * @param object the resource as a server would have it
 * @param refusals what it does not take, of which nothing more is said
 */
export function expressionWarnings(
  resource: Resource,
  object: KubeObject,
  catalog: Catalog,
  refusals: readonly Refusal[],
): Problem[] {
  if (object.kind !== 'ValidatingAdmissionPolicy') return [];
  const { spec } = object as { spec?: PolicyExpressions };
  const found = typeCheck(spec ?? {}, {
    forKind: (kind) => catalog.forKind(kind),
    resolve: (schema) => catalog.resolve(schema),
    kindOf: (group, version, plural) =>
      findResource(group, version, plural) ?? catalog.customKindOf(group, version, plural),
  });
  return found.flatMap(({ fieldRef, warning }) => {
    const path = parseFieldPath(fieldRef);
    const [start, end] = valueRange(resource, path);
    if (refusals.some((refusal) => isWithin(path, refusal.path))) return [];
    const within = placeInExpression(warning, at(resource.value, path));
    const base = { rule: 'invalid-value', severity: 'warning', start, end } as const;
    return [{ ...base, message: warning, ...(within && { within }) }];
  });
}
