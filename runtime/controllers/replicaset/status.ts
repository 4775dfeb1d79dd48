/** The status of a ReplicaSet or ReplicationController, from its pods. Pure. */
import { type Clock, timestamp } from '../../api/clock.ts';
import type { apps, Pod } from '../../api/types.ts';
import { findCondition, withoutCondition } from '../kit/conditions.ts';
import { messageOf } from '../kit/loop.ts';
import { isAvailable, isReady, readySince } from '../kit/pods.ts';
import { omitZeros } from '../kit/status.ts';
import type { ReplicaOwner } from './replicas.ts';

export interface Counted {
  status: apps.ReplicaSetStatus;
  /** Milliseconds until the next ready pod counts as available, if one is waiting. */
  availableIn?: number;
}

/** `failure`: why pods could not be made or deleted just now. */
export function replicaStatus(
  owner: ReplicaOwner,
  pods: readonly Pod[],
  failure: unknown,
  clock: Clock,
): Counted {
  const template = Object.entries(owner.spec.template?.metadata?.labels ?? {});
  const minReadySeconds = owner.spec.minReadySeconds ?? 0;
  const ready = pods.filter(isReady);
  const available = ready.filter((pod) => isAvailable(pod, minReadySeconds, clock));
  const counts: apps.ReplicaSetStatus = {
    observedGeneration: owner.metadata.generation,
    replicas: pods.length,
    fullyLabeledReplicas: pods.filter((pod) =>
      template.every(([key, value]) => pod.metadata.labels?.[key] === value),
    ).length,
    readyReplicas: ready.length,
    availableReplicas: available.length,
    conditions: failureConditions(owner, pods.length, failure, clock),
  };
  const status = omitZeros(counts, 'replicas');
  const waiting = ready
    .filter((pod) => !available.includes(pod))
    .map((pod) => (readySince(pod) ?? 0) + minReadySeconds * 1000 - clock.now());
  return waiting.length === 0 ? { status } : { status, availableIn: Math.min(...waiting) };
}

function failureConditions(
  owner: ReplicaOwner,
  count: number,
  failure: unknown,
  clock: Clock,
): apps.ReplicaSetCondition[] {
  const conditions: apps.ReplicaSetCondition[] = owner.status?.conditions ?? [];
  const current = findCondition(conditions, 'ReplicaFailure');
  if (failure === undefined) return withoutCondition(conditions, 'ReplicaFailure');
  if (current !== undefined) return [...conditions];
  return [
    ...conditions,
    {
      type: 'ReplicaFailure',
      status: 'True',
      reason: count < (owner.spec.replicas ?? 1) ? 'FailedCreate' : 'FailedDelete',
      message: messageOf(failure),
      lastTransitionTime: timestamp(clock.now()),
    },
  ];
}
