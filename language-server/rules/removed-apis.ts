/**
 * APIs that current servers no longer have, and what took their place.
 * https://kubernetes.io/docs/reference/using-api/deprecation-guide/
 */
export interface RemovedApi {
  readonly removedIn: string;
  /** The apiVersion to use, where the kind lives on. */
  readonly replacement?: string;
}

const table: readonly [apiVersion: string, kinds: string, removedIn: string, now?: string][] = [
  ['extensions/v1beta1', 'Deployment DaemonSet ReplicaSet', '1.16', 'apps/v1'],
  ['extensions/v1beta1', 'NetworkPolicy', '1.16', 'networking.k8s.io/v1'],
  ['extensions/v1beta1', 'Ingress', '1.22', 'networking.k8s.io/v1'],
  ['extensions/v1beta1', 'PodSecurityPolicy', '1.16'],
  ['apps/v1beta1', 'Deployment StatefulSet ControllerRevision', '1.16', 'apps/v1'],
  [
    'apps/v1beta2',
    'Deployment DaemonSet ReplicaSet StatefulSet ControllerRevision',
    '1.16',
    'apps/v1',
  ],
  [
    'admissionregistration.k8s.io/v1beta1',
    'MutatingWebhookConfiguration ValidatingWebhookConfiguration',
    '1.22',
    'admissionregistration.k8s.io/v1',
  ],
  ...(
    [
      ['v1alpha1', '1.32'],
      ['v1beta1', '1.34'],
    ] as const
  ).map(([version, removedIn]): [string, string, string, string] => [
    `admissionregistration.k8s.io/${version}`,
    'ValidatingAdmissionPolicy ValidatingAdmissionPolicyBinding',
    removedIn,
    'admissionregistration.k8s.io/v1',
  ]),
  ['apiextensions.k8s.io/v1beta1', 'CustomResourceDefinition', '1.22', 'apiextensions.k8s.io/v1'],
  ['apiregistration.k8s.io/v1beta1', 'APIService', '1.22', 'apiregistration.k8s.io/v1'],
  ['authentication.k8s.io/v1beta1', 'TokenReview', '1.22', 'authentication.k8s.io/v1'],
  [
    'authorization.k8s.io/v1beta1',
    'LocalSubjectAccessReview SelfSubjectAccessReview SelfSubjectRulesReview SubjectAccessReview',
    '1.22',
    'authorization.k8s.io/v1',
  ],
  ['autoscaling/v2beta1', 'HorizontalPodAutoscaler', '1.25', 'autoscaling/v2'],
  ['autoscaling/v2beta2', 'HorizontalPodAutoscaler', '1.26', 'autoscaling/v2'],
  ['batch/v1beta1', 'CronJob', '1.25', 'batch/v1'],
  ['batch/v2alpha1', 'CronJob', '1.21', 'batch/v1'],
  ['certificates.k8s.io/v1beta1', 'CertificateSigningRequest', '1.22', 'certificates.k8s.io/v1'],
  ['coordination.k8s.io/v1beta1', 'Lease', '1.22', 'coordination.k8s.io/v1'],
  ['discovery.k8s.io/v1beta1', 'EndpointSlice', '1.25', 'discovery.k8s.io/v1'],
  ['events.k8s.io/v1beta1', 'Event', '1.25', 'events.k8s.io/v1'],
  ['networking.k8s.io/v1beta1', 'Ingress IngressClass', '1.22', 'networking.k8s.io/v1'],
  ['node.k8s.io/v1beta1', 'RuntimeClass', '1.25', 'node.k8s.io/v1'],
  ['policy/v1beta1', 'PodDisruptionBudget', '1.25', 'policy/v1'],
  ['policy/v1beta1', 'PodSecurityPolicy', '1.25'],
  ...['v1alpha1', 'v1beta1'].map((version): [string, string, string, string] => [
    `rbac.authorization.k8s.io/${version}`,
    'Role ClusterRole RoleBinding ClusterRoleBinding',
    '1.22',
    'rbac.authorization.k8s.io/v1',
  ]),
  ['settings.k8s.io/v1alpha1', 'PodPreset', '1.20'],
  ['auditregistration.k8s.io/v1alpha1', 'AuditSink', '1.19'],
  ['admissionregistration.k8s.io/v1alpha1', 'InitializerConfiguration', '1.14'],
  ['networking.k8s.io/v1alpha1', 'ClusterCIDR', '1.29'],
  ['authentication.k8s.io/v1beta1', 'SelfSubjectReview', '1.33', 'authentication.k8s.io/v1'],
  ['resource.k8s.io/v1alpha1', 'ResourceClaim ResourceClaimTemplate', '1.27', 'resource.k8s.io/v1'],
  [
    'resource.k8s.io/v1alpha2',
    'ResourceClaim ResourceClaimTemplate ResourceSlice',
    '1.31',
    'resource.k8s.io/v1',
  ],
  ['resource.k8s.io/v1alpha1', 'ResourceClass PodScheduling', '1.27'],
  [
    'resource.k8s.io/v1alpha2',
    'ResourceClass ResourceClaimParameters ResourceClassParameters',
    '1.31',
  ],
  ['resource.k8s.io/v1alpha2', 'PodSchedulingContext', '1.31'],
  ['resource.k8s.io/v1alpha3', 'PodSchedulingContext', '1.32'],
  ['scheduling.k8s.io/v1alpha1', 'PriorityClass', '1.22', 'scheduling.k8s.io/v1'],
  ['discovery.k8s.io/v1alpha1', 'EndpointSlice', '1.21', 'discovery.k8s.io/v1'],
  ['node.k8s.io/v1alpha1', 'RuntimeClass', '1.24', 'node.k8s.io/v1'],
  ['storage.k8s.io/v1alpha1', 'CSIStorageCapacity', '1.24', 'storage.k8s.io/v1'],
  ['storage.k8s.io/v1alpha1', 'VolumeAttachment', '1.24', 'storage.k8s.io/v1'],
  ['scheduling.k8s.io/v1beta1', 'PriorityClass', '1.22', 'scheduling.k8s.io/v1'],
  [
    'storage.k8s.io/v1beta1',
    'CSIDriver CSINode StorageClass VolumeAttachment',
    '1.22',
    'storage.k8s.io/v1',
  ],
  ['storage.k8s.io/v1beta1', 'CSIStorageCapacity', '1.27', 'storage.k8s.io/v1'],
  [
    'flowcontrol.apiserver.k8s.io/v1alpha1',
    'FlowSchema PriorityLevelConfiguration',
    '1.24',
    'flowcontrol.apiserver.k8s.io/v1',
  ],
  ...['v1beta1', 'v1beta2', 'v1beta3'].map((version, index): [string, string, string, string] => [
    `flowcontrol.apiserver.k8s.io/${version}`,
    'FlowSchema PriorityLevelConfiguration',
    ['1.26', '1.29', '1.32'][index] ?? '1.32',
    'flowcontrol.apiserver.k8s.io/v1',
  ]),
];

const removed = new Map<string, RemovedApi>();
for (const [apiVersion, kinds, removedIn, replacement] of table) {
  for (const kind of kinds.split(' ')) {
    removed.set(`${apiVersion} ${kind}`, {
      removedIn,
      ...(replacement === undefined ? {} : { replacement }),
    });
  }
}

export function removedApi(apiVersion: string, kind: string): RemovedApi | undefined {
  return removed.get(`${apiVersion} ${kind}`);
}
