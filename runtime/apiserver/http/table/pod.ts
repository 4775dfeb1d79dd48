import type { core, Pod } from '../../../api/types.ts';
import { ageColumn, type Column, duration, nameColumn, text, wide } from './column.ts';

export const podColumns: Record<string, readonly Column[]> = {
  '/Pod': [
    nameColumn,
    text('Ready', (pod: Pod) => ready(pod), 'Ready containers of all containers.'),
    text('Status', (pod: Pod) => podStatus(pod), 'What the containers are doing, in one word.'),
    text('Restarts', (pod: Pod, now) => restarts(pod, now), 'How often containers were restarted.'),
    ageColumn,
    wide(text('IP', (pod: Pod) => pod.status?.podIPs?.[0]?.ip ?? pod.status?.podIP ?? '<none>')),
    wide(text('Node', (pod: Pod) => pod.spec.nodeName || '<none>')),
    wide(text('Nominated Node', (pod: Pod) => pod.status?.nominatedNodeName || '<none>')),
    wide(text('Readiness Gates', (pod: Pod) => readinessGates(pod))),
  ],
};

type Status = core.ContainerStatus;

/** Sidecars: init containers that stay. They count among the running ones. */
function sidecars(pod: Pod): Set<string> {
  return new Set(
    (pod.spec.initContainers ?? [])
      .filter(({ restartPolicy }) => restartPolicy === 'Always')
      .map(({ name }) => name),
  );
}

function longRunning(pod: Pod): Status[] {
  const names = sidecars(pod);
  return [
    ...(pod.status?.initContainerStatuses ?? []).filter(({ name }) => names.has(name)),
    ...(pod.status?.containerStatuses ?? []),
  ];
}

function ready(pod: Pod): string {
  const total = pod.spec.containers.length + sidecars(pod).size;
  const up = longRunning(pod).filter((status) => status.ready && status.state?.running);
  return `${up.length}/${total}`;
}

/** The pod's state as people say it: a reason if there is one, else the phase. */
export function podStatus(pod: Pod): string {
  const { status } = pod;
  const phase = status?.phase ?? 'Unknown';
  const gated = status?.conditions?.some(
    ({ type, reason }) => type === 'PodScheduled' && reason === 'SchedulingGated',
  );
  let shown = status?.reason || (gated ? 'SchedulingGated' : phase);
  const initializing = initState(pod);
  if (initializing !== undefined) shown = initializing;
  if (initializing === undefined || isInitialized(pod)) shown = runState(pod, shown);
  if (pod.metadata.deletionTimestamp === undefined) return shown;
  if (status?.reason === 'NodeLost') return 'Unknown';
  return phase === 'Failed' || phase === 'Succeeded' ? shown : 'Terminating';
}

function isInitialized(pod: Pod): boolean {
  return (pod.status?.conditions ?? []).some(
    ({ type, status }) => type === 'Initialized' && status === 'True',
  );
}

/** `Init:1/2`, `Init:Error`; undefined once all init containers are done. */
function initState(pod: Pod): string | undefined {
  const names = sidecars(pod);
  const statuses = pod.status?.initContainerStatuses ?? [];
  for (const [index, status] of statuses.entries()) {
    const { terminated, waiting } = status.state ?? {};
    if (terminated?.exitCode === 0) continue;
    if (names.has(status.name) && status.started) continue;
    if (terminated !== undefined) {
      if (terminated.reason) return `Init:${terminated.reason}`;
      return terminated.signal
        ? `Init:Signal:${terminated.signal}`
        : `Init:ExitCode:${terminated.exitCode}`;
    }
    if (waiting?.reason && waiting.reason !== 'PodInitializing') return `Init:${waiting.reason}`;
    return `Init:${index}/${pod.spec.initContainers?.length ?? 0}`;
  }
  return undefined;
}

function runState(pod: Pod, before: string): string {
  let shown = before;
  let running = false;
  for (const status of [...(pod.status?.containerStatuses ?? [])].reverse()) {
    const { waiting, terminated } = status.state ?? {};
    if (waiting?.reason) shown = waiting.reason;
    else if (terminated?.reason) shown = terminated.reason;
    else if (terminated !== undefined) {
      shown = terminated.signal ? `Signal:${terminated.signal}` : `ExitCode:${terminated.exitCode}`;
    } else if (status.ready && status.state?.running) running = true;
  }
  if (shown !== 'Completed' || !running) return shown;
  const isReady = (pod.status?.conditions ?? []).some(
    ({ type, status }) => type === 'Ready' && status === 'True',
  );
  return isReady ? 'Running' : 'NotReady';
}

function restarts(pod: Pod, nowMs: number): string {
  const initializing = initState(pod) !== undefined && !isInitialized(pod);
  const statuses = initializing ? (pod.status?.initContainerStatuses ?? []) : longRunning(pod);
  let total = 0;
  let last = 0;
  for (const status of statuses) {
    total += status.restartCount;
    const finished = Date.parse(status.lastState?.terminated?.finishedAt ?? '');
    if (finished > last) last = finished;
  }
  return total > 0 && last > 0 ? `${total} (${duration(nowMs - last)} ago)` : String(total);
}

function readinessGates(pod: Pod): string {
  const gates = pod.spec.readinessGates ?? [];
  if (gates.length === 0) return '<none>';
  const met = gates.filter((gate) =>
    (pod.status?.conditions ?? []).some(
      ({ type, status }) => type === gate.conditionType && status === 'True',
    ),
  );
  return `${met.length}/${gates.length}`;
}
