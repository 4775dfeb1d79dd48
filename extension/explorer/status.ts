/**
 * What a person sees of an object's state: one word as `kubectl get` prints it, how well that is,
 * and why. Pure functions of the object.
 */
import type {
  CronJob,
  core,
  DaemonSet,
  Deployment,
  Job,
  Node,
  PersistentVolume,
  PersistentVolumeClaim,
  Pod,
  ReplicaSet,
  StatefulSet,
} from '../../runtime/api/types.ts';

export type Level = 'ok' | 'busy' | 'warning' | 'error' | 'done' | 'off';

export interface Summary {
  level: Level;
  /** One or two words: `Running`, `CrashLoopBackOff`, `2/3`. */
  text: string;
  /** Why it is not well, in the words of the cluster. */
  reason?: string;
}

/** A pod's STATUS column, with the reason of the container that holds it up. */
export function podSummary(pod: Pod): Summary {
  const status = pod.status;
  const text = podStatusText(pod);
  const reason = podReason(pod);
  const withReason = reason === undefined ? {} : { reason };
  if (pod.metadata.deletionTimestamp !== undefined) return { level: 'off', text: 'Terminating' };
  if (text === 'Completed' || status?.phase === 'Succeeded') return { level: 'done', text };
  if (text === 'Running') {
    return isReady(pod)
      ? { level: 'ok', text }
      : { level: 'busy', text: 'Not ready', ...withReason };
  }
  const busy = ['Pending', 'ContainerCreating', 'PodInitializing', 'SchedulingGated'];
  if (busy.includes(text) || /^Init:\d+\/\d+$/.test(text)) {
    return { level: unschedulable(pod) === undefined ? 'busy' : 'warning', text, ...withReason };
  }
  return { level: 'error', text, ...withReason };
}

/** `1/2`: ready containers of all that should be. */
export function readyContainers(pod: Pod): string {
  const statuses = pod.status?.containerStatuses ?? [];
  const sidecars = restartingInits(pod);
  const sidecarStatuses = (pod.status?.initContainerStatuses ?? []).filter((s) =>
    sidecars.has(s.name),
  );
  const ready = [...statuses, ...sidecarStatuses].filter((status) => status.ready).length;
  return `${ready}/${pod.spec.containers.length + sidecars.size}`;
}

/** How often the pod's containers were started anew. */
export function restarts(pod: Pod): number {
  return (pod.status?.containerStatuses ?? []).reduce((sum, s) => sum + s.restartCount, 0);
}

function isReady(pod: Pod): boolean {
  return condition(pod.status?.conditions, 'Ready')?.status === 'True';
}

/** The rules of kubectl's printer, in its order: init containers first, then containers. */
function podStatusText(pod: Pod): string {
  const status = pod.status;
  let text = status?.reason || status?.phase || 'Unknown';
  if (condition(status?.conditions, 'PodScheduled')?.reason === 'SchedulingGated') {
    text = 'SchedulingGated';
  }
  const sidecars = restartingInits(pod);
  const inits = status?.initContainerStatuses ?? [];
  for (const [index, init] of inits.entries()) {
    if (init.state?.terminated?.exitCode === 0) continue;
    if (sidecars.has(init.name) && init.started === true) continue;
    const { terminated, waiting } = init.state ?? {};
    if (terminated !== undefined) {
      return `Init:${terminated.reason || exitText(terminated)}`;
    }
    if (waiting?.reason !== undefined && waiting.reason !== 'PodInitializing') {
      return `Init:${waiting.reason}`;
    }
    return `Init:${index}/${pod.spec.initContainers?.length ?? inits.length}`;
  }
  let running = false;
  for (const container of [...(status?.containerStatuses ?? [])].reverse()) {
    const { terminated, waiting } = container.state ?? {};
    if (waiting?.reason) text = waiting.reason;
    else if (terminated !== undefined) text = terminated.reason || exitText(terminated);
    else if (container.ready && container.state?.running !== undefined) running = true;
  }
  if (text === 'Completed' && running) text = 'Running';
  return text;
}

function exitText(terminated: core.ContainerStateTerminated): string {
  return terminated.signal ? `Signal:${terminated.signal}` : `ExitCode:${terminated.exitCode}`;
}

function podReason(pod: Pod): string | undefined {
  const scheduling = unschedulable(pod);
  if (scheduling !== undefined) return scheduling;
  const statuses = [
    ...(pod.status?.initContainerStatuses ?? []),
    ...(pod.status?.containerStatuses ?? []),
  ];
  for (const status of statuses) {
    const waiting = status.state?.waiting;
    if (waiting?.reason === undefined) continue;
    if (waiting.reason === 'ContainerCreating' || waiting.reason === 'PodInitializing') continue;
    const last = status.lastState?.terminated;
    const exited =
      last === undefined ? '' : `; last exit code ${last.exitCode} (${last.reason ?? 'exited'})`;
    return `${status.name}: ${waiting.message || waiting.reason}${exited}`;
  }
  for (const status of statuses) {
    const terminated = status.state?.terminated;
    if (terminated !== undefined && terminated.exitCode !== 0) {
      const message = terminated.message ? `: ${terminated.message.trim()}` : '';
      return `${status.name}: exit code ${terminated.exitCode} (${terminated.reason ?? 'Error'})${message}`;
    }
  }
  const unready = statuses.filter((s) => s.state?.running !== undefined && !s.ready);
  if (unready.length > 0 && pod.status?.phase === 'Running') {
    return `${unready.map((s) => s.name).join(', ')}: running, not ready`;
  }
  return pod.status?.message;
}

