/** What an earlier kubelet of the same node has left: containers of pods that are gone, files. */
import type { Pod } from '../../api/types.ts';
import { type ContainerInfo, engineLabels } from '../../engine/engine.ts';
import { kubeletLabels } from '../spec/labels.ts';
import type { PodFiles } from '../volumes/pod-files.ts';

/**
 * One stand-in a pod that has containers but is not known to the API any more, made from the labels:
 * enough to stop and remove what is there. Pure.
 */
export function adoptLeftovers(
  containers: readonly ContainerInfo[],
  known: ReadonlySet<string>,
): Pod[] {
  const pods = new Map<string, Pod>();
  for (const { labels } of containers) {
    const uid = labels[engineLabels.podUid];
    if (uid === undefined || known.has(uid)) continue;
    const pod = pods.get(uid) ?? standIn(uid, labels);
    pods.set(uid, pod);
    const name = labels[engineLabels.container];
    if (name !== undefined && !pod.spec.containers.some((spec) => spec.name === name)) {
      pod.spec.containers.push({ name });
    }
  }
  return [...pods.values()];
}

function standIn(uid: string, labels: Readonly<Record<string, string>>): Pod {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      uid,
      name: labels[engineLabels.podName] ?? uid,
      namespace: labels[engineLabels.podNamespace] ?? 'default',
      resourceVersion: '',
      creationTimestamp: '',
      // It was deleted while nobody was there to stop it; it still gets the time it was promised.
      deletionGracePeriodSeconds: Number(labels[kubeletLabels.graceSeconds] ?? 30),
    },
    spec: { containers: [] },
  };
}

/** Which content each volume of each pod shows, by the target of its `..data` link. */
export async function readPublished(
  files: PodFiles,
): Promise<ReadonlyMap<string, ReadonlyMap<string, string>>> {
  const lines = await files.script(
    'for link in pods/*/volumes/*/..data; do\n' +
      '  [ -L "$link" ] && echo "$link $(readlink "$link")"\n' +
      'done\ntrue',
  );
  const found = new Map<string, Map<string, string>>();
  for (const line of lines.split('\n')) {
    const [, uid, volume, content] =
      /^pods\/([^/]+)\/volumes\/([^/]+)\/\.\.data (.+)$/.exec(line) ?? [];
    if (uid === undefined || volume === undefined || content === undefined) continue;
    const ofPod = found.get(uid) ?? new Map<string, string>();
    ofPod.set(volume, content);
    found.set(uid, ofPod);
  }
  return found;
}
