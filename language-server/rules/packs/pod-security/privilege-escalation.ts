import { podExample } from '../examples.ts';
import { checkRule, setContext } from './check-rule.ts';

export const privilegeEscalation = checkRule({
  id: 'privilege-escalation',
  packs: ['pod-security-restricted', 'best-practice'],
  level: 'restricted',
  checkId: 'allowPrivilegeEscalation',
  title: 'Processes cannot get more rights than they began with',
  why: 'Unless it is forbidden, a process may get root’s rights by a set-uid program in the image (`sudo`, `su`, `mount`), whatever user the container runs as.',
  howToFix: 'Set `securityContext.allowPrivilegeEscalation: false` on every container.',
  bad: podExample('image: registry.example.com/web:1.4.2'),
  good: podExample(`image: registry.example.com/web:1.4.2
securityContext:
  allowPrivilegeEscalation: false`),
  fields: { container: ['securityContext', 'allowPrivilegeEscalation'] },
  change: setContext('Forbid privilege escalation', { allowPrivilegeEscalation: false }),
});
