/**
 * The rights of the controllers, each of which calls as a service account of its own in kube-system.
 * Where the original updates, Skiff's loops often patch, so that they hold the right to both.
 * https://kubernetes.io/docs/reference/access-authn-authz/rbac/#controller-roles
 */
import { type ClusterRoleSpec, type Rule, read, rule } from './rules.ts';

const change = ['patch', 'update'];
const follow = ['list', 'watch'];
const events = rule(['create', ...change], ['', 'events.k8s.io'], ['events']);

/** The rights of one controller; it may write events besides. */
interface Controller {
  /** The service account, and the end of the role's name. */
  readonly account: string;
  readonly rules: readonly Rule[];
}

const workloads: readonly Controller[] = [
  {
    account: 'deployment-controller',
    rules: [
      rule([...read, ...change], ['apps'], ['deployments']),
      rule(change, ['apps'], ['deployments/status', 'deployments/finalizers']),
      rule(['create', 'delete', ...read, ...change], ['apps'], ['replicasets']),
      rule([...read, 'update'], [''], ['pods']),
    ],
  },
  {
    account: 'replicaset-controller',
    rules: [
      rule([...read, ...change], ['apps'], ['replicasets']),
      rule(change, ['apps'], ['replicasets/status', 'replicasets/finalizers']),
      rule(['create', 'delete', ...follow, ...change], [''], ['pods']),
    ],
  },
  {
    account: 'replication-controller',
    rules: [
      rule([...read, ...change], [''], ['replicationcontrollers']),
      rule(change, [''], ['replicationcontrollers/status', 'replicationcontrollers/finalizers']),
      rule(['create', 'delete', ...follow, ...change], [''], ['pods']),
    ],
  },
  {
    account: 'statefulset-controller',
    rules: [
      rule(read, [''], ['pods']),
      rule([...read, ...change], ['apps'], ['statefulsets']),
      rule(change, ['apps'], ['statefulsets/status', 'statefulsets/finalizers']),
      rule(['create', 'delete', ...change], [''], ['pods']),
      rule(['create', 'delete', ...read, ...change], ['apps'], ['controllerrevisions']),
      rule(['create', 'delete', ...read, ...change], [''], ['persistentvolumeclaims']),
    ],
  },
  {
    account: 'daemon-set-controller',
    rules: [
      rule([...read, ...change], ['apps'], ['daemonsets']),
      rule(change, ['apps'], ['daemonsets/status', 'daemonsets/finalizers']),
      rule(follow, [''], ['nodes']),
      rule(['create', 'delete', ...follow, ...change], [''], ['pods']),
      rule(['create'], [''], ['pods/binding']),
      rule(['create', 'delete', ...read, ...change], ['apps'], ['controllerrevisions']),
    ],
  },
  {
    account: 'job-controller',
    rules: [
      rule([...read, ...change], ['batch'], ['jobs']),
      rule(change, ['batch'], ['jobs/status', 'jobs/finalizers']),
      rule(['create', 'delete', ...follow, ...change], [''], ['pods']),
    ],
  },
  {
    account: 'ttl-after-finished-controller',
    rules: [rule([...read, 'delete'], ['batch'], ['jobs'])],
  },
  {
    account: 'cronjob-controller',
    rules: [
      rule([...read, ...change], ['batch'], ['cronjobs']),
      rule(['create', 'delete', ...read, ...change], ['batch'], ['jobs']),
      rule(change, ['batch'], ['cronjobs/status', 'cronjobs/finalizers']),
      rule(['list', 'delete'], [''], ['pods']),
    ],
  },
  {
    account: 'horizontal-pod-autoscaler',
    rules: [
      rule([...read, ...change], ['autoscaling'], ['horizontalpodautoscalers']),
      rule(change, ['autoscaling'], ['horizontalpodautoscalers/status']),
      rule(['get', ...change], ['*'], ['*/scale']),
      rule(['get', 'list'], [''], ['pods']),
      rule(['get', 'list'], ['metrics.k8s.io'], ['pods', 'nodes']),
      rule(['get', 'list'], ['custom.metrics.k8s.io', 'external.metrics.k8s.io'], ['*']),
    ],
  },
];

