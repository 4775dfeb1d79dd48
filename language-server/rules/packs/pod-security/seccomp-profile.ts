import { podExample } from '../examples.ts';
import { checkRule, setPodContext } from './check-rule.ts';

export const seccompProfile = checkRule({
  id: 'seccomp-profile',
  packs: ['pod-security-restricted'],
  level: 'restricted',
  checkId: 'seccompProfile_restricted',
  covers: 'seccomp-unconfined',
  title: 'Containers have a seccomp profile',
  why: 'Unless the kubelet is told otherwise, a pod that names no seccomp profile has none, and may make every system call.',
  howToFix: 'Set `securityContext.seccompProfile.type: RuntimeDefault` on the pod.',
  bad: podExample('image: registry.example.com/web:1.4.2'),
  good: podExample(
    'image: registry.example.com/web:1.4.2',
    `securityContext:
  seccompProfile:
    type: RuntimeDefault`,
  ),
  fields: {
    pod: ['securityContext', 'seccompProfile', 'type'],
    container: ['securityContext', 'seccompProfile', 'type'],
  },
  change: setPodContext('Use the engine’s profile', { seccompProfile: { type: 'RuntimeDefault' } }),
});
