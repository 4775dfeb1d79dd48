import type { Kind } from '../kinds.ts';
import { onlyCreate, part, rowsOf, scale, status } from './define.ts';

const clusterScoped = true;
const all = ['all'];
const extensions = ['api-extensions'];

const registration = rowsOf('apiregistration.k8s.io', 'v1');
const apps = rowsOf('apps', 'v1');
const events = rowsOf('events.k8s.io', 'v1');
const authentication = rowsOf('authentication.k8s.io', 'v1');
const authorization = rowsOf('authorization.k8s.io', 'v1');
const autoscalingV2 = rowsOf('autoscaling', 'v2');
const autoscalingV1 = rowsOf('autoscaling', 'v1');
const batch = rowsOf('batch', 'v1');
const certificates = rowsOf('certificates.k8s.io', 'v1');
const networking = rowsOf('networking.k8s.io', 'v1');
const policy = rowsOf('policy', 'v1');
const rbac = rowsOf('rbac.authorization.k8s.io', 'v1');
const storage = rowsOf('storage.k8s.io', 'v1');
const admission = rowsOf('admissionregistration.k8s.io', 'v1');
const customResources = rowsOf('apiextensions.k8s.io', 'v1');
const scheduling = rowsOf('scheduling.k8s.io', 'v1');
const coordination = rowsOf('coordination.k8s.io', 'v1');
const node = rowsOf('node.k8s.io', 'v1');
const discovery = rowsOf('discovery.k8s.io', 'v1');
const flowcontrol = rowsOf('flowcontrol.apiserver.k8s.io', 'v1');
const devices = rowsOf('resource.k8s.io', 'v1');

/** A right is asked for, or an identity; nothing is stored. */
const review = { clusterScoped, verbs: onlyCreate };

/**
 * The named groups, in the order in which discovery lists them (the servers' group priority), and
 * within a group the preferred version first.
 */
export const groupKinds: readonly Kind[] = [
  registration('APIService', 'apiservices', {
    categories: extensions,
    clusterScoped,
    sub: [status],
  }),

  apps('ControllerRevision', 'controllerrevisions'),
  apps('DaemonSet', 'daemonsets', { short: ['ds'], categories: all, sub: [status] }),
  apps('Deployment', 'deployments', { short: ['deploy'], categories: all, sub: [scale, status] }),
  apps('ReplicaSet', 'replicasets', { short: ['rs'], categories: all, sub: [scale, status] }),
  apps('StatefulSet', 'statefulsets', { short: ['sts'], categories: all, sub: [scale, status] }),

  events('Event', 'events', { short: ['ev'] }),

  authentication('SelfSubjectReview', 'selfsubjectreviews', review),
  authentication('TokenReview', 'tokenreviews', review),

  authorization('LocalSubjectAccessReview', 'localsubjectaccessreviews', { verbs: onlyCreate }),
  authorization('SelfSubjectAccessReview', 'selfsubjectaccessreviews', review),
  authorization('SelfSubjectRulesReview', 'selfsubjectrulesreviews', review),
  authorization('SubjectAccessReview', 'subjectaccessreviews', review),

  autoscalingV2('HorizontalPodAutoscaler', 'horizontalpodautoscalers', {
    short: ['hpa'],
    categories: all,
    sub: [status],
  }),
  autoscalingV1('HorizontalPodAutoscaler', 'horizontalpodautoscalers', {
    short: ['hpa'],
    categories: all,
    sub: [status],
  }),

  batch('CronJob', 'cronjobs', { short: ['cj'], categories: all, sub: [status] }),
  batch('Job', 'jobs', { categories: all, sub: [status] }),

  certificates('CertificateSigningRequest', 'certificatesigningrequests', {
    short: ['csr'],
    clusterScoped,
    sub: [part('approval'), status],
  }),

  networking('IngressClass', 'ingressclasses', { clusterScoped }),
  networking('Ingress', 'ingresses', { short: ['ing'], sub: [status] }),
  networking('IPAddress', 'ipaddresses', { short: ['ip'], clusterScoped }),
  networking('NetworkPolicy', 'networkpolicies', { short: ['netpol'] }),
  networking('ServiceCIDR', 'servicecidrs', { clusterScoped, sub: [status] }),

  policy('PodDisruptionBudget', 'poddisruptionbudgets', { short: ['pdb'], sub: [status] }),

  rbac('ClusterRoleBinding', 'clusterrolebindings', { clusterScoped }),
  rbac('ClusterRole', 'clusterroles', { clusterScoped }),
  rbac('RoleBinding', 'rolebindings'),
  rbac('Role', 'roles'),

  storage('CSIDriver', 'csidrivers', { clusterScoped }),
  storage('CSINode', 'csinodes', { clusterScoped }),
  storage('CSIStorageCapacity', 'csistoragecapacities'),
  storage('StorageClass', 'storageclasses', { short: ['sc'], clusterScoped }),
  storage('VolumeAttachment', 'volumeattachments', { clusterScoped, sub: [status] }),
  storage('VolumeAttributesClass', 'volumeattributesclasses', { short: ['vac'], clusterScoped }),

  admission('MutatingAdmissionPolicy', 'mutatingadmissionpolicies', {
    categories: extensions,
    clusterScoped,
  }),
  admission('MutatingAdmissionPolicyBinding', 'mutatingadmissionpolicybindings', {
    categories: extensions,
    clusterScoped,
  }),
  admission('MutatingWebhookConfiguration', 'mutatingwebhookconfigurations', {
    categories: extensions,
    clusterScoped,
  }),
  admission('ValidatingAdmissionPolicy', 'validatingadmissionpolicies', {
    categories: extensions,
    clusterScoped,
    sub: [status],
  }),
  admission('ValidatingAdmissionPolicyBinding', 'validatingadmissionpolicybindings', {
    categories: extensions,
    clusterScoped,
  }),
  admission('ValidatingWebhookConfiguration', 'validatingwebhookconfigurations', {
    categories: extensions,
    clusterScoped,
  }),

  customResources('CustomResourceDefinition', 'customresourcedefinitions', {
    short: ['crd', 'crds'],
    categories: extensions,
    clusterScoped,
    sub: [status],
  }),

  scheduling('PriorityClass', 'priorityclasses', { short: ['pc'], clusterScoped }),

  coordination('Lease', 'leases'),

  node('RuntimeClass', 'runtimeclasses', { clusterScoped }),

  discovery('EndpointSlice', 'endpointslices'),

  flowcontrol('FlowSchema', 'flowschemas', { clusterScoped, sub: [status] }),
  flowcontrol('PriorityLevelConfiguration', 'prioritylevelconfigurations', {
    clusterScoped,
    sub: [status],
  }),

  devices('DeviceClass', 'deviceclasses', { clusterScoped }),
  devices('ResourceClaim', 'resourceclaims', { sub: [status] }),
  devices('ResourceClaimTemplate', 'resourceclaimtemplates'),
  devices('ResourceSlice', 'resourceslices', { clusterScoped }),
];
