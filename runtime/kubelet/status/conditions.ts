/** A pod's conditions. Pure. */
import { timestamp } from '../../api/clock.ts';
import type { core, Pod } from '../../api/types.ts';
import type { PendingResize } from '../pods/resize.ts';
import { initContainersOf } from '../spec/containers.ts';
import { mayRestartAll } from '../spec/restart.ts';

export interface ConditionFacts {
  readonly pod: Pod;
  readonly phase: string;
  readonly sandboxReady: boolean;
  readonly initStatuses: readonly core.ContainerStatus[];
  readonly appStatuses: readonly core.ContainerStatus[];
  /** Conditions as last told, by whoever. */
  readonly previous: readonly core.PodCondition[];
  readonly now: number;
  readonly resize: ResizeFacts;
  /** It is going to start anew, and is not through with ending yet. */
  readonly restartingAll: boolean;
}

/** How far a change of resources is. */
export interface ResizeFacts {
  readonly pendingResize: PendingResize | undefined;
  readonly resizing: boolean;
  readonly resizeError: string | undefined;
}

/** Conditions that are there only while they are true. */
export const passingConditions: readonly string[] = ['PodResizePending', 'PodResizeInProgress'];

interface Verdict {
  readonly status: 'True' | 'False';
  readonly reason?: string;
  readonly message?: string;
}

/** The kubelet's own five, in the order in which `kubectl describe` has always shown them. */
export function podConditions(facts: ConditionFacts): core.PodCondition[] {
  const { pod, previous, now } = facts;
  const { generation } = pod.metadata;
  const containersReady = readiness(facts);
  const verdicts: [string, Verdict][] = [
    ['PodReadyToStartContainers', { status: facts.sandboxReady ? 'True' : 'False' }],
    ['Initialized', initialized(facts)],
    ['Ready', withGates(pod, containersReady, previous)],
    ['ContainersReady', containersReady],
  ];
  const told = previous.find(({ type }) => type === 'PodScheduled');
  if (told?.status !== 'True') verdicts.push(['PodScheduled', { status: 'True' }]);
  verdicts.push(...resizeVerdicts(facts.resize));
  if (mayRestartAll(pod)) verdicts.push(['AllContainersRestarting', restarting(facts)]);
  return verdicts.map(([type, verdict]) => {
    const before = previous.find((condition) => condition.type === type);
    const same = before?.status === verdict.status && before.lastTransitionTime !== undefined;
    return {
      type,
      ...(generation === undefined ? {} : { observedGeneration: generation }),
      ...verdict,
      lastTransitionTime: same ? before.lastTransitionTime : timestamp(now),
    };
  });
}

/** https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#restart-all-containers */
function restarting({ phase, restartingAll }: ConditionFacts): Verdict {
  if (phase === 'Succeeded') return { status: 'False', reason: 'PodCompleted' };
  if (phase === 'Failed') return { status: 'False', reason: 'PodFailed' };
  return { status: restartingAll ? 'True' : 'False' };
}

/** https://kubernetes.io/docs/tasks/configure-pod-container/resize-container-resources/#pod-resize-status */
function resizeVerdicts({
  pendingResize,
  resizing,
  resizeError,
}: ResizeFacts): [string, Verdict][] {
  const verdicts: [string, Verdict][] = [];
  if (pendingResize !== undefined) {
    verdicts.push(['PodResizePending', { status: 'True', ...pendingResize }]);
  }
  if (resizeError !== undefined) {
    const why = { reason: 'Error', message: resizeError };
    verdicts.push(['PodResizeInProgress', { status: 'True', ...why }]);
  } else if (resizing) verdicts.push(['PodResizeInProgress', { status: 'True' }]);
  return verdicts;
}

function initialized({ pod, phase, initStatuses, appStatuses }: ConditionFacts): Verdict {
  if (phase === 'Succeeded') return { status: 'True', reason: 'PodCompleted' };
  // Once an app container has begun the init containers have done their part for good.
  if (appStatuses.some(({ containerID }) => containerID !== undefined)) return { status: 'True' };
  const incomplete = initContainersOf(pod)
    .filter(({ role, spec }) => {
      const status = initStatuses.find(({ name }) => name === spec.name);
      if (role === 'sidecar') return status?.started !== true;
      return status?.state?.terminated?.exitCode !== 0;
    })
    .map(({ spec }) => spec.name);
  if (incomplete.length === 0) return { status: 'True' };
  return {
    status: 'False',
    reason: 'ContainersNotInitialized',
    message: `containers with incomplete status: [${incomplete.join(' ')}]`,
  };
}

function readiness({ pod, phase, initStatuses, appStatuses }: ConditionFacts): Verdict {
  if (phase === 'Succeeded') return { status: 'False', reason: 'PodCompleted' };
  if (phase === 'Failed') return { status: 'False', reason: 'PodFailed' };
  const unready = [
    ...initContainersOf(pod)
      .filter(({ role, spec }) => role === 'sidecar' && !isReady(initStatuses, spec.name))
      .map(({ spec }) => spec.name),
    ...pod.spec.containers
      .filter(({ name }) => !isReady(appStatuses, name))
      .map(({ name }) => name),
  ];
  if (unready.length === 0) return { status: 'True' };
  return {
    status: 'False',
    reason: 'ContainersNotReady',
    message: `containers with unready status: [${unready.join(' ')}]`,
  };
}

function isReady(statuses: readonly core.ContainerStatus[], name: string): boolean {
  return statuses.find((status) => status.name === name)?.ready === true;
}

/** https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#pod-readiness-gate */
function withGates(
  pod: Pod,
  containersReady: Verdict,
  previous: readonly core.PodCondition[],
): Verdict {
  const open = (pod.spec.readinessGates ?? []).filter(
    ({ conditionType }) => previous.find(({ type }) => type === conditionType)?.status !== 'True',
  );
  if (containersReady.status === 'False' || open.length === 0) return containersReady;
  const messages = open.map(({ conditionType }) => {
    const found = previous.some(({ type }) => type === conditionType);
    return found
      ? `the status of pod readiness gate "${conditionType}" is not "True", but False`
      : `corresponding condition of pod readiness gate "${conditionType}" does not exist.`;
  });
  return { status: 'False', reason: 'ReadinessGatesNotReady', message: messages.join(', ') };
}
