/**
 * Pods that start anew, init containers first, because one of their containers has ended in a way that
 * its rules name. The ends that the engine knows of tell it, and times which runs are of before; for runs
 * that began between such an end and somebody's noticing it there is `Notice`. Pure.
 * https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#restart-all-containers
 */
import type { Pod } from '../../api/types.ts';
import type { ContainerInfo } from '../../engine/engine.ts';
import { appContainersOf, initContainersOf, type RoledContainer } from '../spec/containers.ts';
import { mayRestartAll, restartsAll } from '../spec/restart.ts';
import { isRunning, latestRun, type PodRuntime } from './runtime-state.ts';

export interface RestartOfAll {
  /** The container whose end began it, with that run. */
  readonly cause: { readonly container: RoledContainer; readonly run: ContainerInfo };
  /** Of before, and still running. */
  readonly left: readonly { readonly container: RoledContainer; readonly run: ContainerInfo }[];
  /** What there is without the runs of before. */
  readonly since: PodRuntime;
  /** Whether the container has not run again yet. */
  awaits(name: string): boolean;
}

/** What was there when an end was noticed that makes the pod start anew. */
export interface Notice {
  /** The id of the run that has ended. */
  readonly cause: string;
  /** The ids of all runs, which are of before. */
  readonly runs: ReadonlySet<string>;
}

/** The notice to go on with, after another look at what there is. */
export function noticeOf(
  pod: Pod,
  runtime: PodRuntime,
  last: Notice | undefined,
): Notice | undefined {
  const cause = restartOfAll(pod, runtime, last)?.cause;
  if (cause === undefined || cause.run.id === last?.cause) return last;
  // It has run again already: somebody before us has noticed.
  if (latestRun(runtime, cause.container.spec.name)?.id !== cause.run.id) return last;
  const runs = [...runtime.containers.values()].flat().map(({ id }) => id);
  return { cause: cause.run.id, runs: new Set(runs) };
}

/** The newest restart of the whole pod; undefined if there was none, as in nearly all pods. */
export function restartOfAll(
  pod: Pod,
  runtime: PodRuntime,
  notice: Notice | undefined,
): RestartOfAll | undefined {
  if (!mayRestartAll(pod)) return undefined;
  const containers = [...initContainersOf(pod), ...appContainersOf(pod)];
  const causes = containers.flatMap((container) =>
    (runtime.containers.get(container.spec.name) ?? [])
      .filter((run) => run.state === 'exited' && restartsAll(container.spec, run.exitCode))
      .map((run) => ({ container, run })),
  );
  const [cause] = causes.sort((a, b) => b.run.finishedAt - a.run.finishedAt);
  if (cause === undefined) return undefined;
  const isOld = (run: ContainerInfo) =>
    run.id === cause.run.id ||
    run.createdAt < cause.run.finishedAt ||
    (notice?.cause === cause.run.id && notice.runs.has(run.id));
  const own = new Set(containers.map(({ spec }) => spec.name));
  const kept = [...runtime.containers].map(
    ([name, runs]) => [name, own.has(name) ? runs.filter((run) => !isOld(run)) : runs] as const,
  );
  return {
    cause,
    left: containers.flatMap((container) => {
      const run = latestRun(runtime, container.spec.name);
      return isRunning(run) && isOld(run) ? [{ container, run }] : [];
    }),
    since: { ...runtime, containers: new Map(kept) },
    awaits: (name) => {
      const run = latestRun(runtime, name);
      return own.has(name) && (run === undefined || isOld(run));
    },
  };
}
