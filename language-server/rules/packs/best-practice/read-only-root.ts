import { at } from '../../../references/fields.ts';
import { podExample } from '../examples.ts';
import type { PackRule } from '../pack-rule.ts';
import { allContainers, containerFinding } from '../subject.ts';

export const readOnlyRoot: PackRule = {
  id: 'read-only-root',
  packs: ['best-practice'],
  severity: 'information',
  title: 'Containers cannot write to their root file system',
  why: 'Whoever breaks into a container wants to leave something there: a tool, a script, another version of the program. With a read-only root there is no place for it. What a program writes on purpose belongs into a volume anyway.',
  howToFix:
    'Set `securityContext.readOnlyRootFilesystem: true`, and mount an `emptyDir` where the program writes (`/tmp` most often).',
  bad: podExample('image: registry.example.com/web:1.4.2'),
  good: podExample(`image: registry.example.com/web:1.4.2
securityContext:
  readOnlyRootFilesystem: true`),
  sources: ['https://kubernetes.io/docs/tasks/configure-pod-container/security-context/'],
  check: ({ pod }) =>
    at(pod?.spec, ['os', 'name']) === 'windows'
      ? []
      : allContainers(pod)
          .filter(({ value }) => at(value, ['securityContext', 'readOnlyRootFilesystem']) !== true)
          .map((container) =>
            containerFinding(
              container,
              `Container "${container.name}" can write to its root file system`,
              {
                title: 'Make the root file system read-only',
                fields: [
                  {
                    set: [...container.path, 'securityContext'],
                    to: { readOnlyRootFilesystem: true },
                  },
                ],
              },
            ),
          ),
};