function unschedulable(pod: Pod): string | undefined {
  const scheduled = condition(pod.status?.conditions, 'PodScheduled');
  return scheduled?.status === 'False' ? (scheduled.message ?? scheduled.reason) : undefined;
}

/** Names of the init containers that run beside the others (restartPolicy Always). */
function restartingInits(pod: Pod): Set<string> {
  const inits = pod.spec.initContainers ?? [];
  return new Set(inits.filter((c) => c.restartPolicy === 'Always').map((c) => c.name));
}

type Workload = Deployment | StatefulSet | ReplicaSet;

/** `2/3` of a workload that has replicas, and whether its newest generation is there. */
export function workloadSummary(workload: Workload): Summary {
  const wanted = workload.spec.replicas ?? 1;
  const status = workload.status;
  const ready = status?.readyReplicas ?? 0;
  const text = `${ready}/${wanted}`;
  const failed = deploymentFailure(workload);
  if (failed !== undefined) return { level: 'error', text, reason: failed };
  const observed = (status?.observedGeneration ?? 0) >= (workload.metadata.generation ?? 0);
  const updated =
    workload.kind === 'ReplicaSet'
      ? wanted
      : ((status as Deployment['status'])?.updatedReplicas ?? 0);
  if (!observed || updated < wanted || ready < wanted || (status?.replicas ?? 0) > wanted) {
    return { level: 'busy', text };
  }
  return wanted === 0 ? { level: 'off', text } : { level: 'ok', text };
}

function deploymentFailure(workload: Workload): string | undefined {
  const conditions = (workload as Deployment).status?.conditions;
  const progressing = condition(conditions, 'Progressing');
  if (progressing?.reason === 'ProgressDeadlineExceeded') return progressing.message;
  const failure = condition(conditions, 'ReplicaFailure');
  return failure?.status === 'True' ? failure.message : undefined;
}

export function daemonSetSummary(daemonSet: DaemonSet): Summary {
  const wanted = daemonSet.status?.desiredNumberScheduled ?? 0;
  const ready = daemonSet.status?.numberReady ?? 0;
  const updated = daemonSet.status?.updatedNumberScheduled ?? 0;
  const observed =
    (daemonSet.status?.observedGeneration ?? 0) >= (daemonSet.metadata.generation ?? 0);
  const complete = observed && ready >= wanted && updated >= wanted;
  return { level: complete ? 'ok' : 'busy', text: `${ready}/${wanted}` };
}

export function jobSummary(job: Job): Summary {
  const text = `${job.status?.succeeded ?? 0}/${job.spec.completions ?? 1}`;
  const failed = condition(job.status?.conditions, 'Failed');
  if (failed?.status === 'True') {
    return { level: 'error', text: 'Failed', reason: failed.message ?? failed.reason ?? 'Failed' };
  }
  if (condition(job.status?.conditions, 'Complete')?.status === 'True') {
    return { level: 'done', text: 'Complete' };
  }
  return { level: job.spec.suspend === true ? 'off' : 'busy', text };
}

export function cronJobSummary(cronJob: CronJob): Summary {
  if (cronJob.spec.suspend === true) return { level: 'off', text: 'suspended' };
  const active = cronJob.status?.active?.length ?? 0;
  return active > 0
    ? { level: 'busy', text: `${active} running` }
    : { level: 'ok', text: cronJob.spec.schedule };
}

export function nodeSummary(node: Node): Summary {
  const ready = condition(node.status?.conditions, 'Ready');
  if (ready?.status !== 'True') {
    const reason = ready?.message ?? ready?.reason;
    return { level: 'error', text: 'NotReady', ...(reason === undefined ? {} : { reason }) };
  }
  const pressed = node.status?.conditions?.find(
    (c) => c.type.endsWith('Pressure') && c.status === 'True',
  );
  if (pressed !== undefined) {
    return { level: 'warning', text: pressed.type, reason: pressed.message ?? pressed.type };
  }
  return node.spec.unschedulable === true
    ? { level: 'off', text: 'SchedulingDisabled' }
    : { level: 'ok', text: 'Ready' };
}

export function claimSummary(claim: PersistentVolumeClaim): Summary {
  const phase = claim.status?.phase ?? 'Pending';
  const level = phase === 'Bound' ? 'ok' : phase === 'Lost' ? 'error' : 'busy';
  return { level, text: phase };
}

export function volumeSummary(volume: PersistentVolume): Summary {
  const { phase = 'Pending', message } = volume.status ?? {};
  const levels: Record<string, Level> = {
    Bound: 'ok',
    Available: 'ok',
    Released: 'warning',
    Failed: 'error',
  };
  const level = levels[phase] ?? 'busy';
  return { level, text: phase, ...(message === undefined ? {} : { reason: message }) };
}

/** The condition of this type, whatever the kind. */
export function condition<C extends { type: string }>(
  conditions: readonly C[] | undefined,
  type: string,
): C | undefined {
  return conditions?.find((c) => c.type === type);
}

/** `12s`, `5m`, `3h20m`, `4d`: the age as kubectl writes it, roughly. */
export function age(since: string | undefined, nowMs: number): string {
  if (since === undefined) return '';
  const seconds = Math.max(0, Math.floor((nowMs - Date.parse(since)) / 1000));
  if (seconds < 120) return `${seconds}s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 120) return `${minutes}m`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48)
    return minutes % 60 === 0 || hours >= 8 ? `${hours}h` : `${hours}h${minutes % 60}m`;
  return `${Math.floor(hours / 24)}d`;
}
