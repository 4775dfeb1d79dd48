/** Brings volumes up to date whose config maps, secrets, labels or tokens have changed. */
import { messageOf } from '../context.ts';
import type { PodRecord } from '../pods/record.ts';
import { addressOf } from '../pods/runtime-state.ts';
import type { Worker } from '../pods/worker.ts';
import type { FileEntry } from './archive.ts';
import { payloadOf } from './payload.ts';
import { volumeDirectory } from './pod-files.ts';
import { fsGroupOf } from './prepare.ts';
import { contentName, updateEntries, updateScript } from './publish.ts';

/** A volume whose source is gone keeps what it shows; the event says why. Throws EngineError. */
export async function refreshVolumes(worker: Worker, record: PodRecord): Promise<void> {
  const { context, files, tokens } = worker;
  const { pod } = record;
  const podIP = addressOf(pod, record.runtime, context.node.address);
  const entries: FileEntry[] = [];
  const scripts: string[] = [];
  const published = new Map(record.published);
  for (const volume of pod.spec.volumes ?? []) {
    try {
      const payload = await payloadOf({ context, pod, podIP, tokens }, volume);
      if (payload === undefined || published.get(volume.name) === contentName(payload)) continue;
      const directory = volumeDirectory(record.uid, volume.name);
      entries.push(...updateEntries(directory, payload, fsGroupOf(pod)));
      scripts.push(`(\n${updateScript(directory, payload)}\n) || exit 1`);
      published.set(volume.name, contentName(payload));
    } catch (error) {
      const message = `MountVolume.SetUp failed for volume "${volume.name}" : ${messageOf(error)}`;
      context.recorder.event(pod, 'Warning', 'FailedMount', message);
    }
  }
  if (entries.length > 0) {
    await files.write(entries);
    await files.script(scripts.join('\n'));
    record.published = published;
  }
}

/** True if the pod's volumes or variables are made from this config map or secret. */
export function refersTo(record: PodRecord, kind: 'ConfigMap' | 'Secret', name: string): boolean {
  const { volumes = [], containers, initContainers = [] } = record.pod.spec;
  const inVolumes = volumes.some(({ configMap, secret, projected }) => {
    if (kind === 'ConfigMap' && configMap?.name === name) return true;
    if (kind === 'Secret' && secret?.secretName === name) return true;
    return (projected?.sources ?? []).some(
      (source) => (kind === 'ConfigMap' ? source.configMap : source.secret)?.name === name,
    );
  });
  return (
    inVolumes ||
    [...containers, ...initContainers].some(
      ({ env = [], envFrom = [] }) =>
        env.some(
          ({ valueFrom }) =>
            (kind === 'ConfigMap' ? valueFrom?.configMapKeyRef : valueFrom?.secretKeyRef)?.name ===
            name,
        ) ||
        envFrom.some(
          (source) =>
            (kind === 'ConfigMap' ? source.configMapRef : source.secretRef)?.name === name,
        ),
    )
  );
}
