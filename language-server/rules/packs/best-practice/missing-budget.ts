import { at } from '../../../references/fields.ts';
import { deploymentExample, webBudget, webService } from '../examples.ts';
import type { PackRule } from '../pack-rule.ts';
import { autoscalersOf, replicasOf, selecting, servicesOf } from '../subject.ts';

export const missingBudget: PackRule = {
  id: 'missing-disruption-budget',
  packs: ['best-practice'],
  severity: 'information',
  looksAround: true,
  title: 'Replicated services have a disruption budget',
  why: 'Replicas alone do not help against a drain: without a PodDisruptionBudget all pods of a service may be evicted at the same moment, as happens when several nodes are upgraded at once.',
  howToFix:
    'Add a PodDisruptionBudget with `maxUnavailable: 1` that selects the pods; it costs nothing otherwise.',
  bad: deploymentExample({ spec: 'replicas: 3' }) + webService,
  good: deploymentExample({ spec: 'replicas: 3' }) + webService + webBudget,
  sources: ['https://kubernetes.io/docs/tasks/run-application/configure-pdb/'],
  check(subject) {
    const replicas = replicasOf(subject);
    const isMany = (replicas ?? 0) > 1 || autoscalersOf(subject).length > 0;
    if (replicas === undefined || !isMany || servicesOf(subject).length === 0) return [];
    if (selecting(subject, 'PodDisruptionBudget', ['spec', 'selector']).length > 0) return [];
    const message = 'No PodDisruptionBudget in this workspace keeps a drain from evicting all pods';
    const { name, namespace, value } = subject;
    const selector = at(value, ['spec', 'selector']);
    const budget = {
      apiVersion: 'policy/v1',
      kind: 'PodDisruptionBudget',
      metadata: { name, ...(namespace === undefined ? {} : { namespace }) },
      spec: { maxUnavailable: 1, selector },
    };
    const title = 'Add a budget: one pod at a time';
    const canBe = name !== undefined && selector !== undefined;
    const change = canBe ? { change: { title, fields: [{ append: budget }] } } : {};
    return [{ path: ['spec', 'replicas'], message, ...change }];
  },
};
