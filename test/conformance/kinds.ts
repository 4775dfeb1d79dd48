/**
 * Every kind that a cluster of today's level serves in its stable groups: names, scope, verbs and
 * subresources as the published API description lists them, with the least that makes a valid object.
 */
export interface ServedKind {
  readonly apiVersion: string;
  readonly kind: string;
  readonly resource: string;
  readonly shortNames: readonly string[];
  readonly namespaced: boolean;
  /** All eight, unless it says otherwise. */
  readonly verbs: readonly string[];
  /** Verbs by subresource. */
  readonly subresources: Readonly<Record<string, readonly string[]>>;
  /** Everything of an object but its kind and metadata; undefined for what is only asked, never kept. */
  readonly body: Readonly<Record<string, unknown>> | undefined;
  /** A merge patch that a user may make, and that the API server leaves as it is. */
  readonly change: Readonly<Record<string, unknown>>;
  /** A status that a controller may write; without one where there is no such subresource. */
  readonly status: Readonly<Record<string, unknown>> | undefined;
}

export const allVerbs = [
  'create',
  'delete',
  'deletecollection',
  'get',
  'list',
  'patch',
  'update',
  'watch',
] as const;
const readAndWrite = ['get', 'patch', 'update'];
const asked = ['create'];

type Details = Partial<
  Pick<ServedKind, 'verbs' | 'subresources' | 'body' | 'change' | 'status'>
> & { short?: string; scope?: 'cluster' };

const labelled = { metadata: { labels: { changed: 'yes' } } };

function row(names: string, details: Details = {}): ServedKind {
  const [apiVersion = '', kind = '', resource = ''] = names.split(' ');
  const { short = '', scope, verbs = allVerbs, subresources = {}, status } = details;
  return {
    ...{ apiVersion, kind, resource, verbs, status },
    shortNames: short === '' ? [] : short.split(','),
    namespaced: scope !== 'cluster',
    subresources: status === undefined ? subresources : { ...subresources, status: readAndWrite },
    body: 'body' in details ? details.body : {},
    change: details.change ?? labelled,
  };
}

const container = { name: 'app', image: 'app:1' };
const labels = { app: 'a' };
const template = { metadata: { labels }, spec: { containers: [container] } };
const workload = { selector: { matchLabels: labels }, template };
const jobTemplate = { spec: { containers: [container], restartPolicy: 'Never' } };
const condition = (type: string) => ({
  type,
  status: 'True',
  reason: 'Tested',
  message: 'as a test would have it',
  lastTransitionTime: '2026-01-01T00:00:00Z',
});
const rule = {
  apiGroups: [''],
  apiVersions: ['v1'],
  operations: ['CREATE'],
  resources: ['configmaps'],
};
const webhooks = [
  {
    name: 'hook.example.com',
    clientConfig: { url: 'https://127.0.0.1:1/never' },
    rules: [{ ...rule, resources: ['nothing'] }],
    sideEffects: 'None',
    admissionReviewVersions: ['v1'],
  },
];
const binding = { policyName: 'policy' };
const matchConstraints = { resourceRules: [rule] };
const rules = [{ apiGroups: [''], resources: ['pods'], verbs: ['get'] }];
const subjects = [{ kind: 'ServiceAccount', name: 'default', namespace: 'default' }];
const roleRef = (kind: string) => ({ apiGroup: 'rbac.authorization.k8s.io', kind, name: 'any' });
const connect = ['create', 'delete', 'get', 'patch', 'update'];
const review = { verbs: asked, body: undefined };

