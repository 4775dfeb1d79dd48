/** All rules of all packs, and which of them are on. A new rule is a new file and a line here. */
import type { Severity } from '../problem.ts';
import { automountedToken } from './best-practice/automounted-token.ts';
import { autoscalerAndReplicas } from './best-practice/autoscaler-and-replicas.ts';
import { autoscalerWithoutRequest } from './best-practice/autoscaler-without-request.ts';
import { barePod } from './best-practice/bare-pod.ts';
import { budgetBlocksDrain } from './best-practice/budget-blocks-drain.ts';
import { budgetSelectsNothing } from './best-practice/budget-selects-nothing.ts';
import { clusterAdmin } from './best-practice/cluster-admin.ts';
import { cronJobConcurrency } from './best-practice/cron-job-concurrency.ts';
import { cronJobDeadline } from './best-practice/cron-job-deadline.ts';
import { cronJobHistory } from './best-practice/cron-job-history.ts';
import { dangerousPermissions } from './best-practice/dangerous-permissions.ts';
import { defaultNamespace } from './best-practice/default-namespace.ts';
import { deprecatedServiceAccount } from './best-practice/deprecated-service-account.ts';
import { engineSocket } from './best-practice/engine-socket.ts';
import { exposedService } from './best-practice/exposed-service.ts';
import { headlessService } from './best-practice/headless-service.ts';
import { imagePullPolicy } from './best-practice/image-pull-policy.ts';
import { ingressTls } from './best-practice/ingress-tls.ts';
import { initContainerResources } from './best-practice/init-container-resources.ts';
import { jobCleanup } from './best-practice/job-cleanup.ts';
import { latestTag } from './best-practice/latest-tag.ts';
import { livenessProbe } from './best-practice/liveness-probe.ts';
import { memoryLimit } from './best-practice/memory-limit.ts';
import { missingBudget } from './best-practice/missing-budget.ts';
import { readOnlyRoot } from './best-practice/read-only-root.ts';
import { readinessProbe } from './best-practice/readiness-probe.ts';
import { recommendedLabels } from './best-practice/recommended-labels.ts';
import { recreateStrategy } from './best-practice/recreate-strategy.ts';
import { resourceRequests } from './best-practice/resource-requests.ts';
import { sameProbes } from './best-practice/same-probes.ts';
import { secretInConfigMap } from './best-practice/secret-in-config-map.ts';
import { secretInEnv } from './best-practice/secret-in-env.ts';
import { singleReplica } from './best-practice/single-replica.ts';
import { terminationGrace } from './best-practice/termination-grace.ts';
import { topologySpread } from './best-practice/topology-spread.ts';
import { unusedVolume } from './best-practice/unused-volume.ts';
import { wildcardPermissions } from './best-practice/wildcard-permissions.ts';
import type { PackId, PackRule } from './pack-rule.ts';
import { addedCapabilities } from './pod-security/added-capabilities.ts';
import { apparmorProfile } from './pod-security/apparmor-profile.ts';
import { dropCapabilities } from './pod-security/drop-capabilities.ts';
import { hostNamespaces } from './pod-security/host-namespaces.ts';
import { hostPathVolumes } from './pod-security/host-path-volumes.ts';
import { hostPorts } from './pod-security/host-ports.ts';
import { hostProbes } from './pod-security/host-probes.ts';
import { privilegeEscalation } from './pod-security/privilege-escalation.ts';
import { privileged } from './pod-security/privileged.ts';
import { procMount } from './pod-security/proc-mount.ts';
import { restrictedVolumes } from './pod-security/restricted-volumes.ts';
import { runAsNonRoot } from './pod-security/run-as-non-root.ts';
import { runAsUserZero } from './pod-security/run-as-user-zero.ts';
import { seccompProfile } from './pod-security/seccomp-profile.ts';
import { seccompUnconfined } from './pod-security/seccomp-unconfined.ts';
import { selinuxOptions } from './pod-security/selinux-options.ts';
import { unsafeSysctls } from './pod-security/unsafe-sysctls.ts';
import { windowsHostProcess } from './pod-security/windows-host-process.ts';

export const packRules: readonly PackRule[] = [
  automountedToken,
  autoscalerAndReplicas,
  autoscalerWithoutRequest,
  barePod,
  budgetBlocksDrain,
  budgetSelectsNothing,
  clusterAdmin,
  cronJobConcurrency,
  cronJobDeadline,
  cronJobHistory,
  dangerousPermissions,
  defaultNamespace,
  deprecatedServiceAccount,
  engineSocket,
  exposedService,
  headlessService,
  imagePullPolicy,
  ingressTls,
  initContainerResources,
  jobCleanup,
  latestTag,
  livenessProbe,
  memoryLimit,
  missingBudget,
  readOnlyRoot,
  readinessProbe,
  recommendedLabels,
  recreateStrategy,
  resourceRequests,
  sameProbes,
  secretInConfigMap,
  secretInEnv,
  singleReplica,
  terminationGrace,
  topologySpread,
  unusedVolume,
  wildcardPermissions,
  privileged,
  hostNamespaces,
  hostPathVolumes,
  hostPorts,
  hostProbes,
  apparmorProfile,
  addedCapabilities,
  procMount,
  selinuxOptions,
  seccompUnconfined,
  unsafeSysctls,
  windowsHostProcess,
  privilegeEscalation,
  dropCapabilities,
  restrictedVolumes,
  runAsNonRoot,
  runAsUserZero,
  seccompProfile,
];

const byId: ReadonlyMap<string, PackRule> = new Map(packRules.map((rule) => [rule.id, rule]));

export function findPackRule(id: string): PackRule | undefined {
  return byId.get(id);
}

/**
 * The rules of these packs, and those that have a severity of their own, which is as good as asking
 * for them; without those that are off, or that another one says better.
 */
export function rulesOn(
  packs: readonly PackId[],
  severities: Readonly<Record<string, Severity | 'off' | undefined>>,
): PackRule[] {
  const on = packRules.filter(({ id, packs: own }) => {
    const severity = severities[id];
    return severity === undefined ? own.some((pack) => packs.includes(pack)) : severity !== 'off';
  });
  const covered = new Set(on.map(({ covers }) => covers));
  return on.filter(({ id }) => !covered.has(id));
}
