/** Starts one container: image, environment, mounts, create, start, postStart. */
import { graceSecondsOf } from '../../api/grace.ts';
import type { core } from '../../api/types.ts';
import { EngineError } from '../../engine/engine.ts';
import { messageOf, PodProblem } from '../context.ts';
import { environmentOf } from '../env/environment.ts';
import { containerConfig } from '../spec/container-config.ts';
import { fieldPathOf, hashOf, type RoledContainer } from '../spec/containers.ts';
import { resolvFile } from '../spec/network-files.ts';
import { runsOnce } from '../spec/restart.ts';
import { directoriesScript, planMounts } from '../volumes/mounts.ts';
import { runHook } from './hooks.ts';
import { localCheckMs } from './images.ts';
import type { PodRecord } from './record.ts';
import { addressOf, isRunning, latestRun, nextAttempt, observe } from './runtime-state.ts';
import { setUpPod } from './setup.ts';
import { stopContainer } from './stop.ts';
import type { Worker } from './worker.ts';

/** How soon a container whose configuration is wrong is tried again, if nothing changes before. */
const configRetryMs = 10_000;

/** Says in the record why, and comes back later, if the container cannot be started. */
export async function startContainer(
  worker: Worker,
  record: PodRecord,
  container: RoledContainer,
): Promise<void> {
  const { context, backoff } = worker;
  const { name } = container.spec;
  const path = fieldPathOf(container);
  const previous = latestRun(record.runtime, name);
  try {
    if (previous !== undefined)
      backoff.next(backoffKey(record, container.spec), context.clock.now());
    const id = await create(worker, record, container);
    if (id === undefined) return;
    context.recorder.event(record.pod, 'Normal', 'Created', `Created container: ${name}`, path);
    await start(worker, record, container, id);
    record.waiting.delete(name);
  } catch (error) {
    if (record.work.signal.aborted) return;
    if (error instanceof EngineError && error.code === 'unavailable') throw error;
    const problem =
      error instanceof PodProblem
        ? error
        : new PodProblem('CreateContainerError', messageOf(error));
    const { reason, message } = problem;
    const before = record.waiting.get(name);
    // A container that could not be started and will not be tried again has ended; it does not wait.
    const over = reason === 'RunContainerError' && runsOnce(record.pod, container.spec);
    if (!over) record.waiting.set(name, { reason, message });
    const image = reason.includes('Image');
    if (before?.reason !== reason || (!image && before.message !== message)) {
      const text = image ? reason : message;
      context.recorder.event(record.pod, 'Warning', 'Failed', `Error: ${text}`, path);
    }
    // A container that was made and could not be started has an end of its own, and its back-off.
    if (reason === 'RunContainerError') worker.again(record);
    else worker.againAfter(record, image ? localCheckMs : configRetryMs);
  }
}

/** Back-off is per container as it is specified: a new image starts afresh. */
export function backoffKey(record: PodRecord, spec: core.Container): string {
  return `${record.uid}/${spec.name}/${hashOf(spec)}`;
}

/** The id of the new container; undefined if the pod's ground has to be laid first and could not be. */
async function create(
  worker: Worker,
  record: PodRecord,
  container: RoledContainer,
): Promise<string | undefined> {
  const { context, files, images } = worker;
  const { spec, target } = container;
  const { pod } = record;
  const wish = {
    ...{ reference: spec.image ?? '', policy: spec.imagePullPolicy },
    fieldPath: fieldPathOf(container),
  };
  const image = await images.ensure(pod, wish, record.work.signal);
  if (record.sources === undefined && !(await setUpPod(worker, record, { newSandbox: false }))) {
    return undefined;
  }
  const { sandbox } = record.runtime;
  if (!isRunning(sandbox)) throw new PodProblem('CreateContainerError', 'the sandbox is gone');
  const podIP = addressOf(pod, record.runtime, context.node.address);
  const environment = await environmentOf(context, pod, spec, podIP);
  const attempt = nextAttempt(record.runtime, spec.name, pod);
  const { mounts, directories, entries } = planMounts({
    pod,
    container: spec,
    attempt,
    sources: record.sources ?? new Map(),
    environment,
    files,
    ownResolv: resolvFile(pod, context.cluster) !== undefined,
  });
  const config = containerConfig({
    pod,
    container,
    attempt,
    sandboxId: sandbox.id,
    cluster: context.cluster.name,
    node: context.node.name,
    nodeMemoryBytes: context.node.memoryBytes,
    image,
    environment,
    mounts,
    targetId: target === undefined ? undefined : latestRun(record.runtime, target)?.id,
  });
  await files.write(entries);
  if (directories.length > 0) {
    await files.script(directoriesScript(directories)).catch((error: unknown) => {
      const why = `failed to prepare subPath for volumeMount of container "${spec.name}"`;
      throw new PodProblem('CreateContainerConfigError', `${why}: ${messageOf(error)}`);
    });
  }
  // Left by an attempt that was cut short before the start.
  const stale = record.runtime.containers
    .get(spec.name)
    ?.filter(({ state }) => state === 'created');
  for (const { id } of stale ?? []) await context.engine.removeContainer(id);
  const id = await context.engine.createContainer(config);
  record.resources.set(id, spec.resources ?? {});
  return id;
}

async function start(
  worker: Worker,
  record: PodRecord,
  container: RoledContainer,
  id: string,
): Promise<void> {
  const { context } = worker;
  const { engine, recorder, cluster, node } = context;
  const { spec } = container;
  const path = fieldPathOf(container);
  try {
    await engine.startContainer(id);
  } catch (error) {
    if (error instanceof EngineError && error.code === 'unavailable') throw error;
    throw new PodProblem(
      'RunContainerError',
      `failed to start container "${id}": Error response from daemon: ${messageOf(error)}`,
    );
  }
  recorder.event(record.pod, 'Normal', 'Started', `Started container ${spec.name}`, path);
  const hook = spec.lifecycle?.postStart;
  if (hook === undefined) return;
  const podIP = addressOf(record.pod, record.runtime, node.address);
  const target = { engine, clock: context.clock, container: spec, containerId: id, podIP };
  try {
    await runHook(target, hook, record.work.signal);
  } catch (error) {
    if (record.work.signal.aborted) return;
    recorder.event(record.pod, 'Warning', 'FailedPostStartHook', 'PostStartHook failed', path);
    context.log(`pod ${record.pod.metadata.name}: ${messageOf(error)}`);
    record.runtime = await observe(engine, cluster.name, record.uid);
    const run = latestRun(record.runtime, spec.name);
    if (isRunning(run)) {
      await stopContainer(worker, record, container, run, {
        graceSeconds: graceSecondsOf(record.pod.spec),
        message: 'FailedPostStartHook',
      });
    }
  }
}