/** A certificate request in PEM, in base64, whose common name is "tested". */
const certificateRequest = [
  'LS0tLS1CRUdJTiBDRVJUSUZJQ0FURSBSRVFVRVNULS0tLS0KTUlITE1ITUNBUUF3RVRFUE1BMEdBMVVFQXd3R2RH',
  'VnpkR1ZrTUZrd0V3WUhLb1pJemowQ0FRWUlLb1pJemowRApBUWNEUWdBRWgzV2NEV3Y1TzBPNkNuUmRmM2orTUJ3',
  'cm9DbE1qQkFuZlJzT2JtSTh1c2doc2dxM2ExdTVHZXBOCjB4TGluSWkrQzRJY1NVeVB2VEI3dkV6aDJkaGw2S0FB',
  'TUFvR0NDcUdTTTQ5QkFNQ0EwZ0FNRVVDSVFDNVpRNkQKRkdMQjZRODcyMEo4Ujdya1lCL1N5SHBtb3pValpKOW5F',
  'ajRCSGdJZ0haNkkwRVF2ZUNtdFpxdFkrOTFabmxBcgppWVFxYmVVZE5tKzhtRkJCcFBBPQotLS0tLUVORCBDRVJU',
  'SUZJQ0FURSBSRVFVRVNULS0tLS0K',
].join('');

const core: ServedKind[] = [
  row('v1 Binding bindings', review),
  row('v1 ComponentStatus componentstatuses', {
    ...{ short: 'cs', scope: 'cluster', verbs: ['get', 'list'], body: undefined },
  }),
  row('v1 ConfigMap configmaps', { short: 'cm', body: { data: { a: '1' } } }),
  row('v1 Endpoints endpoints', { short: 'ep' }),
  row('v1 Event events', {
    short: 'ev',
    body: { involvedObject: { kind: 'Pod', name: 'a', namespace: 'default' }, reason: 'Tested' },
  }),
  row('v1 LimitRange limitranges', { short: 'limits', body: { spec: { limits: [] } } }),
  row('v1 Namespace namespaces', {
    ...{ short: 'ns', scope: 'cluster' },
    verbs: allVerbs.filter((verb) => verb !== 'deletecollection'),
    subresources: { finalize: ['update'] },
    status: { phase: 'Active', conditions: [condition('Tested')] },
  }),
  row('v1 Node nodes', {
    ...{ short: 'no', scope: 'cluster', subresources: { proxy: connect } },
    status: { capacity: { 'example.com/thing': '3' } },
  }),
  row('v1 PersistentVolume persistentvolumes', {
    ...{ short: 'pv', scope: 'cluster' },
    body: {
      spec: {
        ...{ capacity: { storage: '1Gi' }, accessModes: ['ReadWriteOnce'] },
        hostPath: { path: '/tmp/a' },
      },
    },
    status: { phase: 'Available', message: 'tested' },
  }),
  row('v1 PersistentVolumeClaim persistentvolumeclaims', {
    short: 'pvc',
    body: {
      spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
    },
    status: { phase: 'Pending', conditions: [condition('Resizing')] },
  }),
  row('v1 Pod pods', {
    ...{ short: 'po', body: { spec: { containers: [container] } } },
    subresources: {
      ...{ attach: ['create', 'get'], binding: asked, eviction: asked, exec: ['create', 'get'] },
      ...{ ephemeralcontainers: readAndWrite, log: ['get'], portforward: ['create', 'get'] },
      ...{ proxy: connect, resize: readAndWrite },
    },
    status: { phase: 'Running', message: 'tested' },
  }),
  row('v1 PodTemplate podtemplates', { body: { template } }),
  row('v1 ReplicationController replicationcontrollers', {
    ...{ short: 'rc', body: { spec: { selector: labels, template } } },
    subresources: { scale: readAndWrite },
    status: { replicas: 3 },
  }),
  row('v1 ResourceQuota resourcequotas', {
    ...{ short: 'quota', body: { spec: { hard: { pods: '5' } } } },
    status: { hard: { pods: '5' }, used: { pods: '1' } },
  }),
  row('v1 Secret secrets', { body: { data: { a: 'MQ==' } } }),
  row('v1 Service services', {
    ...{ short: 'svc', body: { spec: { ports: [{ port: 80 }] } } },
    subresources: { proxy: connect },
    status: { loadBalancer: {}, conditions: [condition('Tested')] },
  }),
  row('v1 ServiceAccount serviceaccounts', { short: 'sa', subresources: { token: asked } }),
];

