/** What a DaemonSet does next, and how it stands. Pure. */
import type { Clock } from '../../api/clock.ts';
import type { apps, DaemonSet, Node, Pod } from '../../api/types.ts';
import { revisionLabel } from '../kit/controller-revisions.ts';
import { scaledValue } from '../kit/int-or-percent.ts';
import { byAge, isAvailable, isReady, isTerminal } from '../kit/pods.ts';
import { belongsOn } from './placement.ts';

export interface DaemonPlan {
  /** Names of nodes that lack a pod. */
  create: string[];
  delete: Pod[];
  /** Those of `delete` that had failed. */
  failed: Pod[];
}

/** Pods that are missing, and pods that should not be. */
export function planPods(
  set: DaemonSet,
  nodes: readonly Node[],
  podsByNode: ReadonlyMap<string, readonly Pod[]>,
): DaemonPlan {
  const plan: DaemonPlan = { create: [], delete: [], failed: [] };
  const spec = set.spec.template.spec ?? { containers: [] };
  for (const node of nodes) {
    const { run, keep } = belongsOn(spec, node);
    const pods = (podsByNode.get(node.metadata.name) ?? []).filter(
      (pod) => pod.metadata.deletionTimestamp === undefined,
    );
    const leaving = (podsByNode.get(node.metadata.name) ?? []).length > pods.length;
    if (!keep) {
      plan.delete.push(...pods);
      continue;
    }
    const failed = pods.filter(isTerminal);
    plan.failed.push(...failed);
    plan.delete.push(...failed);
    const living = pods.filter((pod) => !isTerminal(pod)).sort(byAge);
    // One a node; of several the oldest that has a node stays.
    const [, ...surplus] = [...living].sort(
      (a, b) => Number(Boolean(b.spec.nodeName)) - Number(Boolean(a.spec.nodeName)),
    );
    if (maxSurge(set, nodes.length) === 0) plan.delete.push(...surplus);
    if (run && living.length === 0 && failed.length === 0 && !leaving) {
      plan.create.push(node.metadata.name);
    }
  }
  return plan;
}

function maxSurge(set: DaemonSet, desired: number): number {
  return scaledValue(set.spec.updateStrategy?.rollingUpdate?.maxSurge ?? 0, desired, 'up');
}

/** Outdated pods to delete now: as many as may be unavailable, the broken ones in any case. */
export function planUpdate(
  set: DaemonSet,
  desired: readonly string[],
  podsByNode: ReadonlyMap<string, readonly Pod[]>,
  hash: string,
  clock: Clock,
): Pod[] {
  if (set.spec.updateStrategy?.type === 'OnDelete') return [];
  const rolling = set.spec.updateStrategy?.rollingUpdate;
  const limit = Math.max(1, scaledValue(rolling?.maxUnavailable ?? 1, desired.length, 'up'));
  const minReady = set.spec.minReadySeconds ?? 0;
  let unavailable = 0;
  const broken: Pod[] = [];
  const candidates: Pod[] = [];
  for (const node of desired) {
    const pods = podsByNode.get(node) ?? [];
    const pod = pods.find((each) => each.metadata.deletionTimestamp === undefined);
    const available = pod !== undefined && isAvailable(pod, minReady, clock);
    if (!available) unavailable += 1;
    if (pod === undefined || pod.metadata.labels?.[revisionLabel] === hash) continue;
    (available ? candidates : broken).push(pod);
  }
  return [...broken, ...candidates.slice(0, Math.max(0, limit - unavailable))];
}

export function countPods(
  set: DaemonSet,
  nodes: readonly Node[],
  podsByNode: ReadonlyMap<string, readonly Pod[]>,
  hash: string,
  clock: Clock,
): apps.DaemonSetStatus {
  const spec = set.spec.template.spec ?? { containers: [] };
  const minReady = set.spec.minReadySeconds ?? 0;
  const count = { desired: 0, current: 0, misscheduled: 0, ready: 0, available: 0, updated: 0 };
  for (const node of nodes) {
    const { run } = belongsOn(spec, node);
    const [pod] = (podsByNode.get(node.metadata.name) ?? [])
      .filter((each) => !isTerminal(each))
      .sort(byAge);
    if (!run) {
      if (pod !== undefined) count.misscheduled += 1;
      continue;
    }
    count.desired += 1;
    if (pod === undefined) continue;
    count.current += 1;
    if (isReady(pod)) count.ready += 1;
    if (isAvailable(pod, minReady, clock)) count.available += 1;
    if (pod.metadata.labels?.[revisionLabel] === hash) count.updated += 1;
  }
  return {
    ...(set.status?.conditions === undefined ? {} : { conditions: set.status.conditions }),
    ...(set.status?.collisionCount === undefined
      ? {}
      : { collisionCount: set.status.collisionCount }),
    observedGeneration: set.metadata.generation,
    desiredNumberScheduled: count.desired,
    currentNumberScheduled: count.current,
    numberMisscheduled: count.misscheduled,
    numberReady: count.ready,
    updatedNumberScheduled: count.updated,
    numberAvailable: count.available,
    numberUnavailable: count.desired - count.available,
  };
}
