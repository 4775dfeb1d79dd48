/**
 * Which ReplicaSet belongs to which revision of a Deployment, and the annotations that say so to
 * `kubectl rollout history` and `undo`.
 */
import type { core, Deployment, ReplicaSet } from '../../api/types.ts';
import { sameValue } from '../kit/equality.ts';
import { byAge } from '../kit/pods.ts';
import { rollingLimits, wantedReplicas } from './facts.ts';

export const templateHashLabel = 'pod-template-hash';
export const revisionAnnotation = 'deployment.kubernetes.io/revision';
export const historyAnnotation = 'deployment.kubernetes.io/revision-history';
export const desiredAnnotation = 'deployment.kubernetes.io/desired-replicas';
export const maxAnnotation = 'deployment.kubernetes.io/max-replicas';
const historyLength = 2000;

/** Annotations of a Deployment that its ReplicaSets do not inherit. */
const notInherited = new Set([
  'kubectl.kubernetes.io/last-applied-configuration',
  revisionAnnotation,
  historyAnnotation,
  desiredAnnotation,
  maxAnnotation,
  'deprecated.deployment.rollback.to',
]);

export type Annotations = Readonly<Record<string, string>>;

/** True if the templates differ in nothing but the hash label. */
export function sameTemplate(
  a: core.PodTemplateSpec | undefined,
  b: core.PodTemplateSpec | undefined,
): boolean {
  return sameValue(withoutHash(a), withoutHash(b));
}

function withoutHash(template: core.PodTemplateSpec | undefined): unknown {
  const { [templateHashLabel]: _hash, ...labels } = template?.metadata?.labels ?? {};
  return { ...template, metadata: { ...template?.metadata, labels } };
}

/** The oldest ReplicaSet with the Deployment's template, so that all writers choose the same. */
export function findNewSet(
  deployment: Deployment,
  sets: readonly ReplicaSet[],
): ReplicaSet | undefined {
  return [...sets]
    .sort(byAge)
    .find((set) => sameTemplate(set.spec.template, deployment.spec.template));
}

/** Zero if there is none. Exact: revisions are whole numbers of 64 bits, and people may write them. */
export function revisionOf({ metadata }: Deployment | ReplicaSet): bigint {
  return parseRevision(metadata.annotations?.[revisionAnnotation]);
}

function parseRevision(text = ''): bigint {
  if (!/^[+-]?\d+$/.test(text)) return 0n;
  const revision = BigInt(text.replace('+', ''));
  return BigInt.asIntN(64, revision) === revision ? revision : 0n;
}

export function highestRevision(sets: readonly ReplicaSet[]): bigint {
  return sets.map(revisionOf).reduce((highest, next) => (next > highest ? next : highest), 0n);
}

/** The annotations that the new ReplicaSet should have; the same object if they are right. */
export function newSetAnnotations(
  deployment: Deployment,
  current: Annotations,
  revision: bigint,
  exists: boolean,
): Annotations {
  const next: Record<string, string> = { ...current };
  for (const [key, value] of Object.entries(deployment.metadata.annotations ?? {})) {
    if (!notInherited.has(key)) next[key] = value;
  }
  const previous = current[revisionAnnotation];
  if (parseRevision(previous) < revision) {
    next[revisionAnnotation] = String(revision);
    if (exists && previous !== undefined && previous !== '') {
      next[historyAnnotation] = appendHistory(current[historyAnnotation], previous);
    }
  }
  const sized = exists ? next : sizeAnnotations(next, deployment);
  return sameValue(sized, current) ? current : sized;
}

/** Revisions that the ReplicaSet served before, the oldest dropped when it grows too long. */
function appendHistory(history: string | undefined, revision: string): string {
  const entries = history === undefined || history === '' ? [] : history.split(',');
  entries.push(revision);
  while (entries.length > 1 && entries.join(',').length > historyLength) entries.shift();
  return entries.join(',');
}

/** The size of the Deployment when the ReplicaSet was last scaled: proportional scaling needs it. */
export function sizeAnnotations(current: Annotations, deployment: Deployment): Annotations {
  const wanted = wantedReplicas(deployment);
  const desired = String(wanted);
  const max = String(wanted + rollingLimits(deployment).surge);
  if (current[desiredAnnotation] === desired && current[maxAnnotation] === max) return current;
  return { ...current, [desiredAnnotation]: desired, [maxAnnotation]: max };
}

/** The Deployment was scaled since its ReplicaSets were: then scale first, roll out afterwards. */
export function wasScaled(deployment: Deployment, sets: readonly ReplicaSet[]): boolean {
  const wanted = String(wantedReplicas(deployment));
  return sets.some((set) => {
    const desired = set.metadata.annotations?.[desiredAnnotation];
    return (set.spec.replicas ?? 1) > 0 && desired !== undefined && desired !== wanted;
  });
}
