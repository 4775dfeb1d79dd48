/**
 * The roles and bindings that every cluster has.
 * https://kubernetes.io/docs/reference/access-authn-authz/rbac/#default-roles-and-role-bindings
 */
import type { UnknownObject } from '../../api/object.ts';
import type { rbac } from '../../api/types.ts';
import { controllerBindings, controllerRoles } from './controller-roles.ts';
import { subjectOf } from './namespace-roles.ts';
import { type ClusterRoleSpec, paths, read, rule, write } from './rules.ts';
import { userRoles } from './user-roles.ts';

const systemRoles: readonly ClusterRoleSpec[] = [
  {
    name: 'cluster-admin',
    rules: [rule(['*'], ['*'], ['*']), { verbs: ['*'], nonResourceURLs: ['*'] }],
  },
  {
    name: 'system:discovery',
    rules: [
      paths(
        '/api',
        '/api/*',
        '/apis',
        '/apis/*',
        '/healthz',
        '/livez',
        '/openapi',
        '/openapi/*',
        '/readyz',
        '/version',
        '/version/',
      ),
    ],
  },
  {
    name: 'system:public-info-viewer',
    rules: [paths('/healthz', '/livez', '/readyz', '/version', '/version/')],
  },
  {
    name: 'system:basic-user',
    rules: [
      rule(
        ['create'],
        ['authorization.k8s.io'],
        ['selfsubjectaccessreviews', 'selfsubjectrulesreviews'],
      ),
      rule(['create'], ['authentication.k8s.io'], ['selfsubjectreviews']),
    ],
  },
  {
    name: 'system:service-account-issuer-discovery',
    rules: [
      paths(
        '/.well-known/openid-configuration',
        '/.well-known/openid-configuration/',
        '/openid/v1/jwks',
        '/openid/v1/jwks/',
      ),
    ],
  },
  {
    name: 'system:monitoring',
    rules: [
      paths(
        '/healthz',
        '/healthz/*',
        '/livez',
        '/livez/*',
        '/metrics',
        '/metrics/slis',
        '/readyz',
        '/readyz/*',
      ),
    ],
  },
  {
    name: 'system:auth-delegator',
    rules: [
      rule(['create'], ['authentication.k8s.io'], ['tokenreviews']),
      rule(['create'], ['authorization.k8s.io'], ['subjectaccessreviews']),
    ],
  },
  {
    name: 'system:kube-dns',
    rules: [rule(['list', 'watch'], [''], ['endpoints', 'services'])],
  },
  {
    name: 'system:node-problem-detector',
    rules: [
      rule(['get'], [''], ['nodes']),
      rule(['patch'], [''], ['nodes/status']),
      rule(['create', 'patch', 'update'], ['', 'events.k8s.io'], ['events']),
    ],
  },
  {
    name: 'system:node-proxier',
    rules: [
      rule(['list', 'watch'], [''], ['services', 'endpoints']),
      rule(['get', 'list', 'watch'], [''], ['nodes']),
      rule(['create', 'patch', 'update'], ['', 'events.k8s.io'], ['events']),
      rule(['list', 'watch'], ['discovery.k8s.io'], ['endpointslices']),
    ],
  },
  {
    name: 'system:node',
    rules: [
      rule(['create'], ['authentication.k8s.io'], ['tokenreviews']),
      rule(
        ['create'],
        ['authorization.k8s.io'],
        ['localsubjectaccessreviews', 'subjectaccessreviews'],
      ),
      rule(
        read,
        [''],
        [
          'services',
          'nodes',
          'pods',
          'configmaps',
          'secrets',
          'persistentvolumeclaims',
          'persistentvolumes',
          'endpoints',
        ],
      ),
      rule(['create', ...write], [''], ['nodes', 'nodes/status']),
      rule(['create', 'patch', 'update'], ['', 'events.k8s.io'], ['events']),
      rule(['create', 'delete'], [''], ['pods']),
      rule(['patch', 'update'], [''], ['pods/status', 'persistentvolumeclaims/status']),
      rule(['create'], [''], ['pods/eviction', 'serviceaccounts/token']),
      rule(
        ['create', 'get', 'list', 'watch'],
        ['certificates.k8s.io'],
        ['certificatesigningrequests'],
      ),
      rule(['create', 'delete', 'get', 'patch', 'update'], ['coordination.k8s.io'], ['leases']),
      rule(read, ['storage.k8s.io'], ['volumeattachments', 'csidrivers']),
      rule(['create', 'delete', 'get', 'patch', 'update'], ['storage.k8s.io'], ['csinodes']),
      rule(read, ['node.k8s.io'], ['runtimeclasses']),
    ],
  },
  {
    name: 'system:kube-scheduler',
    rules: [
      rule(['create', 'patch', 'update'], ['', 'events.k8s.io'], ['events']),
      rule(['create', 'get', 'list', 'update', 'watch'], ['coordination.k8s.io'], ['leases']),
      rule(
        read,
        [''],
        [
          'nodes',
          'pods',
          'replicationcontrollers',
          'services',
          'persistentvolumeclaims',
          'persistentvolumes',
          'namespaces',
        ],
      ),
      rule(['delete'], [''], ['pods']),
      rule(['create'], [''], ['bindings', 'pods/binding']),
      rule(['patch', 'update'], [''], ['pods/status']),
      rule(read, ['apps'], ['replicasets', 'statefulsets']),
      rule(read, ['policy'], ['poddisruptionbudgets']),
      rule(
        read,
        ['storage.k8s.io'],
        ['csidrivers', 'csinodes', 'csistoragecapacities', 'storageclasses', 'volumeattachments'],
      ),
      rule(read, ['resource.k8s.io'], ['deviceclasses', 'resourceclaims', 'resourceslices']),
      rule([...read, 'patch', 'update'], ['resource.k8s.io'], ['resourceclaims/status']),
      // Of who asks for its own pages.
      rule(['create'], ['authentication.k8s.io'], ['tokenreviews']),
      rule(['create'], ['authorization.k8s.io'], ['subjectaccessreviews']),
    ],
  },
  {
    name: 'system:volume-scheduler',
    rules: [
      rule([...read, 'patch', 'update'], [''], ['persistentvolumes', 'persistentvolumeclaims']),
      rule(read, ['storage.k8s.io'], ['storageclasses']),
    ],
  },
  {
    name: 'system:persistent-volume-provisioner',
    rules: [
      rule(['create', 'delete', ...read], [''], ['persistentvolumes']),
      rule([...read, 'update'], [''], ['persistentvolumeclaims']),
      rule(read, ['storage.k8s.io'], ['storageclasses']),
      rule(['watch'], [''], ['events']),
      rule(['create', 'patch', 'update'], ['', 'events.k8s.io'], ['events']),
    ],
  },
  {
    name: 'system:heapster',
    rules: [
      rule(read, [''], ['events', 'namespaces', 'nodes', 'pods']),
      rule(read, ['extensions'], ['deployments']),
    ],
  },
  {
    name: 'system:kube-aggregator',
    rules: [rule(read, [''], ['services', 'endpoints'])],
  },
  {
    name: 'system:kubelet-api-admin',
    rules: [
      rule(read, [''], ['nodes']),
      rule(['proxy'], [''], ['nodes']),
      rule(['*'], [''], ['nodes/log', 'nodes/metrics', 'nodes/proxy', 'nodes/spec', 'nodes/stats']),
    ],
  },
  {
    name: 'system:node-bootstrapper',
    rules: [rule(['create', ...read], ['certificates.k8s.io'], ['certificatesigningrequests'])],
  },
  {
    name: 'system:certificates.k8s.io:certificatesigningrequests:nodeclient',
    rules: [rule(['create'], ['certificates.k8s.io'], ['certificatesigningrequests/nodeclient'])],
  },
  {
    name: 'system:certificates.k8s.io:certificatesigningrequests:selfnodeclient',
    rules: [
      rule(['create'], ['certificates.k8s.io'], ['certificatesigningrequests/selfnodeclient']),
    ],
  },
  ...[
    ['kube-apiserver-client-approver', 'approve', 'kube-apiserver-client'],
    ['kube-apiserver-client-kubelet-approver', 'approve', 'kube-apiserver-client-kubelet'],
    ['kubelet-serving-approver', 'approve', 'kubelet-serving'],
    ['legacy-unknown-approver', 'approve', 'legacy-unknown'],
  ].map(([name, verb = '', signer = '']) => ({
    name: `system:certificates.k8s.io:${name}`,
    rules: [
      {
        ...rule([verb], ['certificates.k8s.io'], ['signers']),
        resourceNames: [`kubernetes.io/${signer}`],
      },
    ],
  })),
  {
    name: 'system:kube-controller-manager',
    rules: [
      rule(['create', 'patch', 'update'], ['', 'events.k8s.io'], ['events']),
      rule(['create', 'get', 'list', 'update', 'watch'], ['coordination.k8s.io'], ['leases']),
      rule(['create', 'get', 'update'], [''], ['secrets', 'serviceaccounts']),
      rule(['delete'], [''], ['secrets']),
      rule(['get'], [''], ['namespaces', 'configmaps']),
      rule(['list', 'watch'], ['*'], ['*']),
      rule(['create'], [''], ['serviceaccounts/token']),
      rule(['create'], ['authentication.k8s.io'], ['tokenreviews']),
      rule(['create'], ['authorization.k8s.io'], ['subjectaccessreviews']),
    ],
  },
];

