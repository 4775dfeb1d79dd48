/**
 * The priority levels and flow schemas that every cluster has.
 * https://kubernetes.io/docs/concepts/cluster-administration/flow-control/#defaults
 */
import type { UnknownObject } from '../../api/object.ts';
import { fixedFlowSchemas, fixedPriorityLevels } from '../../api/validation/flow-fixed.ts';

const apiVersion = 'flowcontrol.apiserver.k8s.io/v1';
const annotations = { 'apf.kubernetes.io/autoupdate-spec': 'true' };

/** Shares of the server's seats, what part may be lent, and queues by number, hand and length. */
function level(
  name: string,
  nominalConcurrencyShares: number,
  lendablePercent: number,
  queues?: [queues: number, handSize: number, queueLengthLimit: number],
): UnknownObject {
  const [count = 0, handSize = 0, queueLengthLimit = 0] = queues ?? [];
  const limitResponse =
    queues === undefined
      ? { type: 'Reject' }
      : { type: 'Queue', queuing: { queues: count, handSize, queueLengthLimit } };
  return {
    apiVersion,
    kind: 'PriorityLevelConfiguration',
    metadata: { name, annotations },
    spec: {
      type: 'Limited',
      limited: { nominalConcurrencyShares, lendablePercent, limitResponse },
    },
  };
}

export const priorityLevels: readonly UnknownObject[] = [
  {
    apiVersion,
    kind: 'PriorityLevelConfiguration',
    metadata: { name: 'exempt', annotations },
    spec: fixedPriorityLevels.exempt,
  },
  {
    apiVersion,
    kind: 'PriorityLevelConfiguration',
    metadata: { name: 'catch-all', annotations },
    spec: fixedPriorityLevels['catch-all'],
  },
  level('system', 30, 33, [64, 6, 50]),
  level('node-high', 40, 25, [64, 6, 50]),
  level('leader-election', 10, 0, [16, 4, 50]),
  level('workload-high', 40, 50, [128, 6, 50]),
  level('workload-low', 100, 90, [128, 6, 50]),
  level('global-default', 20, 50, [128, 6, 50]),
];

const user = (name: string) => ({ kind: 'User', user: { name } });
const group = (name: string) => ({ kind: 'Group', group: { name } });
const account = (namespace: string, name: string) => ({
  kind: 'ServiceAccount',
  serviceAccount: { namespace, name },
});

interface ResourceRule {
  readonly verbs: readonly string[];
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly namespaces: readonly string[];
  readonly clusterScope?: true;
}

const resources = (
  verbs: readonly string[],
  apiGroups: readonly string[],
  names: readonly string[],
  clusterScope?: true,
): ResourceRule => ({
  verbs,
  apiGroups,
  resources: names,
  namespaces: ['*'],
  ...(clusterScope === undefined ? {} : { clusterScope }),
});
const everyResource = resources(['*'], ['*'], ['*'], true);
const everyPath = { verbs: ['*'], nonResourceURLs: ['*'] };
const everyone = [group('system:unauthenticated'), group('system:authenticated')];
const leaseVerbs = ['get', 'create', 'update'];

function schema(
  name: string,
  priorityLevel: string,
  matchingPrecedence: number,
  distinguisher: 'ByUser' | 'ByNamespace' | undefined,
  subjects: readonly object[],
  resourceRules: readonly ResourceRule[] = [everyResource],
  nonResourceRules: readonly object[] = [everyPath],
): UnknownObject {
  return {
    apiVersion,
    kind: 'FlowSchema',
    metadata: { name, annotations },
    spec: {
      priorityLevelConfiguration: { name: priorityLevel },
      matchingPrecedence,
      ...(distinguisher === undefined ? {} : { distinguisherMethod: { type: distinguisher } }),
      rules: [
        {
          subjects,
          ...(resourceRules.length === 0 ? {} : { resourceRules }),
          ...(nonResourceRules.length === 0 ? {} : { nonResourceRules }),
        },
      ],
    },
  };
}

function fixedSchema(name: keyof typeof fixedFlowSchemas): UnknownObject {
  const spec = fixedFlowSchemas[name];
  return { apiVersion, kind: 'FlowSchema', metadata: { name, annotations }, spec };
}

const manager = user('system:kube-controller-manager');
const scheduler = user('system:kube-scheduler');
const systemAccounts = account('kube-system', '*');
const leases = resources(leaseVerbs, ['coordination.k8s.io'], ['leases']);

export const flowSchemas: readonly UnknownObject[] = [
  fixedSchema('exempt'),
  schema(
    'probes',
    'exempt',
    2,
    undefined,
    everyone,
    [],
    [{ verbs: ['get'], nonResourceURLs: ['/healthz', '/readyz', '/livez'] }],
  ),
  schema(
    'system-leader-election',
    'leader-election',
    100,
    'ByUser',
    [manager, scheduler, systemAccounts],
    [leases],
    [],
  ),
  schema(
    'endpoint-controller',
    'workload-high',
    150,
    'ByUser',
    [
      manager,
      account('kube-system', 'endpoint-controller'),
      account('kube-system', 'endpointslicemirroring-controller'),
    ],
    [resources(leaseVerbs, [''], ['endpoints'])],
    [],
  ),
  schema(
    'workload-leader-election',
    'leader-election',
    200,
    'ByUser',
    [systemAccounts],
    [resources(leaseVerbs, [''], ['endpoints', 'configmaps']), leases],
    [],
  ),
  schema(
    'system-node-high',
    'node-high',
    400,
    'ByUser',
    [group('system:nodes')],
    [
      resources(['*'], [''], ['nodes', 'nodes/status'], true),
      resources(['*'], ['coordination.k8s.io'], ['leases']),
    ],
    [],
  ),
  schema('system-nodes', 'system', 500, 'ByUser', [group('system:nodes')]),
  schema('kube-controller-manager', 'workload-high', 800, 'ByNamespace', [manager]),
  schema('kube-scheduler', 'workload-high', 800, 'ByNamespace', [scheduler]),
  schema('kube-system-service-accounts', 'workload-high', 900, 'ByNamespace', [systemAccounts]),
  schema('service-accounts', 'workload-low', 9000, 'ByUser', [group('system:serviceaccounts')]),
  schema('global-default', 'global-default', 9900, 'ByUser', everyone),
  fixedSchema('catch-all'),
];
