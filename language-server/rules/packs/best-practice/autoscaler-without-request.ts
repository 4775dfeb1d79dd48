import { at } from '../../../references/fields.ts';
import { listAt } from '../../cross-selectors.ts';
import { deploymentExample, webAutoscaler } from '../examples.ts';
import type { PackRule } from '../pack-rule.ts';
import { autoscalersOf, containerFinding, runningContainers } from '../subject.ts';

export const autoscalerWithoutRequest: PackRule = {
  id: 'autoscaler-without-request',
  packs: ['best-practice'],
  severity: 'warning',
  looksAround: true,
  title: 'What is scaled by utilization says what it requests',
  why: 'Utilization is what is used as a part of what is requested. A container that requests nothing has none, the autoscaler reports `FailedGetResourceMetric` and never scales.',
  howToFix: 'Set the request that the autoscaler’s metric is a part of on every container.',
  bad: deploymentExample({}) + webAutoscaler,
  good:
    deploymentExample({
      container: `image: registry.example.com/web:1.4.2
resources:
  requests:
    cpu: 100m`,
    }) + webAutoscaler,
  sources: [
    'https://kubernetes.io/docs/tasks/run-application/horizontal-pod-autoscale/#how-does-a-horizontalpodautoscaler-work',
  ],
  check(subject) {
    const [autoscaler] = autoscalersOf(subject);
    const measured = listAt(autoscaler?.value, ['spec', 'metrics'])
      .filter((metric) => at(metric, ['resource', 'target', 'type']) === 'Utilization')
      .map((metric) => at(metric, ['resource', 'name']))
      .filter((name): name is string => typeof name === 'string');
    return runningContainers(subject.pod).flatMap((container) =>
      measured
        .filter((name) =>
          ['requests', 'limits'].every(
            (field) => at(container.value, ['resources', field, name]) === undefined,
          ),
        )
        .map((name) =>
          containerFinding(
            container,
            `HorizontalPodAutoscaler "${autoscaler?.name}" goes by the ${name} that container "${container.name}" does not request`,
          ),
        ),
    );
  },
};
