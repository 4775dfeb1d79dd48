import type { Job } from '../../api/types.ts';
import type { Strategy } from './strategy.ts';

const uidLabel = 'batch.kubernetes.io/controller-uid';
const nameLabel = 'batch.kubernetes.io/job-name';
const oldUidLabel = 'controller-uid';
const oldNameLabel = 'job-name';

/**
 * Unless the author wants to choose pods by hand, a job's pods are found by its uid, which the
 * server writes into selector and template.
 */
export const jobStrategy: Strategy = {
  generation: true,
  orphansByDefault: true,
  prepareForCreate(object) {
    const job = object as unknown as Job;
    object.status = {};
    if (job.spec.manualSelector === true || job.spec.template === undefined) return;
    const uid = job.metadata.uid;
    const metadata = { ...job.spec.template.metadata };
    const labels = { ...metadata.labels };
    for (const [label, value] of [
      [uidLabel, uid],
      [nameLabel, job.metadata.name],
      [oldUidLabel, uid],
      [oldNameLabel, job.metadata.name],
    ] as const) {
      labels[label] ??= value;
    }
    job.spec.template = { ...job.spec.template, metadata: { ...metadata, labels } };
    job.spec.selector = {
      ...job.spec.selector,
      matchLabels: { ...job.spec.selector?.matchLabels, [uidLabel]: uid },
    };
  },
};
