import { podExample } from '../examples.ts';
import { checkRule, setContext } from './check-rule.ts';

export const apparmorProfile = checkRule({
  id: 'apparmor-profile',
  packs: ['pod-security-baseline', 'pod-security-restricted'],
  level: 'baseline',
  checkId: 'appArmorProfile',
  title: 'AppArmor stays on',
  why: 'AppArmor keeps a container from what the engine’s profile forbids: mounting, writing below `/proc` and `/sys`. `Unconfined` switches that off.',
  howToFix: 'Remove the profile, or set `RuntimeDefault` or a `Localhost` one.',
  bad: podExample(`image: registry.example.com/web:1.4.2
securityContext:
  appArmorProfile:
    type: Unconfined`),
  good: podExample(`image: registry.example.com/web:1.4.2
securityContext:
  appArmorProfile:
    type: RuntimeDefault`),
  fields: {
    pod: ['securityContext', 'appArmorProfile', 'type'],
    container: ['securityContext', 'appArmorProfile', 'type'],
  },
  change: setContext('Use the engine’s profile', { appArmorProfile: { type: 'RuntimeDefault' } }),
});
