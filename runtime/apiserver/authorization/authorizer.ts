/** Who may do what: nodes by what runs on them, and everybody, nodes included, by roles. */
import type { User } from '../authentication/user.ts';
import type { Cache } from '../registry/cache.ts';
import type { Action, Decision } from './attributes.ts';
import { NodeAuthorizer, nodeNameOf } from './node/node-authorizer.ts';
import { Rbac } from './rbac.ts';

export class Authorizer extends Rbac {
  readonly #nodes: NodeAuthorizer;

  constructor(cache: Cache) {
    super(cache);
    this.#nodes = new NodeAuthorizer(cache);
  }

  /** The reason of a refusal says what was missing, if anybody can say. */
  override authorize(user: User, action: Action): Decision {
    const node = nodeNameOf(user);
    if (node === undefined) return super.authorize(user, action);
    const decision = this.#nodes.authorize(node, user, action);
    if (decision.allowed) return decision;
    const byRole = super.authorize(user, action);
    return byRole.allowed ? byRole : decision;
  }
}
