/** The selector that a server writes into a Job whose `manualSelector` is not set. */
import type { Job } from '../types.ts';

/**
 * Gives a new Job the selector and pod labels that tie its pods to its uid; changes `job`, which
 * must have its name and uid. Does nothing where the author brings a selector (`manualSelector`).
 */
export function generateJobSelector(job: Job): void {
  const { spec, metadata } = job;
  if (spec.manualSelector === true) return;
  spec.template.metadata ??= {};
  spec.template.metadata.labels ??= {};
  const labels = spec.template.metadata.labels;
  // Both generations of the labels: old readers look for the ones without the prefix.
  labels['controller-uid'] ??= metadata.uid;
  labels['job-name'] ??= metadata.name;
  labels['batch.kubernetes.io/controller-uid'] ??= metadata.uid;
  labels['batch.kubernetes.io/job-name'] ??= metadata.name;
  spec.selector ??= {};
  spec.selector.matchLabels = {
    ...spec.selector.matchLabels,
    'batch.kubernetes.io/controller-uid': metadata.uid,
  };
}
