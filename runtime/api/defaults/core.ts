/** Defaults of the core group, but for pods and what runs them. */
import type { core } from '../types.ts';
import { ensure, entries, fillMissing, hasEntries, type Mutable, record } from './fields.ts';
import { defaultPodTemplate } from './pod.ts';
import { normalizeAmounts, normalizeResources } from './quantities.ts';
import { defaultClaimSpec, defaultHostPath, defaultNetworkDisks } from './volumes.ts';

export function defaultPodTemplateObject(object: core.PodTemplate): void {
  defaultPodTemplate(object.template);
}

export function defaultService(service: Mutable<core.Service>): void {
  const spec = record(service.spec);
  if (spec === undefined) return;
  spec.sessionAffinity ||= 'None';
  if (spec.sessionAffinity === 'None') delete spec.sessionAffinityConfig;
  if (spec.sessionAffinity === 'ClientIP') {
    if (spec.sessionAffinityConfig?.clientIP?.timeoutSeconds == null) {
      spec.sessionAffinityConfig = { clientIP: { timeoutSeconds: 10_800 } };
    }
  }
  spec.type ||= 'ClusterIP';
  for (const port of entries(spec.ports)) {
    port.protocol ||= 'TCP';
    port.targetPort ||= port.port;
  }
  const external = spec.type === 'NodePort' || spec.type === 'LoadBalancer';
  if (external || (spec.type === 'ClusterIP' && (spec.externalIPs?.length ?? 0) > 0)) {
    spec.externalTrafficPolicy ||= 'Cluster';
  }
  if (external || spec.type === 'ClusterIP') spec.internalTrafficPolicy ??= 'Cluster';
  const status = ensure(
    service as { status?: { loadBalancer?: core.LoadBalancerStatus } },
    'status',
  );
  if (status !== undefined) status.loadBalancer ??= {};
  if (spec.type === 'LoadBalancer') {
    spec.allocateLoadBalancerNodePorts ??= true;
    for (const ingress of entries(status?.loadBalancer?.ingress)) {
      if (ingress.ip) ingress.ipMode ??= 'VIP';
    }
  }
}

export function defaultEndpoints(endpoints: core.Endpoints): void {
  for (const subset of entries(endpoints.subsets)) {
    for (const port of entries(subset.ports)) port.protocol ||= 'TCP';
  }
}

export function defaultSecret(secret: core.Secret): void {
  secret.type ||= 'Opaque';
}

/** Labels the namespace with its own name, so that selectors can name it. */
export function defaultNamespace(namespace: Mutable<core.Namespace>): void {
  const metadata = record(namespace.metadata);
  if (metadata?.name) {
    const labels = ensure(metadata, 'labels');
    if (labels !== undefined) labels['kubernetes.io/metadata.name'] = metadata.name;
  }
  // An object on its way out has its finalizers taken away for good.
  if (!metadata?.deletionTimestamp) {
    const spec = ensure(namespace, 'spec');
    if (spec !== undefined && (spec.finalizers?.length ?? 0) === 0)
      spec.finalizers = ['kubernetes'];
  }
  if (!namespace.status?.phase) namespace.status = { ...namespace.status, phase: 'Active' };
}

export function defaultNode(node: Mutable<core.Node>): void {
  const status = record(node.status);
  if (status === undefined) return;
  normalizeAmounts(status.capacity);
  if (status.allocatable == null && record(status.capacity) !== undefined) {
    node.status = { ...status, allocatable: { ...status.capacity } };
  } else {
    normalizeAmounts(status.allocatable);
  }
}

export function defaultPersistentVolume(volume: Mutable<core.PersistentVolume>): void {
  if (!volume.status?.phase) volume.status = { ...volume.status, phase: 'Pending' };
  const spec = record(volume.spec);
  if (spec === undefined) return;
  spec.persistentVolumeReclaimPolicy ||= 'Retain';
  spec.volumeMode ??= 'Filesystem';
  normalizeAmounts(spec.capacity);
  defaultHostPath(spec);
  defaultNetworkDisks(spec);
}

export function defaultPersistentVolumeClaim(claim: Mutable<core.PersistentVolumeClaim>): void {
  if (!claim.status?.phase) claim.status = { ...claim.status, phase: 'Pending' };
  normalizeAmounts(claim.status.capacity);
  const spec = record(claim.spec);
  if (spec !== undefined) defaultClaimSpec(spec);
}

export function defaultLimitRange(limits: core.LimitRange): void {
  for (const item of entries(limits.spec?.limits)) {
    normalizeAmounts(item.max);
    normalizeAmounts(item.min);
    normalizeAmounts(item.maxLimitRequestRatio);
    normalizeResources({ limits: item.default, requests: item.defaultRequest });
    if (item.type !== 'Container') continue;
    const limit = { ...record(item.default) };
    fillMissing(limit, item.max);
    const request = { ...record(item.defaultRequest) };
    fillMissing(request, limit);
    fillMissing(request, item.min);
    if (hasEntries(limit)) item.default = limit;
    if (hasEntries(request)) item.defaultRequest = request;
  }
}

export function defaultResourceQuota(quota: core.ResourceQuota): void {
  normalizeAmounts(quota.spec?.hard);
  normalizeAmounts(quota.status?.hard);
  normalizeAmounts(quota.status?.used);
}
