import { at } from '../../../references/fields.ts';
import { listAt } from '../../cross-selectors.ts';
import { podExample } from '../examples.ts';
import type { PackRule } from '../pack-rule.ts';
import { isSecretSetting } from '../secret-name.ts';
import { allContainers } from '../subject.ts';

export const secretInEnv: PackRule = {
  id: 'secret-in-env',
  packs: ['best-practice'],
  severity: 'warning',
  title: 'Passwords and keys are not written into manifests',
  why: 'A value in a pod template is in the repository, in every copy of it, in `kubectl describe`, and readable for all who may look at pods, which is nearly everybody. Changing it means changing the manifest.',
  howToFix:
    'Put it into a Secret that is made outside of the repository, and name it with `valueFrom.secretKeyRef`.',
  bad: podExample(`image: registry.example.com/web:1.4.2
env:
  - name: DATABASE_PASSWORD
    value: correct-horse`),
  good: podExample(`image: registry.example.com/web:1.4.2
env:
  - name: DATABASE_PASSWORD
    valueFrom:
      secretKeyRef:
        name: database
        key: password`),
  sources: ['https://kubernetes.io/docs/concepts/security/secrets-good-practices/'],
  check: ({ pod }) =>
    allContainers(pod).flatMap(({ path, value }) =>
      listAt(value, ['env']).flatMap((variable, index) => {
        const name = at(variable, ['name']);
        if (typeof name !== 'string' || !isSecretSetting(name, at(variable, ['value']))) return [];
        return {
          path: [...path, 'env', index, 'value'],
          message: `"${name}" stands here for all to read; take it from a Secret`,
        };
      }),
    ),
};
