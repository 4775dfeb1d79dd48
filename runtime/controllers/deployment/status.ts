/**
 * The status of a Deployment: counts, and the conditions Available, Progressing and ReplicaFailure
 * with the reasons that `kubectl rollout status` waits for.
 * https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#deployment-status
 */
import { type Clock, timestamp } from '../../api/clock.ts';
import type { apps, Deployment, ReplicaSet } from '../../api/types.ts';
import { findCondition, withoutCondition } from '../kit/conditions.ts';
import {
  actualReplicas,
  availableReplicas,
  progressDeadlineMs,
  readyReplicas,
  rollingLimits,
  sum,
  wantedReplicas,
} from './facts.ts';

export type DeploymentStatus = apps.DeploymentStatus;
type Condition = apps.DeploymentCondition;

/** Appends `next` unless a condition with its status and reason is there. */
export function setCondition(
  conditions: readonly Condition[] | undefined,
  next: Pick<Condition, 'type' | 'status' | 'reason' | 'message'>,
  clock: Clock,
): Condition[] {
  const current = findCondition(conditions, next.type);
  if (current?.status === next.status && current.reason === next.reason) {
    return [...(conditions ?? [])];
  }
  const now = timestamp(clock.now());
  const lastTransitionTime =
    current?.status === next.status ? (current.lastTransitionTime ?? now) : now;
  const stamped = { ...next, lastUpdateTime: now, lastTransitionTime };
  return [...withoutCondition(conditions, next.type), stamped];
}

/** Counts, and the condition Available. */
export function countStatus(
  deployment: Deployment,
  newSet: ReplicaSet | undefined,
  oldSets: readonly ReplicaSet[],
  clock: Clock,
): DeploymentStatus {
  const sets = newSet === undefined ? oldSets : [...oldSets, newSet];
  const available = sum(sets, availableReplicas);
  const total = sum(sets, actualReplicas);
  const enough = available >= wantedReplicas(deployment) - rollingLimits(deployment).unavailable;
  const conditions = setCondition(
    deployment.status?.conditions,
    enough
      ? {
          type: 'Available',
          status: 'True',
          reason: 'MinimumReplicasAvailable',
          message: 'Deployment has minimum availability.',
        }
      : {
          type: 'Available',
          status: 'False',
          reason: 'MinimumReplicasUnavailable',
          message: 'Deployment does not have minimum availability.',
        },
    clock,
  );
  const collisionCount = deployment.status?.collisionCount;
  return {
    observedGeneration: deployment.metadata.generation,
    replicas: total,
    updatedReplicas: newSet === undefined ? 0 : actualReplicas(newSet),
    readyReplicas: sum(sets, readyReplicas),
    availableReplicas: available,
    unavailableReplicas: Math.max(0, total - available),
    ...(collisionCount === undefined ? {} : { collisionCount }),
    conditions,
  };
}

/** All pods are of the new revision and available, and no old one is left. */
export function isComplete(deployment: Deployment, status: DeploymentStatus): boolean {
  const wanted = wantedReplicas(deployment);
  return (
    status.updatedReplicas === wanted &&
    status.replicas === wanted &&
    status.availableReplicas === wanted &&
    (status.observedGeneration ?? 0) >= (deployment.metadata.generation ?? 0)
  );
}

function hasProgressed(deployment: Deployment, status: DeploymentStatus): boolean {
  const before = deployment.status ?? {};
  const old = (s: DeploymentStatus) => (s.replicas ?? 0) - (s.updatedReplicas ?? 0);
  return (
    (status.updatedReplicas ?? 0) > (before.updatedReplicas ?? 0) ||
    old(status) < old(before) ||
    (status.readyReplicas ?? 0) > (before.readyReplicas ?? 0) ||
    (status.availableReplicas ?? 0) > (before.availableReplicas ?? 0)
  );
}

