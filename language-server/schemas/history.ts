/**
 * Since which Kubernetes version kinds and newer fields are there for everyone (generally
 * available, so without a feature gate). Fields that are as old as their kind are not listed.
 * https://kubernetes.io/docs/reference/command-line-tools-reference/feature-gates/
 */
const kinds: Readonly<Record<string, string>> = {
  'apps/v1': '1.9',
  'batch/v1 Job': '1.2',
  'batch/v1 CronJob': '1.21',
  'autoscaling/v1': '1.2',
  'autoscaling/v2': '1.23',
  'networking.k8s.io/v1 NetworkPolicy': '1.7',
  'networking.k8s.io/v1 Ingress': '1.19',
  'networking.k8s.io/v1 IngressClass': '1.19',
  'networking.k8s.io/v1 ServiceCIDR': '1.33',
  'networking.k8s.io/v1 IPAddress': '1.33',
  'policy/v1': '1.21',
  'rbac.authorization.k8s.io/v1': '1.8',
  'storage.k8s.io/v1 StorageClass': '1.6',
  'storage.k8s.io/v1 CSIDriver': '1.18',
  'storage.k8s.io/v1 VolumeAttributesClass': '1.34',
  'scheduling.k8s.io/v1': '1.14',
  'node.k8s.io/v1': '1.20',
  'coordination.k8s.io/v1': '1.14',
  'discovery.k8s.io/v1': '1.21',
  'certificates.k8s.io/v1': '1.19',
  'apiextensions.k8s.io/v1': '1.16',
  'apiregistration.k8s.io/v1': '1.10',
  'admissionregistration.k8s.io/v1 MutatingWebhookConfiguration': '1.16',
  'admissionregistration.k8s.io/v1 ValidatingWebhookConfiguration': '1.16',
  'admissionregistration.k8s.io/v1 ValidatingAdmissionPolicy': '1.30',
  'admissionregistration.k8s.io/v1 ValidatingAdmissionPolicyBinding': '1.30',
  'flowcontrol.apiserver.k8s.io/v1': '1.29',
  'resource.k8s.io/v1': '1.34',
};

/** By the last part of the definition's name, and the field. */
const fields: Readonly<Record<string, string>> = {
  'PodSpec.ephemeralContainers': '1.25',
  'PodSpec.topologySpreadConstraints': '1.19',
  'PodSpec.schedulingGates': '1.30',
  'PodSpec.os': '1.25',
  'PodSpec.setHostnameAsFQDN': '1.22',
  'PodSpec.resourceClaims': '1.34',
  'Container.startupProbe': '1.20',
  'Container.restartPolicy': '1.33',
  'Container.resizePolicy': '1.35',
  'Probe.grpc': '1.27',
  'Probe.terminationGracePeriodSeconds': '1.28',
  'LifecycleHandler.sleep': '1.34',
  'SecurityContext.appArmorProfile': '1.31',
  'PodSecurityContext.appArmorProfile': '1.31',
  'PodSecurityContext.fsGroupChangePolicy': '1.23',
  'PodSecurityContext.supplementalGroupsPolicy': '1.35',
  'TopologySpreadConstraint.minDomains': '1.30',
  'TopologySpreadConstraint.nodeAffinityPolicy': '1.33',
  'TopologySpreadConstraint.nodeTaintsPolicy': '1.33',
  'PodAffinityTerm.namespaceSelector': '1.24',
  'PodAffinityTerm.matchLabelKeys': '1.33',
  'VolumeMount.recursiveReadOnly': '1.33',
  'Volume.ephemeral': '1.23',
  'Volume.image': '1.35',
  'JobSpec.suspend': '1.24',
  'JobSpec.completionMode': '1.24',
  'JobSpec.ttlSecondsAfterFinished': '1.23',
  'JobSpec.podFailurePolicy': '1.31',
  'JobSpec.backoffLimitPerIndex': '1.33',
  'JobSpec.successPolicy': '1.33',
  'JobSpec.podReplacementPolicy': '1.34',
  'JobSpec.managedBy': '1.35',
  'CronJobSpec.timeZone': '1.27',
  'StatefulSetSpec.minReadySeconds': '1.25',
  'StatefulSetSpec.ordinals': '1.31',
  'StatefulSetSpec.persistentVolumeClaimRetentionPolicy': '1.32',
  'RollingUpdateDaemonSet.maxSurge': '1.25',
  'ServiceSpec.ipFamilies': '1.23',
  'ServiceSpec.ipFamilyPolicy': '1.23',
  'ServiceSpec.internalTrafficPolicy': '1.26',
  'ServiceSpec.loadBalancerClass': '1.24',
  'ServiceSpec.allocateLoadBalancerNodePorts': '1.24',
  'ServiceSpec.trafficDistribution': '1.33',
  'ServicePort.appProtocol': '1.20',
  'ConfigMap.immutable': '1.21',
  'Secret.immutable': '1.21',
  'PersistentVolumeClaimSpec.volumeAttributesClassName': '1.34',
  'PersistentVolumeClaimSpec.dataSourceRef': '1.24',
  'PodDisruptionBudgetSpec.unhealthyPodEvictionPolicy': '1.31',
  'NetworkPolicyPort.endPort': '1.25',
  'CustomResourceDefinitionVersion.selectableFields': '1.32',
  'ValidatingWebhook.matchConditions': '1.30',
  'MutatingWebhook.matchConditions': '1.30',
};

/** The first version with the kind at this apiVersion; undefined for what has always been there. */
export function kindSince(apiVersion: string, kind: string): string | undefined {
  return kinds[`${apiVersion} ${kind}`] ?? kinds[apiVersion];
}

/** @param definition name of the schema that has the field: `io.k8s.api.core.v1.PodSpec` */
export function fieldSince(definition: string, field: string): string | undefined {
  return fields[`${definition.slice(definition.lastIndexOf('.') + 1)}.${field}`];
}
