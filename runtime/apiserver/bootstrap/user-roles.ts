/** admin, edit and view: what people are given in their namespaces. */
import { type ClusterRoleSpec, type Rule, read, rule, write } from './rules.ts';

const label = (role: string) => `rbac.authorization.k8s.io/aggregate-to-${role}`;

const workloads = [
  'daemonsets',
  'deployments',
  'deployments/scale',
  'replicasets',
  'replicasets/scale',
  'statefulsets',
  'statefulsets/scale',
];
const coreObjects = [
  'configmaps',
  'endpoints',
  'persistentvolumeclaims',
  'replicationcontrollers',
  'replicationcontrollers/scale',
  'serviceaccounts',
  'services',
];

const viewRules: Rule[] = [
  rule(
    read,
    [''],
    [
      ...coreObjects,
      'persistentvolumeclaims/status',
      'pods',
      'replicationcontrollers/status',
      'services/status',
      'pods/log',
      'pods/status',
      'events',
      'bindings',
      'limitranges',
      'namespaces',
      'namespaces/status',
      'resourcequotas',
      'resourcequotas/status',
    ],
  ),
  rule(read, ['discovery.k8s.io'], ['endpointslices']),
  rule(
    read,
    ['apps'],
    [
      'controllerrevisions',
      ...workloads,
      'daemonsets/status',
      'deployments/status',
      'replicasets/status',
      'statefulsets/status',
    ],
  ),
  rule(read, ['autoscaling'], ['horizontalpodautoscalers', 'horizontalpodautoscalers/status']),
  rule(read, ['batch'], ['cronjobs', 'cronjobs/status', 'jobs', 'jobs/status']),
  rule(read, ['policy'], ['poddisruptionbudgets', 'poddisruptionbudgets/status']),
  rule(read, ['networking.k8s.io'], ['ingresses', 'ingresses/status', 'networkpolicies']),
];

const metricsRules: Rule[] = [rule(read, ['metrics.k8s.io'], ['nodes', 'pods'])];

const editRules: Rule[] = [
  rule(
    read,
    [''],
    ['pods/attach', 'pods/exec', 'pods/portforward', 'pods/proxy', 'secrets', 'services/proxy'],
  ),
  rule(['impersonate'], [''], ['serviceaccounts']),
  rule(write, [''], ['pods', 'pods/attach', 'pods/exec', 'pods/portforward', 'pods/proxy']),
  rule(['create'], [''], ['pods/eviction', 'serviceaccounts/token']),
  rule(
    write,
    [''],
    [...coreObjects.filter((name) => name !== 'endpoints'), 'events', 'secrets', 'services/proxy'],
  ),
  rule(write, ['apps'], [...workloads, 'deployments/rollback']),
  rule(write, ['autoscaling'], ['horizontalpodautoscalers']),
  rule(write, ['batch'], ['cronjobs', 'jobs']),
  rule(write, ['policy'], ['poddisruptionbudgets']),
  rule(write, ['networking.k8s.io'], ['ingresses', 'networkpolicies']),
  rule([...read, ...write], ['coordination.k8s.io'], ['leases']),
];

const adminRules: Rule[] = [
  rule(['create'], ['authorization.k8s.io'], ['localsubjectaccessreviews']),
  rule([...write, ...read], ['rbac.authorization.k8s.io'], ['rolebindings', 'roles']),
];

/**
 * The three are the sums of the roles with their labels; the sums are written out here and kept up to
 * date by the aggregation controller when people add roles with these labels.
 */
export const userRoles: readonly ClusterRoleSpec[] = [
  {
    name: 'admin',
    aggregates: label('admin'),
    rules: [...adminRules, ...editRules, ...viewRules, ...metricsRules],
  },
  {
    name: 'edit',
    aggregates: label('edit'),
    labels: { [label('admin')]: 'true' },
    rules: [...editRules, ...viewRules, ...metricsRules],
  },
  {
    name: 'view',
    aggregates: label('view'),
    labels: { [label('edit')]: 'true' },
    rules: [...viewRules, ...metricsRules],
  },
  { name: 'system:aggregate-to-admin', labels: { [label('admin')]: 'true' }, rules: adminRules },
  { name: 'system:aggregate-to-edit', labels: { [label('edit')]: 'true' }, rules: editRules },
  { name: 'system:aggregate-to-view', labels: { [label('view')]: 'true' }, rules: viewRules },
  {
    name: 'system:aggregated-metrics-reader',
    labels: { [label('admin')]: 'true', [label('edit')]: 'true', [label('view')]: 'true' },
    rules: metricsRules,
  },
];
