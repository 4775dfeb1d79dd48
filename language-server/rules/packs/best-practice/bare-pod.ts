import { listAt } from '../../cross-selectors.ts';
import { deploymentExample, podExample } from '../examples.ts';
import type { PackRule } from '../pack-rule.ts';

export const barePod: PackRule = {
  id: 'bare-pod',
  packs: ['best-practice'],
  severity: 'information',
  title: 'Pods are made by a workload',
  why: 'A Pod that stands for itself is not made anew when its node fails, is drained or evicts it, and it cannot be updated.',
  howToFix: 'Make it the template of a Deployment, or of a Job where it is to end.',
  bad: podExample('image: registry.example.com/web:1.4.2'),
  good: deploymentExample({}),
  sources: ['https://kubernetes.io/docs/concepts/workloads/pods/#using-pods'],
  check({ kind, value, name }) {
    if (kind !== 'Pod' || listAt(value, ['metadata', 'ownerReferences']).length > 0) return [];
    return [{ path: ['kind'], message: `Nothing makes Pod "${name ?? ''}" anew when it goes` }];
  },
};
