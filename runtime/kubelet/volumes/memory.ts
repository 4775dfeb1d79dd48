/**
 * Volumes in memory: volumes of the engine on tmpfs. The sandbox mounts them too, so that what is in
 * them outlives the restart of a container.
 */
import type { core, Pod } from '../../api/types.ts';
import { engineLabels } from '../../engine/engine.ts';
import type { KubeletContext } from '../context.ts';
import { wholeNumber } from '../spec/amounts.ts';

export function memoryVolumesOf(pod: Pod): core.Volume[] {
  return (pod.spec.volumes ?? []).filter(({ emptyDir }) => emptyDir?.medium === 'Memory');
}

/** Makes the volume if it is not there; answers its name on the engine. Throws EngineError. */
export async function ensureMemoryVolume(
  { engine, cluster }: KubeletContext,
  pod: Pod,
  { name: volume, emptyDir }: core.Volume,
): Promise<string> {
  const { uid } = pod.metadata;
  const name = `skiff-${cluster.name}-${uid}-${volume}`;
  const { fsGroup } = pod.spec.securityContext ?? {};
  const sizeBytes = wholeNumber(emptyDir?.sizeLimit) ?? 0;
  await engine.createVolume(name, {
    labels: {
      [engineLabels.cluster]: cluster.name,
      [engineLabels.role]: 'volume',
      [engineLabels.podUid]: uid,
    },
    tmpfs: {
      ...(sizeBytes === 0 ? {} : { sizeBytes }),
      ...(fsGroup === undefined ? {} : { group: fsGroup }),
    },
  });
  return name;
}

/** Removes what a pod had in memory. Throws EngineError. */
export async function removeMemoryVolumes(
  { engine, cluster }: KubeletContext,
  uid: string,
): Promise<void> {
  const found = await engine.volumes({
    [engineLabels.cluster]: cluster.name,
    [engineLabels.podUid]: uid,
  });
  for (const { name } of found) await engine.removeVolume(name);
}
