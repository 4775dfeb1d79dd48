/** Brings volumes up to date whose config maps, secrets, labels or tokens have changed. */
import type { Pod } from '../../api/types.ts';
import { messageOf } from '../context.ts';
import type { PodRecord } from '../pods/record.ts';
import { addressOf } from '../pods/runtime-state.ts';
import type { Worker } from '../pods/worker.ts';
import type { FileEntry } from './archive.ts';
import type { Reference } from './named-watches.ts';
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

/** The config maps and secrets that the pod's volumes and variables are made from. Pure. */
export function referencesOf({ spec }: Pod): Set<Reference> {
  const found = new Set<Reference>();
  const add = (kind: 'ConfigMap' | 'Secret', name: string | undefined) => {
    if (name) found.add(`${kind}/${name}`);
  };
  for (const { configMap, secret, projected } of spec.volumes ?? []) {
    add('ConfigMap', configMap?.name);
    add('Secret', secret?.secretName);
    for (const source of projected?.sources ?? []) {
      add('ConfigMap', source.configMap?.name);
      add('Secret', source.secret?.name);
    }
  }
  for (const { env = [], envFrom = [] } of [...spec.containers, ...(spec.initContainers ?? [])]) {
    for (const { valueFrom } of env) {
      add('ConfigMap', valueFrom?.configMapKeyRef?.name);
      add('Secret', valueFrom?.secretKeyRef?.name);
    }
    for (const source of envFrom) {
      add('ConfigMap', source.configMapRef?.name);
      add('Secret', source.secretRef?.name);
    }
  }
  return found;
}
