/**
 * Fills ClusterRoles that are put together from others: `admin`, `edit` and `view` take in the rules
 * of every role with the label, those of custom resources included.
 * https://kubernetes.io/docs/reference/access-authn-authz/rbac/#aggregated-clusterroles
 */
import { labelSelectorOf, matchesLabels } from '../../api/selector.ts';
import type { ClusterRole, rbac } from '../../api/types.ts';
import { at, clusterRoles } from '../../client/resources.ts';
import type { ControllerContext } from '../kit/context.ts';
import { canonicalJson, sameValue } from '../kit/equality.ts';
import { createLoop } from '../kit/loop.ts';

/** Starts the controller. */
export function runClusterRoleAggregation(context: ControllerContext): void {
  const { client, informers } = context;
  const loop = createLoop(context, 'clusterrole-aggregation', 2);
  const roles = informers.for<ClusterRole>(clusterRoles);
  const enqueueAggregates = () => {
    for (const role of roles.list()) {
      if (role.aggregationRule !== undefined) loop.queue.add(role.metadata.name);
    }
  };
  roles.subscribe({
    added: enqueueAggregates,
    updated: enqueueAggregates,
    deleted: enqueueAggregates,
  });
  loop.start([roles], async (name) => {
    const role = roles.get(name);
    if (role?.aggregationRule === undefined) return;
    const selectors = (role.aggregationRule.clusterRoleSelectors ?? []).map(labelSelectorOf);
    const sources = roles
      .list()
      .filter(({ metadata }) => metadata.name !== name)
      .filter(({ metadata }) =>
        selectors.some((selector) => matchesLabels(selector, metadata.labels ?? {})),
      )
      .sort((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1));
    const rules = new Map<string, rbac.PolicyRule>();
    for (const source of sources) {
      for (const rule of source.rules ?? []) rules.set(canonicalJson(rule), rule);
    }
    const next = [...rules.values()];
    if (sameValue(next, role.rules)) return;
    await client.update(at(clusterRoles, name), { ...role, rules: next } as ClusterRole);
  });
}
