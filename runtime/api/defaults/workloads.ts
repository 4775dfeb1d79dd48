/** Defaults of what runs pods: apps, batch and ReplicationController. */
import type { apps, batch, core } from '../types.ts';
import { ensure, entries, hasEntries, type Mutable, record } from './fields.ts';
import { defaultPodTemplate } from './pod.ts';
import { defaultClaimSpec } from './volumes.ts';

export function defaultDeployment(deployment: apps.Deployment): void {
  const spec = record(deployment.spec);
  if (spec === undefined) return;
  defaultPodTemplate(spec.template);
  spec.replicas ??= 1;
  const rolling = rollingUpdate<apps.RollingUpdateDeployment>(ensure(spec, 'strategy'));
  if (rolling !== undefined) {
    rolling.maxUnavailable ??= '25%';
    rolling.maxSurge ??= '25%';
  }
  spec.revisionHistoryLimit ??= 10;
  spec.progressDeadlineSeconds ??= 600;
}

export function defaultReplicaSet(set: apps.ReplicaSet): void {
  const spec = record(set.spec);
  if (spec === undefined) return;
  defaultPodTemplate(spec.template);
  spec.replicas ??= 1;
}

export function defaultReplicationController(controller: core.ReplicationController): void {
  const spec = record(controller.spec);
  if (spec === undefined) return;
  defaultPodTemplate(spec.template);
  spec.replicas ??= 1;
  const labels = spec.template?.metadata?.labels;
  if (!hasEntries(labels)) return;
  if (!hasEntries(spec.selector)) spec.selector = { ...labels };
  copyLabels(controller, labels);
}

export function defaultStatefulSet(set: apps.StatefulSet): void {
  const spec = record(set.spec);
  if (spec === undefined) return;
  defaultPodTemplate(spec.template);
  spec.podManagementPolicy ||= 'OrderedReady';
  const rolling = rollingUpdate<apps.RollingUpdateStatefulSetStrategy>(
    ensure(spec, 'updateStrategy'),
  );
  if (rolling !== undefined) rolling.partition ??= 0;
  const retention = ensure(spec, 'persistentVolumeClaimRetentionPolicy');
  if (retention !== undefined) {
    retention.whenDeleted ||= 'Retain';
    retention.whenScaled ||= 'Retain';
  }
  spec.replicas ??= 1;
  spec.revisionHistoryLimit ??= 10;
  for (const claim of entries<Mutable<core.PersistentVolumeClaim>>(spec.volumeClaimTemplates)) {
    claim.apiVersion ??= 'v1';
    claim.kind ??= 'PersistentVolumeClaim';
    const claimSpec = ensure(claim, 'spec');
    if (claimSpec !== undefined) defaultClaimSpec(claimSpec);
    if (!claim.status?.phase) claim.status = { ...claim.status, phase: 'Pending' };
  }
}

export function defaultDaemonSet(set: apps.DaemonSet): void {
  const spec = record(set.spec);
  if (spec === undefined) return;
  defaultPodTemplate(spec.template);
  const rolling = rollingUpdate<apps.RollingUpdateDaemonSet>(ensure(spec, 'updateStrategy'));
  if (rolling !== undefined) {
    rolling.maxUnavailable ??= 1;
    rolling.maxSurge ??= 0;
  }
  spec.revisionHistoryLimit ??= 10;
}

export function defaultJob(job: batch.Job): void {
  const spec = record(job.spec);
  if (spec === undefined) return;
  defaultJobTemplate(spec);
  if (spec.parallelism == null) spec.completions ??= 1;
  spec.parallelism ??= 1;
  spec.backoffLimit ??= spec.backoffLimitPerIndex == null ? 6 : 2 ** 31 - 1;
  copyLabels(job, spec.template?.metadata?.labels);
  spec.completionMode ??= 'NonIndexed';
  spec.suspend ??= false;
  spec.podReplacementPolicy ??= spec.podFailurePolicy == null ? 'TerminatingOrFailed' : 'Failed';
  spec.manualSelector ??= false;
}

export function defaultCronJob(cronJob: batch.CronJob): void {
  const spec = record(cronJob.spec);
  if (spec === undefined) return;
  const jobSpec = record(spec.jobTemplate?.spec);
  // The job's own defaults wait until there is a Job; its pods' are shown at once.
  if (jobSpec !== undefined) defaultJobTemplate(jobSpec);
  spec.concurrencyPolicy ||= 'Allow';
  spec.suspend ??= false;
  spec.successfulJobsHistoryLimit ??= 3;
  spec.failedJobsHistoryLimit ??= 1;
}

/** What a job spec gets in a Job and in a CronJob's template alike. */
function defaultJobTemplate(spec: batch.JobSpec): void {
  defaultPodTemplate(spec.template);
  for (const rule of entries(record(spec.podFailurePolicy)?.rules)) {
    for (const pattern of entries(rule.onPodConditions)) pattern.status ||= 'True';
  }
}

/** The figures of a rolling update, where that is the strategy; it is unless another is named. */
function rollingUpdate<T extends object>(
  strategy: { type?: string; rollingUpdate?: T } | undefined,
): T | undefined {
  if (strategy === undefined) return undefined;
  strategy.type ||= 'RollingUpdate';
  return strategy.type === 'RollingUpdate' ? ensure(strategy, 'rollingUpdate') : undefined;
}

/** An object without labels of its own takes its pods'. */
function copyLabels(
  object: batch.Job | core.ReplicationController,
  labels: Record<string, string> | undefined,
): void {
  if (!hasEntries(labels) || hasEntries(object.metadata?.labels)) return;
  object.metadata = { ...object.metadata, labels: { ...labels } };
}
