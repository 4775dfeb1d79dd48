/**
 * Nobody can give away rights that they do not have: writing a role needs every right in it (or the
 * verb `escalate`), writing a binding needs every right of the role (or the verb `bind`).
 * https://kubernetes.io/docs/reference/access-authn-authz/rbac/#privilege-escalation-prevention-and-bootstrapping
 */
import { apiError } from '../../api/status.ts';
import type { rbac } from '../../api/types.ts';
import type { AdmissionPlugin, Attributes } from '../admission/admission.ts';
import { sameJson } from '../registry/json.ts';
import type { Action } from './attributes.ts';
import type { Rbac, Rule } from './rbac.ts';

const group = 'rbac.authorization.k8s.io';

export function escalationCheck(authorizer: Rbac): AdmissionPlugin {
  return {
    name: 'rbac-escalation',
    validate(attributes) {
      const { served, operation, object } = attributes;
      if (served.kind.group !== group || operation === 'DELETE' || object === undefined) return;
      if (served.kind.kind.endsWith('Binding')) checkBinding(authorizer, attributes);
      else checkRole(authorizer, attributes);
    },
  };
}

function checkRole(authorizer: Rbac, attributes: Attributes): void {
  const { object, previous, call } = attributes;
  const role = object as { rules?: Rule[]; aggregationRule?: unknown };
  if (previous !== undefined && sameJson(role.rules ?? [], previous.rules ?? [])) return;
  if (may(authorizer, attributes, 'escalate', attributes.place.name)) return;
  const everything = { verbs: ['*'], apiGroups: ['*'], resources: ['*'] };
  const wanted = role.aggregationRule === undefined ? (role.rules ?? []) : [everything];
  const lacking = beyond(authorizer, attributes, wanted);
  if (lacking.length > 0) throw tooMuch(attributes, call.user.name, lacking);
}

function checkBinding(authorizer: Rbac, attributes: Attributes): void {
  const { object, previous, place, call } = attributes;
  const { roleRef } = object as unknown as { roleRef: rbac.RoleRef };
  if (previous !== undefined && sameJson(previous.subjects ?? [], object?.subjects ?? [])) return;
  if (may(authorizer, attributes, 'bind', roleRef.name)) return;
  const lacking = beyond(authorizer, attributes, authorizer.rulesOfRole(roleRef, place.namespace));
  if (lacking.length > 0) throw tooMuch(attributes, call.user.name, lacking);
}

function may(authorizer: Rbac, attributes: Attributes, verb: string, name: string): boolean {
  const { served, place, call } = attributes;
  const { kind } = served;
  const resource =
    verb === 'bind'
      ? (attributes.object as { roleRef?: { kind?: string } }).roleRef?.kind === 'ClusterRole'
        ? 'clusterroles'
        : 'roles'
      : kind.resource;
  const action: Action = {
    type: 'resource',
    verb,
    group,
    version: kind.version,
    resource,
    subresource: '',
    namespace: place.namespace,
    name,
  };
  return authorizer.authorize(call.user, action).allowed;
}

/** The rules, taken apart to single rights, that the user does not have. */
function beyond(authorizer: Rbac, attributes: Attributes, rules: readonly Rule[]): Rule[] {
  const own = authorizer.rulesFor(attributes.call.user, attributes.place.namespace);
  return rules.flatMap(singleRules).filter((single) => !own.some((rule) => includes(rule, single)));
}

function singleRules(rule: Rule): Rule[] {
  const singles: Rule[] = [];
  for (const verb of rule.verbs) {
    for (const url of rule.nonResourceURLs ?? [])
      singles.push({ verbs: [verb], nonResourceURLs: [url] });
    for (const apiGroup of rule.apiGroups ?? []) {
      for (const resource of rule.resources ?? []) {
        for (const name of rule.resourceNames?.length ? rule.resourceNames : [undefined]) {
          singles.push({
            verbs: [verb],
            apiGroups: [apiGroup],
            resources: [resource],
            ...(name === undefined ? {} : { resourceNames: [name] }),
          });
        }
      }
    }
  }
  return singles;
}

/** Does `rule` hold all of a single right? */
function includes(rule: Rule, single: Rule): boolean {
  const has = (list: readonly string[] | undefined, value: string | undefined) =>
    value === undefined || list?.includes('*') === true || list?.includes(value) === true;
  if (!has(rule.verbs, single.verbs[0])) return false;
  const [url] = single.nonResourceURLs ?? [];
  if (url !== undefined) {
    return (rule.nonResourceURLs ?? []).some(
      (own) =>
        own === url || own === '*' || (own.endsWith('*') && url.startsWith(own.slice(0, -1))),
    );
  }
  const names = rule.resourceNames ?? [];
  const [name] = single.resourceNames ?? [];
  return (
    has(rule.apiGroups, single.apiGroups?.[0]) &&
    has(rule.resources, single.resources?.[0]) &&
    (names.length === 0 || (name !== undefined && names.includes(name)))
  );
}

function tooMuch(attributes: Attributes, user: string, lacking: readonly Rule[]) {
  const { served, place } = attributes;
  const groups = JSON.stringify(attributes.call.user.groups).replaceAll(',', ' ');
  const rules = lacking.map((rule) => {
    const parts = rule.nonResourceURLs
      ? [`NonResourceURLs:${JSON.stringify(rule.nonResourceURLs)}`]
      : [
          `APIGroups:${JSON.stringify(rule.apiGroups)}`,
          `Resources:${JSON.stringify(rule.resources)}`,
        ];
    if (rule.resourceNames) parts.push(`ResourceNames:${JSON.stringify(rule.resourceNames)}`);
    return `{${[...parts, `Verbs:${JSON.stringify(rule.verbs)}`].join(', ')}}`;
  });
  return apiError(
    'Forbidden',
    `${served.qualifiedName} "${place.name}" is forbidden: user "${user}" (groups=${groups}) is ` +
      `attempting to grant RBAC permissions not currently held:\n${rules.join('\n')}`,
    { name: place.name, group, kind: served.kind.resource },
  );
}
