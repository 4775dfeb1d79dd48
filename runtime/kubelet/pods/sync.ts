/** One look at a pod and one step on its way: run, finish, or go. */
import { graceSecondsOf } from '../../api/grace.ts';
import { isApiError } from '../../api/status.ts';
import type { core } from '../../api/types.ts';
import { at, pods } from '../../client/resources.ts';
import type { ContainerInfo } from '../../engine/engine.ts';
import {
  allContainersOf,
  fieldPathOf,
  isFinished,
  podText,
  type RoledContainer,
} from '../spec/containers.ts';
import { removeMemoryVolumes } from '../volumes/memory.ts';
import { refreshVolumes } from '../volumes/refresh.ts';
import { look } from './observe.ts';
import { type Kill, outdatedRuns, type Plan, plan } from './plan.ts';
import type { PodRecord } from './record.ts';
import { needsRestart } from './resize.ts';
import { giveGranted, givenTo } from './resizing.ts';
import { isRunning, presentRun, runningContainers } from './runtime-state.ts';
import { setUpPod } from './setup.ts';
import { backoffKey, startContainer } from './start-container.ts';
import { graceOf, stopContainer, stopPod } from './stop.ts';
import { unlessAborted, type Worker } from './worker.ts';

/** Throws EngineError and ApiError; the pod is then looked at again later. */
export async function syncPod(worker: Worker, record: PodRecord): Promise<void> {
  if (record.over) {
    if (record.gone) worker.forget(record);
    return;
  }
  await look(worker, record);
  if (record.doomed) return end(worker, record);
  if (isFinished(record.pod)) return finish(worker, record);
  worker.grant(record);
  checkDeadline(worker, record);
  if (record.ending) return finish(worker, record);
  if (record.status.startTime === undefined) worker.tell(record);
  let next = planFor(worker, record);
  if (next.sandbox === 'create') {
    record.waiting.clear();
    if (await setUpPod(worker, record, { newSandbox: true })) next = planFor(worker, record);
  }
  if (next.finished) {
    record.ending = true;
    return finish(worker, record);
  }
  if (next.sandbox === 'keep') await carryOut(worker, record, next);
  if (!record.doomed) worker.tell(record);
}

function planFor(worker: Worker, record: PodRecord): Plan {
  return plan({
    pod: record.granted,
    runtime: record.runtime,
    notice: record.notice,
    backoffLeft: (name, run) => backoffLeft(worker, record, name, run),
    unfit: (run, container) => condemnation(record, run, container),
    started: (run) => record.started(run),
  });
}

async function carryOut(worker: Worker, record: PodRecord, next: Plan): Promise<void> {
  const { engine } = worker.context;
  await keepUp(worker, record);
  const kill = ({ run, container, message, abrupt }: Kill) => {
    const probe = record.probers.get(run.id)?.unhealthy;
    const { startupProbe, livenessProbe } = container.spec;
    const graceSeconds =
      (probe === 'startup' ? startupProbe : livenessProbe)?.terminationGracePeriodSeconds ??
      graceSecondsOf(record.pod.spec);
    return stopContainer(worker, record, container, run, { graceSeconds, message, abrupt });
  };
  await unlessAborted(Promise.all(next.kill.map(kill)), record.work.signal);
  for (const { container, run, ms } of next.waiting) {
    sayBackoff(worker, record, container.spec.name, run, fieldPathOf(container), ms);
  }
  for (const container of next.start) {
    if (record.work.signal.aborted) return;
    await unlessAborted(begin(worker, record, container), record.work.signal);
  }
  if (next.start.length > 0 && !record.doomed) {
    await look(worker, record);
    for (const { id } of outdatedRuns(record.runtime)) await engine.removeContainer(id);
    // What was started may have ended before anybody looked.
    if (next.start.some(({ spec }) => !isRunning(presentRun(record.runtime, spec.name)))) {
      const failed = next.start.every(({ spec }) => record.waiting.has(spec.name));
      if (!failed) worker.again(record);
    }
  }
}

/** Starts a container; if the pod is to go meanwhile, the end of the start brings it back here. */
function begin(worker: Worker, record: PodRecord, container: RoledContainer): Promise<void> {
  const start = startContainer(worker, record, container).finally(() => {
    record.starting.delete(start);
    if (record.doomed) worker.again(record);
  });
  record.starting.add(start);
  return start;
}

/** Volumes and resources of a pod that runs. */
async function keepUp(worker: Worker, record: PodRecord): Promise<void> {
  const refreshIn = worker.tokens.refreshIn(record.uid);
  if (record.volumesDirty || refreshIn === 0) {
    record.volumesDirty = false;
    await refreshVolumes(worker, record);
  }
  const next = worker.tokens.refreshIn(record.uid);
  if (next !== undefined) worker.againAfter(record, Math.max(1_000, next));
  await giveGranted(worker, record);
}

