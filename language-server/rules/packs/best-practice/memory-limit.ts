import { at } from '../../../references/fields.ts';
import { podExample } from '../examples.ts';
import type { PackRule } from '../pack-rule.ts';
import { containerFinding, runningContainers } from '../subject.ts';

export const memoryLimit: PackRule = {
  id: 'memory-limit',
  packs: ['best-practice'],
  severity: 'warning',
  title: 'Containers have a memory limit',
  why: 'A container that leaks memory and has no limit takes what the node has, and the kernel then kills whatever it finds, other pods included. With a limit only the container itself is killed and started anew. (A limit on processor time is another matter: it slows a container down although nobody else wants the time.)',
  howToFix:
    'Set `resources.limits.memory`; with the same value as the request the pod can never be surprised.',
  bad: podExample(`image: registry.example.com/web:1.4.2
resources:
  requests:
    cpu: 100m
    memory: 128Mi`),
  good: podExample(`image: registry.example.com/web:1.4.2
resources:
  requests:
    cpu: 100m
    memory: 128Mi
  limits:
    memory: 128Mi`),
  sources: [
    'https://kubernetes.io/docs/tasks/configure-pod-container/assign-memory-resource/#if-you-do-not-specify-a-memory-limit',
  ],
  check: ({ pod }) =>
    runningContainers(pod)
      .filter(
        ({ value }) =>
          at(value, ['resources', 'limits', 'memory']) === undefined &&
          at(pod?.spec, ['resources', 'limits', 'memory']) === undefined,
      )
      .map((container) => {
        const requested = at(container.value, ['resources', 'requests', 'memory']);
        const memory = typeof requested === 'string' ? requested : '128Mi';
        return containerFinding(container, `Container "${container.name}" has no memory limit`, {
          title: `Limit memory to ${memory}`,
          fields: [{ set: [...container.path, 'resources'], to: { limits: { memory } } }],
        });
      }),
};
