import { at } from '../../../references/fields.ts';
import { listAt } from '../../cross-selectors.ts';
import type { PackRule } from '../pack-rule.ts';

const role = (resources: string, verbs: string) => `apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata:
  name: web
rules:
  - apiGroups: [""]
    resources: [${resources}]
    verbs: [${verbs}]
`;

export const wildcardPermissions: PackRule = {
  id: 'wildcard-permissions',
  packs: ['best-practice'],
  severity: 'warning',
  title: 'Roles name what they allow',
  why: '`*` allows what there is today and whatever is added later: reading every Secret, running commands in every pod (`pods/exec`), and with the verb `escalate` everything else. Hardly any program needs more than a handful of verbs on a handful of resources.',
  howToFix:
    'List the resources and verbs. The audit log, or `kubectl auth can-i --list --as=…`, shows what is really used.',
  bad: role('"*"', '"*"'),
  good: role('configmaps', 'get, list, watch'),
  sources: ['https://kubernetes.io/docs/concepts/security/rbac-good-practices/#least-privilege'],
  check({ kind, group, value }) {
    if (group !== 'rbac.authorization.k8s.io' || !/^(Cluster)?Role$/.test(kind)) return [];
    return listAt(value, ['rules']).flatMap((rule, index) =>
      ['resources', 'verbs'].flatMap((field) => {
        const at_ = listAt(rule, [field]).indexOf('*');
        if (at_ < 0 || at(rule, ['nonResourceURLs']) !== undefined) return [];
        const what = field === 'verbs' ? 'everything to be done' : 'everything to be touched';
        return {
          path: ['rules', index, field, at_],
          message: `"*" allows ${what}; name what is needed`,
        };
      }),
    );
  },
};
