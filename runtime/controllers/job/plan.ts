/**
 * How a Job stands and what it does next. Pure.
 *
 * A pod that has finished is counted exactly once, whatever crashes meanwhile: its uid is first
 * written to `uncountedTerminatedPods`, then its finalizer is taken off, and when it is seen without
 * (or is gone) the uid moves into the counters.
 */
import { type Clock, timestamp } from '../../api/clock.ts';
import type { batch, Job, Pod } from '../../api/types.ts';
import { findCondition, isTrue } from '../kit/conditions.ts';
import { isReady, maxRestarts } from '../kit/pods.ts';
import { formatIndexes, parseIndexes } from './indexes.ts';
import { failureAction, fateOf, indexOf, isIndexed, isTracked } from './pods.ts';

export interface Verdict {
  type: 'Complete' | 'Failed';
  reason: string;
  message: string;
}

export interface Tally {
  active: Pod[];
  leaving: Pod[];
  /** Succeeded and failed pods, uncounted ones included. */
  succeeded: number;
  failed: number;
  /** Failures that the backoff limit counts. */
  counted: number;
  completedIndexes: Set<number>;
  failedIndexes: Set<number>;
  failuresByIndex: Map<number, number>;
  uncounted: { succeeded: string[]; failed: string[] };
  countedSucceeded: number;
  countedFailed: number;
  /** Finished pods that still have the finalizer. */
  toRelease: Pod[];
  failJob?: string;
  /** Milliseconds since the epoch of the last failure seen among the pods. */
  lastFailure: number;
}

export function isFinished(job: Job): boolean {
  return isTrue(job.status?.conditions, 'Complete') || isTrue(job.status?.conditions, 'Failed');
}

export function tally(job: Job, pods: readonly Pod[]): Tally {
  const { status = {}, spec } = job;
  const completions = spec.completions ?? 0;
  const indexed = isIndexed(job);
  const byUid = new Map(pods.map((pod) => [pod.metadata.uid, pod]));
  const still = (uid: string) => {
    const pod = byUid.get(uid);
    return pod !== undefined && isTracked(pod);
  };
  const before = status.uncountedTerminatedPods ?? {};
  const split = (uids: readonly string[] = []) => ({
    open: uids.filter(still),
    done: uids.filter((uid) => !still(uid)).length,
  });
  const succeeded = split(before.succeeded);
  const failed = split(before.failed);
  const result: Tally = {
    active: [],
    leaving: [],
    succeeded: 0,
    failed: 0,
    counted: 0,
    completedIndexes: parseIndexes(status.completedIndexes, completions),
    failedIndexes: parseIndexes((status as { failedIndexes?: string }).failedIndexes, completions),
    failuresByIndex: new Map(),
    uncounted: { succeeded: succeeded.open, failed: failed.open },
    countedSucceeded: (status.succeeded ?? 0) + succeeded.done,
    countedFailed: (status.failed ?? 0) + failed.done,
    toRelease: [],
    lastFailure: 0,
  };
  for (const pod of pods) sort(job, pod, indexed, result);
  result.succeeded = indexed
    ? result.completedIndexes.size
    : result.countedSucceeded + result.uncounted.succeeded.length;
  if (indexed) result.countedSucceeded = result.succeeded;
  result.failed = result.countedFailed + result.uncounted.failed.length;
  result.counted = result.failed;
  return result;
}

function sort(job: Job, pod: Pod, indexed: boolean, result: Tally): void {
  const fate = fateOf(job, pod);
  const { uid } = pod.metadata;
  if (fate === 'active' || fate === 'leaving') {
    result[fate].push(pod);
    return;
  }
  const index = indexOf(pod);
  if (fate === 'succeeded' && indexed && index >= 0 && index < (job.spec.completions ?? 0)) {
    result.completedIndexes.add(index);
  }
  const action = fate === 'failed' ? failureAction(job, pod) : 'Count';
  if (fate === 'failed') {
    if (typeof action === 'object') result.failJob ??= action.failJob;
    result.lastFailure = Math.max(result.lastFailure, finishedAt(pod));
    if (action !== 'Ignore') {
      result.failuresByIndex.set(index, (result.failuresByIndex.get(index) ?? 0) + 1);
    }
    noteFailedIndex(job, index, action === 'FailIndex', result);
  }
  if (!isTracked(pod)) return;
  result.toRelease.push(pod);
  // What was stopped because the Job is suspended, or is to be ignored, has not failed.
  const stopped = job.spec.suspend === true && pod.status?.phase !== 'Failed';
  if (fate === 'failed' && (action === 'Ignore' || stopped)) return;
  if (fate === 'succeeded' && indexed) return;
  const list = result.uncounted[fate];
  if (!list.includes(uid)) list.push(uid);
}

function noteFailedIndex(job: Job, index: number, now: boolean, result: Tally): void {
  const limit = (job.spec as { backoffLimitPerIndex?: number }).backoffLimitPerIndex;
  if (limit === undefined || index < 0 || result.completedIndexes.has(index)) return;
  if (now || (result.failuresByIndex.get(index) ?? 0) > limit) result.failedIndexes.add(index);
}

function finishedAt(pod: Pod): number {
  const times = (pod.status?.containerStatuses ?? []).map(
    ({ state }) => Date.parse(state?.terminated?.finishedAt ?? '') || 0,
  );
  return Math.max(0, ...times, Date.parse(pod.metadata.deletionTimestamp ?? '') || 0);
}