function backoffLeft(
  { backoff, context }: Worker,
  record: PodRecord,
  name: string,
  run: ContainerInfo,
): number {
  const spec = specOf(record, name);
  if (spec === undefined) return 0;
  const ended = Math.max(run.finishedAt, run.createdAt);
  return backoff.remaining(backoffKey(record, spec), ended, context.clock.now());
}

function specOf({ pod }: PodRecord, name: string): core.Container | undefined {
  return allContainersOf(pod).find(({ spec }) => spec.name === name)?.spec;
}

function condemnation(
  record: PodRecord,
  run: ContainerInfo,
  container: core.Container,
): string | undefined {
  const { name } = container;
  const given = givenTo(record, run);
  if (given !== undefined && needsRestart(container, given)) {
    return `Container ${name} resize requires restart`;
  }
  const probe = record.probers.get(run.id)?.unhealthy;
  return probe && `Container ${name} failed ${probe} probe, will be restarted`;
}

function sayBackoff(
  worker: Worker,
  record: PodRecord,
  name: string,
  run: ContainerInfo,
  path: string,
  ms: number,
): void {
  const { context, backoff } = worker;
  const spec = specOf(record, name);
  const key = spec === undefined ? '' : backoffKey(record, spec);
  const seconds = Math.round(backoff.delay(key, context.clock.now()) / 1_000);
  const delay = seconds < 60 ? `${seconds}s` : `${Math.floor(seconds / 60)}m${seconds % 60}s`;
  const text = podText(record.pod);
  record.waiting.set(name, {
    reason: 'CrashLoopBackOff',
    message: `back-off ${delay} restarting failed container=${name} pod=${text}`,
  });
  if (record.first(`backoff ${run.id}`)) {
    const message = `Back-off restarting failed container ${name} in pod ${text}`;
    context.recorder.event(record.pod, 'Warning', 'BackOff', message, path);
  }
  worker.againAfter(record, ms);
}

/** https://kubernetes.io/docs/concepts/workloads/controllers/job/#job-termination-and-cleanup */
function checkDeadline(worker: Worker, record: PodRecord): void {
  const { clock, recorder } = worker.context;
  const limit = record.pod.spec.activeDeadlineSeconds;
  const { startTime } = record.status;
  if (limit === undefined || startTime === undefined || record.ending) return;
  const left = Date.parse(startTime) + limit * 1_000 - clock.now();
  if (left > 0) {
    worker.againAfter(record, left);
    return;
  }
  const message = 'Pod was active on the node longer than the specified deadline';
  recorder.event(record.pod, 'Normal', 'DeadlineExceeded', message);
  record.verdict = { phase: 'Failed', reason: 'DeadlineExceeded', message };
  record.ending = true;
}

function stillRuns({ runtime }: PodRecord): boolean {
  return runningContainers(runtime).length > 0 || runtime.sandboxes.some(isRunning);
}

/** The pod has done its work: stop what is left, keep what it has to say. */
async function finish(worker: Worker, record: PodRecord): Promise<void> {
  const told = isFinished(record.pod);
  record.ending = true;
  record.waiting.clear();
  if (stillRuns(record)) stopPod(worker, record, graceSecondsOf(record.pod.spec));
  // When the engine has nothing left, the API knows more than we do.
  if (!told || record.runtime.containers.size > 0) worker.tell(record);
}

/** The pod is to go: stop it, say how it ended, clear up, and let the API forget it. */
async function end(worker: Worker, record: PodRecord): Promise<void> {
  const { client, engine } = worker.context;
  record.ending = true;
  if (stillRuns(record)) {
    stopPod(worker, record, graceOf(record));
    if (!record.gone) worker.tell(record);
    return;
  }
  // Both come back here when they are done. Before that, a container may still come to life beside
  // what is cleared away, and what is told would not be how it ended.
  if (record.stopping !== undefined || record.starting.size > 0) return;
  record.waiting.clear();
  // When the engine has nothing left, the API knows more than we do.
  if (!record.gone && (!isFinished(record.pod) || record.runtime.containers.size > 0)) {
    worker.tell(record);
    // Whoever holds the pod by a finalizer waits for how it ended, and nobody could tell it later.
    if (!(await worker.told(record))) return;
  }
  const { runtime, uid } = record;
  for (const { id } of [...runtime.containers.values()].flat()) await engine.removeContainer(id);
  for (const { id } of runtime.sandboxes) await engine.removeContainer(id);
  await removeMemoryVolumes(worker.context, uid);
  await worker.files.removePod(uid);
  if (!record.gone) {
    const { name, namespace } = record.pod.metadata;
    try {
      await client.delete(at(pods, name, namespace), {
        gracePeriodSeconds: 0,
        preconditions: { uid },
      });
    } catch (error) {
      if (!isApiError(error, 'NotFound', 'Conflict')) throw error;
    }
  }
  worker.forget(record);
}
