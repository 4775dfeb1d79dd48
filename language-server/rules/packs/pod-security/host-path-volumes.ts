import { podExample } from '../examples.ts';
import { checkRule } from './check-rule.ts';

export const hostPathVolumes = checkRule({
  id: 'host-path-volumes',
  packs: ['pod-security-baseline', 'pod-security-restricted', 'best-practice'],
  level: 'baseline',
  checkId: 'hostPathVolumes',
  title: 'Pods do not mount directories of the node',
  why: 'A `hostPath` volume reads, and mostly writes, the node’s own files: certificates, other pods’ volumes, what starts at boot. It also ties the pod to what one node happens to have.',
  howToFix:
    'Use a PersistentVolumeClaim, an `emptyDir`, a ConfigMap or a projected volume. Agents of the node that need it belong in a namespace of their own.',
  bad: podExample(
    'image: registry.example.com/web:1.4.2',
    `volumes:
  - name: logs
    hostPath:
      path: /var/log`,
  ),
  good: podExample(
    'image: registry.example.com/web:1.4.2',
    `volumes:
  - name: logs
    emptyDir: {}`,
  ),
  fields: { volumes: true },
});
