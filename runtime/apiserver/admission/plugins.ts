/** The admission plug-ins that are on, in the order in which they run. */
import type { AdmissionPlugin } from './admission.ts';
import { defaultStorageClass } from './default-storage-class.ts';
import { defaultTolerationSeconds } from './default-toleration-seconds.ts';
import { limitRanger } from './limit-ranger.ts';
import { namespaceLifecycle } from './namespace-lifecycle.ts';
import { mutatingPolicies } from './policies/mutating.ts';
import { validatingPolicies } from './policies/validating.ts';
import { priority } from './priority.ts';
import { resourceQuota } from './resource-quota.ts';
import { runtimeClass } from './runtime-class.ts';
import { serviceAccount } from './service-account.ts';
import { storageObjectInUseProtection } from './storage-protection.ts';
import { taintNodesByCondition } from './taint-nodes.ts';
import { mutatingWebhooks, validatingWebhooks, type WebhookOptions } from './webhooks/webhooks.ts';

export const plugins: readonly AdmissionPlugin[] = [
  namespaceLifecycle,
  limitRanger,
  serviceAccount,
  taintNodesByCondition,
  priority,
  defaultTolerationSeconds,
  defaultStorageClass,
  storageObjectInUseProtection,
  runtimeClass,
];

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
