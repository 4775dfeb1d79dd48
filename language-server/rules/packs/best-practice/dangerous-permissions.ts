import { listAt } from '../../cross-selectors.ts';
import type { PackRule } from '../pack-rule.ts';

const role = (verbs: string) => `apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata:
  name: web
rules:
  - apiGroups: [rbac.authorization.k8s.io]
    resources: [clusterroles]
    verbs: [${verbs}]
`;

/** Verbs, or writes to resources, with which somebody gets rights that nobody gave. */
const dangers: readonly { verbs: readonly string[]; resources?: RegExp; why: string }[] = [
  { verbs: ['escalate'], why: 'gives itself any right' },
  { verbs: ['bind'], why: 'binds itself to any role' },
  { verbs: ['impersonate'], why: 'acts as anybody' },
  { verbs: ['create'], resources: /^pods\/(exec|attach)$/, why: 'runs commands in any pod' },
  { verbs: ['create'], resources: /^serviceaccounts\/token$/, why: 'makes tokens of any account' },
  {
    verbs: ['create', 'get', 'update', 'patch'],
    resources: /^nodes\/proxy$/,
    why: 'speaks to the kubelet past all checks',
  },
];

export const dangerousPermissions: PackRule = {
  id: 'dangerous-permissions',
  packs: ['best-practice'],
  severity: 'information',
  title: 'Roles do not allow to get more rights',
  why: 'A few verbs look harmless and are not: `escalate`, `bind` and `impersonate`, commands in pods, tokens of service accounts, the kubelet behind `nodes/proxy`. Who has one of them has, in a few steps, whatever there is to have.',
  howToFix: 'Remove the verb, or limit it with `resourceNames` to what it is meant for.',
  bad: role('get, list, bind'),
  good: role('get, list'),
  sources: [
    'https://kubernetes.io/docs/concepts/security/rbac-good-practices/#privilege-escalation-risks',
  ],
  check({ kind, group, value }) {
    if (group !== 'rbac.authorization.k8s.io' || !/^(Cluster)?Role$/.test(kind)) return [];
    return listAt(value, ['rules']).flatMap((rule, index) => {
      if (listAt(rule, ['resourceNames']).length > 0) return [];
      const verbs = listAt(rule, ['verbs']);
      const resources = listAt(rule, ['resources']).map(String);
      return dangers.flatMap((danger) => {
        const verb = verbs.findIndex((each) => danger.verbs.includes(String(each)));
        const resource = resources.find((each) => danger.resources?.test(each) === true);
        if (verb < 0 || (danger.resources !== undefined && resource === undefined)) return [];
        const what = `${String(verbs[verb])}${resource === undefined ? '' : ` on ${resource}`}`;
        return {
          path: ['rules', index, 'verbs', verb],
          message: `Who may ${what} ${danger.why}`,
        };
      });
    });
  },
};