const cluster: readonly Controller[] = [
  {
    account: 'namespace-controller',
    rules: [
      rule([...read, 'delete'], [''], ['namespaces']),
      rule(change, [''], ['namespaces/finalize', 'namespaces/status']),
      rule(['delete', 'deletecollection', 'get', 'list'], ['*'], ['*']),
    ],
  },
  {
    account: 'generic-garbage-collector',
    rules: [rule(['delete', ...read, ...change], ['*'], ['*'])],
  },
  {
    account: 'service-account-controller',
    rules: [rule(['create', ...read], [''], ['serviceaccounts'])],
  },
  {
    account: 'root-ca-cert-publisher',
    rules: [rule(['create', ...change], [''], ['configmaps'])],
  },
  {
    account: 'node-controller',
    rules: [
      rule(['delete', ...read, ...change], [''], ['nodes']),
      rule(change, [''], ['nodes/status', 'pods/status']),
      rule(['delete', ...follow, 'get'], [''], ['pods']),
    ],
  },
  {
    account: 'pod-garbage-collector',
    rules: [
      rule([...follow, 'delete'], [''], ['pods']),
      rule(read, [''], ['nodes']),
      rule(change, [''], ['pods/status']),
    ],
  },
  {
    account: 'resourcequota-controller',
    rules: [rule(follow, ['*'], ['*']), rule(change, [''], ['resourcequotas/status'])],
  },
  {
    account: 'disruption-controller',
    rules: [
      rule(read, ['apps'], ['deployments', 'replicasets', 'statefulsets']),
      rule(read, [''], ['replicationcontrollers', 'pods']),
      rule(read, ['policy'], ['poddisruptionbudgets']),
      rule(change, ['policy'], ['poddisruptionbudgets/status']),
      rule(change, [''], ['pods/status']),
      rule(['get'], ['*'], ['*/scale']),
    ],
  },
  {
    account: 'clusterrole-aggregation-controller',
    rules: [
      rule(['escalate', ...read, ...change], ['rbac.authorization.k8s.io'], ['clusterroles']),
    ],
  },
];

const network: readonly Controller[] = [
  {
    account: 'endpoint-controller',
    rules: [
      rule(read, [''], ['services', 'pods']),
      rule(['create', 'delete', ...read, ...change], [''], ['endpoints']),
      rule(['create'], [''], ['endpoints/restricted']),
    ],
  },
  {
    account: 'endpointslice-controller',
    rules: [
      rule(read, [''], ['services', 'pods', 'nodes']),
      rule(change, [''], ['services/finalizers']),
      rule(
        ['create', 'delete', ...read, ...change],
        ['discovery.k8s.io'],
        ['endpointslices', 'endpointslices/restricted'],
      ),
    ],
  },
  {
    account: 'endpointslicemirroring-controller',
    rules: [
      rule(read, [''], ['services', 'endpoints']),
      rule(change, [''], ['services/finalizers', 'endpoints/finalizers']),
      rule(
        ['create', 'delete', ...read, ...change],
        ['discovery.k8s.io'],
        ['endpointslices', 'endpointslices/restricted'],
      ),
    ],
  },
  {
    account: 'service-controller',
    rules: [
      rule([...read, ...change], [''], ['services']),
      rule(change, [''], ['services/status']),
      rule(follow, [''], ['nodes']),
    ],
  },
];

