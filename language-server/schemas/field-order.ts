/**
 * The order in which people write the fields of common objects; what is not listed follows by name.
 * By the last part of the definition's name.
 */
const orders: Readonly<Record<string, string>> = {
  ObjectMeta: 'name namespace labels annotations generateName finalizers ownerReferences',
  PodSpec:
    'containers initContainers volumes restartPolicy serviceAccountName imagePullSecrets securityContext nodeSelector affinity topologySpreadConstraints tolerations priorityClassName terminationGracePeriodSeconds automountServiceAccountToken hostNetwork dnsPolicy',
  Container:
    'name image imagePullPolicy command args workingDir ports env envFrom resources volumeMounts readinessProbe livenessProbe startupProbe lifecycle securityContext restartPolicy',
  ContainerPort: 'name containerPort protocol hostPort',
  EnvVar: 'name value valueFrom',
  EnvVarSource: 'configMapKeyRef secretKeyRef fieldRef resourceFieldRef',
  EnvFromSource: 'configMapRef secretRef prefix',
  ResourceRequirements: 'requests limits',
  Probe:
    'httpGet tcpSocket exec grpc initialDelaySeconds periodSeconds timeoutSeconds failureThreshold successThreshold',
  HTTPGetAction: 'path port scheme httpHeaders',
  VolumeMount: 'name mountPath subPath readOnly',
  Volume:
    'name configMap secret emptyDir persistentVolumeClaim projected ephemeral downwardAPI hostPath csi nfs image',
  SecurityContext:
    'runAsNonRoot runAsUser runAsGroup readOnlyRootFilesystem allowPrivilegeEscalation capabilities seccompProfile privileged',
  PodSecurityContext: 'runAsNonRoot runAsUser runAsGroup fsGroup seccompProfile sysctls',
  DeploymentSpec: 'replicas selector template strategy minReadySeconds revisionHistoryLimit',
  StatefulSetSpec: 'serviceName replicas selector template volumeClaimTemplates updateStrategy',
  DaemonSetSpec: 'selector template updateStrategy',
  ReplicaSetSpec: 'replicas selector template',
  JobSpec:
    'template completions parallelism backoffLimit activeDeadlineSeconds ttlSecondsAfterFinished completionMode',
  CronJobSpec:
    'schedule timeZone jobTemplate concurrencyPolicy startingDeadlineSeconds suspend successfulJobsHistoryLimit failedJobsHistoryLimit',
  PodTemplateSpec: 'metadata spec',
  ServiceSpec: 'type selector ports clusterIP externalName sessionAffinity',
  ServicePort: 'name port targetPort protocol nodePort appProtocol',
  IngressSpec: 'ingressClassName tls rules defaultBackend',
  IngressRule: 'host http',
  HTTPIngressPath: 'path pathType backend',
  PersistentVolumeClaimSpec:
    'accessModes storageClassName resources volumeName volumeMode selector dataSource',
  HorizontalPodAutoscalerSpec: 'scaleTargetRef minReplicas maxReplicas metrics behavior',
  NetworkPolicySpec: 'podSelector policyTypes ingress egress',
  NetworkPolicyIngressRule: 'from ports',
  NetworkPolicyEgressRule: 'to ports',
  PodDisruptionBudgetSpec: 'maxUnavailable minAvailable selector',
  PolicyRule: 'apiGroups resources verbs resourceNames nonResourceURLs',
  RoleRef: 'apiGroup kind name',
  Subject: 'kind name namespace apiGroup',
  LabelSelector: 'matchLabels matchExpressions',
  CustomResourceDefinitionSpec: 'group scope names versions conversion',
  CustomResourceDefinitionVersion:
    'name served storage schema subresources additionalPrinterColumns',
};

/** For the objects themselves. */
const top = 'apiVersion kind metadata spec data stringData type rules roleRef subjects';

const ranks = new Map<string, ReadonlyMap<string, number>>(
  Object.entries({ ...orders, '': top }).map(([name, order]) => [
    name,
    new Map(order.split(' ').map((field, index) => [field, index])),
  ]),
);

/**
 * A text to sort the field by: required ones, then common ones in their order, then the rest.
 * @param definition name of the schema that has the field: `io.k8s.api.core.v1.PodSpec`
 */
export function sortTextOf(
  definition: string | undefined,
  field: string,
  traits: { readonly required: boolean; readonly deprecated: boolean },
): string {
  const name = definition?.slice(definition.lastIndexOf('.') + 1) ?? '';
  const rank = ranks.get(name)?.get(field) ?? ranks.get('')?.get(field);
  const group = traits.required ? '0' : traits.deprecated ? '3' : rank === undefined ? '2' : '1';
  return `${group}${String(rank ?? 99).padStart(2, '0')}${field}`;
}
