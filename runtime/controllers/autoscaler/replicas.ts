/**
 * How many replicas a resource metric asks for. The rule is desired = current × usage / target, but
 * pods that are starting, or of which nothing is known, must neither hold back nor push.
 * https://kubernetes.io/docs/tasks/run-application/horizontal-pod-autoscale/#algorithm-details
 */
import { parseQuantity, toMilli } from '../../api/quantity.ts';
import type { Pod } from '../../api/types.ts';
import type { PodMetrics } from '../../client/resource-metrics.ts';
import { findCondition } from '../kit/conditions.ts';

/** What is to be reached: a share of what pods request, in percent, or an amount a pod, in milli. */
export type Target =
  | { readonly type: 'Utilization'; readonly percent: number }
  | { readonly type: 'AverageValue'; readonly milli: number };

export interface Question {
  readonly resource: string;
  /** Counts this container alone; left out: all of a pod. */
  readonly container?: string;
  readonly target: Target;
  readonly current: number;
  /** All pods of the workload. */
  readonly pods: readonly Pod[];
  readonly metrics: readonly PodMetrics[];
  readonly nowMs: number;
}

export interface Answer {
  readonly replicas: number;
  /** Of those pods that were counted, in milli. */
  readonly averageMilli: number;
  /** In percent; undefined for an amount. */
  readonly utilization: number | undefined;
}

/** Changes by less than this are not worth a change. */
const tolerance = 0.1;
/** For so long after its start a pod's use of CPU may come from starting alone. */
const cpuInitializationMs = 300_000;
/** A pod that was ready no later than this after its start is taken to have been slow, not broken. */
const readinessDelayMs = 30_000;

/** Throws Error, in the original's words, if nothing can be said. */
export function replicasFor(question: Question): Answer {
  const { current, pods, target } = question;
  if (pods.length === 0) {
    throw new Error('no pods returned by selector while calculating replica count');
  }
  const usage = usageByPod(question);
  const groups = groupPods(question, usage);
  const requests = target.type === 'Utilization' ? requestsByPod(question) : undefined;
  const counted = new Map([...usage].filter(([name]) => groups.ready.has(name)));
  if (counted.size === 0) throw new Error('did not receive metrics for any ready pods');
  const first = ratioOf(counted, target, requests);
  const { averageMilli, utilization } = first;
  const answer = (replicas: number): Answer => ({ replicas, averageMilli, utilization });

  const holdBack = groups.unready.size > 0 && first.ratio > 1;
  if (!holdBack && groups.missing.size === 0) {
    return answer(isClose(first.ratio) ? current : Math.ceil(first.ratio * groups.ready.size));
  }
  // What is not known counts against the change: as all that was asked for when there seems to be too
  // much, as nothing when there seems to be too little.
  for (const name of groups.missing) {
    const full = target.type === 'AverageValue' ? target.milli : (requests?.get(name) ?? 0);
    counted.set(name, first.ratio < 1 ? full : 0);
  }
  if (holdBack) for (const name of groups.unready) counted.set(name, 0);
  const { ratio } = ratioOf(counted, target, requests);
  const turned = (first.ratio < 1 && ratio > 1) || (first.ratio > 1 && ratio < 1);
  if (isClose(ratio) || turned) return answer(current);
  const replicas = Math.ceil(ratio * counted.size);
  const backwards = (ratio < 1 && replicas > current) || (ratio > 1 && replicas < current);
  return answer(backwards ? current : replicas);
}

/** In milli; pods of which not all containers were measured are left out. */
function usageByPod({ resource, container, metrics }: Question): Map<string, number> {
  const found = new Map<string, number>();
  for (const { metadata, containers } of metrics) {
    const parts = containers.filter(({ name }) => container === undefined || name === container);
    const amounts = parts.map(({ usage }) => (usage as Record<string, string>)[resource]);
    if (parts.length === 0 || amounts.includes(undefined)) continue;
    found.set(metadata.name ?? '', sum(amounts.map((amount) => milliOf(amount ?? '0'))));
  }
  return found;
}

