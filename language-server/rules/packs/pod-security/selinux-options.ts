import { podExample } from '../examples.ts';
import { checkRule } from './check-rule.ts';

export const selinuxOptions = checkRule({
  id: 'selinux-options',
  packs: ['pod-security-baseline', 'pod-security-restricted'],
  level: 'baseline',
  checkId: 'seLinuxOptions',
  title: 'SELinux confines containers',
  why: 'A type other than the container types, or a user or role of one’s own choice, takes a container out of SELinux’s confinement.',
  howToFix: 'Remove `seLinuxOptions.user`, `role` and `type`; a `level` may stay.',
  bad: podExample(`image: registry.example.com/web:1.4.2
securityContext:
  seLinuxOptions:
    type: spc_t`),
  good: podExample(`image: registry.example.com/web:1.4.2
securityContext:
  seLinuxOptions:
    level: s0:c123,c456`),
  fields: {
    pod: ['securityContext', 'seLinuxOptions'],
    container: ['securityContext', 'seLinuxOptions'],
  },
});
