import { podExample } from '../examples.ts';
import { checkRule, setContext } from './check-rule.ts';

export const privileged = checkRule({
  id: 'privileged',
  packs: ['pod-security-baseline', 'pod-security-restricted', 'best-practice'],
  level: 'baseline',
  checkId: 'privileged',
  title: 'Containers are not privileged',
  why: 'A privileged container sees the devices of the node and has all capabilities: it is root on the node, with a door.',
  howToFix:
    'Remove `privileged`; give the one capability that is needed, where it is one of those that the baseline allows.',
  bad: podExample(`image: registry.example.com/web:1.4.2
securityContext:
  privileged: true`),
  good: podExample('image: registry.example.com/web:1.4.2'),
  fields: { container: ['securityContext', 'privileged'] },
  change: setContext('Take the privileges away', { privileged: false }),
});
