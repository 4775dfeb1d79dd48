/** The sandbox: a container that does nothing but hold a pod's network and IPC namespaces. */
import type { Pod } from '../../api/types.ts';
import type { ContainerConfig, Mount } from '../../engine/engine.ts';
import type { KubeletContext } from '../context.ts';
import { attemptOf, containerName, sandboxLabels } from '../spec/labels.ts';
import { hostNamesOf } from '../spec/network-files.ts';
import { ensureMemoryVolume, memoryVolumesOf } from '../volumes/memory.ts';
import type { PodRecord } from './record.ts';
import { runningContainers } from './runtime-state.ts';

/**
 * Replaces the pod's sandbox, if it had one, by a new one and starts it. What still runs beside a
 * dead sandbox is killed, for its network is gone. Throws EngineError.
 */
export async function createSandbox(context: KubeletContext, record: PodRecord): Promise<void> {
  const { engine, recorder } = context;
  const { pod, runtime } = record;
  const [previous] = runtime.sandboxes;
  if (previous !== undefined) {
    recorder.event(
      pod,
      'Normal',
      'SandboxChanged',
      'Pod sandbox changed, it will be killed and re-created.',
    );
    await Promise.all(runningContainers(runtime).map(({ id }) => engine.stopContainer(id, 2)));
    for (const { id } of runtime.sandboxes) await engine.removeContainer(id);
  }
  for (const volume of memoryVolumesOf(pod)) await ensureMemoryVolume(context, pod, volume);
  const attempt = previous === undefined ? 0 : attemptOf(previous) + 1;
  const id = await engine.createContainer(sandboxConfig(context, pod, attempt));
  try {
    await engine.startContainer(id);
  } catch (error) {
    await engine.removeContainer(id);
    throw error;
  }
}

/** Pure. */
export function sandboxConfig(
  { cluster, node }: KubeletContext,
  pod: Pod,
  attempt: number,
): ContainerConfig {
  const { hostNetwork, hostIPC, securityContext } = pod.spec;
  const sysctls = Object.fromEntries(
    (securityContext?.sysctls ?? []).map(({ name, value }) => [name, value]),
  );
  const mounts: Mount[] = memoryVolumesOf(pod).map(({ name }) => ({
    type: 'volume',
    source: `skiff-${cluster.name}-${pod.metadata.uid}-${name}`,
    target: `/run/skiff/volumes/${name}`,
  }));
  return {
    name: containerName(pod, 'POD', attempt),
    image: cluster.sandboxImage,
    labels: sandboxLabels(pod, { cluster: cluster.name, node: node.name }, attempt),
    ...(cluster.sandboxCommand === undefined ? {} : { entrypoint: cluster.sandboxCommand }),
    ...(hostNetwork
      ? { network: { type: 'container', id: node.containerId } }
      : {
          network: { type: 'bridge', name: cluster.networkName },
          hostname: hostNamesOf(pod, cluster.domain).hostname,
        }),
    ipc: hostIPC ? { type: 'host' } : { type: 'shareable' },
    ...(Object.keys(sysctls).length === 0 ? {} : { sysctls }),
    mounts,
    cpuShares: 2,
    oomScoreAdj: -998,
    noNewPrivileges: true,
  };
}
