/** Numbers that follow from a Deployment and its ReplicaSets. Pure. */
import type { Deployment, ReplicaSet } from '../../api/types.ts';
import { scaledValue } from '../kit/int-or-percent.ts';
import { byAge } from '../kit/pods.ts';

export function wantedReplicas(object: Deployment | ReplicaSet): number {
  return object.spec.replicas ?? 1;
}

export function sum(sets: readonly ReplicaSet[], of: (set: ReplicaSet) => number): number {
  return sets.reduce((total, set) => total + of(set), 0);
}

export const specReplicas = (set: ReplicaSet): number => wantedReplicas(set);
export const actualReplicas = (set: ReplicaSet): number => set.status?.replicas ?? 0;
export const readyReplicas = (set: ReplicaSet): number => set.status?.readyReplicas ?? 0;
export const availableReplicas = (set: ReplicaSet): number => set.status?.availableReplicas ?? 0;

export function isRollingUpdate(deployment: Deployment): boolean {
  return deployment.spec.strategy?.type !== 'Recreate';
}

/** maxSurge and maxUnavailable in pods. Both zero would stand still, so one may be missing then. */
export function rollingLimits(deployment: Deployment): { surge: number; unavailable: number } {
  if (!isRollingUpdate(deployment)) return { surge: 0, unavailable: 0 };
  const wanted = wantedReplicas(deployment);
  const { maxSurge = '25%', maxUnavailable = '25%' } =
    deployment.spec.strategy?.rollingUpdate ?? {};
  const surge = scaledValue(maxSurge, wanted, 'up');
  const rounded = scaledValue(maxUnavailable, wanted, 'down');
  const unavailable = surge === 0 && rounded === 0 ? 1 : rounded;
  return { surge, unavailable: wanted === 0 ? 0 : Math.min(unavailable, wanted) };
}

/** The largest int32 stands for "no limit". */
const noLimit = 2_147_483_647;

/** Undefined if progress is not watched. */
export function progressDeadlineMs(deployment: Deployment): number | undefined {
  const seconds = deployment.spec.progressDeadlineSeconds;
  return seconds === undefined || seconds === noLimit ? undefined : seconds * 1000;
}

/** Undefined if old ReplicaSets are kept for ever. */
export function historyLimit(deployment: Deployment): number | undefined {
  const limit = deployment.spec.revisionHistoryLimit;
  return limit === undefined || limit === noLimit ? undefined : limit;
}

export function isActiveSet(set: ReplicaSet): boolean {
  return specReplicas(set) > 0;
}

/** The ReplicaSet to scale alone: the only active one, or the newest if none is. */
export function activeOrLatest(
  newSet: ReplicaSet | undefined,
  oldSets: readonly ReplicaSet[],
): ReplicaSet | undefined {
  const all = newSet === undefined ? [...oldSets] : [...oldSets, newSet];
  const active = all.filter(isActiveSet);
  if (active.length === 1) return active[0];
  if (active.length > 1) return undefined;
  return newSet ?? [...oldSets].sort(byAge).at(-1);
}
