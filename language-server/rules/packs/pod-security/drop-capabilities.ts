import { podExample } from '../examples.ts';
import { checkRule, setContext } from './check-rule.ts';

export const dropCapabilities = checkRule({
  id: 'drop-capabilities',
  packs: ['pod-security-restricted'],
  level: 'restricted',
  checkId: 'capabilities_restricted',
  covers: 'added-capabilities',
  title: 'Containers drop all capabilities',
  why: 'The engine’s default capabilities are for programs that run as root and change users. A service needs none of them, `NET_BIND_SERVICE` for ports below 1024 at most.',
  howToFix: 'Set `securityContext.capabilities.drop: [ALL]` on every container.',
  bad: podExample('image: registry.example.com/web:1.4.2'),
  good: podExample(`image: registry.example.com/web:1.4.2
securityContext:
  capabilities:
    drop: [ALL]`),
  fields: { container: ['securityContext', 'capabilities'] },
  change: setContext('Drop all capabilities', { capabilities: { drop: ['ALL'] } }),
});
