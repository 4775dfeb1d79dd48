import { at } from '../../../references/fields.ts';
import type { PackRule } from '../pack-rule.ts';

const binding = (role: string) => `apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata:
  name: web
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: ClusterRole
  name: ${role}
subjects:
  - kind: ServiceAccount
    name: web
    namespace: shop
`;

export const clusterAdmin: PackRule = {
  id: 'cluster-admin',
  packs: ['best-practice'],
  severity: 'warning',
  title: 'Nobody is bound to cluster-admin',
  why: '`cluster-admin` may do everything in every namespace, for ever. Bound to a service account it is one mounted token away from whoever breaks into a pod.',
  howToFix:
    'Bind a role with the verbs that are needed, in the namespaces where they are (`RoleBinding`). For people, `admin` or `edit` in their namespaces mostly does.',
  bad: binding('cluster-admin'),
  good: binding('view'),
  sources: ['https://kubernetes.io/docs/reference/access-authn-authz/rbac/#user-facing-roles'],
  check({ kind, value }) {
    const path = ['roleRef', 'name'];
    if (!/^(Cluster)?RoleBinding$/.test(kind) || at(value, path) !== 'cluster-admin') return [];
    const where = kind === 'RoleBinding' ? 'in this namespace' : 'in the whole cluster';
    return [{ path, message: `These subjects may do everything ${where}` }];
  },
};