/** Who has which cluster role everywhere; service accounts are those of kube-system. */
const bindings: readonly (readonly [name: string, role: string, subjects: readonly string[]])[] = [
  ['cluster-admin', 'cluster-admin', ['Group:system:masters']],
  ['system:discovery', 'system:discovery', ['Group:system:authenticated']],
  ['system:basic-user', 'system:basic-user', ['Group:system:authenticated']],
  [
    'system:public-info-viewer',
    'system:public-info-viewer',
    ['Group:system:authenticated', 'Group:system:unauthenticated'],
  ],
  [
    'system:service-account-issuer-discovery',
    'system:service-account-issuer-discovery',
    ['Group:system:serviceaccounts'],
  ],
  // Who trusts the cluster's tokens must be able to read whose they are, and has no account here. The
  // original leaves it to its operators to bind this.
  [
    'system:public-issuer-discovery',
    'system:service-account-issuer-discovery',
    ['Group:system:unauthenticated'],
  ],
  ['system:monitoring', 'system:monitoring', ['Group:system:monitoring']],
  ['system:kube-scheduler', 'system:kube-scheduler', ['User:system:kube-scheduler']],
  [
    'system:kube-controller-manager',
    'system:kube-controller-manager',
    ['User:system:kube-controller-manager'],
  ],
  ['system:volume-scheduler', 'system:volume-scheduler', ['User:system:kube-scheduler']],
  ['system:node-proxier', 'system:node-proxier', ['User:system:kube-proxy']],
  ['system:kube-dns', 'system:kube-dns', ['ServiceAccount:kube-dns']],
  // Nodes are the node authorizer's; the role is for clusters without it.
  ['system:node', 'system:node', []],
  ...controllerBindings.map(
    ([name, account]) => [name, name, [`ServiceAccount:${account}`]] as const,
  ),
];

