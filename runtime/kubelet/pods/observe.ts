/** Brings a record in line with what the engine has: probes for what runs, last words of what ended. */
import { text } from 'node:stream/consumers';
import type { ContainerInfo } from '../../engine/engine.ts';
import type { KubeletContext } from '../context.ts';
import { createProber } from '../probes/prober.ts';
import { allContainersOf, fieldPathOf, type RoledContainer } from '../spec/containers.ts';
import { attemptOf } from '../spec/labels.ts';
import { containerId } from '../status/container-status.ts';
import { terminationLog } from '../volumes/mounts.ts';
import type { PodRecord } from './record.ts';
import { noticeOf } from './restart-all.ts';
import { addressOf, isRunning, observe } from './runtime-state.ts';
import type { Worker } from './worker.ts';

const maxMessageBytes = 4096;
/** Of a log that stands for a message. */
const maxLogLines = 80;
const maxLogBytes = 2048;

/** Asks the engine and updates the record. Throws EngineError. */
export async function look(worker: Worker, record: PodRecord): Promise<void> {
  const { context } = worker;
  record.runtime = await observe(context.engine, context.cluster.name, record.uid);
  record.notice = noticeOf(record.pod, record.runtime, record.notice);
  const containers = allContainersOf(record.pod);
  const running = new Set<string>();
  for (const container of containers) {
    for (const run of record.runtime.containers.get(container.spec.name) ?? []) {
      if (isRunning(run)) {
        running.add(run.id);
        if (container.role !== 'init') watch(worker, record, container, run);
      } else if (run.state === 'exited' && !record.messages.has(run.id)) {
        record.messages.set(run.id, await lastWords(worker, record, container, run));
      }
    }
  }
  for (const [id, prober] of record.probers) {
    if (running.has(id)) continue;
    prober.stop();
    record.probers.delete(id);
  }
}

/** Starts the probes of a run that has none yet. */
function watch(
  worker: Worker,
  record: PodRecord,
  container: RoledContainer,
  run: ContainerInfo,
): void {
  if (record.probers.has(run.id)) return;
  const { context } = worker;
  const { engine, clock, node, recorder } = context;
  const told = [
    ...(record.pod.status?.containerStatuses ?? []),
    ...(record.pod.status?.initContainerStatuses ?? []),
  ].find((status) => status.containerID === containerId(run));
  const prober = createProber({
    engine,
    clock,
    container: container.spec,
    containerId: run.id,
    podIP: addressOf(record.pod, record.runtime, node.address),
    startedAt: run.startedAt,
    // What was ready before this kubelet came stays so until a probe says otherwise.
    known: { started: told?.started === true, ready: told?.ready === true },
    onChange: () => worker.again(record),
    onFailure: (kind, output) => {
      const name = `${kind[0]?.toUpperCase()}${kind.slice(1)}`;
      const message = `${name} probe failed: ${output}`;
      recorder.event(record.pod, 'Warning', 'Unhealthy', message, fieldPathOf(container));
    },
  });
  record.probers.set(run.id, prober);
  if (record.doomed) prober.spare();
}

/** The termination message: from its file, or from the log if asked for and the run has failed. */
async function lastWords(
  { context, files }: Worker,
  { pod }: PodRecord,
  { spec }: RoledContainer,
  run: ContainerInfo,
): Promise<string> {
  if (context.simulated) return '';
  const path = terminationLog(pod, spec.name, attemptOf(run));
  const message = (await files.read(path, maxMessageBytes))?.toString() ?? '';
  const useLog = spec.terminationMessagePolicy === 'FallbackToLogsOnError';
  if (message !== '' || !useLog || run.exitCode === 0) return message;
  return logTail(context, run);
}

async function logTail({ engine }: KubeletContext, { id }: ContainerInfo): Promise<string> {
  const log = await text(await engine.logs(id, { tail: maxLogLines }));
  return Buffer.from(log).subarray(-maxLogBytes).toString();
}
