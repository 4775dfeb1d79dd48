/** Each kind's strategy; kinds that are not named here have nothing particular. */
import type { GroupVersionKind, UnknownObject } from '../../api/object.ts';
import { foldTexts } from '../../api/secret-texts.ts';
import { fillPodCidrs } from './addresses.ts';
import { apiServiceStrategy, certificateRequestStrategy } from './certificates.ts';
import { customResourceDefinitionStrategy } from './custom-resource-definition.ts';
import { daemonSetStrategy } from './daemon-set.ts';
import { jobStrategy } from './job.ts';
import { podStrategy } from './pod.ts';
import { serviceStrategy } from './service.ts';
import { part, type Strategy, wholeMetadata } from './strategy.ts';
import { volumeClaimStrategy } from './volume-claim.ts';

const generation: Strategy = { generation: true };
const versioned: Strategy = { generation: true, needsResourceVersion: true };
const separateStatus: Strategy = { generation: true, keptByStatus: wholeMetadata };

const secretStrategy: Strategy = {
  normalize: foldTexts,
};

const namespaceStrategy: Strategy = {
  prepareForCreate(object) {
    object.status = { phase: 'Active' };
    const spec = part(object, 'spec');
    const finalizers = Array.isArray(spec.finalizers) ? spec.finalizers : [];
    if (!finalizers.includes('kubernetes')) spec.finalizers = [...finalizers, 'kubernetes'];
  },
  prepareForUpdate(next, previous) {
    part(next, 'spec').finalizers = (previous.spec as { finalizers?: unknown })?.finalizers;
  },
};

const volumeStrategy: Strategy = {
  returnsDeleted: true,
  prepareForCreate: (object) => setPhase(object, 'Pending'),
};

const workloadWithReplicas: Strategy = {
  generation: true,
  prepareForCreate(object) {
    object.status = { replicas: 0 };
  },
};

const eventStrategy: Strategy = { createsOnUpdate: true, policies: 'none' };
const endpointSliceStrategy: Strategy = { generation: true };

const strategies: Record<string, Strategy> = {
  '/Pod': podStrategy,
  '/Service': { ...serviceStrategy, createsOnUpdate: true },
  '/Secret': secretStrategy,
  '/Namespace': namespaceStrategy,
  '/Node': { keepsStatusOnCreate: true, normalize: fillPodCidrs },
  '/PersistentVolume': volumeStrategy,
  '/PersistentVolumeClaim': volumeClaimStrategy,
  '/ServiceAccount': { returnsDeleted: true },
  '/ResourceQuota': { returnsDeleted: true },
  '/PodTemplate': { generation: true, returnsDeleted: true },
  '/ReplicationController': { ...workloadWithReplicas, orphansByDefault: true },
  '/Endpoints': { createsOnUpdate: true },
  '/Event': eventStrategy,
  'events.k8s.io/Event': eventStrategy,
  '/LimitRange': { createsOnUpdate: true, namesItself: true },
  // The revision is an annotation, and its controller writes it through /status.
  'apps/Deployment': {
    generation: true,
    generationOfAnnotations: true,
    keptByStatus: ['labels'],
  },
  'apps/DaemonSet': daemonSetStrategy,
  'apps/ReplicaSet': workloadWithReplicas,
  'apps/StatefulSet': {
    generation: true,
    prepareForCreate(object) {
      object.status = { replicas: 0, availableReplicas: 0 };
    },
  },
  'batch/Job': jobStrategy,
  'batch/CronJob': generation,
  'policy/PodDisruptionBudget': {
    generation: true,
    needsResourceVersion: true,
    prepareForCreate(object) {
      object.status = {
        disruptionsAllowed: 0,
        currentHealthy: 0,
        desiredHealthy: 0,
        expectedPods: 0,
      };
    },
  },
  'networking.k8s.io/Ingress': {
    generation: true,
    prepareForCreate(object) {
      object.status = { loadBalancer: {} };
    },
  },
  'networking.k8s.io/NetworkPolicy': generation,
  'networking.k8s.io/IngressClass': generation,
  'discovery.k8s.io/EndpointSlice': endpointSliceStrategy,
  'coordination.k8s.io/Lease': { createsOnUpdate: true, needsResourceVersion: true },
  'admissionregistration.k8s.io/MutatingWebhookConfiguration': versioned,
  'admissionregistration.k8s.io/ValidatingWebhookConfiguration': versioned,
  'admissionregistration.k8s.io/ValidatingAdmissionPolicy': {
    ...separateStatus,
    needsResourceVersion: true,
  },
  'admissionregistration.k8s.io/ValidatingAdmissionPolicyBinding': versioned,
  'admissionregistration.k8s.io/MutatingAdmissionPolicy': versioned,
  'admissionregistration.k8s.io/MutatingAdmissionPolicyBinding': versioned,
  'apiextensions.k8s.io/CustomResourceDefinition': customResourceDefinitionStrategy,
  'apiregistration.k8s.io/APIService': apiServiceStrategy,
  'flowcontrol.apiserver.k8s.io/FlowSchema': separateStatus,
  'flowcontrol.apiserver.k8s.io/PriorityLevelConfiguration': separateStatus,
  'scheduling.k8s.io/PriorityClass': generation,
  'storage.k8s.io/CSIDriver': versioned,
  'storage.k8s.io/CSINode': { needsResourceVersion: true },
  'storage.k8s.io/CSIStorageCapacity': { needsResourceVersion: true },
  'node.k8s.io/RuntimeClass': { createsOnUpdate: true, needsResourceVersion: true },
  'storage.k8s.io/VolumeAttachment': { keptByStatus: wholeMetadata, needsResourceVersion: true },
  'resource.k8s.io/ResourceClaim': { keptByStatus: wholeMetadata },
  'resource.k8s.io/ResourceSlice': generation,
  'certificates.k8s.io/CertificateSigningRequest': certificateRequestStrategy,
  'rbac.authorization.k8s.io/ClusterRole': { createsOnUpdate: true },
  'rbac.authorization.k8s.io/ClusterRoleBinding': { createsOnUpdate: true },
  'rbac.authorization.k8s.io/Role': { createsOnUpdate: true },
  'rbac.authorization.k8s.io/RoleBinding': { createsOnUpdate: true },
};

const nothing: Strategy = {};

export function strategyOf(kind: GroupVersionKind): Strategy {
  return strategies[`${kind.group}/${kind.kind}`] ?? nothing;
}

function setPhase(object: UnknownObject, phase: string): void {
  object.status = { phase };
}
