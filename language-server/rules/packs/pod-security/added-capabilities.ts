import { podExample } from '../examples.ts';
import { checkRule } from './check-rule.ts';

export const addedCapabilities = checkRule({
  id: 'added-capabilities',
  packs: ['pod-security-baseline', 'pod-security-restricted'],
  level: 'baseline',
  checkId: 'capabilities_baseline',
  title: 'Containers get no capabilities beyond the usual ones',
  why: 'Capabilities are parts of root’s power. The engine’s default set is harmless enough; `SYS_ADMIN`, `NET_ADMIN`, `SYS_PTRACE` and their like are ways out of the container.',
  howToFix: 'Remove what is not needed from `securityContext.capabilities.add`.',
  bad: podExample(`image: registry.example.com/web:1.4.2
securityContext:
  capabilities:
    add: [NET_ADMIN]`),
  good: podExample(`image: registry.example.com/web:1.4.2
securityContext:
  capabilities:
    add: [NET_BIND_SERVICE]`),
  fields: { container: ['securityContext', 'capabilities', 'add'] },
});
