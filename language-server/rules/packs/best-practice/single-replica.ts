import { at } from '../../../references/fields.ts';
import { deploymentExample, webBudget, webService } from '../examples.ts';
import type { PackRule } from '../pack-rule.ts';
import { autoscalersOf, replicasOf, selecting, servicesOf } from '../subject.ts';

export const singleReplica: PackRule = {
  id: 'single-replica',
  packs: ['best-practice'],
  severity: 'information',
  looksAround: true,
  title: 'What serves others has more than one replica',
  why: 'When the only pod moves (a drained node, a node that fails, an eviction), nobody answers until the next one is ready. Two pods make that a non-event. Where the software allows one only, a PodDisruptionBudget says so at least, and stops drains that would end it unannounced.',
  howToFix:
    'Set `replicas: 2` or more, or let a HorizontalPodAutoscaler decide; or select the pod with a PodDisruptionBudget.',
  bad: deploymentExample({ spec: 'replicas: 1' }) + webService,
  good: deploymentExample({ spec: 'replicas: 2' }) + webService + webBudget,
  sources: ['https://kubernetes.io/docs/concepts/workloads/pods/disruptions/'],
  check(subject) {
    if (subject.kind !== 'Deployment' || replicasOf(subject) !== 1) return [];
    const [service] = servicesOf(subject);
    if (service === undefined || autoscalersOf(subject).length > 0) return [];
    if (selecting(subject, 'PodDisruptionBudget', ['spec', 'selector']).length > 0) return [];
    const isRecreated = at(subject.value, ['spec', 'strategy', 'type']) === 'Recreate';
    return [
      {
        path: ['spec', 'replicas'],
        message: `Service "${service.name}" depends on a single pod`,
        // Two at once is just what Recreate is there to prevent.
        ...(isRecreated
          ? {}
          : { change: { title: 'Run two', fields: [{ set: ['spec', 'replicas'], to: 2 }] } }),
      },
    ];
  },
};
