/** Deletes Jobs some time after they have finished, if they say so (ttlSecondsAfterFinished). */
import type { Job } from '../../api/types.ts';
import { at, jobs, keyOf, splitKey } from '../../client/resources.ts';
import type { ControllerContext } from '../kit/context.ts';
import { createLoop, tolerate } from '../kit/loop.ts';

/** Starts the controller. */
export function runTtlAfterFinished(context: ControllerContext): void {
  const { client, clock, informers } = context;
  const loop = createLoop(context, 'ttl-after-finished', 1);
  const cache = informers.for<Job>(jobs);
  const enqueue = (job: Job) => {
    if (job.spec.ttlSecondsAfterFinished !== undefined) loop.queue.add(keyOf(job));
  };
  cache.subscribe({ added: enqueue, updated: enqueue });
  loop.start([cache], async (key) => {
    const { name, namespace } = splitKey(key);
    const job = cache.get(name, namespace);
    const ttl = job?.spec.ttlSecondsAfterFinished;
    if (job === undefined || ttl === undefined) return;
    const finished = job.status?.conditions?.find(
      ({ type, status }) => (type === 'Complete' || type === 'Failed') && status === 'True',
    );
    if (finished === undefined || job.metadata.deletionTimestamp !== undefined) return;
    const left = Date.parse(finished.lastTransitionTime ?? '') + ttl * 1000 - clock.now();
    if (left > 0) {
      loop.queue.addAfter(key, left);
      return;
    }
    const { uid, resourceVersion } = job.metadata;
    const options = { propagationPolicy: 'Foreground', preconditions: { uid, resourceVersion } };
    await tolerate(
      client.delete(at(jobs, name, namespace), options as Parameters<typeof client.delete>[1]),
      'NotFound',
    );
  });
}
