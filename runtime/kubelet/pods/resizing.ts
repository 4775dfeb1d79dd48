/** Carries a resize out: the node grants it, the engine gives it to the containers, the pod is told. */
import type { core } from '../../api/types.ts';
import type { ContainerInfo } from '../../engine/engine.ts';
import { type KubeletContext, messageOf } from '../context.ts';
import { engineResources } from '../spec/amounts.ts';
import { appContainersOf, initContainersOf, isFinished } from '../spec/containers.ts';
import { containerId } from '../status/container-status.ts';
import { demandOf } from './admission.ts';
import type { PodRecord } from './record.ts';
import { askedOf, needsRestart, resizeText, sameGrant, whyPending } from './resize.ts';
import { isRunning, presentRun } from './runtime-state.ts';
import type { Worker } from './worker.ts';

/** How soon what the engine would not give is tried again. */
const retryMs = 10_000;

/** The pods that take something of the node besides this one. */
export function neighboursOf(known: Iterable<PodRecord>, record: PodRecord): PodRecord[] {
  return [...known].filter((other) => other !== record && !isAway(other) && !isFinished(other.pod));
}

function isAway({ gone, over, verdict }: PodRecord): boolean {
  return gone || over || verdict !== undefined;
}

/** Grants a pod what it asks for by now, or notes why not. True if that left room for others. */
export function grantAsked(
  { recorder, ownNode }: KubeletContext,
  known: Iterable<PodRecord>,
  record: PodRecord,
): boolean {
  const { pod } = record;
  const asked = askedOf(pod);
  if (sameGrant(asked, record.grant)) {
    record.pendingResize = undefined;
    return false;
  }
  const others = neighboursOf(known, record).map(({ demand }) => demand);
  const pending = whyPending(pod, others, ownNode()?.status?.allocatable);
  const before = record.pendingResize;
  record.pendingResize = pending;
  if (pending !== undefined) {
    const { reason, message } = pending;
    if (before?.message === message) return false;
    const text = `Pod resize ${reason}: ${resizeText(pod, message)}`;
    recorder.event(pod, 'Warning', `Resize${reason}`, text);
    return false;
  }
  record.grant = asked;
  record.demand = demandOf(record.granted);
  record.resizing = true;
  recorder.event(pod, 'Normal', 'ResizeStarted', `Pod resize started: ${resizeText(pod)}`);
  return true;
}

/**
 * What a run was given; from what was told of it if another process gave it. Undefined if nothing is
 * known, or nothing was given.
 */
export function givenTo(
  record: PodRecord,
  run: ContainerInfo,
): core.ResourceRequirements | undefined {
  const known = record.resources.get(run.id);
  if (known !== undefined) return known;
  const { containerStatuses = [], initContainerStatuses = [] } = record.status;
  return [...containerStatuses, ...initContainerStatuses].find(
    (status) => status.containerID === containerId(run),
  )?.resources;
}

/** Gives running containers what the pod was granted; those that must be restarted for it are not touched. */
export async function giveGranted(worker: Worker, record: PodRecord): Promise<void> {
  const { recorder, log } = worker.context;
  const { granted } = record;
  const errors: string[] = [];
  let complete = true;
  for (const { role, spec } of [...initContainersOf(granted), ...appContainersOf(granted)]) {
    if (role === 'init') continue;
    const run = presentRun(record.runtime, spec.name);
    if (!isRunning(run)) {
      complete = false;
      continue;
    }
    const given = givenTo(record, run) ?? spec.resources ?? {};
    record.resources.set(run.id, given);
    if (needsRestart(spec, given)) {
      complete = false;
      continue;
    }
    try {
      await give(worker, spec, run, given);
      record.resources.set(run.id, spec.resources ?? {});
    } catch (error) {
      errors.push(messageOf(error));
    }
  }
  const [error] = errors;
  if (error !== undefined && error !== record.resizeError) {
    log(`pod ${granted.metadata.name}: cannot resize: ${error}`);
    const text = `Pod resize error: ${resizeText(granted, error)}`;
    recorder.event(record.pod, 'Warning', 'ResizeError', text);
  }
  record.resizeError = error;
  if (error !== undefined) worker.againAfter(record, retryMs);
  if (!record.resizing || !complete || error !== undefined) return;
  record.resizing = false;
  const text = `Pod resize completed: ${resizeText(granted)}`;
  recorder.event(record.pod, 'Normal', 'ResizeCompleted', text);
}

/** Throws what the engine says, and if the container uses more memory than it may have from now on. */
async function give(
  { context: { engine } }: Worker,
  container: core.Container,
  run: ContainerInfo,
  given: core.ResourceRequirements,
): Promise<void> {
  const before = engineResources({ ...container, resources: given });
  const wanted = engineResources(container);
  if (JSON.stringify(before) === JSON.stringify(wanted)) return;
  const { memoryBytes: limit } = wanted;
  if (limit !== undefined && limit < (before.memoryBytes ?? Number.POSITIVE_INFINITY)) {
    const used = (await engine.stats(run.id))?.memoryWorkingSetBytes ?? 0;
    if (used >= limit) {
      throw new Error(
        `attempting to set container "${container.name}" memory limit (${limit}) below current usage (${used})`,
      );
    }
  }
  await engine.updateContainer(run.id, wanted);
}
