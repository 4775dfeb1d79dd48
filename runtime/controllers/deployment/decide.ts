/**
 * What to scale next. Each function looks at the ReplicaSets as they are and gives the sizes that
 * should change; the controller applies them and looks again after the next event. With 3 wanted,
 * maxSurge 1 and maxUnavailable 0, a rolling update goes:
 *
 *     old 3, new 0 → new 1 (4 = 3 + surge) → new pod available → old 2 → new 2 → … → old 0, new 3
 */
import type { Deployment, ReplicaSet } from '../../api/types.ts';
import { byAge, createdAt } from '../kit/pods.ts';
import {
  activeOrLatest,
  actualReplicas,
  availableReplicas,
  isActiveSet,
  isRollingUpdate,
  rollingLimits,
  specReplicas,
  sum,
  wantedReplicas,
} from './facts.ts';
import { desiredAnnotation, maxAnnotation } from './revisions.ts';

export interface Scaling {
  set: ReplicaSet;
  replicas: number;
}

/** The size of the new ReplicaSet, beside `oldSets`, that keeps within maxSurge. */
export function newSetSize(
  deployment: Deployment,
  newSet: ReplicaSet | undefined,
  oldSets: readonly ReplicaSet[],
): number {
  const wanted = wantedReplicas(deployment);
  if (!isRollingUpdate(deployment)) return wanted;
  const current = newSet === undefined ? 0 : specReplicas(newSet);
  const total = sum(oldSets, specReplicas) + current;
  const room = wanted + rollingLimits(deployment).surge - total;
  return room <= 0 ? current : current + Math.min(room, wanted - current);
}

/** First step of a rolling update: the new ReplicaSet grows as far as it may. */
export function growNewSet(
  deployment: Deployment,
  newSet: ReplicaSet,
  oldSets: readonly ReplicaSet[],
): Scaling[] {
  const wanted = wantedReplicas(deployment);
  const current = specReplicas(newSet);
  if (current === wanted) return [];
  const replicas = current > wanted ? wanted : newSetSize(deployment, newSet, oldSets);
  return replicas === current ? [] : [{ set: newSet, replicas }];
}

/** Second step: the old ones shrink as far as enough pods stay available; broken pods first. */
export function shrinkOldSets(
  deployment: Deployment,
  newSet: ReplicaSet,
  oldSets: readonly ReplicaSet[],
): Scaling[] {
  const oldTotal = sum(oldSets, specReplicas);
  if (oldTotal === 0) return [];
  const minAvailable = wantedReplicas(deployment) - rollingLimits(deployment).unavailable;
  const newUnavailable = specReplicas(newSet) - availableReplicas(newSet);
  let budget = oldTotal + specReplicas(newSet) - minAvailable - newUnavailable;
  if (budget <= 0) return [];

  const sizes = new Map(oldSets.map((set) => [set, specReplicas(set)]));
  const oldestFirst = [...oldSets].sort(byAge);
  for (const set of oldestFirst) {
    const size = sizes.get(set) ?? 0;
    const broken = Math.min(budget, Math.max(0, size - availableReplicas(set)));
    sizes.set(set, size - broken);
    budget -= broken;
  }
  let spare = sum([...oldSets, newSet], availableReplicas) - minAvailable;
  for (const set of oldestFirst) {
    if (spare <= 0) break;
    const size = sizes.get(set) ?? 0;
    const less = Math.min(size, spare);
    sizes.set(set, size - less);
    spare -= less;
  }
  return changes(sizes);
}

/** The Deployment's size changed: spread the change over the active ReplicaSets by their sizes. */
export function scaleInProportion(
  deployment: Deployment,
  newSet: ReplicaSet | undefined,
  oldSets: readonly ReplicaSet[],
): Scaling[] {
  const wanted = wantedReplicas(deployment);
  const only = activeOrLatest(newSet, oldSets);
  // Also when the size is right: the annotations may not be.
  if (only !== undefined) return [{ set: only, replicas: wanted }];
  if (newSet !== undefined && isSaturated(deployment, newSet)) {
    return oldSets.filter(isActiveSet).map((set) => ({ set, replicas: 0 }));
  }
  if (!isRollingUpdate(deployment)) return [];

  const sets = [...oldSets, ...(newSet === undefined ? [] : [newSet])].filter(isActiveSet);
  const allowed = wanted > 0 ? wanted + rollingLimits(deployment).surge : 0;
  const toAdd = allowed - sum(sets, specReplicas);
  // The largest takes what rounding leaves; of equal ones the newest when growing.
  sets.sort((a, b) => {
    const bySize = specReplicas(b) - specReplicas(a);
    if (bySize !== 0) return bySize;
    return toAdd > 0 ? createdAt(b) - createdAt(a) : createdAt(a) - createdAt(b);
  });
  let added = 0;
  const scalings = sets.map((set) => {
    const part = toAdd === 0 ? 0 : proportion(set, deployment, toAdd, added);
    added += part;
    return { set, replicas: specReplicas(set) + part };
  });
  const [first] = scalings;
  if (first !== undefined && toAdd !== 0) {
    first.replicas = Math.max(0, first.replicas + toAdd - added);
  }
  return scalings;
}

/** The new ReplicaSet has all the pods it should have and they are available. */
function isSaturated(deployment: Deployment, set: ReplicaSet): boolean {
  const wanted = wantedReplicas(deployment);
  return (
    set.metadata.annotations?.[desiredAnnotation] === String(wanted) &&
    specReplicas(set) === wanted &&
    availableReplicas(set) === wanted
  );
}

function proportion(set: ReplicaSet, deployment: Deployment, toAdd: number, added: number): number {
  const size = specReplicas(set);
  if (size === 0 || toAdd === added) return 0;
  const part = share(set, deployment);
  return toAdd > 0 ? Math.min(part, toAdd - added) : Math.max(part, toAdd - added);
}

/** How much the ReplicaSet would grow or shrink if it kept its part of the whole. */
function share(set: ReplicaSet, deployment: Deployment): number {
  const size = specReplicas(set);
  const wanted = wantedReplicas(deployment);
  if (wanted === 0) return -size;
  const annotated = Number.parseInt(set.metadata.annotations?.[maxAnnotation] ?? '', 10);
  const before = Number.isNaN(annotated) ? (deployment.status?.replicas ?? 0) : annotated;
  if (before === 0) return 0;
  return Math.round((size * (wanted + rollingLimits(deployment).surge)) / before) - size;
}

/** Old ReplicaSets to delete: without pods, the lowest revisions first, `limit` of them kept. */
export function expiredSets(
  oldSets: readonly ReplicaSet[],
  limit: number,
  revisionOf: (set: ReplicaSet) => bigint,
): ReplicaSet[] {
  const alive = oldSets.filter((set) => set.metadata.deletionTimestamp === undefined);
  const surplus = alive.length - limit;
  if (surplus <= 0) return [];
  return alive
    .sort((a, b) => Number(revisionOf(a) - revisionOf(b)) || byAge(a, b))
    .slice(0, surplus)
    .filter(
      (set) =>
        actualReplicas(set) === 0 &&
        specReplicas(set) === 0 &&
        (set.metadata.generation ?? 0) <= (set.status?.observedGeneration ?? 0),
    );
}

function changes(sizes: Map<ReplicaSet, number>): Scaling[] {
  return [...sizes]
    .filter(([set, replicas]) => specReplicas(set) !== replicas)
    .map(([set, replicas]) => ({ set, replicas }));
}
