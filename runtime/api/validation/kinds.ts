/** Which checks belong to which kind. */
import * as admission from './admission-policies.ts';
import * as autoscaling from './autoscaling.ts';
import { validateCronJob, validateJob, validateJobUpdate } from './batch.ts';
import * as core from './core.ts';
import * as definitions from './definitions.ts';
import * as devices from './devices.ts';
import * as drivers from './drivers.ts';
import * as extensions from './extensions.ts';
import * as flow from './flow.ts';
import * as ingress from './ingress.ts';
import {
  checkLabel,
  checkLabel1035,
  checkPathSegment,
  checkSubdomain,
  type NameCheck,
} from './names.ts';
import * as networking from './networking.ts';
import { validatePod, validateTemplate } from './pod.ts';
import { validatePodUpdate } from './pod-update.ts';
import * as policies from './policies.ts';
import type { Problems } from './problems.ts';
import * as quotas from './quotas.ts';
import * as records from './records.ts';
import * as services from './services.ts';
import * as storage from './storage.ts';
import * as workloads from './workloads.ts';

interface Rule {
  /** The form of its name; a subdomain where left out. */
  name?: NameCheck;
  /** It is asked and answered, never kept. */
  nameless?: boolean;
  /** The parameter is narrower than what is passed: the table's key says which kind it is. */
  create?: (object: never, problems: Problems) => void;
  update?: (next: never, previous: never, problems: Problems) => void;
  /** True where an update is judged by what has changed alone. */
  updateOnly?: boolean;
}

/** Pods of a CronJob's jobs have a suffix of eleven characters. */
const checkCronJobName: NameCheck = (name) => [
  ...checkSubdomain(name),
  ...(name.length > 52 ? ['must be no more than 52 characters'] : []),
];

/** The kind's own check says what its names must be. */
const checkNothing: NameCheck = () => [];

const review: Rule = { nameless: true };
const webhooks: Rule = { create: extensions.validateWebhooks };
const policy: Rule = { create: admission.validateAdmissionPolicy };
const mutatingPolicy: Rule = { create: admission.validateMutatingPolicy };
const policyBinding: Rule = { create: admission.validateAdmissionPolicyBinding };