const storage: readonly Controller[] = [
  {
    account: 'persistent-volume-binder',
    rules: [
      rule(['create', 'delete', ...read, ...change], [''], ['persistentvolumes']),
      rule(change, [''], ['persistentvolumes/status', 'persistentvolumeclaims/status']),
      rule([...read, ...change], [''], ['persistentvolumeclaims']),
      rule(['create', 'delete', ...read], [''], ['pods']),
      rule(['create', ...read], ['storage.k8s.io'], ['storageclasses']),
      rule(['get', 'list'], [''], ['nodes']),
    ],
  },
  {
    account: 'pv-protection-controller',
    rules: [rule([...read, ...change], [''], ['persistentvolumes', 'persistentvolumeclaims'])],
  },
  {
    account: 'ephemeral-volume-controller',
    rules: [
      rule(read, [''], ['pods']),
      rule(change, [''], ['pods/finalizers']),
      rule(['create', ...read], [''], ['persistentvolumeclaims']),
    ],
  },
];

/**
 * Of controllers that Skiff has no loop of its own for, or whose work others of its loops do. A
 * controller manager of another make that uses the accounts finds their rights all the same.
 */
const others: readonly Controller[] = [
  {
    account: 'attachdetach-controller',
    rules: [
      rule(follow, [''], ['persistentvolumeclaims', 'persistentvolumes', 'pods']),
      rule(read, [''], ['nodes']),
      rule(change, [''], ['nodes/status']),
      rule(['create', 'delete', ...read], ['storage.k8s.io'], ['volumeattachments']),
      rule(read, ['storage.k8s.io'], ['csidrivers', 'csinodes']),
    ],
  },
  {
    account: 'expand-controller',
    rules: [
      rule([...read, ...change], [''], ['persistentvolumes']),
      rule(change, [''], ['persistentvolumeclaims/status']),
      rule(read, [''], ['persistentvolumeclaims']),
      rule(read, ['storage.k8s.io'], ['storageclasses']),
      rule(['get'], [''], ['endpoints', 'services', 'secrets']),
    ],
  },
  {
    account: 'pvc-protection-controller',
    rules: [
      rule([...read, 'update'], [''], ['persistentvolumeclaims']),
      rule(read, [''], ['pods']),
    ],
  },
  {
    account: 'route-controller',
    rules: [rule(follow, [''], ['nodes']), rule(['patch'], [''], ['nodes/status'])],
  },
  { account: 'ttl-controller', rules: [rule([...follow, ...change], [''], ['nodes'])] },
];

const certificates: readonly Controller[] = [
  {
    account: 'certificate-controller',
    rules: [
      rule(['delete', ...read], ['certificates.k8s.io'], ['certificatesigningrequests']),
      rule(
        change,
        ['certificates.k8s.io'],
        ['certificatesigningrequests/approval', 'certificatesigningrequests/status'],
      ),
      {
        ...rule(['approve', 'sign'], ['certificates.k8s.io'], ['signers']),
        resourceNames: [
          'kubernetes.io/kube-apiserver-client',
          'kubernetes.io/kube-apiserver-client-kubelet',
          'kubernetes.io/kubelet-serving',
          'kubernetes.io/legacy-unknown',
        ],
      },
      rule(['create'], ['authorization.k8s.io'], ['subjectaccessreviews']),
    ],
  },
  {
    account: 'legacy-service-account-token-cleaner',
    rules: [
      {
        ...rule(['get'], [''], ['configmaps']),
        resourceNames: ['kube-apiserver-legacy-service-account-token-tracking'],
      },
      rule(['delete', 'patch'], [''], ['secrets']),
    ],
  },
  // The original's holds these through the controller manager itself.
  {
    account: 'tokens-controller',
    rules: [
      rule(read, [''], ['serviceaccounts']),
      rule(['delete', ...read, ...change], [''], ['secrets']),
    ],
  },
];

const controllers = [workloads, cluster, network, storage, others, certificates].flat();

const prefix = 'system:controller:';

export const controllerRoles: readonly ClusterRoleSpec[] = controllers.map(
  ({ account, rules }) => ({ name: prefix + account, rules: [...rules, events] }),
);

/** Names of bindings, of roles and the service account in kube-system that has them. */
export const controllerBindings = controllers.map(
  ({ account }) => [prefix + account, account] as const,
);
