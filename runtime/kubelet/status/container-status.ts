/** A container's status as `kubectl` shows it. Pure. */
import { timestamp } from '../../api/clock.ts';
import type { core } from '../../api/types.ts';
import type { ContainerInfo } from '../../engine/engine.ts';
import { stopSignalOf } from '../spec/containers.ts';
import { attemptOf } from '../spec/labels.ts';

/** Why a container does not run although it should. */
export interface Waiting {
  readonly reason: string;
  readonly message?: string | undefined;
}

export interface ContainerFacts {
  readonly spec: core.Container;
  /** Runs of it, newest first; such that were never started are left out. */
  readonly runs: readonly ContainerInfo[];
  /** Set while something keeps it from running (again). */
  readonly waiting: Waiting | undefined;
  /** The reason while nothing went wrong: ContainerCreating or PodInitializing. */
  readonly usualWaiting: string;
  readonly ready: boolean;
  readonly started: boolean;
  /** The termination message of a run that has ended. */
  message(run: ContainerInfo): string | undefined;
  /** What a run was given of processor and memory, if it is known. */
  given(run: ContainerInfo): core.ResourceRequirements | undefined;
  /** What was last told, for what the engine no longer has. */
  readonly previous: core.ContainerStatus | undefined;
}

/** https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/pod-v1/#PodStatus */
export function containerStatus(facts: ContainerFacts): core.ContainerStatus {
  const { spec, runs, waiting, previous } = facts;
  const [latest, before] = runs;
  const running = latest?.state === 'running';
  // A container that waits to run again shows its end as the last state.
  const waits = waiting !== undefined && !running;
  const state: core.ContainerState = waits
    ? { waiting: { reason: waiting.reason, ...(waiting.message && { message: waiting.message }) } }
    : latest === undefined
      ? { waiting: { reason: facts.usualWaiting } }
      : stateOf(latest, facts.message(latest));
  const last = waits ? latest : before;
  return {
    name: spec.name,
    state,
    lastState:
      last !== undefined && last.state === 'exited'
        ? stateOf(last, facts.message(last))
        : lastStateOf(previous, latest),
    ready: running ? facts.ready : false,
    restartCount: latest === undefined ? (previous?.restartCount ?? 0) : attemptOf(latest),
    image: latest?.image ?? spec.image ?? '',
    imageID: latest === undefined ? (previous?.imageID ?? '') : `docker://${latest.imageId}`,
    ...(latest === undefined
      ? previous?.containerID === undefined
        ? {}
        : { containerID: previous.containerID }
      : { containerID: containerId(latest) }),
    started: running && facts.started,
    ...(running ? resourcesOf(spec, facts.given(latest)) : {}),
    ...stopSignalOf(spec),
  };
}

/** Of a container that has one run only and that the engine has no more. */
export function lostStatus(previous: core.ContainerStatus): core.ContainerStatus {
  if (previous.state?.terminated !== undefined) return previous;
  return {
    ...previous,
    ready: false,
    started: false,
    state: {
      terminated: {
        exitCode: 137,
        reason: 'ContainerStatusUnknown',
        message:
          'The container could not be located when the pod was terminated. The container used to be Running',
        containerID: previous.containerID ?? '',
      },
    },
  };
}

/** What the node has granted the container, and what it was given of it. */
function resourcesOf(
  { resources }: core.Container,
  given: core.ResourceRequirements | undefined,
): Partial<core.ContainerStatus> {
  if (resources?.requests === undefined && resources?.limits === undefined) return {};
  const { requests, limits } = given ?? resources;
  return {
    ...(resources.requests === undefined ? {} : { allocatedResources: resources.requests }),
    resources: { ...(limits && { limits }), ...(requests && { requests }) },
  };
}

export function containerId({ id }: ContainerInfo): string {
  return `docker://${id}`;
}

/** What the API remembers, as long as it is not about the present run. */
function lastStateOf(
  previous: core.ContainerStatus | undefined,
  latest: ContainerInfo | undefined,
): core.ContainerState {
  const terminated = previous?.lastState?.terminated ?? previous?.state?.terminated;
  if (terminated === undefined) return {};
  return latest !== undefined && terminated.containerID === containerId(latest)
    ? {}
    : { terminated };
}

function stateOf(run: ContainerInfo, message: string | undefined): core.ContainerState {
  if (run.state === 'running') return { running: { startedAt: timestamp(run.startedAt) } };
  const neverRan = run.error !== '' && run.startedAt === 0;
  const text = run.error === '' ? message : run.error;
  return {
    terminated: {
      exitCode: run.exitCode,
      reason: reasonOf(run, neverRan),
      ...(text === undefined || text === '' ? {} : { message: text }),
      startedAt: timestamp(neverRan ? run.createdAt : run.startedAt),
      finishedAt: timestamp(neverRan ? run.createdAt : run.finishedAt),
      containerID: containerId(run),
    },
  };
}

function reasonOf(run: ContainerInfo, neverRan: boolean): string {
  if (run.oomKilled) return 'OOMKilled';
  if (neverRan) return 'ContainerCannotRun';
  return run.exitCode === 0 ? 'Completed' : 'Error';
}
