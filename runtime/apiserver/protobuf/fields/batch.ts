/** Field numbers of batch, see ../fields.ts. */
export const batch: Readonly<Record<string, string>> = {
  CronJob: 'metadata 1 meta.ObjectMeta-, spec 2 CronJobSpec-, status 3 CronJobStatus-',
  CronJobSpec:
    'schedule 1 string, startingDeadlineSeconds 2 int?, concurrencyPolicy 3 string-, suspend 4 bool?, jobTemplate 5 JobTemplateSpec, successfulJobsHistoryLimit 6 int?, failedJobsHistoryLimit 7 int?, timeZone 8 string?',
  CronJobStatus:
    'active 1 core.ObjectReference[]-, lastScheduleTime 4 time?, lastSuccessfulTime 5 time?',
  Job: 'metadata 1 meta.ObjectMeta-, spec 2 JobSpec-, status 3 JobStatus-',
  JobCondition:
    'type 1 string, status 2 string, lastProbeTime 3 time-, lastTransitionTime 4 time-, reason 5 string-, message 6 string-',
  JobSpec:
    'parallelism 1 int?, completions 2 int?, activeDeadlineSeconds 3 int?, selector 4 meta.LabelSelector?, manualSelector 5 bool?, template 6 core.PodTemplateSpec, backoffLimit 7 int?, ttlSecondsAfterFinished 8 int?, completionMode 9 string?, suspend 10 bool?, podFailurePolicy 11 PodFailurePolicy?, backoffLimitPerIndex 12 int?, maxFailedIndexes 13 int?, podReplacementPolicy 14 string?, managedBy 15 string?, successPolicy 16 SuccessPolicy?',
  JobStatus:
    'conditions 1 JobCondition[]-, startTime 2 time?, completionTime 3 time?, active 4 int-, succeeded 5 int-, failed 6 int-, completedIndexes 7 string-, uncountedTerminatedPods 8 UncountedTerminatedPods?, ready 9 int?, failedIndexes 10 string?, terminating 11 int?',
  JobTemplateSpec: 'metadata 1 meta.ObjectMeta-, spec 2 JobSpec-',
  PodFailurePolicy: 'rules 1 PodFailurePolicyRule[]',
  PodFailurePolicyOnExitCodesRequirement:
    'containerName 1 string?, operator 2 string, values 3 int[]',
  PodFailurePolicyOnPodConditionsPattern: 'type 1 string, status 2 string',
  PodFailurePolicyRule:
    'action 1 string, onExitCodes 2 PodFailurePolicyOnExitCodesRequirement?, onPodConditions 3 PodFailurePolicyOnPodConditionsPattern[]-',
  SuccessPolicy: 'rules 1 SuccessPolicyRule[]',
  SuccessPolicyRule: 'succeededIndexes 1 string?, succeededCount 2 int?',
  UncountedTerminatedPods: 'succeeded 1 string[]-, failed 2 string[]-',
};
