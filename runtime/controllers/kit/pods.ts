/** Facts about pods that many controllers ask for. */
import type { Clock } from '../../api/clock.ts';
import { controllerOf, type KubeObject } from '../../api/object.ts';
import type { Pod } from '../../api/types.ts';
import type { Informer, Informers } from '../../client/informer.ts';
import { pods } from '../../client/resources.ts';
import { findCondition } from './conditions.ts';

/** The shared cache of pods with the indexes that controllers use. */
export function podInformer(informers: Informers): Informer<Pod> {
  return informers.for<Pod>(pods, {
    indexes: {
      controller: (pod) => [controllerOf(pod)?.uid ?? ''],
      orphansOf: (pod) => (controllerOf(pod) === undefined ? [pod.metadata.namespace ?? ''] : []),
      node: (pod) => (pod.spec.nodeName === undefined ? [] : [pod.spec.nodeName]),
    },
  });
}

/** The pods that `owner` controls, and those in its namespace that nobody does. */
export function podsInReach(informer: Informer<Pod>, owner: KubeObject): Pod[] {
  return [
    ...informer.byIndex('controller', owner.metadata.uid ?? ''),
    ...informer.byIndex('orphansOf', owner.metadata.namespace ?? ''),
  ];
}

export function isTerminal(pod: Pod): boolean {
  return pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed';
}

/** Neither finished nor on its way out. */
export function isActive(pod: Pod): boolean {
  return !isTerminal(pod) && pod.metadata.deletionTimestamp === undefined;
}

export function isReady(pod: Pod): boolean {
  return findCondition(pod.status?.conditions, 'Ready')?.status === 'True';
}

/** Milliseconds since the epoch at which the pod became ready; undefined while it is not. */
export function readySince(pod: Pod): number | undefined {
  const condition = findCondition(pod.status?.conditions, 'Ready');
  if (condition?.status !== 'True') return undefined;
  return condition.lastTransitionTime === undefined ? 0 : Date.parse(condition.lastTransitionTime);
}

/** Ready for at least `minReadySeconds`. */
export function isAvailable(pod: Pod, minReadySeconds: number, clock: Clock): boolean {
  const since = readySince(pod);
  if (since === undefined) return false;
  return minReadySeconds === 0 || since + minReadySeconds * 1000 <= clock.now();
}

/** The highest restart count among the pod's containers. */
export function maxRestarts(pod: Pod): number {
  const statuses = [
    ...(pod.status?.initContainerStatuses ?? []),
    ...(pod.status?.containerStatuses ?? []),
  ];
  return Math.max(0, ...statuses.map((status) => status.restartCount));
}

export function createdAt(object: KubeObject): number {
  return Date.parse(object.metadata.creationTimestamp ?? '') || 0;
}

/** Oldest first; equal ages by name, so that the order is the same every time. */
export function byAge(a: KubeObject, b: KubeObject): number {
  const age = createdAt(a) - createdAt(b);
  return age !== 0 ? age : (a.metadata.name ?? '') < (b.metadata.name ?? '') ? -1 : 1;
}
