/** Stops containers and pods, with the time to say goodbye that they were promised. */
import { graceSecondsOf } from '../../api/grace.ts';
import type { ContainerInfo } from '../../engine/engine.ts';
import { messageOf } from '../context.ts';
import { allContainersOf, fieldPathOf, type RoledContainer } from '../spec/containers.ts';
import { runHook } from './hooks.ts';
import type { PodRecord } from './record.ts';
import { addressOf, isRunning, latestRun, runningContainers } from './runtime-state.ts';
import type { Worker } from './worker.ts';

/** What a container gets at the least after its preStop hook has used up the grace period. */
const leastGraceSeconds = 2;

export interface StopOptions {
  readonly graceSeconds: number;
  /** For the Killing event. */
  readonly message: string;
  /** True to leave the preStop hook out. */
  readonly abrupt?: boolean | undefined;
}

/** preStop, stop signal, and KILL when the grace period is over. Throws EngineError. */
export async function stopContainer(
  { context }: Worker,
  record: PodRecord,
  container: RoledContainer,
  run: ContainerInfo,
  { graceSeconds, message, abrupt = false }: StopOptions,
): Promise<void> {
  const { engine, clock, recorder, node } = context;
  const path = fieldPathOf(container);
  recorder.event(record.pod, 'Normal', 'Killing', message, path);
  const begun = clock.now();
  const hook = abrupt ? undefined : container.spec.lifecycle?.preStop;
  if (hook !== undefined && graceSeconds > 0) {
    const deadline = new AbortController();
    const cancel = clock.after(graceSeconds * 1_000, () => deadline.abort());
    const podIP = addressOf(record.pod, record.runtime, node.address);
    const target = { engine, clock, container: container.spec, containerId: run.id, podIP };
    try {
      await runHook(target, hook, deadline.signal);
    } catch (error) {
      recorder.event(record.pod, 'Warning', 'FailedPreStopHook', 'PreStopHook failed', path);
      context.log(`pod ${record.pod.metadata.name}: ${messageOf(error)}`);
    } finally {
      cancel();
    }
  }
  const spent = (clock.now() - begun) / 1_000;
  const left =
    hook === undefined ? graceSeconds : Math.max(leastGraceSeconds, graceSeconds - spent);
  await engine.stopContainer(run.id, graceSeconds === 0 ? 0 : left);
}

/**
 * Stops all of a pod in the background: containers together, then sidecars one after the other from
 * the last to the first, the sandbox at the end. Called again with less time it hurries.
 */
export function stopPod(worker: Worker, record: PodRecord, graceSeconds: number): void {
  const { engine, clock } = worker.context;
  const deadline = clock.now() + graceSeconds * 1_000;
  record.work.abort();
  for (const prober of record.probers.values()) prober.spare();
  if (record.stopping !== undefined) {
    if (deadline >= record.stopping.deadline) return;
    record.stopping.deadline = deadline;
    for (const { id } of runningContainers(record.runtime)) {
      // Only hurries the stop that is under way, which says what fails and tries again.
      engine.stopContainer(id, graceSeconds).catch(() => {});
    }
    return;
  }
  const stopping = { deadline, done: Promise.resolve() };
  record.stopping = stopping;
  stopping.done = stopAll(worker, record, stopping)
    .catch((error: unknown) => {
      worker.context.log(`stopping pod ${record.pod.metadata.name}: ${messageOf(error)}`);
      worker.againAfter(record, 1_000);
    })
    .then(() => {
      record.stopping = undefined;
      worker.again(record);
    });
}

async function stopAll(
  worker: Worker,
  record: PodRecord,
  stopping: { readonly deadline: number },
): Promise<void> {
  const { engine, clock } = worker.context;
  const { pod, runtime } = record;
  const stop = async (container: RoledContainer): Promise<void> => {
    const run = latestRun(runtime, container.spec.name);
    if (!isRunning(run)) return;
    const graceSeconds = Math.max(0, Math.ceil((stopping.deadline - clock.now()) / 1_000));
    const message = `Stopping container ${container.spec.name}`;
    await stopContainer(worker, record, container, run, { graceSeconds, message });
  };
  const containers = allContainersOf(pod);
  const sidecars = containers.filter(({ role }) => role === 'sidecar');
  await Promise.all(containers.filter(({ role }) => role !== 'sidecar').map(stop));
  for (const sidecar of sidecars.reverse()) await stop(sidecar);
  // Whatever else runs under the pod's name: containers that its spec no longer has.
  await Promise.all(runningContainers(runtime).map(({ id }) => engine.stopContainer(id, 0)));
  for (const { id } of runtime.sandboxes) await engine.stopContainer(id, 0);
}

/** How long a pod that is to end may take. */
export function graceOf({ pod, gone }: PodRecord): number {
  const { deletionGracePeriodSeconds } = pod.metadata;
  if (deletionGracePeriodSeconds !== undefined) return deletionGracePeriodSeconds;
  // Taken away without a word, by force: nobody waits for it.
  return gone ? 0 : graceSecondsOf(pod.spec);
}
