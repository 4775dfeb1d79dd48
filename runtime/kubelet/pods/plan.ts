/**
 * What to do next for a pod that should run. A pure function from what is wanted and what is there
 * to a plan; `sync.ts` carries it out, and the engine's events lead to the next plan.
 *
 *   no sandbox            → make one
 *   sandbox, no app yet   → the first init container that has not done its part
 *   init containers done  → all app containers that are not there, or ended and should run again
 *   all apps ended        → the pod has finished
 *
 * https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/
 */
import type { core, Pod } from '../../api/types.ts';
import type { ContainerInfo } from '../../engine/engine.ts';
import {
  appContainersOf,
  ephemeralContainersOf,
  hashOf,
  initContainersOf,
  type RoledContainer,
} from '../spec/containers.ts';
import { attemptOf, kubeletLabels } from '../spec/labels.ts';
import { restartsAfter, runsOnce } from '../spec/restart.ts';
import { type Notice, type RestartOfAll, restartOfAll } from './restart-all.ts';
import { isRunning, latestRun, type PodRuntime, presentRun } from './runtime-state.ts';

export interface PlanInput {
  readonly pod: Pod;
  readonly runtime: PodRuntime;
  readonly notice?: Notice | undefined;
  /** Milliseconds until the container may be started again after `run` ended; 0: now. */
  backoffLeft(container: string, run: ContainerInfo): number;
  /** Why a running container must be restarted, if it must. */
  unfit(run: ContainerInfo, container: core.Container): string | undefined;
  /** Whether a running container has passed its startup probe and postStart hook. */
  started(run: ContainerInfo): boolean;
}

export interface Plan {
  readonly sandbox: 'keep' | 'create';
  readonly start: readonly RoledContainer[];
  readonly kill: readonly Kill[];
  /** Containers that wait for their back-off, with the milliseconds left. */
  readonly waiting: readonly { container: RoledContainer; run: ContainerInfo; ms: number }[];
  /** The pod has come to its end: stop what still runs. */
  readonly finished: boolean;
}

export interface Kill {
  readonly run: ContainerInfo;
  readonly container: RoledContainer;
  readonly message: string;
  /** True if its preStop hook is not asked. */
  readonly abrupt?: boolean;
}

const nothing: Plan = { sandbox: 'keep', start: [], kill: [], waiting: [], finished: false };

/** The next step for a pod that is neither deleted nor finished. */
export function plan(input: PlanInput): Plan {
  const { pod, runtime } = input;
  if (!isRunning(runtime.sandbox)) return withoutSandbox(input);
  const restart = restartOfAll(pod, runtime, input.notice);
  if (restart === undefined) return withSandbox(input);
  return beforeRestart(input, restart) ?? withSandbox({ ...input, runtime: restart.since });
}

/** Of a pod that starts anew: what is left of before ends, and then whoever began it has its pause. */
function beforeRestart(
  { backoffLeft }: PlanInput,
  { cause, left, awaits }: RestartOfAll,
): Plan | undefined {
  if (left.length > 0) {
    const message = `all containers restart because container ${cause.container.spec.name} has ended`;
    return { ...nothing, kill: left.map((each) => ({ ...each, message, abrupt: true })) };
  }
  const { name } = cause.container.spec;
  const ms = awaits(name) ? backoffLeft(name, cause.run) : 0;
  return ms > 0 ? { ...nothing, waiting: [{ ...cause, ms }] } : undefined;
}

function withSandbox(input: PlanInput): Plan {
  const { pod, runtime } = input;
  const draft = new Draft(input);
  const inits = initContainersOf(pod);
  const apps = appContainersOf(pod);
  const begun = apps.some(({ spec }) => presentRun(runtime, spec.name) !== undefined);
  if (!begun) {
    const step = initStep(draft, inits);
    if (step === 'failed') return { ...nothing, finished: true };
    if (step === 'waiting') return draft.result();
  } else {
    for (const container of inits) if (container.role === 'sidecar') draft.keepRunning(container);
  }
  let over = true;
  for (const container of apps) if (draft.keepRunning(container) === 'alive') over = false;
  if (over) return { ...nothing, finished: true };
  for (const container of ephemeralContainersOf(pod)) {
    if (!hasEverRun(pod, runtime, container.spec.name)) draft.start(container);
  }
  return draft.result();
}

