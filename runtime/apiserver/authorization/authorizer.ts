/** Who may do what: nodes by what runs on them, and everybody, nodes included, by roles. */
import type { rbac } from '../../api/types.ts';
import type { User } from '../authentication/user.ts';
import type { Cache } from '../registry/cache.ts';
import type { Action, Decision } from './attributes.ts';
import { NodeAuthorizer, nodeNameOf } from './node/node-authorizer.ts';
import { Rbac, type Rule } from './rbac.ts';

/** What a user may do in a namespace, as far as it can be written as rules. */
export interface KnownRules {
  readonly rules: readonly Rule[];
  /** Why the list is not all of it. */
  readonly error?: string;
}

export class Authorizer {
  readonly #roles: Rbac;
  readonly #nodes: NodeAuthorizer;

  constructor(cache: Cache) {
    this.#roles = new Rbac(cache);
    this.#nodes = new NodeAuthorizer(cache);
  }

  /** The reason of a refusal says what was missing, if anybody can say. */
  authorize(user: User, action: Action): Decision {
    const node = nodeNameOf(user);
    if (node === undefined) return this.#roles.authorize(user, action);
    const decision = this.#nodes.authorize(node, user, action);
    if (decision.allowed) return decision;
    const byRole = this.#roles.authorize(user, action);
    return byRole.allowed ? byRole : decision;
  }

  /** Every rule that roles give the user in a namespace. */
  rulesFor(user: User, namespace: string): KnownRules {
    const rules = this.#roles.rulesFor(user, namespace);
    if (nodeNameOf(user) === undefined) return { rules };
    return { rules, error: 'node authorizer does not support user rule resolution' };
  }

  /** The rules of a role; undefined if there is no such role. */
  rulesOfRole(roleRef: rbac.RoleRef, namespace: string): readonly Rule[] | undefined {
    return this.#roles.rulesOfRole(roleRef, namespace);
  }
}
