/** Defaults of networking, autoscaling, storage, RBAC and the other smaller groups. */
import type {
  autoscaling,
  certificates,
  discovery,
  networking,
  rbac,
  scheduling,
  storage,
} from '../types.ts';
import { ensure, entries, record } from './fields.ts';
import { normalizeMetrics } from './quantities.ts';

export function defaultEndpointSlice(slice: discovery.EndpointSlice): void {
  for (const port of entries(slice.ports)) {
    port.name ??= '';
    port.protocol ??= 'TCP';
  }
}

export function defaultIngress(ingress: networking.Ingress): void {
  const status = ensure(ingress as { status?: { loadBalancer?: object } }, 'status');
  if (status !== undefined) status.loadBalancer ??= {};
}

export function defaultIngressClass(ingressClass: networking.IngressClass): void {
  const parameters = record(ingressClass.spec?.parameters);
  if (parameters !== undefined) parameters.scope ??= 'Cluster';
}

export function defaultNetworkPolicy(policy: networking.NetworkPolicy): void {
  const spec = record(policy.spec);
  if (spec === undefined) return;
  for (const rule of [...entries(spec.ingress), ...entries(spec.egress)]) {
    for (const port of entries(rule.ports)) port.protocol ??= 'TCP';
  }
  if ((spec.policyTypes?.length ?? 0) === 0) {
    spec.policyTypes = (spec.egress?.length ?? 0) > 0 ? ['Ingress', 'Egress'] : ['Ingress'];
  }
}

/** Where autoscaling/v1 keeps metrics that it has no field for. */
const otherMetrics = 'autoscaling.alpha.kubernetes.io/metrics';

/** autoscaling/v1 has a field for one metric, which is the default where there is no other. */
export function defaultAutoscalerV1(autoscaler: {
  metadata?: { annotations?: Readonly<Record<string, string>> };
  spec?: { minReplicas?: number; targetCPUUtilizationPercentage?: number };
}): void {
  const spec = record(autoscaler.spec);
  if (spec === undefined) return;
  spec.minReplicas ??= 1;
  if (autoscaler.metadata?.annotations?.[otherMetrics] === undefined) {
    spec.targetCPUUtilizationPercentage ??= 80;
  }
}

export function defaultAutoscaler(autoscaler: autoscaling.HorizontalPodAutoscaler): void {
  const spec = record(autoscaler.spec);
  if (spec === undefined) return;
  spec.minReplicas ??= 1;
  if ((spec.metrics?.length ?? 0) === 0) {
    spec.metrics = [
      {
        type: 'Resource',
        resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 80 } },
      },
    ];
  }
  normalizeMetrics(entries(spec.metrics));
  const behavior = record(spec.behavior);
  if (behavior === undefined) return;
  behavior.scaleUp = {
    stabilizationWindowSeconds: 0,
    selectPolicy: 'Max',
    policies: [
      { type: 'Pods', value: 4, periodSeconds: 15 },
      { type: 'Percent', value: 100, periodSeconds: 15 },
    ],
    ...given(behavior.scaleUp),
  };
  behavior.scaleDown = {
    selectPolicy: 'Max',
    policies: [{ type: 'Percent', value: 100, periodSeconds: 15 }],
    ...given(behavior.scaleDown),
  };
}

/** The fields that have a value. */
function given<T extends object>(value: T | undefined): Partial<T> {
  const fields = Object.entries(record(value) ?? {}).filter(([, field]) => field != null);
  return Object.fromEntries(fields) as Partial<T>;
}

export function defaultStorageClass(storageClass: storage.StorageClass): void {
  storageClass.reclaimPolicy ??= 'Delete';
  storageClass.volumeBindingMode ??= 'Immediate';
}

export function defaultCSIDriver(driver: storage.CSIDriver): void {
  const spec = record(driver.spec);
  if (spec === undefined) return;
  spec.attachRequired ??= true;
  spec.podInfoOnMount ??= false;
  spec.storageCapacity ??= false;
  spec.fsGroupPolicy ??= 'ReadWriteOnceWithFSType';
  if ((spec.volumeLifecycleModes?.length ?? 0) === 0) spec.volumeLifecycleModes = ['Persistent'];
  spec.requiresRepublish ??= false;
  spec.seLinuxMount ??= false;
}

const rbacGroup = 'rbac.authorization.k8s.io';

export function defaultRoleBinding(binding: rbac.RoleBinding | rbac.ClusterRoleBinding): void {
  const role = record(binding.roleRef);
  if (role !== undefined) role.apiGroup ||= rbacGroup;
  for (const subject of entries(binding.subjects)) {
    // Service accounts are of the core group, whose name is empty.
    if (subject.kind === 'User' || subject.kind === 'Group') subject.apiGroup ||= rbacGroup;
  }
}

export function defaultPriorityClass(priorityClass: scheduling.PriorityClass): void {
  priorityClass.preemptionPolicy ??= 'PreemptLowerPriority';
}

export function defaultSigningRequest(request: certificates.CertificateSigningRequest): void {
  for (const condition of entries(request.status?.conditions)) condition.status ||= 'True';
}

export function defaultTokenRequest(request: { spec?: { expirationSeconds?: number } }): void {
  const spec = record(request.spec);
  if (spec !== undefined) spec.expirationSeconds ??= 3600;
}

interface FlowSchema {
  spec?: { matchingPrecedence?: number };
}

export function defaultFlowSchema(schema: FlowSchema): void {
  const spec = record(schema.spec);
  if (spec !== undefined) spec.matchingPrecedence ||= 1000;
}

interface PriorityLevelConfiguration {
  spec?: {
    limited?: {
      nominalConcurrencyShares?: number;
      lendablePercent?: number;
      limitResponse?: {
        queuing?: { queues?: number; handSize?: number; queueLengthLimit?: number };
      };
    };
    exempt?: { nominalConcurrencyShares?: number; lendablePercent?: number };
  };
}

export function defaultPriorityLevel(level: PriorityLevelConfiguration): void {
  const limited = record(level.spec?.limited);
  if (limited !== undefined) {
    limited.nominalConcurrencyShares ??= 30;
    limited.lendablePercent ??= 0;
    const queuing = record(limited.limitResponse?.queuing);
    if (queuing !== undefined) {
      queuing.queues ||= 64;
      queuing.handSize ||= 8;
      queuing.queueLengthLimit ||= 50;
    }
  }
  const exempt = record(level.spec?.exempt);
  if (exempt !== undefined) {
    exempt.nominalConcurrencyShares ??= 0;
    exempt.lendablePercent ??= 0;
  }
}
