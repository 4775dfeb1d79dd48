/**
 * Collections that Skiff's own code addresses, as constants. A kind that is not known when the
 * program is written is found through `discovery.ts` instead.
 */
import { apiVersionOf, type KubeObject } from '../api/object.ts';
import type { ObjectTarget, Resource } from './client.ts';

/** A resource whose kind and scope are known at compile time. */
export interface KnownResource extends Resource {
  readonly kind: string;
  readonly namespaced: boolean;
}

function namespaced(group: string, version: string, resource: string, kind: string): KnownResource {
  return { group, version, resource, kind, namespaced: true };
}

function cluster(group: string, version: string, resource: string, kind: string): KnownResource {
  return { group, version, resource, kind, namespaced: false };
}

export const bindings = namespaced('', 'v1', 'bindings', 'Binding');
export const configMaps = namespaced('', 'v1', 'configmaps', 'ConfigMap');
export const endpoints = namespaced('', 'v1', 'endpoints', 'Endpoints');
export const events = namespaced('', 'v1', 'events', 'Event');
export const limitRanges = namespaced('', 'v1', 'limitranges', 'LimitRange');
export const namespaces = cluster('', 'v1', 'namespaces', 'Namespace');
export const nodes = cluster('', 'v1', 'nodes', 'Node');
export const persistentVolumes = cluster('', 'v1', 'persistentvolumes', 'PersistentVolume');
export const persistentVolumeClaims = namespaced(
  '',
  'v1',
  'persistentvolumeclaims',
  'PersistentVolumeClaim',
);
export const pods = namespaced('', 'v1', 'pods', 'Pod');
export const podTemplates = namespaced('', 'v1', 'podtemplates', 'PodTemplate');
export const replicationControllers = namespaced(
  '',
  'v1',
  'replicationcontrollers',
  'ReplicationController',
);
export const resourceQuotas = namespaced('', 'v1', 'resourcequotas', 'ResourceQuota');
export const secrets = namespaced('', 'v1', 'secrets', 'Secret');
export const services = namespaced('', 'v1', 'services', 'Service');
export const serviceAccounts = namespaced('', 'v1', 'serviceaccounts', 'ServiceAccount');

export const controllerRevisions = namespaced(
  'apps',
  'v1',
  'controllerrevisions',
  'ControllerRevision',
);
export const daemonSets = namespaced('apps', 'v1', 'daemonsets', 'DaemonSet');
export const deployments = namespaced('apps', 'v1', 'deployments', 'Deployment');
export const replicaSets = namespaced('apps', 'v1', 'replicasets', 'ReplicaSet');
export const statefulSets = namespaced('apps', 'v1', 'statefulsets', 'StatefulSet');

export const cronJobs = namespaced('batch', 'v1', 'cronjobs', 'CronJob');
export const jobs = namespaced('batch', 'v1', 'jobs', 'Job');

export const horizontalPodAutoscalers = namespaced(
  'autoscaling',
  'v2',
  'horizontalpodautoscalers',
  'HorizontalPodAutoscaler',
);
export const podDisruptionBudgets = namespaced(
  'policy',
  'v1',
  'poddisruptionbudgets',
  'PodDisruptionBudget',
);

export const endpointSlices = namespaced(
  'discovery.k8s.io',
  'v1',
  'endpointslices',
  'EndpointSlice',
);
export const ingresses = namespaced('networking.k8s.io', 'v1', 'ingresses', 'Ingress');
export const ingressClasses = cluster('networking.k8s.io', 'v1', 'ingressclasses', 'IngressClass');
export const networkPolicies = namespaced(
  'networking.k8s.io',
  'v1',
  'networkpolicies',
  'NetworkPolicy',
);
export const ipAddresses = cluster('networking.k8s.io', 'v1', 'ipaddresses', 'IPAddress');
export const serviceCidrs = cluster('networking.k8s.io', 'v1', 'servicecidrs', 'ServiceCIDR');

export const priorityClasses = cluster(
  'scheduling.k8s.io',
  'v1',
  'priorityclasses',
  'PriorityClass',
);
export const csiDrivers = cluster('storage.k8s.io', 'v1', 'csidrivers', 'CSIDriver');
export const csiNodes = cluster('storage.k8s.io', 'v1', 'csinodes', 'CSINode');
export const storageClasses = cluster('storage.k8s.io', 'v1', 'storageclasses', 'StorageClass');
export const volumeAttachments = cluster(
  'storage.k8s.io',
  'v1',
  'volumeattachments',
  'VolumeAttachment',
);
export const leases = namespaced('coordination.k8s.io', 'v1', 'leases', 'Lease');
export const runtimeClasses = cluster('node.k8s.io', 'v1', 'runtimeclasses', 'RuntimeClass');
export const certificateSigningRequests = cluster(
  'certificates.k8s.io',
  'v1',
  'certificatesigningrequests',
  'CertificateSigningRequest',
);

