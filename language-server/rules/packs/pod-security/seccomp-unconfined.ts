import { podExample } from '../examples.ts';
import { checkRule, setContext } from './check-rule.ts';

export const seccompUnconfined = checkRule({
  id: 'seccomp-unconfined',
  packs: ['pod-security-baseline', 'pod-security-restricted'],
  level: 'baseline',
  checkId: 'seccompProfile_baseline',
  title: 'Seccomp stays on',
  why: 'The engine’s seccomp profile forbids some sixty system calls that programs hardly use and that break-outs do. `Unconfined` allows them all.',
  howToFix: 'Remove the profile, or set `RuntimeDefault`.',
  bad: podExample(`image: registry.example.com/web:1.4.2
securityContext:
  seccompProfile:
    type: Unconfined`),
  good: podExample(`image: registry.example.com/web:1.4.2
securityContext:
  seccompProfile:
    type: RuntimeDefault`),
  fields: {
    pod: ['securityContext', 'seccompProfile', 'type'],
    container: ['securityContext', 'seccompProfile', 'type'],
  },
  change: setContext('Use the engine’s profile', { seccompProfile: { type: 'RuntimeDefault' } }),
});