const bootstrapMeta = {
  annotations: { 'rbac.authorization.kubernetes.io/autoupdate': 'true' },
  labels: { 'kubernetes.io/bootstrapping': 'rbac-defaults' },
};
const apiGroup = 'rbac.authorization.k8s.io';
const apiVersion = `${apiGroup}/v1`;

export const rbacObjects: readonly UnknownObject[] = [
  ...[...systemRoles, ...userRoles, ...controllerRoles].map(clusterRole),
  ...bindings.map(([name, role, subjects]) => clusterRoleBinding(name, role, subjects)),
];

function clusterRole({ name, rules, labels, aggregates }: ClusterRoleSpec): UnknownObject {
  const metadata = {
    name,
    annotations: { ...bootstrapMeta.annotations },
    labels: { ...bootstrapMeta.labels, ...labels },
  };
  const aggregationRule =
    aggregates === undefined
      ? undefined
      : { clusterRoleSelectors: [{ matchLabels: { [aggregates]: 'true' } }] };
  return {
    apiVersion,
    kind: 'ClusterRole',
    metadata,
    ...(aggregationRule === undefined ? {} : { aggregationRule }),
    rules: [...rules],
  };
}

function clusterRoleBinding(
  name: string,
  role: string,
  subjects: readonly string[],
): UnknownObject {
  const list: rbac.Subject[] = subjects.map(subjectOf);
  return {
    apiVersion,
    kind: 'ClusterRoleBinding',
    metadata: {
      name,
      annotations: { ...bootstrapMeta.annotations },
      labels: { ...bootstrapMeta.labels },
    },
    roleRef: { apiGroup, kind: 'ClusterRole', name: role },
    ...(list.length === 0 ? {} : { subjects: list }),
  };
}