const rbacGroup = 'rbac.authorization.k8s.io';
export const roles = namespaced(rbacGroup, 'v1', 'roles', 'Role');
export const roleBindings = namespaced(rbacGroup, 'v1', 'rolebindings', 'RoleBinding');
export const clusterRoles = cluster(rbacGroup, 'v1', 'clusterroles', 'ClusterRole');
export const clusterRoleBindings = cluster(
  rbacGroup,
  'v1',
  'clusterrolebindings',
  'ClusterRoleBinding',
);

export const customResourceDefinitions = cluster(
  'apiextensions.k8s.io',
  'v1',
  'customresourcedefinitions',
  'CustomResourceDefinition',
);
export const apiServices = cluster('apiregistration.k8s.io', 'v1', 'apiservices', 'APIService');
export const mutatingWebhookConfigurations = cluster(
  'admissionregistration.k8s.io',
  'v1',
  'mutatingwebhookconfigurations',
  'MutatingWebhookConfiguration',
);
export const validatingWebhookConfigurations = cluster(
  'admissionregistration.k8s.io',
  'v1',
  'validatingwebhookconfigurations',
  'ValidatingWebhookConfiguration',
);

/** Every constant above. */
export const knownResources: readonly KnownResource[] = [
  bindings,
  configMaps,
  endpoints,
  events,
  limitRanges,
  namespaces,
  nodes,
  persistentVolumes,
  persistentVolumeClaims,
  pods,
  podTemplates,
  replicationControllers,
  resourceQuotas,
  secrets,
  services,
  serviceAccounts,
  controllerRevisions,
  daemonSets,
  deployments,
  replicaSets,
  statefulSets,
  cronJobs,
  jobs,
  horizontalPodAutoscalers,
  podDisruptionBudgets,
  endpointSlices,
  ingresses,
  ingressClasses,
  networkPolicies,
  ipAddresses,
  serviceCidrs,
  priorityClasses,
  csiDrivers,
  csiNodes,
  storageClasses,
  volumeAttachments,
  leases,
  runtimeClasses,
  certificateSigningRequests,
  roles,
  roleBindings,
  clusterRoles,
  clusterRoleBindings,
  customResourceDefinitions,
  apiServices,
  mutatingWebhookConfigurations,
  validatingWebhookConfigurations,
];

const byKind = new Map(knownResources.map((r) => [`${apiVersionOf(r)}/${r.kind}`, r]));
const byResource = new Map(knownResources.map((r) => [`${apiVersionOf(r)}/${r.resource}`, r]));

/** The constant for an object's (or owner reference's) apiVersion and kind, if it is one of ours. */
export function resourceOfKind(apiVersion: string, kind: string): KnownResource | undefined {
  return byKind.get(`${apiVersion}/${kind}`);
}

/** The constant that equals `resource`, if it is one of ours. */
export function findKnown(resource: Resource): KnownResource | undefined {
  return byResource.get(`${apiVersionOf(resource)}/${resource.resource}`);
}

/** Addresses one object: `client.get(at(pods, 'web-0', 'default'))`. */
export function at(
  { group, version, resource }: Resource,
  name: string,
  namespace?: string,
  subresource?: string,
): ObjectTarget {
  return {
    group,
    version,
    resource,
    name,
    ...(namespace === undefined ? {} : { namespace }),
    ...(subresource === undefined ? {} : { subresource }),
  };
}

/** Addresses the collection's object that `object` is: its own namespace and name. */
export function targetOf(
  resource: Resource,
  object: KubeObject,
  subresource?: string,
): ObjectTarget {
  return at(resource, object.metadata.name ?? '', object.metadata.namespace, subresource);
}

/** `namespace/name`, or `name` for a cluster-scoped object: the key of work queues and caches. */
export function keyOf(object: {
  metadata: { name?: string | undefined; namespace?: string | undefined };
}): string {
  const { name = '', namespace } = object.metadata;
  return namespace === undefined || namespace === '' ? name : `${namespace}/${name}`;
}

/** The inverse of `keyOf`. */
export function splitKey(key: string): { namespace?: string; name: string } {
  const slash = key.indexOf('/');
  return slash < 0 ? { name: key } : { namespace: key.slice(0, slash), name: key.slice(slash + 1) };
}
