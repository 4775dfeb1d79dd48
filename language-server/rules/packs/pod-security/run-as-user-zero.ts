import { podExample } from '../examples.ts';
import { checkRule } from './check-rule.ts';

export const runAsUserZero = checkRule({
  id: 'run-as-user-zero',
  packs: ['pod-security-restricted'],
  level: 'restricted',
  checkId: 'runAsUser',
  title: 'No container asks for user 0',
  why: '`runAsUser: 0` is root. Together with `runAsNonRoot: true` the container does not start at all.',
  howToFix: 'Set `runAsUser` to another number, or leave it to the image.',
  bad: podExample(`image: registry.example.com/web:1.4.2
securityContext:
  runAsUser: 0`),
  good: podExample(`image: registry.example.com/web:1.4.2
securityContext:
  runAsUser: 10001`),
  fields: { pod: ['securityContext', 'runAsUser'], container: ['securityContext', 'runAsUser'] },
});
