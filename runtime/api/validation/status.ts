/**
 * What a status must not say: counts below zero, and counts of a part above those of the whole. Asked
 * of writes to /status alone, as the original does.
 */
import { type KubeObject, parseApiVersion } from '../object.ts';
import type { StatusCause } from '../status.ts';
import { Problems } from './problems.ts';
import { isRecord, notNegative } from './values.ts';

interface StatusRule {
  readonly counts: readonly string[];
  /** Parts of `replicas`. */
  readonly parts?: readonly string[];
  /** Counts that never go down. */
  readonly growing?: readonly string[];
}

const observed = 'observedGeneration';
const replicaSet: StatusRule = {
  counts: ['replicas', 'fullyLabeledReplicas', 'readyReplicas', 'availableReplicas', observed],
  parts: ['fullyLabeledReplicas', 'readyReplicas', 'availableReplicas'],
};

const rules: Readonly<Record<string, StatusRule>> = {
  '/ReplicationController': replicaSet,
  'apps/ReplicaSet': replicaSet,
  'apps/Deployment': {
    counts: [
      ...[observed, 'replicas', 'updatedReplicas', 'readyReplicas', 'availableReplicas'],
      ...['unavailableReplicas', 'terminatingReplicas', 'collisionCount'],
    ],
    parts: ['updatedReplicas', 'readyReplicas', 'availableReplicas'],
    growing: ['collisionCount'],
  },
  'apps/StatefulSet': {
    counts: [
      ...['replicas', 'readyReplicas', 'currentReplicas', 'updatedReplicas', 'availableReplicas'],
      ...[observed, 'collisionCount'],
    ],
    parts: ['readyReplicas', 'currentReplicas', 'updatedReplicas', 'availableReplicas'],
    growing: ['collisionCount'],
  },
  'apps/DaemonSet': {
    counts: [
      ...['currentNumberScheduled', 'numberMisscheduled', 'desiredNumberScheduled', 'numberReady'],
      ...[observed, 'updatedNumberScheduled', 'numberAvailable', 'numberUnavailable'],
      'collisionCount',
    ],
    growing: ['collisionCount'],
  },
  'batch/Job': { counts: ['active', 'ready', 'terminating', 'succeeded', 'failed'] },
  'autoscaling/HorizontalPodAutoscaler': { counts: ['currentReplicas', 'desiredReplicas'] },
  'policy/PodDisruptionBudget': {
    counts: ['disruptionsAllowed', 'currentHealthy', 'desiredHealthy', 'expectedPods'],
  },
};

/** What is wrong with a new status as a change from `previous`; nothing for kinds without counts. */
export function validateStatusUpdate(next: KubeObject, previous: KubeObject): StatusCause[] {
  const { group } = parseApiVersion(next.apiVersion);
  const rule = rules[`${group}/${next.kind}`];
  if (rule === undefined) return [];
  const problems = new Problems();
  const [status, before] = [countsIn(next), countsIn(previous)];
  for (const name of rule.counts) notNegative(status[name], `status.${name}`, problems);
  const { replicas = 0, readyReplicas = 0, availableReplicas = 0 } = status;
  for (const name of rule.parts ?? []) {
    const part = status[name] ?? 0;
    if (part <= replicas) continue;
    problems.invalid(`status.${name}`, part, 'cannot be greater than status.replicas');
  }
  if (rule.parts !== undefined && availableReplicas > readyReplicas) {
    const why = 'cannot be greater than readyReplicas';
    problems.invalid('status.availableReplicas', availableReplicas, why);
  }
  for (const name of rule.growing ?? []) {
    const [now, then] = [status[name] ?? 0, before[name] ?? 0];
    if (now < then) problems.invalid(`status.${name}`, now, 'cannot be decremented');
  }
  if (group === 'batch') checkJob(next, status, problems);
  return problems.causes;
}

function countsIn(object: KubeObject): Readonly<Record<string, number>> {
  const { status } = object as { status?: unknown };
  if (!isRecord(status)) return {};
  const numbers = Object.entries(status).filter(([, value]) => typeof value === 'number');
  return Object.fromEntries(numbers) as Record<string, number>;
}

function checkJob(
  job: KubeObject,
  { ready = 0, active = 0 }: Readonly<Record<string, number>>,
  problems: Problems,
): void {
  if (ready > active) {
    problems.invalid('status.ready', ready, 'cannot set more ready pods than active');
  }
  const { conditions } = (job as { status?: { conditions?: unknown } }).status ?? {};
  const isTrue = (type: string) =>
    Array.isArray(conditions) &&
    conditions.some((each) => isRecord(each) && each.type === type && each.status === 'True');
  if (isTrue('Complete') && isTrue('Failed')) {
    const why = 'cannot set Complete=True and Failed=true conditions';
    problems.invalid('status.conditions', conditions, why);
  }
}
