// Values of string fields that the packages give as plain strings: either the field is newer than
// kubernetes-models, or the server checks it by hand. `Type.field`, or `group.Type.field`.

const status = ['True', 'False', 'Unknown'];
const failure = ['Fail', 'Ignore'];
const scope = ['*', 'Cluster', 'Namespaced'];
const retention = ['Retain', 'Delete'];
const subject = ['User', 'Group', 'ServiceAccount'];
const taint = ['None', 'NoSchedule', 'NoExecute'];
const membership = ['In', 'NotIn', 'Exists', 'DoesNotExist'];
const containerRestart = ['Always', 'Never', 'OnFailure'];
const allocation = ['ExactCount', 'All'];

export const enums = {
  'Condition.status': status,
  'APIServiceCondition.status': status,
  'ComponentCondition.status': status,
  'CustomResourceDefinitionCondition.status': status,
  'DaemonSetCondition.status': status,
  'DeploymentCondition.status': status,
  'HorizontalPodAutoscalerCondition.status': status,
  'JobCondition.status': status,
  'NamespaceCondition.status': status,
  'NodeCondition.status': status,
  'PersistentVolumeClaimCondition.status': status,
  'PodCondition.status': status,
  'PodFailurePolicyOnPodConditionsPattern.status': status,
  'ReplicaSetCondition.status': status,
  'ReplicationControllerCondition.status': status,
  'StatefulSetCondition.status': status,

  'MutatingAdmissionPolicySpec.failurePolicy': failure,
  'MutatingAdmissionPolicySpec.reinvocationPolicy': ['Never', 'IfNeeded'],
  'Mutation.patchType': ['ApplyConfiguration', 'JSONPatch'],
  'NamedRuleWithOperations.scope': scope,
  'ParamRef.parameterNotFoundAction': ['Allow', 'Deny'],
  'RuleWithOperations.scope': scope,

  'CustomResourceConversion.strategy': ['None', 'Webhook'],
  'CustomResourceDefinitionSpec.scope': ['Cluster', 'Namespaced'],
  'JSONSchemaProps.type': ['array', 'boolean', 'integer', 'number', 'object', 'string'],
  'JSONSchemaProps.x-kubernetes-list-type': ['atomic', 'map', 'set'],
  'JSONSchemaProps.x-kubernetes-map-type': ['atomic', 'granular'],

  'StatefulSetPersistentVolumeClaimRetentionPolicy.whenDeleted': retention,
  'StatefulSetPersistentVolumeClaimRetentionPolicy.whenScaled': retention,

  'HPAScalingPolicy.type': ['Percent', 'Pods'],
  'HPAScalingRules.selectPolicy': ['Disabled', 'Max', 'Min'],
  'MetricSpec.type': ['ContainerResource', 'External', 'Object', 'Pods', 'Resource'],
  'MetricTarget.type': ['AverageValue', 'Utilization', 'Value'],

  'Container.restartPolicy': containerRestart,
  'ContainerResizePolicy.restartPolicy': ['NotRequired', 'RestartContainer'],
  'ContainerRestartRule.action': ['Restart', 'RestartAllContainers'],
  'ContainerRestartRuleOnExitCodes.operator': ['In', 'NotIn'],
  'LimitRangeItem.type': ['Container', 'PersistentVolumeClaim', 'Pod'],
  'PodOS.name': ['linux', 'windows'],
  'ServiceSpec.trafficDistribution': ['PreferClose', 'PreferSameNode', 'PreferSameZone'],

  'FlowDistinguisherMethod.type': ['ByNamespace', 'ByUser'],
  'LimitResponse.type': ['Queue', 'Reject'],
  'PriorityLevelConfigurationSpec.type': ['Exempt', 'Limited'],
  'flowcontrol.Subject.kind': subject,

  'FieldSelectorRequirement.operator': membership,
  'LabelSelectorRequirement.operator': membership,
  'ManagedFieldsEntry.operation': ['Apply', 'Update'],
  'DeleteOptions.propagationPolicy': ['Background', 'Foreground', 'Orphan'],

  'IngressClassParametersReference.scope': ['Cluster', 'Namespace'],

  'RoleRef.apiGroup': ['rbac.authorization.k8s.io'],
  'RoleRef.kind': ['ClusterRole', 'Role'],
  'rbac.Subject.kind': subject,

  'DeviceRequest.allocationMode': allocation,
  'DeviceSubRequest.allocationMode': allocation,
  'DeviceTaint.effect': taint,
  'ExactDeviceRequest.allocationMode': allocation,

  'CSIDriverSpec.fsGroupPolicy': ['File', 'None', 'ReadWriteOnceWithFSType'],
  'CSIDriverSpec.volumeLifecycleModes': ['Ephemeral', 'Persistent'],
};
