import { generateJobSelector } from '../../api/defaults/job-selector.ts';
import type { UnknownObject } from '../../api/object.ts';
import type { Job } from '../../api/types.ts';
import type { Strategy } from './strategy.ts';

/** Jobs on their way in that have no labels of their own: they are labelled as their pods are. */
const unlabelled = new WeakSet<UnknownObject>();

/**
 * Unless the author wants to choose pods by hand, a job's pods are found by its uid, which the
 * server writes into selector and template.
 */
export const jobStrategy: Strategy = {
  generation: true,
  orphansByDefault: true,
  normalize(object) {
    if (Object.keys(object.metadata.labels ?? {}).length === 0) unlabelled.add(object);
  },
  prepareForCreate(object) {
    const job = object as unknown as Job;
    object.status = {};
    if (job.spec.template === undefined) return;
    generateJobSelector(job);
    const labels = job.spec.template.metadata?.labels;
    // Afterwards, too, a job without labels would be given those of its template.
    if (unlabelled.has(object) && labels !== undefined) object.metadata.labels = { ...labels };
  },
};
