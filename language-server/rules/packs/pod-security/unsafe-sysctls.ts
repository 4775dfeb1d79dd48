import { podExample } from '../examples.ts';
import { checkRule } from './check-rule.ts';

export const unsafeSysctls = checkRule({
  id: 'unsafe-sysctls',
  packs: ['pod-security-baseline', 'pod-security-restricted'],
  level: 'baseline',
  checkId: 'sysctls',
  title: 'Pods set safe kernel parameters only',
  why: 'Most kernel parameters hold for the whole node: a pod that sets one changes it for all others. A few are known to belong to the pod alone.',
  howToFix: 'Remove the parameter, or let those who run the nodes set it.',
  bad: podExample(
    'image: registry.example.com/web:1.4.2',
    `securityContext:
  sysctls:
    - name: kernel.msgmax
      value: "65536"`,
  ),
  good: podExample(
    'image: registry.example.com/web:1.4.2',
    `securityContext:
  sysctls:
    - name: net.ipv4.tcp_syncookies
      value: "1"`,
  ),
  fields: { pod: ['securityContext', 'sysctls'] },
});
