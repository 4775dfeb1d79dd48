import { podExample } from '../examples.ts';
import { checkRule } from './check-rule.ts';

export const hostPorts = checkRule({
  id: 'host-ports',
  packs: ['pod-security-baseline', 'pod-security-restricted'],
  level: 'baseline',
  checkId: 'hostPorts',
  title: 'Containers take no ports of the node',
  why: 'A `hostPort` is open on the node, past Services and, with some network plug-ins, past network policies. Only one pod a node can have it.',
  howToFix: 'Remove `hostPort`, and let a Service lead to the container’s port.',
  bad: podExample(`image: registry.example.com/web:1.4.2
ports:
  - containerPort: 8080
    hostPort: 8080`),
  good: podExample(`image: registry.example.com/web:1.4.2
ports:
  - containerPort: 8080`),
  fields: { container: ['ports'] },
});
