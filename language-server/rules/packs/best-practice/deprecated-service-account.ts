import { at } from '../../../references/fields.ts';
import { podExample } from '../examples.ts';
import type { PackRule } from '../pack-rule.ts';

export const deprecatedServiceAccount: PackRule = {
  id: 'deprecated-service-account',
  packs: ['best-practice'],
  severity: 'warning',
  title: 'The account of a pod is named with serviceAccountName',
  why: '`serviceAccount` is an old name of the same field, kept for clients of long ago. Tools that look for `serviceAccountName` do not see it.',
  howToFix: 'Rename it.',
  bad: podExample('image: registry.example.com/web:1.4.2', 'serviceAccount: web'),
  good: podExample('image: registry.example.com/web:1.4.2', 'serviceAccountName: web'),
  sources: [
    'https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/pod-v1/#PodSpec',
  ],
  check({ pod }) {
    const account = at(pod?.spec, ['serviceAccount']);
    if (pod === undefined || typeof account !== 'string') return [];
    const path = [...pod.path, 'serviceAccount'];
    const name = at(pod.spec, ['serviceAccountName']);
    // A live object has both, with the same value.
    if (name !== undefined && name !== account) return [];
    const change =
      name === undefined
        ? {
            title: 'Change to "serviceAccountName"',
            fields: [{ rename: path, to: 'serviceAccountName' }],
            safe: true,
          }
        : { title: 'Remove the old name', fields: [{ remove: path }], safe: true };
    return [{ path, message: '"serviceAccount" is deprecated; use "serviceAccountName"', change }];
  },
};
