/** What the engine has of one pod. */
import type { Pod } from '../../api/types.ts';
import { type ContainerInfo, type Engine, engineLabels } from '../../engine/engine.ts';
import { attemptOf, kubeletLabels } from '../spec/labels.ts';

export interface PodRuntime {
  /** The newest sandbox, running or not. */
  readonly sandbox: ContainerInfo | undefined;
  /** All sandboxes there are, newest first. */
  readonly sandboxes: readonly ContainerInfo[];
  /** By container name, newest run first. */
  readonly containers: ReadonlyMap<string, readonly ContainerInfo[]>;
}

export const emptyRuntime: PodRuntime = {
  sandbox: undefined,
  sandboxes: [],
  containers: new Map(),
};

/** Asks the engine. Throws EngineError. */
export async function observe(engine: Engine, cluster: string, uid: string): Promise<PodRuntime> {
  return arrange(
    await engine.containers({ [engineLabels.cluster]: cluster, [engineLabels.podUid]: uid }),
  );
}

/** Sorts a pod's containers. Pure. */
export function arrange(all: readonly ContainerInfo[]): PodRuntime {
  const newestFirst = [...all].sort(
    (a, b) => attemptOf(b) - attemptOf(a) || b.createdAt - a.createdAt,
  );
  const sandboxes = newestFirst.filter(({ labels }) => labels[engineLabels.role] === 'sandbox');
  const containers = new Map<string, ContainerInfo[]>();
  for (const info of newestFirst) {
    const name = info.labels[engineLabels.container];
    if (name === undefined || info.labels[engineLabels.role] !== 'container') continue;
    containers.set(name, [...(containers.get(name) ?? []), info]);
  }
  return { sandbox: sandboxes[0], sandboxes, containers };
}

/** The newest run of a container; one that was made but never started does not count. */
export function latestRun(runtime: PodRuntime, name: string): ContainerInfo | undefined {
  return runtime.containers.get(name)?.find(({ state }) => state !== 'created');
}

/** The newest run in the present sandbox. */
export function presentRun(runtime: PodRuntime, name: string): ContainerInfo | undefined {
  const run = latestRun(runtime, name);
  const sandbox = runtime.sandbox?.id;
  return run !== undefined && run.labels[kubeletLabels.sandbox] === sandbox ? run : undefined;
}

/** The number that the container's next run gets: 0 for the first. */
export function nextAttempt(runtime: PodRuntime, name: string, pod: Pod): number {
  const run = latestRun(runtime, name);
  if (run !== undefined) return attemptOf(run) + 1;
  // Nothing is left on the engine, but the API may remember earlier runs.
  const { containerStatuses = [], initContainerStatuses = [] } = pod.status ?? {};
  const known = [...containerStatuses, ...initContainerStatuses].find(
    (status) => status.name === name,
  );
  return known?.containerID === undefined ? 0 : known.restartCount + 1;
}

export function isRunning(
  info: ContainerInfo | undefined,
): info is ContainerInfo & { state: 'running' } {
  return info?.state === 'running';
}

/** All running containers, sandboxes left out. */
export function runningContainers(runtime: PodRuntime): ContainerInfo[] {
  return [...runtime.containers.values()].flat().filter(isRunning);
}

/** The pod's address: of its sandbox, or of the node when it shares the node's network. */
export function addressOf(pod: Pod, runtime: PodRuntime, nodeAddress: string): string {
  if (!isRunning(runtime.sandbox)) return '';
  return pod.spec.hostNetwork ? nodeAddress : runtime.sandbox.address;
}