const admission: ServedKind[] = [
  row(
    'admissionregistration.k8s.io/v1 MutatingAdmissionPolicy mutatingadmissionpolicies',
    cluster({
      spec: {
        matchConstraints,
        reinvocationPolicy: 'Never',
        mutations: [
          {
            patchType: 'ApplyConfiguration',
            applyConfiguration: { expression: 'Object{data: {"never": "here"}}' },
          },
        ],
      },
    }),
  ),
  row(
    'admissionregistration.k8s.io/v1 MutatingAdmissionPolicyBinding mutatingadmissionpolicybindings',
    cluster({ spec: binding }),
  ),
  row(
    'admissionregistration.k8s.io/v1 MutatingWebhookConfiguration mutatingwebhookconfigurations',
    cluster({ webhooks }),
  ),
  row('admissionregistration.k8s.io/v1 ValidatingAdmissionPolicy validatingadmissionpolicies', {
    ...cluster({ spec: { matchConstraints, validations: [{ expression: 'true' }] } }),
    status: { conditions: [condition('Tested')] },
  }),
  row(
    'admissionregistration.k8s.io/v1 ValidatingAdmissionPolicyBinding validatingadmissionpolicybindings',
    cluster({ spec: { ...binding, validationActions: ['Deny'] } }),
  ),
  row(
    'admissionregistration.k8s.io/v1 ValidatingWebhookConfiguration validatingwebhookconfigurations',
    cluster({ webhooks }),
  ),
  row('apiregistration.k8s.io/v1 APIService apiservices', {
    ...cluster({
      spec: {
        ...{ group: 'things.example.com', version: 'v1' },
        ...{ groupPriorityMinimum: 1000, versionPriority: 10, insecureSkipTLSVerify: true },
        service: { name: 'nobody', namespace: 'default' },
      },
    }),
    status: { conditions: [condition('Tested')] },
  }),
  row('apiextensions.k8s.io/v1 CustomResourceDefinition customresourcedefinitions', {
    ...cluster({
      spec: {
        ...{ group: 'example.com', scope: 'Namespaced' },
        names: { plural: 'things', singular: 'thing', kind: 'Thing', listKind: 'ThingList' },
        versions: [
          {
            ...{ name: 'v1', served: true, storage: true },
            schema: { openAPIV3Schema: { type: 'object' } },
          },
        ],
      },
    }),
    short: 'crd,crds',
    status: { storedVersions: ['v1'], conditions: [condition('Tested')] },
  }),
];

const apps: ServedKind[] = [
  row('apps/v1 ControllerRevision controllerrevisions', { body: { data: { a: 1 }, revision: 1 } }),
  row('apps/v1 DaemonSet daemonsets', {
    ...{ short: 'ds', body: { spec: workload } },
    status: {
      ...{ currentNumberScheduled: 1, desiredNumberScheduled: 1, numberMisscheduled: 0 },
      ...{ numberReady: 0, conditions: [condition('Tested')] },
    },
  }),
  row('apps/v1 Deployment deployments', {
    ...{ short: 'deploy', body: { spec: workload }, subresources: { scale: readAndWrite } },
    status: { conditions: [condition('Tested')] },
  }),
  row('apps/v1 ReplicaSet replicasets', {
    ...{ short: 'rs', body: { spec: workload }, subresources: { scale: readAndWrite } },
    status: { replicas: 1, conditions: [condition('Tested')] },
  }),
  row('apps/v1 StatefulSet statefulsets', {
    ...{ short: 'sts', body: { spec: { ...workload, serviceName: 'a' } } },
    subresources: { scale: readAndWrite },
    status: { replicas: 1, conditions: [condition('Tested')] },
  }),
  row('batch/v1 CronJob cronjobs', {
    short: 'cj',
    body: { spec: { schedule: '* * * * *', jobTemplate: { spec: { template: jobTemplate } } } },
    status: { lastScheduleTime: '2026-01-01T00:00:00Z' },
  }),
  row('batch/v1 Job jobs', {
    body: { spec: { template: jobTemplate } },
    status: { startTime: '2026-01-01T00:00:00Z', active: 1 },
  }),
  ...['autoscaling/v1', 'autoscaling/v2'].map((version) =>
    row(`${version} HorizontalPodAutoscaler horizontalpodautoscalers`, {
      short: 'hpa',
      body: {
        spec: {
          scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'a' },
          maxReplicas: 3,
        },
      },
      status: { currentReplicas: 1, desiredReplicas: 2 },
    }),
  ),
  row('policy/v1 PodDisruptionBudget poddisruptionbudgets', {
    ...{ short: 'pdb', body: { spec: { minAvailable: 1, selector: { matchLabels: labels } } } },
    status: {
      ...{ currentHealthy: 1, desiredHealthy: 1, disruptionsAllowed: 0, expectedPods: 1 },
      conditions: [condition('Tested')],
    },
  }),
];

