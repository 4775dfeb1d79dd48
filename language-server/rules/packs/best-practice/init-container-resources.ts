import { at } from '../../../references/fields.ts';
import { podExample } from '../examples.ts';
import type { PackRule } from '../pack-rule.ts';
import { containerFinding } from '../subject.ts';

export const initContainerResources: PackRule = {
  id: 'init-container-resources',
  packs: ['best-practice'],
  severity: 'information',
  title: 'Init containers say what they need',
  why: 'A pod is placed by the greater of what its init containers and its containers request. An init container without requests and limits runs with whatever is left on the node; in a namespace with a quota the whole pod is refused.',
  howToFix: 'Set `resources.requests` and a memory limit on each init container.',
  bad: podExample(
    'image: registry.example.com/web:1.4.2',
    `initContainers:
  - name: migrate
    image: registry.example.com/migrate:1.4.2`,
  ),
  good: podExample(
    'image: registry.example.com/web:1.4.2',
    `initContainers:
  - name: migrate
    image: registry.example.com/migrate:1.4.2
    resources:
      requests:
        cpu: 100m
        memory: 64Mi
      limits:
        memory: 64Mi`,
  ),
  sources: [
    'https://kubernetes.io/docs/concepts/workloads/pods/init-containers/#resource-sharing-within-containers',
  ],
  check: ({ pod }) =>
    (pod?.initContainers ?? [])
      .filter(({ value, isSidecar }) => !isSidecar && at(value, ['resources']) === undefined)
      .map((container) =>
        containerFinding(
          container,
          `Init container "${container.name}" does not say what it needs`,
          {
            title: 'Add requests and a memory limit',
            fields: [
              {
                set: [...container.path, 'resources'],
                to: { requests: { cpu: '100m', memory: '64Mi' }, limits: { memory: '64Mi' } },
              },
            ],
          },
        ),
      ),
};
