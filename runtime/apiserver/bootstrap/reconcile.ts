/**
 * Standard roles and bindings that are there already get what has been taken from them, or what a
 * newer version adds; what people have added stays. An annotation turns it off, object by object.
 * https://kubernetes.io/docs/reference/access-authn-authz/rbac/#auto-reconciliation
 */
import type { UnknownObject } from '../../api/object.ts';
import type { rbac } from '../../api/types.ts';
import { uncovered } from '../authorization/escalation.ts';
import { copyJson, sameJson } from '../registry/json.ts';

const autoupdate = 'rbac.authorization.kubernetes.io/autoupdate';

type Subject = rbac.Subject;
type Rule = rbac.PolicyRule;

/**
 * What `found` should be, given what it is from the start; undefined if nothing is missing.
 * 'replace' if it binds another role, which no update can change. Pure.
 */
export function reconciled(
  wanted: UnknownObject,
  found: UnknownObject,
): UnknownObject | 'replace' | undefined {
  if (found.metadata.annotations?.[autoupdate] === 'false') return undefined;
  if (wanted.roleRef !== undefined && !sameJson(wanted.roleRef, found.roleRef)) return 'replace';
  const next = copyJson(found) as UnknownObject;
  next.metadata.labels = { ...next.metadata.labels, ...wanted.metadata.labels };
  next.metadata.annotations = { ...next.metadata.annotations, ...wanted.metadata.annotations };
  if (wanted.aggregationRule !== undefined) {
    next.aggregationRule = withSelectors(wanted.aggregationRule, found.aggregationRule);
  } else if (wanted.rules !== undefined) {
    const rules = (found.rules ?? []) as Rule[];
    next.rules = [...rules, ...uncovered(rules, wanted.rules as Rule[])];
  }
  if (wanted.subjects !== undefined) {
    const subjects = (found.subjects ?? []) as Subject[];
    const missing = (wanted.subjects as Subject[]).filter(
      (subject) => !subjects.some((other) => isSame(subject, other)),
    );
    if (missing.length > 0) next.subjects = [...subjects, ...missing];
  }
  return sameJson(next, found) ? undefined : next;
}

function isSame(a: Subject, b: Subject): boolean {
  return a.kind === b.kind && a.name === b.name && (a.namespace ?? '') === (b.namespace ?? '');
}

interface Aggregation {
  clusterRoleSelectors?: unknown[];
}

function withSelectors(wanted: unknown, found: unknown): Aggregation {
  const own = (found as Aggregation | undefined)?.clusterRoleSelectors ?? [];
  const missing = ((wanted as Aggregation).clusterRoleSelectors ?? []).filter(
    (selector) => !own.some((other) => sameJson(other, selector)),
  );
  return { clusterRoleSelectors: [...own, ...missing] };
}