const access: ServedKind[] = [
  row('authentication.k8s.io/v1 SelfSubjectReview selfsubjectreviews', {
    ...review,
    scope: 'cluster',
  }),
  row('authentication.k8s.io/v1 TokenReview tokenreviews', { ...review, scope: 'cluster' }),
  row('authorization.k8s.io/v1 LocalSubjectAccessReview localsubjectaccessreviews', review),
  row('authorization.k8s.io/v1 SelfSubjectAccessReview selfsubjectaccessreviews', {
    ...review,
    scope: 'cluster',
  }),
  row('authorization.k8s.io/v1 SelfSubjectRulesReview selfsubjectrulesreviews', {
    ...review,
    scope: 'cluster',
  }),
  row('authorization.k8s.io/v1 SubjectAccessReview subjectaccessreviews', {
    ...review,
    scope: 'cluster',
  }),
  row('rbac.authorization.k8s.io/v1 ClusterRole clusterroles', cluster({ rules })),
  row(
    'rbac.authorization.k8s.io/v1 ClusterRoleBinding clusterrolebindings',
    cluster({ subjects, roleRef: roleRef('ClusterRole') }),
  ),
  row('rbac.authorization.k8s.io/v1 Role roles', { body: { rules } }),
  row('rbac.authorization.k8s.io/v1 RoleBinding rolebindings', {
    body: { subjects, roleRef: roleRef('Role') },
  }),
  row('certificates.k8s.io/v1 CertificateSigningRequest certificatesigningrequests', {
    ...cluster({
      spec: {
        request: certificateRequest,
        signerName: 'example.com/tested',
        usages: ['client auth'],
      },
    }),
    short: 'csr',
    subresources: { approval: readAndWrite },
    status: { conditions: [{ ...condition('Failed'), lastUpdateTime: '2026-01-01T00:00:00Z' }] },
  }),
];

const network: ServedKind[] = [
  row('discovery.k8s.io/v1 EndpointSlice endpointslices', {
    body: { addressType: 'IPv4', endpoints: [{ addresses: ['10.0.0.1'] }] },
  }),
  row('networking.k8s.io/v1 Ingress ingresses', {
    short: 'ing',
    body: { spec: { defaultBackend: { service: { name: 'a', port: { number: 80 } } } } },
    status: { loadBalancer: { ingress: [{ ip: '169.1.1.1' }] } },
  }),
  row(
    'networking.k8s.io/v1 IngressClass ingressclasses',
    cluster({ spec: { controller: 'example.com/controller' } }),
  ),
  row('networking.k8s.io/v1 IPAddress ipaddresses', {
    ...cluster({
      spec: {
        parentRef: { resource: 'services', name: 'a', namespace: 'default' },
      },
    }),
    short: 'ip',
  }),
  row('networking.k8s.io/v1 NetworkPolicy networkpolicies', {
    ...{ short: 'netpol', body: { spec: { podSelector: {} } } },
  }),
  row('networking.k8s.io/v1 ServiceCIDR servicecidrs', {
    ...cluster({ spec: { cidrs: ['10.98.0.0/24'] } }),
    status: { conditions: [condition('Tested')] },
  }),
];

