/** Why a pod is not ready, in plain words: the first thing that somebody asks who deploys. */
import type { core, Pod } from '../api/types.ts';

type ContainerStatus = core.ContainerStatus;

export interface PodProblem {
  /** As the API says it: `ImagePullBackOff`, `CrashLoopBackOff`, `Unschedulable`, …; '' if it has none. */
  readonly reason: string;
  /** Left out: the pod as a whole. */
  readonly container?: string;
  /** One line for people. */
  readonly text: string;
}

/** One line each, the most telling first; none for a pod that is well or has not been tried yet. */
export function podProblems(pod: Pod): string[] {
  return podProblemDetails(pod).map(({ text }) => text);
}

/** The same, with the API's reasons. */
export function podProblemDetails(pod: Pod): PodProblem[] {
  const { spec, status = {}, metadata } = pod;
  const problems: PodProblem[] = [];
  const add = (text: string, reason = '') => problems.push({ reason, text });
  if (status.phase === 'Failed') {
    const why = [status.reason, status.message].filter(Boolean).join(': ');
    if (why !== '') add(why, status.reason);
  }
  const scheduled = condition(pod, 'PodScheduled');
  if (scheduled?.status === 'False') {
    add(`cannot be scheduled: ${scheduled.message ?? scheduled.reason}`, scheduled.reason);
  }
  for (const container of [
    ...(status.initContainerStatuses ?? []),
    ...(status.containerStatuses ?? []),
  ]) {
    const problem = containerProblem(container, pod);
    if (problem === undefined) continue;
    const { name, state } = container;
    const reason = state?.waiting?.reason ?? state?.terminated?.reason ?? '';
    problems.push({ reason, container: name, text: `container "${name}" ${problem}` });
  }
  if (problems.length === 0) {
    for (const gate of spec.readinessGates ?? []) {
      if (condition(pod, gate.conditionType)?.status !== 'True') {
        add(`readiness gate "${gate.conditionType}" is not fulfilled`);
      }
    }
    const initialized = condition(pod, 'PodReadyToStartContainers');
    if (initialized?.status === 'False' && initialized.message) add(initialized.message);
  }
  if (problems.length === 0 && metadata.deletionTimestamp !== undefined) add('is being deleted');
  return problems;
}

function condition({ status }: Pod, kind: string): core.PodCondition | undefined {
  return status?.conditions?.find(({ type }) => type === kind);
}

/** Why a container waits, in words; other reasons are shown with the engine's message alone. */
const waitingWords: Readonly<Record<string, string>> = {
  ErrImagePull: 'image cannot be pulled',
  ImagePullBackOff: 'image cannot be pulled',
  ErrImageNeverPull: 'image is not on the node, and imagePullPolicy is Never',
  InvalidImageName: 'image name is not valid',
  CreateContainerConfigError: 'configuration is not complete',
  CreateContainerError: 'could not be created',
  RunContainerError: 'could not be started',
};

function containerProblem(container: ContainerStatus, pod: Pod): string | undefined {
  const { state = {}, lastState = {}, ready, started, restartCount = 0 } = container;
  const { waiting, running, terminated } = state;
  if (waiting !== undefined) {
    const { reason = '', message } = waiting;
    if (reason === 'CrashLoopBackOff') {
      const last = lastState.terminated;
      const end = last === undefined ? '' : `: last ${exitWords(last)}`;
      return `keeps crashing (CrashLoopBackOff, ${restartCount} restarts)${end}`;
    }
    // Not trouble: on its way.
    if (['', 'ContainerCreating', 'PodInitializing'].includes(reason)) return undefined;
    const words = waitingWords[reason];
    const image = words?.startsWith('image') ? ` "${container.image}"` : '';
    return `${words ?? 'waits'} (${reason})${image}${message ? `: ${message}` : ''}`;
  }
  if (terminated !== undefined) {
    return terminated.exitCode === 0 ? undefined : exitWords(terminated);
  }
  if (running === undefined || ready) return undefined;
  const isInit = pod.spec.initContainers?.some(({ name }) => name === container.name) ?? false;
  const spec = pod.spec.containers.find(({ name }) => name === container.name);
  if (isInit) return undefined;
  if (spec?.startupProbe !== undefined && started === false) {
    return `has not passed its startup probe${probeWords(spec.startupProbe)}`;
  }
  if (spec?.readinessProbe !== undefined) {
    return `is running but does not pass its readiness probe${probeWords(spec.readinessProbe)}`;
  }
  return undefined;
}

function exitWords({ exitCode, signal, reason, message }: core.ContainerStateTerminated): string {
  const why = reason && !['Error', 'Completed'].includes(reason) ? ` (${reason})` : '';
  const by = signal ? `was ended by signal ${signal}` : `exited with code ${exitCode}`;
  const text = message?.trim() ? `: ${message.trim().split('\n').slice(-3).join(' / ')}` : '';
  return `${by}${why}${text}`;
}

function probeWords({ httpGet, tcpSocket, exec, grpc }: core.Probe): string {
  if (httpGet !== undefined) {
    const { scheme = 'HTTP', path = '/', port } = httpGet;
    return ` (${scheme} GET ${path} on port ${port})`;
  }
  if (tcpSocket !== undefined) return ` (TCP port ${tcpSocket.port})`;
  if (grpc !== undefined) return ` (gRPC port ${grpc.port})`;
  return exec?.command === undefined ? '' : ` (${exec.command.join(' ')})`;
}
