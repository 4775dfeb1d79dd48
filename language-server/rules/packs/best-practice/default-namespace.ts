import { at } from '../../../references/fields.ts';
import type { PackRule } from '../pack-rule.ts';

const config = (namespace: string) => `apiVersion: v1
kind: ConfigMap
metadata:
  name: settings
  namespace: ${namespace}
data:
  colour: blue
`;

export const defaultNamespace: PackRule = {
  id: 'default-namespace',
  packs: ['best-practice'],
  severity: 'information',
  title: 'Objects do not ask for the namespace default',
  why: 'What is in `default` is with everything that anybody ever applied without thinking: no quota, no policy and no permission can be given to it without giving it to all of that.',
  howToFix:
    'Give each application or team a namespace. Manifests that name none at all go where the one who applies them says, which is fine.',
  bad: config('default'),
  good: config('shop'),
  sources: [
    'https://kubernetes.io/docs/concepts/overview/working-with-objects/namespaces/#initial-namespaces',
  ],
  check: ({ value }) => {
    const path = ['metadata', 'namespace'];
    if (at(value, path) !== 'default') return [];
    return [{ path, message: 'The namespace "default" is everybody’s; give this one of its own' }];
  },
};