/** A pod that ran already and will not run again needs no new sandbox. */
function withoutSandbox({ pod, runtime }: PlanInput): Plan {
  const over = (spec: core.Container) => {
    const run = latestRun(runtime, spec.name);
    return run?.state === 'exited' && !restartsAfter(pod, spec, run.exitCode) ? run : undefined;
  };
  const { containers } = pod.spec;
  const ended = containers.every((spec) => over(spec) !== undefined);
  const failedInit = initContainersOf(pod).some(
    ({ role, spec }) => role === 'init' && (over(spec)?.exitCode ?? 0) !== 0,
  );
  // With Never, a container that was cut off with its sandbox has had its one chance.
  const hadItsChance =
    containers.every((spec) => runsOnce(pod, spec)) &&
    containers.some(({ name }) => latestRun(runtime, name) !== undefined);
  if ((containers.length > 0 && ended) || failedInit || hadItsChance) {
    return { ...nothing, finished: true };
  }
  return { ...nothing, sandbox: 'create' };
}

/** Also if the engine has forgotten: an ephemeral container has one run, whatever becomes of the sandbox. */
function hasEverRun({ status }: Pod, runtime: PodRuntime, name: string): boolean {
  if (latestRun(runtime, name) !== undefined) return true;
  const told = status?.ephemeralContainerStatuses?.find((each) => each.name === name);
  return told?.containerID !== undefined;
}

function initStep(draft: Draft, inits: readonly RoledContainer[]): 'done' | 'waiting' | 'failed' {
  const { pod, runtime } = draft.input;
  for (const container of inits) {
    const run = presentRun(runtime, container.spec.name);
    if (container.role === 'sidecar') {
      draft.keepRunning(container);
      if (!isRunning(run) || !draft.input.started(run)) return 'waiting';
    } else if (run === undefined) {
      draft.start(container);
      return 'waiting';
    } else if (isRunning(run)) {
      return 'waiting';
    } else if (run.exitCode !== 0) {
      if (!restartsAfter(pod, container.spec, run.exitCode)) return 'failed';
      draft.startAfterBackoff(container, run);
      return 'waiting';
    }
  }
  return 'done';
}

/** Gathers a plan. */
class Draft {
  readonly input: PlanInput;
  readonly #start: RoledContainer[] = [];
  readonly #kill: Plan['kill'][number][] = [];
  readonly #waiting: Plan['waiting'][number][] = [];

  constructor(input: PlanInput) {
    this.input = input;
  }

  /** `over` if the container has ended and stays so. */
  keepRunning(container: RoledContainer): 'alive' | 'over' {
    const { runtime, pod } = this.input;
    const run = presentRun(runtime, container.spec.name);
    if (run === undefined) {
      this.start(container);
      return 'alive';
    }
    if (isRunning(run)) {
      const message = this.#whyReplace(container, run);
      if (message !== undefined) this.#kill.push({ run, container, message });
      return 'alive';
    }
    if (!restartsAfter(pod, container.spec, run.exitCode)) return 'over';
    this.startAfterBackoff(container, run);
    return 'alive';
  }

  start(container: RoledContainer): void {
    this.#start.push(container);
  }

  startAfterBackoff(container: RoledContainer, run: ContainerInfo): void {
    const ms = this.input.backoffLeft(container.spec.name, run);
    if (ms > 0) this.#waiting.push({ container, run, ms });
    else this.#start.push(container);
  }

  result(): Plan {
    return { ...nothing, start: this.#start, kill: this.#kill, waiting: this.#waiting };
  }

  #whyReplace({ spec }: RoledContainer, run: ContainerInfo): string | undefined {
    if (run.labels[kubeletLabels.hash] !== hashOf(spec)) {
      return `Container ${spec.name} definition changed, will be restarted`;
    }
    return this.input.unfit(run, spec);
  }
}

/** Runs of containers that nobody will ask for again: all but the newest two of each. */
export function outdatedRuns(runtime: PodRuntime): ContainerInfo[] {
  return [...runtime.containers.values()].flatMap((runs) => {
    const kept = runs.filter(({ state }) => state !== 'created').slice(0, 2);
    return runs.filter(
      (run) => !kept.includes(run) && run.state !== 'running' && !isNewest(run, runs),
    );
  });
}

function isNewest(run: ContainerInfo, runs: readonly ContainerInfo[]): boolean {
  return runs.every((other) => attemptOf(other) <= attemptOf(run));
}
