import { at } from '../../../references/fields.ts';
import { listAt } from '../../cross-selectors.ts';
import { podExample } from '../examples.ts';
import type { PackRule } from '../pack-rule.ts';
import { allContainers } from '../subject.ts';

export const duplicateEnv: PackRule = {
  id: 'duplicate-env',
  packs: ['best-practice'],
  severity: 'warning',
  title: 'Each environment variable is set once',
  why: 'The last one counts, whichever was meant. Worse, the server keeps lists of variables by name: with `kubectl apply` a change of one of two that are called the same can be lost.',
  howToFix: 'Remove the one that is not meant.',
  bad: podExample(`image: registry.example.com/web:1.4.2
env:
  - name: LOG_LEVEL
    value: info
  - name: LOG_LEVEL
    value: debug`),
  good: podExample(`image: registry.example.com/web:1.4.2
env:
  - name: LOG_LEVEL
    value: debug`),
  sources: ['https://github.com/kubernetes/kubernetes/issues/58477'],
  check: ({ pod }) =>
    allContainers(pod).flatMap(({ path, value }) => {
      const variables = listAt(value, ['env']);
      const names = variables.map((variable) => at(variable, ['name']));
      return names.flatMap((name, index) => {
        const later = names.indexOf(name, index + 1);
        if (typeof name !== 'string' || later < 0) return [];
        return {
          path: [...path, 'env', index, 'name'],
          message: `"${name}" is set again below, and only that one counts`,
          // One that comes later may be made of this one: `value: $(PATH):/more`.
          ...(JSON.stringify(variables[later]).includes(`$(${name})`)
            ? {}
            : {
                change: {
                  title: 'Remove the one that does not count',
                  fields: [{ remove: [...path, 'env', index] }],
                },
              }),
        };
      });
    }),
};
