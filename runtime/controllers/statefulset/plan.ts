/**
 * What a StatefulSet does next. Pods come one after the other from the first, each only when the one
 * before it is available; they go from the last, and are renewed from the last. `Parallel` drops the
 * waiting but for updates. Pure.
 */
import type { Clock } from '../../api/clock.ts';
import type { apps, Pod, StatefulSet } from '../../api/types.ts';
import { revisionLabel } from '../kit/controller-revisions.ts';
import { isAvailable, isReady } from '../kit/pods.ts';
import { ordinalOf, startOrdinal, wantedReplicas } from './identity.ts';

export type Step =
  | { kind: 'create'; ordinal: number; revision: 'current' | 'update' }
  | { kind: 'delete'; pod: Pod; why: 'failed' | 'succeeded' | 'surplus' | 'outdated' };

export interface Revisions {
  /** Names of ControllerRevisions, as in the pods' labels. */
  current: string;
  update: string;
}

export interface Plan {
  steps: Step[];
  /** Milliseconds after which a pod that waits for minReadySeconds counts as available. */
  waitMs?: number;
}

export function planPods(
  set: StatefulSet,
  pods: readonly Pod[],
  revisions: Revisions,
  clock: Clock,
): Plan {
  const parallel = set.spec.podManagementPolicy === 'Parallel';
  const start = startOrdinal(set);
  const end = start + wantedReplicas(set);
  const minReady = set.spec.minReadySeconds ?? 0;
  const byOrdinal = new Map(pods.map((pod) => [ordinalOf(set, pod), pod]));
  const steps: Step[] = [];
  const waitMs = minReady > 0 ? 1_000 : undefined;
  const stop = (): Plan => ({ steps, ...(waitMs === undefined ? {} : { waitMs }) });

  for (let ordinal = start; ordinal < end; ordinal++) {
    const pod = byOrdinal.get(ordinal);
    if (pod === undefined) {
      steps.push({ kind: 'create', ordinal, revision: revisionFor(set, ordinal) });
      if (!parallel) return stop();
      continue;
    }
    const leaving = pod.metadata.deletionTimestamp !== undefined;
    const { phase } = pod.status ?? {};
    if (!leaving && (phase === 'Failed' || phase === 'Succeeded')) {
      steps.push({ kind: 'delete', pod, why: phase === 'Failed' ? 'failed' : 'succeeded' });
      if (!parallel) return stop();
      continue;
    }
    if (!parallel && (leaving || !isHealthy(pod, minReady, clock))) return stop();
  }

  const condemned = pods
    .filter((pod) => ordinalOf(set, pod) >= end || ordinalOf(set, pod) < start)
    .sort((a, b) => ordinalOf(set, b) - ordinalOf(set, a));
  const unhealthy = pods
    .filter((pod) => !isHealthy(pod, minReady, clock))
    .sort((a, b) => ordinalOf(set, a) - ordinalOf(set, b))[0];
  for (const pod of condemned) {
    if (pod.metadata.deletionTimestamp !== undefined) {
      if (!parallel) return stop();
      continue;
    }
    if (!parallel && !isRunningReady(pod) && pod !== unhealthy) return stop();
    steps.push({ kind: 'delete', pod, why: 'surplus' });
    if (!parallel) return stop();
  }
  if (steps.length === 0) steps.push(...renewal(set, byOrdinal, revisions, clock));
  return stop();
}

/** One outdated pod at a time, the last first, down to the partition. */
function renewal(
  set: StatefulSet,
  byOrdinal: ReadonlyMap<number, Pod>,
  revisions: Revisions,
  clock: Clock,
): Step[] {
  const { updateStrategy } = set.spec;
  if (updateStrategy?.type === 'OnDelete') return [];
  const start = startOrdinal(set);
  const lowest = start + (updateStrategy?.rollingUpdate?.partition ?? 0);
  const minReady = set.spec.minReadySeconds ?? 0;
  for (let ordinal = start + wantedReplicas(set) - 1; ordinal >= lowest; ordinal--) {
    const pod = byOrdinal.get(ordinal);
    if (pod === undefined) return [];
    const leaving = pod.metadata.deletionTimestamp !== undefined;
    if (pod.metadata.labels?.[revisionLabel] !== revisions.update && !leaving) {
      return [{ kind: 'delete', pod, why: 'outdated' }];
    }
    if (leaving || !isHealthy(pod, minReady, clock)) return [];
  }
  return [];
}

/** Below the partition pods keep the revision that they had. */
function revisionFor(set: StatefulSet, ordinal: number): 'current' | 'update' {
  const start = startOrdinal(set);
  const { updateStrategy } = set.spec;
  const { rollingUpdate } = updateStrategy ?? {};
  const keep =
    updateStrategy?.type === 'OnDelete' || rollingUpdate === undefined
      ? ordinal < start + (set.status?.currentReplicas ?? 0)
      : ordinal < start + (rollingUpdate.partition ?? 0);
  return keep ? 'current' : 'update';
}

function isRunningReady(pod: Pod): boolean {
  return pod.status?.phase === 'Running' && isReady(pod);
}

function isHealthy(pod: Pod, minReadySeconds: number, clock: Clock): boolean {
  return (
    isRunningReady(pod) &&
    isAvailable(pod, minReadySeconds, clock) &&
    pod.metadata.deletionTimestamp === undefined
  );
}

/** Counts; when all pods are of the new revision it becomes the current one. */
export function countPods(
  set: StatefulSet,
  pods: readonly Pod[],
  revisions: Revisions,
  clock: Clock,
): apps.StatefulSetStatus {
  const minReady = set.spec.minReadySeconds ?? 0;
  const living = pods.filter((pod) => pod.metadata.deletionTimestamp === undefined);
  const of = (revision: string) =>
    living.filter((pod) => pod.metadata.labels?.[revisionLabel] === revision).length;
  const ready = pods.filter(isRunningReady);
  const status: apps.StatefulSetStatus = {
    ...(set.status?.conditions === undefined ? {} : { conditions: set.status.conditions }),
    observedGeneration: set.metadata.generation,
    replicas: pods.length,
    readyReplicas: ready.length,
    availableReplicas: ready.filter((pod) => isAvailable(pod, minReady, clock)).length,
    currentReplicas: of(revisions.current),
    updatedReplicas: of(revisions.update),
    currentRevision: revisions.current,
    updateRevision: revisions.update,
    collisionCount: set.status?.collisionCount ?? 0,
  };
  const done =
    set.spec.updateStrategy?.type !== 'OnDelete' &&
    status.updatedReplicas === status.replicas &&
    status.readyReplicas === status.replicas &&
    status.replicas === wantedReplicas(set);
  if (!done) return status;
  return { ...status, currentReplicas: status.updatedReplicas, currentRevision: revisions.update };
}
