/**
 * Nobody can give away rights that they do not have: writing a role needs every right in it (or the
 * verb `escalate`), writing a binding needs every right of the role (or the verb `bind`).
 * https://kubernetes.io/docs/reference/access-authn-authz/rbac/#privilege-escalation-prevention-and-bootstrapping
 */
import type { UnknownObject } from '../../api/object.ts';
import { notFound } from '../../api/status.ts';
import type { rbac } from '../../api/types.ts';
import type { AdmissionPlugin, Attributes } from '../admission/admission.ts';
import { mastersGroup } from '../authentication/user.ts';
import { sameJson } from '../registry/json.ts';
import { forbidden } from '../verbs/errors.ts';
import type { Action } from './attributes.ts';
import type { Authorizer } from './authorizer.ts';
import type { Rule } from './rbac.ts';

const group = 'rbac.authorization.k8s.io';

export function escalationCheck(authorizer: Authorizer): AdmissionPlugin {
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

function checkRole(authorizer: Authorizer, attributes: Attributes): void {
  const { object, previous, place } = attributes;
  if (previous !== undefined && onlyForCollector(object, previous)) return;
  if (may(authorizer, attributes, 'escalate', place.name)) return;
  const role = object as { rules?: Rule[]; aggregationRule?: unknown };
  const lacking = beyond(authorizer, attributes, role.rules ?? []);
  if (lacking.length > 0) throw tooMuch(attributes, lacking);
  // Such a rule can gather anything, so it takes all rights to set one, or to take one away.
  if (role.aggregationRule === undefined && previous?.aggregationRule === undefined) return;
  if (beyond(authorizer, attributes, everything).length > 0) {
    const why = 'must have cluster-admin privileges to use an aggregationRule';
    throw forbidden(attributes.served, place.name, why);
  }
}

const everything: readonly Rule[] = [
  { verbs: ['*'], apiGroups: ['*'], resources: ['*'] },
  { verbs: ['*'], nonResourceURLs: ['*'] },
];

function checkBinding(authorizer: Authorizer, attributes: Attributes): void {
  const { object, previous, place } = attributes;
  if (previous !== undefined && onlyForCollector(object, previous)) return;
  const { roleRef } = object as unknown as { roleRef: rbac.RoleRef };
  if (may(authorizer, attributes, 'bind', roleRef.name)) return;
  const rules = authorizer.rulesOfRole(roleRef, place.namespace);
  if (rules === undefined) {
    const resource = roleRef.kind === 'ClusterRole' ? 'clusterroles' : 'roles';
    throw notFound(group, resource, roleRef.name);
  }
  const lacking = beyond(authorizer, attributes, rules);
  if (lacking.length > 0) throw tooMuch(attributes, lacking);
}

/** Owners and finalizers may be changed by who is not allowed the rights: else nothing could go. */
function onlyForCollector(next: UnknownObject | undefined, previous: UnknownObject): boolean {
  const rest = ({ metadata, ...others }: UnknownObject) => {
    const { ownerReferences: _, finalizers: __, managedFields: ___, ...kept } = metadata;
    return { ...others, metadata: kept };
  };
  return next !== undefined && sameJson(rest(next), rest(previous));
}

function may(authorizer: Authorizer, attributes: Attributes, verb: string, name: string): boolean {
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
function beyond(authorizer: Authorizer, attributes: Attributes, rules: readonly Rule[]): Rule[] {
  const { user } = attributes.call;
  if (user.groups.includes(mastersGroup)) return [];
  const own = authorizer.rulesFor(user, attributes.place.namespace).rules;
  return uncovered(own, rules);
}

/** The rights in `wanted`, each a rule of its own, that no rule of `own` holds. Pure. */
export function uncovered(own: readonly Rule[], wanted: readonly Rule[]): Rule[] {
  return wanted
    .flatMap(singleRules)
    .filter((single) => !own.some((rule) => includes(rule, single)));
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
    hasResource(rule.resources ?? [], single.resources?.[0] ?? '') &&
    (names.length === 0 || (name !== undefined && names.includes(name)))
  );
}

// With a star before its slash it holds that subresource of everything.
function hasResource(own: readonly string[], wanted: string): boolean {
  const slash = wanted.indexOf('/');
  const ofAll = slash > 0 && own.includes(`*${wanted.slice(slash)}`);
  return own.includes('*') || own.includes(wanted) || ofAll;
}

function tooMuch({ served, place, call }: Attributes, lacking: readonly Rule[]) {
  const rules = compacted(lacking).map(printed).sort();
  const why =
    `user "${call.user.name}" (groups=${quoted(call.user.groups)}) is attempting to grant RBAC ` +
    `permissions not currently held:\n${rules.join('\n')}`;
  return forbidden(served, place.name, why);
}

/** Rights on the same resource become one rule again. */
function compacted(singles: readonly Rule[]): Rule[] {
  const byTarget = new Map<string, Rule>();
  for (const { verbs, ...target } of singles) {
    const key = JSON.stringify(target);
    const found = byTarget.get(key);
    byTarget.set(key, { ...target, verbs: [...(found?.verbs ?? []), ...verbs] });
  }
  return [...byTarget.values()];
}

function printed(rule: Rule): string {
  const parts: [string, readonly string[] | undefined][] = [
    ['APIGroups', rule.apiGroups],
    ['Resources', rule.resources],
    ['NonResourceURLs', rule.nonResourceURLs],
    ['ResourceNames', rule.resourceNames],
    ['Verbs', rule.verbs],
  ];
  const there = parts.filter(([, list]) => list !== undefined && list.length > 0);
  return `{${there.map(([name, list = []]) => `${name}:${quoted(list)}`).join(', ')}}`;
}

/** As Go prints a list of strings. */
function quoted(list: readonly string[]): string {
  return `[${list.map((text) => JSON.stringify(text)).join(' ')}]`;
}
