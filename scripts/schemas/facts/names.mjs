// What the upstream definitions are called, where the packages we read do not say.

/** Prefix of a client class (`AppsV1Api`) → the API group, and the stem of its definitions' names. */
export const groups = {
  Admissionregistration: ['admissionregistration.k8s.io', 'io.k8s.api.admissionregistration'],
  Apiextensions: ['apiextensions.k8s.io', 'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions'],
  Apiregistration: ['apiregistration.k8s.io', 'io.k8s.kube-aggregator.pkg.apis.apiregistration'],
  Apps: ['apps', 'io.k8s.api.apps'],
  Authentication: ['authentication.k8s.io', 'io.k8s.api.authentication'],
  Authorization: ['authorization.k8s.io', 'io.k8s.api.authorization'],
  Autoscaling: ['autoscaling', 'io.k8s.api.autoscaling'],
  Batch: ['batch', 'io.k8s.api.batch'],
  Certificates: ['certificates.k8s.io', 'io.k8s.api.certificates'],
  Coordination: ['coordination.k8s.io', 'io.k8s.api.coordination'],
  Core: ['', 'io.k8s.api.core'],
  Discovery: ['discovery.k8s.io', 'io.k8s.api.discovery'],
  Events: ['events.k8s.io', 'io.k8s.api.events'],
  Flowcontrol: ['flowcontrol.apiserver.k8s.io', 'io.k8s.api.flowcontrol'],
  FlowcontrolApiserver: ['flowcontrol.apiserver.k8s.io', 'io.k8s.api.flowcontrol'],
  InternalApiserver: ['internal.apiserver.k8s.io', 'io.k8s.api.apiserverinternal'],
  Networking: ['networking.k8s.io', 'io.k8s.api.networking'],
  Node: ['node.k8s.io', 'io.k8s.api.node'],
  Policy: ['policy', 'io.k8s.api.policy'],
  Rbac: ['rbac.authorization.k8s.io', 'io.k8s.api.rbac'],
  RbacAuthorization: ['rbac.authorization.k8s.io', 'io.k8s.api.rbac'],
  Resource: ['resource.k8s.io', 'io.k8s.api.resource'],
  Scheduling: ['scheduling.k8s.io', 'io.k8s.api.scheduling'],
  Storage: ['storage.k8s.io', 'io.k8s.api.storage'],
  Storagemigration: ['storagemigration.k8s.io', 'io.k8s.api.storagemigration'],
};

export const metaStem = 'io.k8s.apimachinery.pkg.apis.meta';

/** Types of meta/v1, which belong to no group. */
export const metaTypes = new Set([
  'APIGroup',
  'APIGroupList',
  'APIResource',
  'APIResourceList',
  'APIVersions',
  'Condition',
  'DeleteOptions',
  'FieldSelectorRequirement',
  'GroupResource',
  'GroupVersionForDiscovery',
  'LabelSelector',
  'LabelSelectorRequirement',
  'ListMeta',
  'ManagedFieldsEntry',
  'ObjectMeta',
  'OwnerReference',
  'Preconditions',
  'ServerAddressByClientCIDR',
  'ShardInfo',
  'Status',
  'StatusCause',
  'StatusDetails',
  'WatchEvent',
]);

/** Meta types that travel as whole objects; like the rest of meta they answer to `v1`. */
export const metaKinds = new Set([
  'APIGroup',
  'APIGroupList',
  'APIResourceList',
  'APIVersions',
  'Status',
]);

/** Types that a group's API uses although another group owns them. */
export const owners = {
  V1Eviction: 'Policy',
  V1Scale: 'Autoscaling',
  V1CrossVersionObjectReference: 'Autoscaling',
  V1TopologySelectorTerm: 'Core',
  V1TopologySelectorLabelRequirement: 'Core',
};
