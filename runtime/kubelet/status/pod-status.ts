/** A pod's status from what is wanted, what the engine has and what the probes say. Pure. */
import { timestamp } from '../../api/clock.ts';
import { qosClassOf } from '../../api/qos.ts';
import type { core, Pod } from '../../api/types.ts';
import type { ContainerInfo } from '../../engine/engine.ts';
import { type Notice, restartOfAll } from '../pods/restart-all.ts';
import { addressOf, isRunning, type PodRuntime } from '../pods/runtime-state.ts';
import {
  appContainersOf,
  ephemeralContainersOf,
  initContainersOf,
  type RoledContainer,
} from '../spec/containers.ts';
import { restartsAfter } from '../spec/restart.ts';
import { podConditions, type ResizeFacts } from './conditions.ts';
import { containerStatus, lostStatus, type Waiting } from './container-status.ts';
import { terminatedStatuses } from './terminated.ts';

/** An end of a pod that its containers do not decide. */
export interface Verdict {
  readonly phase: 'Failed' | 'Succeeded';
  readonly reason?: string;
  readonly message?: string;
  /** The node did not take the pod: nothing of it was ever begun. */
  readonly refused?: boolean;
}

export interface StatusFacts {
  readonly pod: Pod;
  readonly runtime: PodRuntime;
  readonly waiting: ReadonlyMap<string, Waiting>;
  ready(run: ContainerInfo): boolean;
  started(run: ContainerInfo): boolean;
  message(run: ContainerInfo): string | undefined;
  /** What a run was given of processor and memory, if it is known. */
  given(run: ContainerInfo): core.ResourceRequirements | undefined;
  readonly resize: ResizeFacts;
  readonly notice?: Notice | undefined;
  /** A phase that is decided already (deadline exceeded), with its reason. */
  readonly verdict: Verdict | undefined;
  /** True once nothing is going to be started again. */
  readonly ending: boolean;
  /** As last told; the pod's own status right after a start. */
  readonly previous: core.PodStatus;
  readonly nodeAddress: string;
  readonly simulated: boolean;
  readonly now: number;
}

/** https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#pod-phase */
export function podStatus(facts: StatusFacts): core.PodStatus {
  const { pod, runtime, previous, verdict, now, nodeAddress } = facts;
  if (verdict?.refused === true) return refusedStatus(facts, verdict);
  const initDone = pod.spec.containers.some(({ name }) => runtime.containers.has(name));
  const hasInit = (pod.spec.initContainers ?? []).length > 0;
  const usual = hasInit && !initDone ? 'PodInitializing' : 'ContainerCreating';
  const statusesOf = (containers: RoledContainer[], told: core.ContainerStatus[] = []) =>
    containers.map(({ spec }) =>
      containerStatus({
        ...facts,
        spec,
        runs: (runtime.containers.get(spec.name) ?? []).filter(({ state }) => state !== 'created'),
        waiting: facts.waiting.get(spec.name),
        usualWaiting: usual,
        ready: readyOf(facts, spec.name),
        started: startedOf(facts, spec.name),
        previous: told.find(({ name }) => name === spec.name),
      }),
    );
  const initStatuses = statusesOf(initContainersOf(pod), previous.initContainerStatuses);
  for (const status of initStatuses) markInitReady(pod, status);
  const appStatuses = statusesOf(appContainersOf(pod), previous.containerStatuses);
  const toldEphemeral = previous.ephemeralContainerStatuses ?? [];
  const ephemeral = statusesOf(ephemeralContainersOf(pod), toldEphemeral).map((status) => {
    const told = toldEphemeral.find(({ name }) => name === status.name);
    const lost = told?.containerID !== undefined && !runtime.containers.has(status.name);
    return lost ? lostStatus(told) : status;
  });
  const restart = restartOfAll(pod, runtime, facts.notice);
  const phase =
    verdict?.phase ?? phaseOf(pod, initStatuses, appStatuses, facts.ending, restart?.awaits);
  const ip = addressOf(pod, runtime, nodeAddress) || (previous.podIP ?? '');
  const over = facts.ending && (phase === 'Failed' || phase === 'Succeeded');
  const statuses = { init: initStatuses, app: appStatuses };
  const { init, app } = over ? terminatedStatuses(pod, statuses) : statuses;
  const message = verdict?.message ?? (facts.simulated ? simulatedMessage : undefined);
  return {
    phase,
    conditions: podConditions({
      ...facts,
      phase,
      sandboxReady: isRunning(runtime.sandbox) && (ip !== '' || pod.spec.hostNetwork === true),
      initStatuses: init,
      appStatuses: app,
      restartingAll: restart !== undefined && restart.left.length > 0,
      previous: previous.conditions ?? [],
    }),
    ...(verdict?.reason === undefined ? {} : { reason: verdict.reason }),
    ...(message === undefined ? {} : { message }),
    hostIP: nodeAddress,
    hostIPs: [{ ip: nodeAddress }],
    ...(ip === '' ? {} : { podIP: ip, podIPs: [{ ip }] }),
    startTime: previous.startTime ?? timestamp(now),
    ...(init.length === 0 ? {} : { initContainerStatuses: init }),
    containerStatuses: app,
    ...(ephemeral.length === 0 ? {} : { ephemeralContainerStatuses: ephemeral }),
    qosClass: previous.qosClass ?? qosClassOf(pod.spec),
    ...observedGeneration(pod),
  };
}

