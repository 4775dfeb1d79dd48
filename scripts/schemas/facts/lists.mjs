// How lists and maps are merged: by server-side apply (list type and keys) and by the strategic
// merge patch (strategy and merge key). A list that is not named here is replaced as a whole.
// https://kubernetes.io/docs/reference/using-api/server-side-apply/#merge-strategy

/** Merged by these keys in both ways; the strategic patch knows the first key only. */
const keyed = (...keys) => ({
  'x-kubernetes-list-type': 'map',
  'x-kubernetes-list-map-keys': keys,
  'x-kubernetes-patch-strategy': 'merge',
  'x-kubernetes-patch-merge-key': keys[0],
});

/** As `keyed`, but an item's fields that the patch leaves out are dropped (unions of sources). */
const keyedUnion = (key) => ({ ...keyed(key), 'x-kubernetes-patch-strategy': 'merge,retainKeys' });

/** Merged by server-side apply, replaced by the strategic patch. */
const keyedForApply = (...keys) => ({
  'x-kubernetes-list-type': 'map',
  'x-kubernetes-list-map-keys': keys,
});

/** The other way round. */
const keyedForPatch = (key) => ({
  'x-kubernetes-patch-strategy': 'merge',
  'x-kubernetes-patch-merge-key': key,
});

const set = { 'x-kubernetes-list-type': 'set' };
const mergedSet = { ...set, 'x-kubernetes-patch-strategy': 'merge' };
const atomicMap = { 'x-kubernetes-map-type': 'atomic' };
const granularMap = { 'x-kubernetes-map-type': 'granular' };

const container = {
  env: keyed('name'),
  ports: { ...keyed('containerPort', 'protocol') },
  volumeDevices: keyed('devicePath'),
  volumeMounts: keyed('mountPath'),
};
const webhooks = { webhooks: keyed('name') };
const matchConditions = { matchConditions: keyed('name') };

/** `group.Type` or `group.version.Type` → what holds for its fields. */
export const fields = {
  'admissionregistration.MutatingAdmissionPolicySpec': matchConditions,
  'admissionregistration.MutatingWebhook': matchConditions,
  'admissionregistration.MutatingWebhookConfiguration': webhooks,
  'admissionregistration.ValidatingAdmissionPolicyBindingSpec': { validationActions: set },
  'admissionregistration.ValidatingAdmissionPolicySpec': {
    ...matchConditions,
    variables: keyed('name'),
  },
  'admissionregistration.ValidatingWebhook': matchConditions,
  'admissionregistration.ValidatingWebhookConfiguration': webhooks,
  'apiextensions.JSONSchemaProps': { 'x-kubernetes-validations': keyed('rule') },
  'apiserverinternal.ServerStorageVersion': { decodableVersions: set, servedVersions: set },
  'apiserverinternal.StorageVersionStatus': { storageVersions: keyedForApply('apiServerID') },
  'apps.DeploymentSpec': { strategy: { 'x-kubernetes-patch-strategy': 'retainKeys' } },
  'batch.PodFailurePolicyOnExitCodesRequirement': { values: set },
  'batch.UncountedTerminatedPods': { failed: set, succeeded: set },
  'core.Container': container,
  'core.ContainerRestartRuleOnExitCodes': { values: set },
  'core.ContainerStatus': {
    allocatedResourcesStatus: keyed('name'),
    volumeMounts: keyed('mountPath'),
  },
  'core.EphemeralContainer': container,
  'core.NodeAllocatableResourceClaimStatus': { containers: set },
  'core.NodeSpec': { podCIDRs: mergedSet },
  'core.NodeStatus': { addresses: keyed('type') },
  'core.PersistentVolumeClaimStatus': { allocatedResourceStatuses: granularMap },
  'core.PersistentVolumeSpec': { claimRef: granularMap },
  'core.PodSpec': {
    containers: keyed('name'),
    ephemeralContainers: keyed('name'),
    hostAliases: keyed('ip'),
    imagePullSecrets: keyed('name'),
    initContainers: keyed('name'),
    nodeSelector: atomicMap,
    resourceClaims: keyedUnion('name'),
    schedulingGates: keyed('name'),
    topologySpreadConstraints: keyed('topologyKey', 'whenUnsatisfiable'),
    volumes: keyedUnion('name'),
  },
  'core.PodStatus': {
    hostIPs: keyedForPatch('ip'),
    podIPs: keyed('ip'),
    resourceClaimStatuses: keyedUnion('name'),
  },
  'core.ReplicationControllerSpec': { selector: atomicMap },
  'core.ResourceRequirements': { claims: keyedForApply('name') },
  'core.ResourceStatus': { resources: keyedForApply('resourceID') },
  'core.ServiceAccount': { secrets: keyed('name') },
  'core.ServiceSpec': { ports: keyed('port', 'protocol'), selector: atomicMap },
  'discovery.Endpoint': { addresses: set },
  'flowcontrol.NonResourcePolicyRule': { nonResourceURLs: set, verbs: set },
  'flowcontrol.ResourcePolicyRule': { apiGroups: set, namespaces: set, resources: set, verbs: set },
  'meta.ObjectMeta': { finalizers: mergedSet, ownerReferences: keyed('uid') },
  'node.Scheduling': { nodeSelector: atomicMap },
  'policy.PodDisruptionBudgetSpec': { selector: { 'x-kubernetes-patch-strategy': 'replace' } },
  'resource.ResourceClaimStatus': {
    devices: keyedForApply('driver', 'device', 'pool', 'shareID'),
    reservedFor: keyed('uid'),
  },
  'scheduling.PodGroupSpec': { resourceClaims: keyedUnion('name') },
  'scheduling.PodGroupStatus': { resourceClaimStatuses: keyedUnion('name') },
  'scheduling.PodGroupTemplate': { resourceClaims: keyedUnion('name') },
  'scheduling.WorkloadSpec': { podGroupTemplates: keyedForApply('name') },
  'storage.CSIDriverSpec': { volumeLifecycleModes: set },
  'storage.CSINodeSpec': { drivers: keyed('name') },
};