function timedOut(deployment: Deployment, status: DeploymentStatus, clock: Clock): boolean {
  const deadline = progressDeadlineMs(deployment);
  const condition = findCondition(status.conditions, 'Progressing');
  if (deadline === undefined || condition === undefined) return false;
  if (condition.reason === 'NewReplicaSetAvailable') return false;
  if (condition.reason === 'ProgressDeadlineExceeded') return true;
  return Date.parse(condition.lastUpdateTime ?? '') + deadline < clock.now();
}

/** Counts and all conditions, during and after a rollout. */
export function rolloutStatus(
  deployment: Deployment,
  newSet: ReplicaSet | undefined,
  oldSets: readonly ReplicaSet[],
  clock: Clock,
): DeploymentStatus {
  const status = countStatus(deployment, newSet, oldSets, clock);
  let conditions = status.conditions ?? [];
  const watched = progressDeadlineMs(deployment) !== undefined;
  if (!watched) conditions = withoutCondition(conditions, 'Progressing');
  const current = findCondition(deployment.status?.conditions, 'Progressing');
  const wasComplete =
    status.replicas === status.updatedReplicas && current?.reason === 'NewReplicaSetAvailable';
  if (watched && !wasComplete) {
    conditions = progress(deployment, newSet, { ...status, conditions }, clock);
  }
  conditions = withoutCondition(conditions, 'ReplicaFailure');
  const failure = replicaFailure(newSet, oldSets);
  if (failure !== undefined) conditions.push(failure);
  return { ...status, conditions };
}

function progress(
  deployment: Deployment,
  newSet: ReplicaSet | undefined,
  status: DeploymentStatus,
  clock: Clock,
): Condition[] {
  const conditions = status.conditions ?? [];
  const subject =
    newSet === undefined
      ? `Deployment "${deployment.metadata.name}"`
      : `ReplicaSet "${newSet.metadata.name}"`;
  const type = 'Progressing';
  if (isComplete(deployment, status)) {
    const message = `${subject} has successfully progressed.`;
    const reason = 'NewReplicaSetAvailable';
    return setCondition(conditions, { type, status: 'True', reason, message }, clock);
  }
  if (hasProgressed(deployment, status)) {
    // Every step moves lastUpdateTime on: the deadline runs from the last progress.
    const now = timestamp(clock.now());
    const current = findCondition(deployment.status?.conditions, type);
    const since = current?.status === 'True' ? (current.lastTransitionTime ?? now) : now;
    const condition = {
      type,
      status: 'True',
      reason: 'ReplicaSetUpdated',
      message: `${subject} is progressing.`,
      lastUpdateTime: now,
      lastTransitionTime: since,
    };
    return [...withoutCondition(conditions, type), condition];
  }
  if (timedOut(deployment, status, clock)) {
    const message = `${subject} has timed out progressing.`;
    const reason = 'ProgressDeadlineExceeded';
    return setCondition(conditions, { type, status: 'False', reason, message }, clock);
  }
  return [...conditions];
}

/** Why pods cannot be made or deleted, taken over from the ReplicaSets, the new one first. */
function replicaFailure(
  newSet: ReplicaSet | undefined,
  oldSets: readonly ReplicaSet[],
): Condition | undefined {
  for (const set of [...(newSet === undefined ? [] : [newSet]), ...oldSets]) {
    const failure = findCondition(set.status?.conditions, 'ReplicaFailure');
    if (failure?.status !== 'True') continue;
    const { type, status, reason, message, lastTransitionTime } = failure;
    const lastUpdateTime = lastTransitionTime;
    return { type, status, reason, message, lastTransitionTime, lastUpdateTime };
  }
  return undefined;
}

/** When to look again, in ms, so that a rollout that stands still is noticed; undefined: never. */
export function deadlineIn(
  deployment: Deployment,
  status: DeploymentStatus,
  clock: Clock,
): number | undefined {
  const deadline = progressDeadlineMs(deployment);
  const condition = findCondition(status.conditions, 'Progressing');
  if (deadline === undefined || condition === undefined) return undefined;
  const settled = isComplete(deployment, status) || condition.reason === 'ProgressDeadlineExceeded';
  if (settled) return undefined;
  const left = Date.parse(condition.lastUpdateTime ?? '') + deadline - clock.now();
  return Math.max(0, left) + 1000;
}
