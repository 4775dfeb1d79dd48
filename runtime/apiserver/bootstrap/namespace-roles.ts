/**
 * The roles and bindings that are there in kube-system and kube-public.
 * https://kubernetes.io/docs/reference/access-authn-authz/rbac/#default-roles-and-role-bindings
 */
import type { UnknownObject } from '../../api/object.ts';
import { type Rule, read, rule } from './rules.ts';

const apiGroup = 'rbac.authorization.k8s.io';
const apiVersion = `${apiGroup}/v1`;
const events = rule(['create', 'patch', 'update'], ['', 'events.k8s.io'], ['events']);

interface NamespaceRole {
  readonly namespace: 'kube-system' | 'kube-public';
  readonly name: string;
  readonly rules: readonly Rule[];
  /** The name of the binding, if it is not the role's. */
  readonly binding?: string;
  /** `User:name`, or `ServiceAccount:name` of kube-system. */
  readonly subjects: readonly string[];
}

function named(single: Rule, ...resourceNames: string[]): Rule {
  return { ...single, resourceNames };
}

const roles: readonly NamespaceRole[] = [
  {
    namespace: 'kube-system',
    name: 'extension-apiserver-authentication-reader',
    rules: [named(rule(read, [''], ['configmaps']), 'extension-apiserver-authentication')],
    binding: 'system::extension-apiserver-authentication-reader',
    subjects: ['User:system:kube-controller-manager', 'User:system:kube-scheduler'],
  },
  {
    namespace: 'kube-system',
    name: 'system:controller:bootstrap-signer',
    rules: [rule(read, [''], ['secrets'])],
    subjects: ['ServiceAccount:bootstrap-signer'],
  },
  {
    namespace: 'kube-system',
    name: 'system:controller:cloud-provider',
    rules: [rule(['create', ...read], [''], ['configmaps'])],
    subjects: ['ServiceAccount:cloud-provider'],
  },
  {
    namespace: 'kube-system',
    name: 'system:controller:token-cleaner',
    rules: [rule(['delete', ...read], [''], ['secrets']), events],
    subjects: ['ServiceAccount:token-cleaner'],
  },
  ...['kube-controller-manager', 'kube-scheduler'].map((component) => ({
    namespace: 'kube-system' as const,
    name: `system::leader-locking-${component}`,
    rules: [
      rule(['watch'], [''], ['configmaps']),
      named(rule(['get', 'update'], [''], ['configmaps']), component),
    ],
    subjects: [`User:system:${component}`, `ServiceAccount:${component}`],
  })),
  {
    namespace: 'kube-public',
    name: 'system:controller:bootstrap-signer',
    rules: [
      rule(read, [''], ['configmaps']),
      named(rule(['update'], [''], ['configmaps']), 'cluster-info'),
      events,
    ],
    subjects: ['ServiceAccount:bootstrap-signer'],
  },
];

/** The service accounts in kube-system that have rights here. */
export const namespaceAccounts: ReadonlySet<string> = new Set(
  roles.flatMap(({ subjects }) =>
    subjects.flatMap((subject) => /^ServiceAccount:(.+)$/.exec(subject)?.[1] ?? []),
  ),
);

export const namespaceRoles: readonly UnknownObject[] = roles.flatMap(
  ({ namespace, name, rules, binding = name, subjects }) => {
    const metadata = (own: string) => ({
      ...{ name: own, namespace },
      annotations: { 'rbac.authorization.kubernetes.io/autoupdate': 'true' },
      labels: { 'kubernetes.io/bootstrapping': 'rbac-defaults' },
    });
    return [
      { apiVersion, kind: 'Role', metadata: metadata(name), rules: [...rules] },
      {
        ...{ apiVersion, kind: 'RoleBinding', metadata: metadata(binding) },
        roleRef: { apiGroup, kind: 'Role', name },
        subjects: subjects.map(subjectOf),
      },
    ];
  },
);

/** The subject that `User:name`, `Group:name` or `ServiceAccount:name` (of kube-system) stands for. */
export function subjectOf(text: string) {
  const colon = text.indexOf(':');
  const [kind, name] = [text.slice(0, colon), text.slice(colon + 1)];
  return kind === 'ServiceAccount'
    ? { kind, name, namespace: 'kube-system' }
    : { apiGroup, kind, name };
}