/** Whether the Job has come to its end, and which. */
export function judge(job: Job, standing: Tally, clock: Clock): Verdict | undefined {
  const target = job.status?.conditions?.find(
    ({ type, status }) =>
      (type === 'FailureTarget' || type === 'SuccessCriteriaMet') && status === 'True',
  );
  if (target !== undefined) {
    const { reason = '', message = '' } = target;
    return { type: target.type === 'FailureTarget' ? 'Failed' : 'Complete', reason, message };
  }
  return failure(job, standing, clock) ?? success(job, standing);
}

function failure(job: Job, standing: Tally, clock: Clock): Verdict | undefined {
  const { spec, status } = job;
  const fail = (reason: string, message: string): Verdict => ({ type: 'Failed', reason, message });
  if (standing.failJob !== undefined) return fail('PodFailurePolicy', standing.failJob);
  const extra = spec as { backoffLimitPerIndex?: number; maxFailedIndexes?: number };
  const { active, counted } = standing;
  const restarts = active.reduce((sum, pod) => sum + maxRestarts(pod), 0);
  const onFailure = spec.template.spec?.restartPolicy === 'OnFailure';
  const limit = spec.backoffLimit ?? (extra.backoffLimitPerIndex === undefined ? 6 : 2 ** 31 - 1);
  if (counted > limit || (onFailure && restarts > 0 && restarts >= limit)) {
    return fail('BackoffLimitExceeded', 'Job has reached the specified backoff limit');
  }
  const deadline = spec.activeDeadlineSeconds;
  const started = Date.parse(status?.startTime ?? '');
  if (deadline !== undefined && spec.suspend !== true && clock.now() - started >= deadline * 1000) {
    return fail('DeadlineExceeded', 'Job was active longer than specified deadline');
  }
  const { maxFailedIndexes } = extra;
  if (maxFailedIndexes !== undefined && standing.failedIndexes.size > maxFailedIndexes) {
    return fail(
      'MaxFailedIndexesExceeded',
      'Job has exceeded the specified maximal number of failed indexes',
    );
  }
  const decided = standing.completedIndexes.size + standing.failedIndexes.size;
  if (standing.failedIndexes.size > 0 && decided >= (spec.completions ?? 0)) {
    return fail('FailedIndexes', 'Job has failed indexes');
  }
  return undefined;
}

function success(job: Job, standing: Tally): Verdict | undefined {
  const { completions } = job.spec;
  const policy = matchSuccessPolicy(job, standing);
  if (policy !== undefined) return { type: 'Complete', reason: 'SuccessPolicy', message: policy };
  const done =
    completions === undefined
      ? standing.succeeded > 0 && standing.active.length === 0 && standing.leaving.length === 0
      : standing.succeeded >= completions;
  if (!done) return undefined;
  const message = 'Reached expected number of succeeded pods';
  return { type: 'Complete', reason: 'CompletionsReached', message };
}

function matchSuccessPolicy(job: Job, { completedIndexes }: Tally): string | undefined {
  const { successPolicy } = job.spec as {
    successPolicy?: { rules: { succeededIndexes?: string; succeededCount?: number }[] };
  };
  for (const [number, rule] of (successPolicy?.rules ?? []).entries()) {
    const wanted =
      rule.succeededIndexes === undefined
        ? undefined
        : parseIndexes(rule.succeededIndexes, job.spec.completions ?? 0);
    const hits = [...completedIndexes].filter((index) => wanted?.has(index) ?? true).length;
    if (hits > 0 && hits >= (rule.succeededCount ?? wanted?.size ?? Number.POSITIVE_INFINITY)) {
      return `Matched rules at index ${number}`;
    }
  }
  return undefined;
}

/** How many pods may run at a time now. */
export function wantedActive(job: Job, { succeeded, active, failedIndexes }: Tally): number {
  const parallelism = job.spec.parallelism ?? 1;
  const { completions } = job.spec;
  if (completions === undefined) return succeeded > 0 ? active.length : parallelism;
  return Math.min(parallelism, completions - succeeded - failedIndexes.size);
}

/** The lowest indexes that are neither done, given up nor under way. */
export function openIndexes(job: Job, standing: Tally, count: number): number[] {
  const busy = new Set([...standing.active, ...standing.leaving].map(indexOf));
  const open: number[] = [];
  for (let index = 0; index < (job.spec.completions ?? 0) && open.length < count; index++) {
    const taken =
      busy.has(index) || standing.completedIndexes.has(index) || standing.failedIndexes.has(index);
    if (!taken) open.push(index);
  }
  return open;
}

/** Counters as they are to be written; conditions are the caller's. */
export function countStatus(job: Job, standing: Tally, clock: Clock): batch.JobStatus {
  const { uncounted, active, leaving, countedSucceeded, countedFailed } = standing;
  const suspended = job.spec.suspend === true;
  const startTime = job.status?.startTime ?? (suspended ? undefined : timestamp(clock.now()));
  const lists = {
    ...(uncounted.succeeded.length > 0 ? { succeeded: uncounted.succeeded } : {}),
    ...(uncounted.failed.length > 0 ? { failed: uncounted.failed } : {}),
  };
  const extra = job.spec as { backoffLimitPerIndex?: number };
  const resumed = findCondition(job.status?.conditions, 'Suspended')?.status === 'False';
  return {
    ...job.status,
    ...(startTime === undefined ? {} : { startTime }),
    ...(resumed && startTime === undefined ? { startTime: timestamp(clock.now()) } : {}),
    active: active.length,
    ready: active.filter(isReady).length,
    terminating: leaving.length,
    succeeded: countedSucceeded,
    failed: countedFailed,
    uncountedTerminatedPods: lists,
    ...(isIndexed(job) ? { completedIndexes: formatIndexes(standing.completedIndexes) } : {}),
    ...(extra.backoffLimitPerIndex === undefined
      ? {}
      : { failedIndexes: formatIndexes(standing.failedIndexes) }),
  } as batch.JobStatus;
}