function refusedStatus({ pod, previous, now }: StatusFacts, verdict: Verdict): core.PodStatus {
  const { phase, reason, message } = verdict;
  return {
    phase,
    ...(reason === undefined ? {} : { reason }),
    ...(message === undefined ? {} : { message }),
    ...(previous.conditions === undefined ? {} : { conditions: previous.conditions }),
    startTime: previous.startTime ?? timestamp(now),
    qosClass: previous.qosClass ?? qosClassOf(pod.spec),
    ...observedGeneration(pod),
  };
}

const simulatedMessage = 'simulated: no container runs';

function observedGeneration({ metadata }: Pod): object {
  return metadata.generation === undefined ? {} : { observedGeneration: metadata.generation };
}

function readyOf({ runtime, ready }: StatusFacts, name: string): boolean {
  const run = runtime.containers.get(name)?.[0];
  return run !== undefined && ready(run);
}

function startedOf({ runtime, started }: StatusFacts, name: string): boolean {
  const run = runtime.containers.get(name)?.[0];
  return run !== undefined && started(run);
}

/** An init container counts as ready once it has done its part. */
function markInitReady(pod: Pod, status: core.ContainerStatus): void {
  const role = initContainersOf(pod).find(({ spec }) => spec.name === status.name)?.role;
  if (role === 'init') {
    status.ready = status.state?.terminated?.exitCode === 0;
    status.started = false;
  }
}

/** Nothing but the restart policy decides whether an end is the pod's end. */
export function phaseOf(
  pod: Pod,
  initStatuses: readonly core.ContainerStatus[],
  appStatuses: readonly core.ContainerStatus[],
  ending: boolean,
  awaitsRestart: (container: string) => boolean = () => false,
): 'Pending' | 'Running' | 'Succeeded' | 'Failed' {
  const restarts = (spec: core.Container | undefined, exitCode: number) =>
    !ending &&
    spec !== undefined &&
    (restartsAfter(pod, spec, exitCode) || awaitsRestart(spec.name));
  const endOf = ({ state, lastState }: core.ContainerStatus) =>
    state?.terminated ?? (state?.waiting && lastState?.terminated);
  const inits = initContainersOf(pod);
  const failedInit = initStatuses.some(({ name, state }) => {
    const code = state?.terminated?.exitCode ?? 0;
    const init = inits.find(({ role, spec }) => role === 'init' && spec.name === name);
    return init !== undefined && code !== 0 && !restarts(init.spec, code);
  });
  const begun = appStatuses.filter((status) => status.state?.running || endOf(status));
  if (begun.length === 0) {
    if (failedInit) return 'Failed';
    if (!ending || appStatuses.length === 0) return 'Pending';
    return 'Failed';
  }
  const sidecarRuns = initStatuses.some(({ state }) => state?.running !== undefined);
  if (appStatuses.some(({ state }) => state?.running !== undefined)) return 'Running';
  if (begun.length < appStatuses.length) return ending ? 'Failed' : 'Pending';
  const again = appStatuses.some((status) => {
    const spec = pod.spec.containers.find(({ name }) => name === status.name);
    return restarts(spec, endOf(status)?.exitCode ?? 0);
  });
  if (again || sidecarRuns) return 'Running';
  return appStatuses.some((status) => endOf(status)?.exitCode !== 0) ? 'Failed' : 'Succeeded';
}
