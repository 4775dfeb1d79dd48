/**
 * What a server fills in where an author left a field out, kind by kind, as in the API reference:
 * https://kubernetes.io/docs/reference/kubernetes-api/. Kinds of custom resources take theirs from
 * their schema and are not treated here.
 */
import { type KubeObject, parseApiVersion } from '../object.ts';
import * as core from './core.ts';
import * as extensions from './extensions.ts';
import { defaultPod } from './pod.ts';
import * as policies from './policies.ts';
import * as workloads from './workloads.ts';

/** Fills in one object; the parameter is narrower than what is passed, see `table`. */
type Defaulter = (object: never) => void;

/** By `group/Kind`, or by `group/version/Kind` where versions differ. */
const table: Readonly<Record<string, Defaulter>> = {
  '/Endpoints': core.defaultEndpoints,
  '/LimitRange': core.defaultLimitRange,
  '/Namespace': core.defaultNamespace,
  '/Node': core.defaultNode,
  '/PersistentVolume': core.defaultPersistentVolume,
  '/PersistentVolumeClaim': core.defaultPersistentVolumeClaim,
  '/Pod': defaultPod,
  '/PodTemplate': core.defaultPodTemplateObject,
  '/ReplicationController': workloads.defaultReplicationController,
  '/ResourceQuota': core.defaultResourceQuota,
  '/Secret': core.defaultSecret,
  '/Service': core.defaultService,
  'admissionregistration.k8s.io/MutatingAdmissionPolicy': extensions.defaultAdmissionPolicy,
  'admissionregistration.k8s.io/MutatingAdmissionPolicyBinding':
    extensions.defaultAdmissionPolicyBinding,
  'admissionregistration.k8s.io/MutatingWebhookConfiguration': extensions.defaultMutatingWebhooks,
  'admissionregistration.k8s.io/ValidatingAdmissionPolicy': extensions.defaultAdmissionPolicy,
  'admissionregistration.k8s.io/ValidatingAdmissionPolicyBinding':
    extensions.defaultAdmissionPolicyBinding,
  'admissionregistration.k8s.io/ValidatingWebhookConfiguration':
    extensions.defaultValidatingWebhooks,
  'apiextensions.k8s.io/CustomResourceDefinition': extensions.defaultCustomResourceDefinition,
  'apiregistration.k8s.io/APIService': extensions.defaultAPIService,
  'apps/DaemonSet': workloads.defaultDaemonSet,
  'apps/Deployment': workloads.defaultDeployment,
  'apps/ReplicaSet': workloads.defaultReplicaSet,
  'apps/StatefulSet': workloads.defaultStatefulSet,
  'authentication.k8s.io/TokenRequest': policies.defaultTokenRequest,
  'autoscaling/v1/HorizontalPodAutoscaler': policies.defaultAutoscalerV1,
  'autoscaling/v2/HorizontalPodAutoscaler': policies.defaultAutoscaler,
  'batch/CronJob': workloads.defaultCronJob,
  'batch/Job': workloads.defaultJob,
  'certificates.k8s.io/CertificateSigningRequest': policies.defaultSigningRequest,
  'discovery.k8s.io/EndpointSlice': policies.defaultEndpointSlice,
  'flowcontrol.apiserver.k8s.io/FlowSchema': policies.defaultFlowSchema,
  'flowcontrol.apiserver.k8s.io/PriorityLevelConfiguration': policies.defaultPriorityLevel,
  'networking.k8s.io/Ingress': policies.defaultIngress,
  'networking.k8s.io/IngressClass': policies.defaultIngressClass,
  'networking.k8s.io/NetworkPolicy': policies.defaultNetworkPolicy,
  'rbac.authorization.k8s.io/ClusterRoleBinding': policies.defaultRoleBinding,
  'rbac.authorization.k8s.io/RoleBinding': policies.defaultRoleBinding,
  'scheduling.k8s.io/PriorityClass': policies.defaultPriorityClass,
  'storage.k8s.io/CSIDriver': policies.defaultCSIDriver,
  'storage.k8s.io/StorageClass': policies.defaultStorageClass,
};

/**
 * Fills in the fields that `object` leaves out. Changes `object`, which must be fresh: not frozen
 * and not shared. A kind without defaults stays as it is, and so does what has the wrong shape.
 */
export function applyDefaults(object: KubeObject): void {
  const { group, version } = parseApiVersion(object.apiVersion);
  const defaulter = table[`${group}/${object.kind}`] ?? table[`${group}/${version}/${object.kind}`];
  defaulter?.(object as never);
}
