import { podExample } from '../examples.ts';
import { checkRule, setContext } from './check-rule.ts';

export const procMount = checkRule({
  id: 'proc-mount',
  packs: ['pod-security-baseline', 'pod-security-restricted'],
  level: 'baseline',
  checkId: 'procMount',
  title: 'The file system /proc stays masked',
  why: 'The engine hides the parts of `/proc` that speak about the node. `procMount: Unmasked` shows them.',
  howToFix: 'Remove `procMount`.',
  bad: podExample(
    `image: registry.example.com/web:1.4.2
securityContext:
  procMount: Unmasked`,
    'hostUsers: false',
  ),
  good: podExample('image: registry.example.com/web:1.4.2'),
  fields: { container: ['securityContext', 'procMount'] },
  change: setContext('Mask /proc', { procMount: 'Default' }),
});