/** Types whose `conditions` differ from the rule below. */
const otherConditions = {
  'admissionregistration.ValidatingAdmissionPolicyStatus': keyedForApply('type'),
  'apiextensions.CustomResourceDefinitionStatus': keyedForApply('type'),
  'apiserverinternal.StorageVersionStatus': keyedForApply('type'),
  'batch.JobStatus': keyedForPatch('type'),
  'certificates.CertificateSigningRequestStatus': keyedForApply('type'),
  'policy.Eviction': {},
  'resource.AllocatedDeviceStatus': keyedForApply('type'),
};

/** Conditions are a map by type wherever there are any. */
export function conditionsOf(type) {
  return otherConditions[type] ?? keyed('type');
}

/** Types that server-side apply owns as a whole. */
export const atomicTypes = new Set([
  'admissionregistration.MatchResources',
  'admissionregistration.NamedRuleWithOperations',
  'admissionregistration.ParamKind',
  'admissionregistration.ParamRef',
  'admissionregistration.v1.Variable',
  'admissionregistration.v1beta1.Variable',
  'autoscaling.v1.CrossVersionObjectReference',
  'core.ConfigMapKeySelector',
  'core.EndpointAddress',
  'core.EndpointPort',
  'core.FileKeySelector',
  'core.LocalObjectReference',
  'core.NodeSelector',
  'core.NodeSelectorTerm',
  'core.ObjectFieldSelector',
  'core.ObjectReference',
  'core.ResourceFieldSelector',
  'core.ScopeSelector',
  'core.SecretKeySelector',
  'core.SecretReference',
  'core.TopologySelectorTerm',
  'core.TypedLocalObjectReference',
  'discovery.EndpointPort',
  'meta.LabelSelector',
  'meta.OwnerReference',
  'networking.ServiceBackendPort',
  'rbac.RoleRef',
  'rbac.Subject',
]);

/** Optional lists that are kept even when they are empty: they are shown so, or refused for it. */
export const kept = {
  'apiextensions.CustomResourceDefinitionStatus': 'conditions storedVersions',
  'authentication.TokenRequestSpec': 'audiences',
  'autoscaling.HPAScalingRules': 'policies',
  'core.ProjectedVolumeSource': 'sources',
  'discovery.EndpointSlice': 'endpoints ports',
  'rbac.ClusterRole': 'rules',
  'rbac.Role': 'rules',
};