interface Groups {
  readonly ready: ReadonlySet<string>;
  readonly unready: ReadonlySet<string>;
  readonly missing: ReadonlySet<string>;
}

function groupPods(
  { pods, resource, metrics, nowMs }: Question,
  usage: Map<string, number>,
): Groups {
  const [ready, unready, missing] = [new Set<string>(), new Set<string>(), new Set<string>()];
  const measured = new Map(metrics.map((metric) => [metric.metadata.name, metric]));
  for (const pod of pods) {
    const { name, deletionTimestamp } = pod.metadata;
    if (deletionTimestamp !== undefined || pod.status?.phase === 'Failed') continue;
    if (pod.status?.phase === 'Pending') unready.add(name);
    else if (!usage.has(name)) missing.add(name);
    else if (resource === 'cpu' && isStarting(pod, measured.get(name), nowMs)) unready.add(name);
    else ready.add(name);
  }
  return { ready, unready, missing };
}

/** Is what the pod uses a sign of its start, not of its load? */
function isStarting({ status }: Pod, metric: PodMetrics | undefined, nowMs: number): boolean {
  const condition = findCondition(status?.conditions, 'Ready');
  if (condition === undefined || status?.startTime === undefined || metric === undefined)
    return true;
  const started = Date.parse(status.startTime);
  const turned = Date.parse(condition.lastTransitionTime ?? status.startTime);
  if (started + cpuInitializationMs > nowMs) {
    const windowMs = Number.parseFloat(metric.window) * 1000;
    return condition.status === 'False' || Date.parse(metric.timestamp) < turned + windowMs;
  }
  return condition.status === 'False' && started + readinessDelayMs > turned;
}

function requestsByPod({ pods, resource, container }: Question): Map<string, number> {
  const requests = new Map<string, number>();
  for (const { metadata, spec } of pods) {
    const sidecars = (spec.initContainers ?? []).filter(
      ({ restartPolicy }: { restartPolicy?: string }) => restartPolicy === 'Always',
    );
    const counted = [...spec.containers, ...sidecars].filter(
      ({ name }) => container === undefined || name === container,
    );
    const amounts = counted.map(({ name, resources }) => {
      const request = resources?.requests?.[resource];
      if (request === undefined) {
        throw new Error(
          `missing request for ${resource} in container ${name} of Pod ${metadata.name}`,
        );
      }
      return milliOf(request);
    });
    if (container !== undefined && amounts.length === 0) {
      throw new Error(`container ${container} not found in Pod ${metadata.name}`);
    }
    requests.set(metadata.name, sum(amounts));
  }
  return requests;
}

function ratioOf(
  usage: ReadonlyMap<string, number>,
  target: Target,
  requests: ReadonlyMap<string, number> | undefined,
): { ratio: number; averageMilli: number; utilization: number | undefined } {
  const known = [...usage].filter(([name]) => requests?.has(name) ?? true);
  const used = sum(known.map(([, milli]) => milli));
  const averageMilli = known.length === 0 ? 0 : Math.trunc(used / known.length);
  if (target.type === 'AverageValue') {
    return { ratio: averageMilli / target.milli, averageMilli, utilization: undefined };
  }
  const requested = sum(known.map(([name]) => requests?.get(name) ?? 0));
  if (requested === 0) throw new Error('no metrics returned matched known pods');
  const utilization = Math.trunc((used * 100) / requested);
  return { ratio: utilization / target.percent, averageMilli, utilization };
}

function isClose(ratio: number): boolean {
  return Math.abs(1 - ratio) <= tolerance;
}

export function milliOf(text: string | number): number {
  const quantity = parseQuantity(text);
  return quantity === undefined ? 0 : toMilli(quantity);
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