const storage: ServedKind[] = [
  row('storage.k8s.io/v1 CSIDriver csidrivers', cluster({ spec: { attachRequired: false } })),
  row('storage.k8s.io/v1 CSINode csinodes', cluster({ spec: { drivers: [] } })),
  row('storage.k8s.io/v1 CSIStorageCapacity csistoragecapacities', {
    body: { storageClassName: 'a', capacity: '1Gi' },
  }),
  row('storage.k8s.io/v1 StorageClass storageclasses', {
    ...cluster({ provisioner: 'example.com/p' }),
    short: 'sc',
  }),
  row('storage.k8s.io/v1 VolumeAttachment volumeattachments', {
    ...cluster({
      spec: { attacher: 'a', nodeName: 'n', source: { persistentVolumeName: 'v' } },
    }),
    status: { attached: true },
  }),
  row('storage.k8s.io/v1 VolumeAttributesClass volumeattributesclasses', {
    ...cluster({ driverName: 'd.example.com', parameters: { a: 'b' } }),
    short: 'vac',
  }),
];

const request = [{ name: 'one', exactly: { deviceClassName: 'class' } }];

const others: ServedKind[] = [
  row('coordination.k8s.io/v1 Lease leases', { body: { spec: { holderIdentity: 'a' } } }),
  row('events.k8s.io/v1 Event events', {
    short: 'ev',
    body: {
      ...{ eventTime: '2026-01-01T00:00:00.000000Z', action: 'Do', reason: 'Tested' },
      ...{ type: 'Normal', reportingController: 'test', reportingInstance: 'test-1' },
      regarding: { kind: 'Pod', name: 'a', namespace: 'default' },
    },
  }),
  row('flowcontrol.apiserver.k8s.io/v1 FlowSchema flowschemas', {
    ...cluster({
      spec: {
        ...{ matchingPrecedence: 9999, priorityLevelConfiguration: { name: 'global-default' } },
        rules: [
          {
            subjects: [{ kind: 'User', user: { name: 'nobody' } }],
            nonResourceRules: [{ verbs: ['get'], nonResourceURLs: ['/nothing'] }],
          },
        ],
      },
    }),
    status: { conditions: [condition('Tested')] },
  }),
  row('flowcontrol.apiserver.k8s.io/v1 PriorityLevelConfiguration prioritylevelconfigurations', {
    ...cluster({
      spec: {
        type: 'Limited',
        limited: { nominalConcurrencyShares: 2, limitResponse: { type: 'Reject' } },
      },
    }),
    status: { conditions: [condition('Tested')] },
  }),
  row('node.k8s.io/v1 RuntimeClass runtimeclasses', cluster({ handler: 'h' })),
  row('scheduling.k8s.io/v1 PriorityClass priorityclasses', {
    ...cluster({ value: 7 }),
    short: 'pc',
  }),
  row('resource.k8s.io/v1 DeviceClass deviceclasses', cluster({ spec: {} })),
  row('resource.k8s.io/v1 ResourceClaim resourceclaims', {
    body: { spec: { devices: { requests: request } } },
    status: {
      reservedFor: [{ resource: 'pods', name: 'a', uid: 'b' }],
      allocation: {
        devices: {
          results: [{ request: 'one', driver: 'd.example.com', pool: 'p', device: 'd' }],
        },
      },
    },
  }),
  row('resource.k8s.io/v1 ResourceClaimTemplate resourceclaimtemplates', {
    body: { spec: { spec: { devices: { requests: request } } } },
  }),
  row(
    'resource.k8s.io/v1 ResourceSlice resourceslices',
    cluster({
      spec: {
        ...{ driver: 'd.example.com', nodeName: 'n', devices: [{ name: 'd1' }] },
        pool: { name: 'p', generation: 1, resourceSliceCount: 1 },
      },
    }),
  ),
];

function cluster(body: Readonly<Record<string, unknown>>) {
  return { scope: 'cluster', body } as const;
}

export const servedKinds: readonly ServedKind[] = [
  ...[core, admission, apps, access, network, storage, others].flat(),
];
