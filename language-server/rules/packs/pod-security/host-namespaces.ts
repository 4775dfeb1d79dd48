import { podExample } from '../examples.ts';
import { checkRule } from './check-rule.ts';

export const hostNamespaces = checkRule({
  id: 'host-namespaces',
  packs: ['pod-security-baseline', 'pod-security-restricted', 'best-practice'],
  level: 'baseline',
  checkId: 'hostNamespaces',
  title: 'Pods have namespaces of their own',
  why: 'With `hostNetwork` a pod listens on the node and reaches what is meant for the node alone; with `hostPID` it sees, and with the right capability stops, every process of the node; with `hostIPC` it shares memory with them.',
  howToFix:
    'Remove `hostNetwork`, `hostPID` and `hostIPC`. What has to be reached from outside gets a Service.',
  bad: podExample('image: registry.example.com/web:1.4.2', 'hostNetwork: true'),
  good: podExample('image: registry.example.com/web:1.4.2'),
  fields: { pod: ['hostNetwork'] },
  change: ({ pod }) => ({
    title: 'Keep the namespaces apart',
    fields: (['hostNetwork', 'hostPID', 'hostIPC'] as const)
      .filter((name) => pod.spec[name] === true)
      .map((name) => ({ set: [...pod.path, name], to: false })),
  }),
});
