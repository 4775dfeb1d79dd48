/**
 * Role-based access control: roles are lists of rules, bindings give a role to subjects, in one
 * namespace or everywhere. Nothing is ever denied by a rule, only not allowed.
 * https://kubernetes.io/docs/reference/access-authn-authz/rbac/
 */
import type { ClusterRole, ClusterRoleBinding, Role, RoleBinding, rbac } from '../../api/types.ts';
import { mastersGroup, type User } from '../authentication/user.ts';
import type { Cache, ResourceCache } from '../registry/cache.ts';
import type { Action, Decision } from './attributes.ts';

export type Rule = rbac.PolicyRule;

interface Grant {
  readonly roleRef: rbac.RoleRef;
  /** Undefined: everywhere. */
  readonly namespace: string | undefined;
  readonly description: string;
}

const group = 'rbac.authorization.k8s.io';

export class Rbac {
  readonly #roles: ResourceCache;
  readonly #clusterRoles: ResourceCache;
  readonly #bindings: ResourceCache;
  readonly #clusterBindings: ResourceCache;
  /** Grants by subject; undefined after a binding has changed. */
  #grants: Map<string, Grant[]> | undefined;

  constructor(cache: Cache) {
    this.#roles = cache.resource(`${group}/roles`);
    this.#clusterRoles = cache.resource(`${group}/clusterroles`);
    this.#bindings = cache.resource(`${group}/rolebindings`);
    this.#clusterBindings = cache.resource(`${group}/clusterrolebindings`);
    const forget = () => {
      this.#grants = undefined;
    };
    this.#bindings.watch(forget);
    this.#clusterBindings.watch(forget);
  }

  authorize(user: User, action: Action): Decision {
    if (user.groups.includes(mastersGroup)) return { allowed: true, reason: '' };
    const namespace = action.type === 'resource' ? action.namespace : '';
    for (const { rules, description } of this.#granted(user, namespace)) {
      if (rules.some((rule) => covers(rule, action))) {
        return { allowed: true, reason: `RBAC: allowed by ${description}` };
      }
    }
    return { allowed: false, reason: '' };
  }

  /** Every rule that a role gives the user in a namespace; the masters' power is not from roles alone. */
  rulesFor(user: User, namespace: string): Rule[] {
    return [...this.#granted(user, namespace)].flatMap(({ rules }) => rules);
  }

  /** The rules of a role; undefined if there is no such role. */
  rulesOfRole(roleRef: rbac.RoleRef, namespace: string): readonly Rule[] | undefined {
    const key =
      roleRef.kind === 'ClusterRole'
        ? `${this.#clusterRoles.prefix}${roleRef.name}`
        : `${this.#roles.prefix}${namespace}/${roleRef.name}`;
    const cache = roleRef.kind === 'ClusterRole' ? this.#clusterRoles : this.#roles;
    const role = cache.get(key)?.object as unknown as Role | ClusterRole | undefined;
    return role && (role.rules ?? []);
  }

  *#granted(
    user: User,
    namespace: string,
  ): Generator<{ rules: readonly Rule[]; description: string }> {
    this.#grants ??= this.#index();
    for (const subject of subjectsOf(user)) {
      for (const grant of this.#grants.get(subject) ?? []) {
        if (grant.namespace !== undefined && grant.namespace !== namespace) continue;
        const rules = this.rulesOfRole(grant.roleRef, grant.namespace ?? '') ?? [];
        yield { rules, description: `${grant.description} to ${quoted(subject)}` };
      }
    }
  }

  #index(): Map<string, Grant[]> {
    const grants = new Map<string, Grant[]>();
    const add = (binding: RoleBinding | ClusterRoleBinding, namespace: string | undefined) => {
      const kind = namespace === undefined ? 'ClusterRoleBinding' : 'RoleBinding';
      const where = namespace === undefined ? '' : `/${namespace}`;
      const { roleRef } = binding;
      const description = `${kind} "${binding.metadata.name}${where}" of ${roleRef.kind} "${roleRef.name}"`;
      for (const subject of binding.subjects ?? []) {
        const key = subjectKey(subject, namespace);
        const list = grants.get(key);
        const grant = { roleRef, namespace, description };
        if (list === undefined) grants.set(key, [grant]);
        else list.push(grant);
      }
    };
    for (const item of this.#clusterBindings.items()) {
      add(item.object as unknown as ClusterRoleBinding, undefined);
    }
    for (const item of this.#bindings.items()) {
      const binding = item.object as unknown as RoleBinding;
      add(binding, binding.metadata.namespace ?? '');
    }
    return grants;
  }
}

function subjectKey(subject: rbac.Subject, namespace: string | undefined): string {
  if (subject.kind !== 'ServiceAccount') return `${subject.kind}:${subject.name}`;
  return `User:system:serviceaccount:${subject.namespace ?? namespace ?? ''}:${subject.name}`;
}

function subjectsOf(user: User): string[] {
  return [`User:${user.name}`, ...user.groups.map((name) => `Group:${name}`)];
}

function quoted(subject: string): string {
  const colon = subject.indexOf(':');
  return `${subject.slice(0, colon)} "${subject.slice(colon + 1)}"`;
}

/** True if the rule allows the action. */
export function covers(rule: Rule, action: Action): boolean {
  if (!includes(rule.verbs, action.verb)) return false;
  if (action.type === 'path') {
    return (rule.nonResourceURLs ?? []).some(
      (url) =>
        url === '*' ||
        url === action.path ||
        (url.endsWith('*') && action.path.startsWith(url.slice(0, -1))),
    );
  }
  const whole =
    action.subresource === '' ? action.resource : `${action.resource}/${action.subresource}`;
  const resources = rule.resources ?? [];
  const named = rule.resourceNames ?? [];
  return (
    includes(rule.apiGroups ?? [], action.group) &&
    (includes(resources, whole) ||
      (action.subresource !== '' && resources.includes(`*/${action.subresource}`))) &&
    (named.length === 0 || named.includes(action.name))
  );
}

function includes(list: readonly string[], value: string): boolean {
  return list.includes('*') || list.includes(value);
}
