import { at } from '../../../references/fields.ts';
import { podExample } from '../examples.ts';
import { checkRule } from './check-rule.ts';

export const runAsNonRoot = checkRule({
  id: 'run-as-non-root',
  packs: ['pod-security-restricted', 'best-practice'],
  level: 'restricted',
  checkId: 'runAsNonRoot',
  title: 'Containers do not run as root',
  why: 'Root in a container is root for the kernel as well: a flaw in the kernel or the engine, or a careless mount, and it is root on the node.',
  howToFix:
    'Set `securityContext.runAsNonRoot: true` on the pod, and a user in the image (`USER` in the Dockerfile) or with `runAsUser`.',
  bad: podExample('image: registry.example.com/web:1.4.2'),
  good: podExample(
    'image: registry.example.com/web:1.4.2',
    `securityContext:
  runAsNonRoot: true`,
  ),
  fields: {
    pod: ['securityContext', 'runAsNonRoot'],
    container: ['securityContext', 'runAsNonRoot'],
  },
  change: ({ pod, container }) => {
    const of = container === undefined ? pod : undefined;
    const own = at(container?.value, ['securityContext', 'runAsNonRoot']);
    const path = of?.path ?? (own === false ? container?.path : undefined) ?? pod.path;
    return {
      title: 'Run as another user than root',
      fields: [{ set: [...path, 'securityContext'], to: { runAsNonRoot: true } }],
    };
  },
});
