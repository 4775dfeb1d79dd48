import { at } from '../../../references/fields.ts';
import { podExample } from '../examples.ts';
import type { PackRule } from '../pack-rule.ts';
import { containerFinding, runningContainers } from '../subject.ts';

/** Something to start from. */
const modest = { cpu: '100m', memory: '128Mi' };

export const resourceRequests: PackRule = {
  id: 'resource-requests',
  packs: ['best-practice'],
  severity: 'warning',
  title: 'Containers say how much processor time and memory they need',
  why: 'The scheduler places pods by their requests alone. A container without them counts as nothing: nodes are filled until everything on them is slow, and under pressure its pod is among the first to be evicted. A limit without a request counts as the request, too.',
  howToFix:
    'Set `resources.requests.cpu` and `resources.requests.memory` to what the container uses in normal operation (`kubectl top pod` shows it).',
  bad: podExample('image: registry.example.com/web:1.4.2'),
  good: podExample(`image: registry.example.com/web:1.4.2
resources:
  requests:
    cpu: 100m
    memory: 128Mi`),
  sources: [
    'https://kubernetes.io/docs/concepts/configuration/manage-resources-containers/#requests-and-limits',
  ],
  check: ({ pod }) =>
    runningContainers(pod).flatMap((container) => {
      const missing = (['cpu', 'memory'] as const).filter(
        (name) =>
          at(container.value, ['resources', 'requests', name]) === undefined &&
          at(container.value, ['resources', 'limits', name]) === undefined &&
          at(pod?.spec, ['resources', 'requests', name]) === undefined,
      );
      if (missing.length === 0) return [];
      const requests = Object.fromEntries(missing.map((name) => [name, modest[name]]));
      return containerFinding(
        container,
        `Container "${container.name}" does not say how much ${missing.join(' and ')} it needs`,
        {
          title: `Request ${missing.join(' and ')}`,
          fields: [{ set: [...container.path, 'resources'], to: { requests } }],
        },
      );
    }),
};
