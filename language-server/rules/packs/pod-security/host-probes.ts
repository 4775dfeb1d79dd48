import { podExample } from '../examples.ts';
import { checkRule } from './check-rule.ts';

export const hostProbes = checkRule({
  id: 'host-probes',
  packs: ['pod-security-baseline', 'pod-security-restricted'],
  level: 'baseline',
  checkId: 'hostProbesAndHostLifecycle',
  title: 'Probes and hooks ask the pod itself',
  why: 'The kubelet asks from the node. With a `host` in a probe or hook it asks whatever the manifest names: anybody who may make a pod can have it call addresses that only nodes reach.',
  howToFix: 'Remove `host` from `httpGet` and `tcpSocket`; the pod’s own address is the default.',
  bad: podExample(`image: registry.example.com/web:1.4.2
readinessProbe:
  httpGet:
    host: 169.254.169.254
    port: 80`),
  good: podExample(`image: registry.example.com/web:1.4.2
readinessProbe:
  httpGet:
    port: 8080`),
  fields: {},
});
