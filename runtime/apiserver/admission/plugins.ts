/**
 * The admission plug-ins that are on, in the order in which they run.
 * https://kubernetes.io/docs/reference/access-authn-authz/admission-controllers/
 */
import type { AdmissionPlugin } from './admission.ts';
import { persistentVolumeClaimResize } from './claim-resize.ts';
import { defaultIngressClass } from './default-ingress-class.ts';
import { defaultStorageClass } from './default-storage-class.ts';
import { defaultTolerationSeconds } from './default-toleration-seconds.ts';
import { limitRanger } from './limit-ranger.ts';
import { namespaceLifecycle } from './namespace-lifecycle.ts';
import { podSecurity } from './pod-security.ts';
import { podTopologyLabels } from './pod-topology-labels.ts';
import { mutatingPolicies } from './policies/mutating.ts';
import { validatingPolicies } from './policies/validating.ts';
import { priority } from './priority.ts';
import { resourceQuota } from './resource-quota.ts';
import { runtimeClass } from './runtime-class.ts';
import { serviceAccount } from './service-account.ts';
import { storageObjectInUseProtection } from './storage-protection.ts';
import { taintNodesByCondition } from './taint-nodes.ts';
import { mutatingWebhooks, validatingWebhooks, type WebhookOptions } from './webhooks/webhooks.ts';

/** What guards nodes and certificates hangs on who may do what, and is put in by the server. */
export interface AuthorizationPlugins {
  readonly nodes: readonly AdmissionPlugin[];
  readonly certificates: readonly AdmissionPlugin[];
}

/** In the original's order; what is off there by default is left out. */
export function builtInPlugins({ nodes, certificates }: AuthorizationPlugins): AdmissionPlugin[] {
  return [
    namespaceLifecycle,
    limitRanger,
    serviceAccount,
    ...nodes,
    taintNodesByCondition,
    podSecurity,
    priority,
    defaultTolerationSeconds,
    defaultStorageClass,
    storageObjectInUseProtection,
    persistentVolumeClaimResize,
    runtimeClass,
    ...certificates,
    defaultIngressClass,
    podTopologyLabels,
  ];
}

/** What runs when nothing changes the object any more. */
export const lastPlugins: readonly AdmissionPlugin[] = [resourceQuota];

/** Policies and webhooks: others' say, after that of all plug-ins but those in `lastPlugins`. */
export function dynamicPlugins(options: WebhookOptions): AdmissionPlugin[] {
  return [
    mutatingPolicies(options.authorizer),
    mutatingWebhooks(options),
    validatingPolicies(options.authorizer),
    validatingWebhooks(options),
  ];
}
