import { at } from '../../../references/fields.ts';
import { podExample } from '../examples.ts';
import type { PackRule } from '../pack-rule.ts';

export const automountedToken: PackRule = {
  id: 'automounted-token',
  packs: ['best-practice'],
  severity: 'information',
  looksAround: true,
  title: 'Pods that do not ask the API server have no token for it',
  why: 'Unless told not to, every pod gets the token of a service account. Most programs never use it, but whoever breaks into one does. A pod that names no account of its own hardly needs one.',
  howToFix:
    'Set `automountServiceAccountToken: false`; a pod that does speak to the API server gets a ServiceAccount of its own with the rights it needs.',
  bad: podExample('image: registry.example.com/web:1.4.2'),
  good: podExample('image: registry.example.com/web:1.4.2', 'automountServiceAccountToken: false'),
  sources: [
    'https://kubernetes.io/docs/tasks/configure-pod-container/configure-service-account/#opt-out-of-api-credential-automounting',
  ],
  check({ pod, workspace, namespace }) {
    if (pod === undefined) return [];
    const account = at(pod.spec, ['serviceAccountName']) ?? at(pod.spec, ['serviceAccount']);
    if (account !== undefined && account !== 'default') return [];
    const path = [...pod.path, 'automountServiceAccountToken'];
    const own = at(pod.spec, ['automountServiceAccountToken']);
    const ofAccount = workspace
      .find('ServiceAccount', 'default', namespace)
      .some(({ value }) => at(value, ['automountServiceAccountToken']) === false);
    if (own === false || (own === undefined && ofAccount)) return [];
    return [
      {
        path,
        message: 'The pod gets a token of the API server although it names no account of its own',
        change: { title: 'Mount no token', fields: [{ set: path, to: false }] },
      },
    ];
  },
};
