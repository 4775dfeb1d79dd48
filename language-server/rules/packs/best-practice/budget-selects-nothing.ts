import { matchesLabels } from '../../../../runtime/api/selector.ts';
import { deploymentExample, webBudget } from '../examples.ts';
import type { PackRule } from '../pack-rule.ts';
import { selectorAt, workloadsSelected } from '../subject.ts';

export const budgetSelectsNothing: PackRule = {
  id: 'budget-selects-nothing',
  packs: ['best-practice'],
  severity: 'warning',
  looksAround: true,
  title: 'Disruption budgets select pods',
  why: 'A PodDisruptionBudget whose selector fits no pods protects nothing, and nobody notices before the drain.',
  howToFix: 'Make `spec.selector` the labels of the pod template that the budget is for.',
  bad: deploymentExample({}) + webBudget.replace('app: web', 'app: wbe'),
  good: deploymentExample({}) + webBudget,
  sources: [
    'https://kubernetes.io/docs/tasks/run-application/configure-pdb/#specifying-a-poddisruptionbudget',
  ],
  check(subject) {
    if (subject.kind !== 'PodDisruptionBudget') return [];
    const selector = selectorAt(subject.value, ['spec', 'selector']);
    // An empty one selects every pod of the namespace.
    if (selector === undefined || selector.requirements.length === 0) return [];
    const { workspace, cluster, namespace } = subject;
    if (workloadsSelected(selector, subject).length > 0) return [];
    const isLive = ['Deployment', 'StatefulSet', 'DaemonSet'].some((kind) =>
      cluster.objects(kind, namespace).some(({ podLabels }) => matchesLabels(selector, podLabels)),
    );
    // Where there are no pods to compare with, they are in another repository.
    if (isLive || workspace.workloads(namespace).length === 0) return [];
    const message = 'No pods in this workspace have the labels that this budget selects';
    return [{ path: ['spec', 'selector'], message }];
  },
};
