import { at } from '../../../references/fields.ts';
import { deploymentExample, webAutoscaler } from '../examples.ts';
import type { PackRule } from '../pack-rule.ts';
import { autoscalersOf } from '../subject.ts';

export const autoscalerAndReplicas: PackRule = {
  id: 'autoscaler-and-replicas',
  packs: ['best-practice'],
  severity: 'warning',
  looksAround: true,
  title: 'What an autoscaler scales has no replicas of its own',
  why: 'Every deployment of the manifest sets `replicas` back to what is written, whatever the autoscaler had found necessary: under load most pods are stopped and started again a minute later.',
  howToFix:
    'Remove `spec.replicas`; the autoscaler’s `minReplicas` is what it starts from. (Once, before the next deployment: `kubectl apply edit-last-applied` removes it without scaling down.)',
  bad: deploymentExample({ spec: 'replicas: 2' }) + webAutoscaler,
  good: deploymentExample({}) + webAutoscaler,
  sources: [
    'https://kubernetes.io/docs/tasks/run-application/horizontal-pod-autoscale/#migrating-deployments-and-statefulsets-to-horizontal-autoscaling',
  ],
  check(subject) {
    const path = ['spec', 'replicas'];
    const [autoscaler] = at(subject.value, path) === undefined ? [] : autoscalersOf(subject);
    if (autoscaler === undefined) return [];
    return [
      {
        path,
        message: `HorizontalPodAutoscaler "${autoscaler.name}" sets the replicas; each deployment takes them back`,
        change: { title: 'Leave replicas to the autoscaler', fields: [{ remove: path }] },
      },
    ];
  },
};
