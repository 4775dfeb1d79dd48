/** Puts the owners of pods in a queue whenever the pods come, change or go. */
import { controllerOf, type KubeObject } from '../../api/object.ts';
import type { Pod } from '../../api/types.ts';
import type { Informer } from '../../client/informer.ts';
import { keyOf } from '../../client/resources.ts';
import type { WorkQueue } from '../../client/work-queue.ts';

/** `owners` needs an index `uid`; `selects` says who might adopt a pod that nobody owns. */
export function followPods<T extends KubeObject>(
  pods: Informer<Pod>,
  owners: Informer<T>,
  queue: WorkQueue,
  selects: (owner: T, labels: Readonly<Record<string, string>>) => boolean,
): void {
  const enqueue = (pod: Pod) => {
    const controller = controllerOf(pod);
    if (controller !== undefined) {
      const owner = owners.byIndex('uid', controller.uid)[0];
      if (owner !== undefined) queue.add(keyOf(owner));
      return;
    }
    for (const owner of owners.list(pod.metadata.namespace)) {
      if (selects(owner, pod.metadata.labels ?? {})) queue.add(keyOf(owner));
    }
  };
  pods.subscribe({
    added: enqueue,
    updated: (pod, previous) => {
      if (controllerOf(previous)?.uid !== controllerOf(pod)?.uid) enqueue(previous);
      enqueue(pod);
    },
    deleted: enqueue,
  });
}
