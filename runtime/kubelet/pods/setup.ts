/** A pod's ground before its containers: volumes, sandbox, and the files that are mounted. */
import { messageOf } from '../context.ts';
import { hostsFile, resolvFile } from '../spec/network-files.ts';
import type { FileEntry } from '../volumes/archive.ts';
import { podDirectory } from '../volumes/pod-files.ts';
import {
  type EnsureImage,
  type PreparedVolumes,
  prepareVolumes,
  VolumeProblem,
} from '../volumes/prepare.ts';
import type { PodRecord } from './record.ts';
import { addressOf, observe } from './runtime-state.ts';
import { createSandbox } from './sandbox.ts';
import type { Worker } from './worker.ts';

/** The longest pause between attempts, that of a volume mount upstream. */
const longestRetryMs = 122_000;

/** Makes the ground, with a new sandbox if asked. False if it could not be; it is tried again then. */
export async function setUpPod(
  worker: Worker,
  record: PodRecord,
  { newSandbox }: { newSandbox: boolean },
): Promise<boolean> {
  const { context } = worker;
  const { pod } = record;
  try {
    const volumes = await prepare(worker, record);
    if (newSandbox) {
      await createSandbox(context, record);
      record.runtime = await observe(context.engine, context.cluster.name, record.uid);
    }
    await worker.files.write([...podEntries(worker, record), ...volumes.entries]);
    record.sources = volumes.sources;
    record.published = new Map(volumes.published);
    record.failures = 0;
    return true;
  } catch (error) {
    const [reason, message] =
      error instanceof VolumeProblem
        ? ['FailedMount', error.message]
        : ['FailedCreatePodSandBox', `Failed to create pod sandbox: ${messageOf(error)}`];
    context.recorder.event(pod, 'Warning', reason, message);
    record.failures += 1;
    worker.againAfter(record, Math.min(longestRetryMs, 500 * 2 ** record.failures));
    return false;
  }
}

function prepare(worker: Worker, { pod, runtime, work }: PodRecord): Promise<PreparedVolumes> {
  const { context, files, tokens, images } = worker;
  const podIP = addressOf(pod, runtime, context.node.address);
  const ensureImage: EnsureImage = async (volume, { reference, pullPolicy: policy }) => {
    const fieldPath = `spec.volumes{${volume}}`;
    return (await images.ensure(pod, { reference, policy, fieldPath }, work.signal)).id;
  };
  return prepareVolumes({ context, pod, podIP, tokens }, files, ensureImage);
}

/** The pod's own directory, /etc/hosts and /etc/resolv.conf. */
function podEntries({ context }: Worker, { pod, runtime }: PodRecord): FileEntry[] {
  const directory = podDirectory(pod.metadata.uid);
  const address = addressOf(pod, runtime, context.node.address);
  const resolv = resolvFile(pod, context.cluster);
  const entries: FileEntry[] = [
    { path: 'pods', type: 'directory', mode: 0o755 },
    { path: directory, type: 'directory', mode: 0o755 },
    { path: `${directory}/volumes`, type: 'directory', mode: 0o755 },
  ];
  if (!pod.spec.hostNetwork) {
    const content = hostsFile(pod, address, context.cluster.domain);
    entries.push({ path: `${directory}/etc-hosts`, type: 'file', content });
  }
  if (resolv !== undefined) {
    entries.push({ path: `${directory}/resolv.conf`, type: 'file', content: resolv });
  }
  return entries;
}