/** By `group/Kind`, or by `group/version/Kind` where versions differ. */
export const rules: Readonly<Record<string, Rule>> = {
  '/ConfigMap': { create: core.validateConfigMap, update: core.validateConfigMapUpdate },
  '/Endpoints': { create: networking.validateEndpoints },
  '/Event': { name: checkPathSegment, create: records.validateCoreEvent },
  '/LimitRange': { create: core.validateLimitRange },
  '/Namespace': { name: checkLabel, create: core.validateNamespace },
  '/Node': { create: core.validateNode, update: core.validateNodeUpdate },
  '/PersistentVolume': {
    create: storage.validateVolumeObject,
    update: storage.validateVolumeObjectUpdate,
  },
  '/PersistentVolumeClaim': {
    create: storage.validateClaim,
    update: storage.validateClaimUpdate,
  },
  '/Pod': { create: validatePod, update: validatePodUpdate, updateOnly: true },
  '/PodTemplate': {
    create: (object: { template?: Parameters<typeof validateTemplate>[0] }, problems) =>
      validateTemplate(object.template, 'template', problems),
  },
  '/ReplicationController': { create: workloads.validateReplicationController },
  '/ResourceQuota': {
    create: quotas.validateResourceQuota,
    update: quotas.validateResourceQuotaUpdate,
  },
  '/Secret': { create: core.validateSecret, update: core.validateSecretUpdate },
  '/Service': {
    name: checkLabel1035,
    create: services.validateService,
    update: services.validateServiceUpdate,
    updateOnly: true,
  },
  'admissionregistration.k8s.io/MutatingAdmissionPolicy': mutatingPolicy,
  'admissionregistration.k8s.io/MutatingAdmissionPolicyBinding': policyBinding,
  'admissionregistration.k8s.io/MutatingWebhookConfiguration': webhooks,
  'admissionregistration.k8s.io/ValidatingWebhookConfiguration': webhooks,
  'admissionregistration.k8s.io/ValidatingAdmissionPolicy': policy,
  'admissionregistration.k8s.io/ValidatingAdmissionPolicyBinding': policyBinding,
  'apiextensions.k8s.io/CustomResourceDefinition': {
    create: definitions.validateCustomResourceDefinition,
    update: definitions.validateCustomResourceDefinitionUpdate,
  },
  'apiregistration.k8s.io/APIService': {
    name: checkPathSegment,
    create: extensions.validateAPIService,
  },
  'apps/ControllerRevision': {
    create: workloads.validateControllerRevision,
    update: workloads.validateControllerRevisionUpdate,
  },
  'apps/DaemonSet': {
    create: workloads.validateDaemonSet,
    update: workloads.validateSelectorUpdate,
  },
  'apps/Deployment': {
    create: workloads.validateDeployment,
    update: workloads.validateSelectorUpdate,
  },
  'apps/ReplicaSet': {
    create: workloads.validateReplicaSet,
    update: workloads.validateSelectorUpdate,
  },
  'apps/StatefulSet': {
    create: workloads.validateStatefulSet,
    update: workloads.validateStatefulSetUpdate,
  },
  'authentication.k8s.io/SelfSubjectReview': review,
  'authentication.k8s.io/TokenReview': review,
  'authorization.k8s.io/LocalSubjectAccessReview': review,
  'authorization.k8s.io/SelfSubjectAccessReview': review,
  'authorization.k8s.io/SelfSubjectRulesReview': review,
  'authorization.k8s.io/SubjectAccessReview': review,
  'autoscaling/v1/HorizontalPodAutoscaler': { create: autoscaling.validateAutoscaler },
  'autoscaling/v2/HorizontalPodAutoscaler': { create: autoscaling.validateAutoscaler },
  'batch/CronJob': { name: checkCronJobName, create: validateCronJob },
  'batch/Job': { create: validateJob, update: validateJobUpdate },
  'certificates.k8s.io/CertificateSigningRequest': {
    name: checkPathSegment,
    create: policies.validateSigningRequest,
  },
  'coordination.k8s.io/Lease': { create: policies.validateLease },
  'discovery.k8s.io/EndpointSlice': {
    create: networking.validateEndpointSlice,
    update: networking.validateEndpointSliceUpdate,
  },
  'events.k8s.io/Event': {
    create: records.validateEvent,
    update: records.validateEventUpdate,
    updateOnly: true,
  },
  'flowcontrol.apiserver.k8s.io/FlowSchema': { create: flow.validateFlowSchema },
  'flowcontrol.apiserver.k8s.io/PriorityLevelConfiguration': {
    create: flow.validatePriorityLevel,
  },
  'networking.k8s.io/Ingress': { create: ingress.validateIngress },
  'networking.k8s.io/IngressClass': {
    create: ingress.validateIngressClass,
    update: ingress.validateIngressClassUpdate,
  },
  'networking.k8s.io/IPAddress': { name: checkNothing, create: networking.validateIPAddress },
  'networking.k8s.io/NetworkPolicy': { create: networking.validateNetworkPolicy },
  'networking.k8s.io/ServiceCIDR': { create: networking.validateServiceCidr },
  'node.k8s.io/RuntimeClass': {
    create: records.validateRuntimeClass,
    update: records.validateRuntimeClassUpdate,
  },
  'policy/PodDisruptionBudget': {
    name: checkPathSegment,
    create: policies.validateDisruptionBudget,
  },
  'rbac.authorization.k8s.io/ClusterRole': {
    name: checkPathSegment,
    create: policies.validateClusterRole,
  },
  'rbac.authorization.k8s.io/ClusterRoleBinding': {
    name: checkPathSegment,
    create: policies.validateClusterRoleBinding,
    update: policies.validateBindingUpdate,
  },
  'rbac.authorization.k8s.io/Role': { name: checkPathSegment, create: policies.validateRole },
  'rbac.authorization.k8s.io/RoleBinding': {
    name: checkPathSegment,
    create: policies.validateRoleBinding,
    update: policies.validateBindingUpdate,
  },
  'resource.k8s.io/DeviceClass': { create: devices.validateDeviceClass },
  'resource.k8s.io/ResourceClaim': { create: devices.validateResourceClaim },
  'resource.k8s.io/ResourceClaimTemplate': { create: devices.validateResourceClaimTemplate },
  'resource.k8s.io/ResourceSlice': { create: devices.validateResourceSlice },
  'scheduling.k8s.io/PriorityClass': {
    create: policies.validatePriorityClass,
    update: policies.validatePriorityClassUpdate,
  },
  'storage.k8s.io/CSIDriver': {
    create: drivers.validateCSIDriver,
    update: drivers.validateCSIDriverUpdate,
  },
  'storage.k8s.io/CSINode': {
    create: drivers.validateCSINode,
    update: drivers.validateCSINodeUpdate,
  },
  'storage.k8s.io/CSIStorageCapacity': { create: drivers.validateStorageCapacity },
  'storage.k8s.io/StorageClass': {
    create: storage.validateStorageClass,
    update: storage.validateStorageClassUpdate,
  },
  'storage.k8s.io/VolumeAttachment': {
    create: drivers.validateVolumeAttachment,
    update: drivers.validateVolumeAttachmentUpdate,
  },
  'storage.k8s.io/VolumeAttributesClass': { create: drivers.validateAttributesClass },
};
