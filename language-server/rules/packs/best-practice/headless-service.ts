import { at } from '../../../references/fields.ts';
import { webService } from '../examples.ts';
import type { PackRule } from '../pack-rule.ts';

const statefulSet = `apiVersion: apps/v1
kind: StatefulSet
metadata:
  name: web
spec:
  serviceName: web
  selector:
    matchLabels:
      app: web
  template:
    metadata:
      labels:
        app: web
    spec:
      containers:
        - name: web
          image: registry.example.com/web:1.4.2
`;

export const headlessService: PackRule = {
  id: 'headless-service',
  packs: ['best-practice'],
  severity: 'warning',
  looksAround: true,
  title: 'The Service of a StatefulSet is headless',
  why: 'Pods of a StatefulSet have names (`db-0.db`), which the DNS knows only through a headless Service that the set names. With a Service that has an address of its own the names do not resolve.',
  howToFix:
    'Set `clusterIP: None` on the Service that `spec.serviceName` names, and make another one for an address.',
  bad: statefulSet + webService,
  good: statefulSet + webService.replace('spec:\n', 'spec:\n  clusterIP: None\n'),
  sources: [
    'https://kubernetes.io/docs/concepts/workloads/controllers/statefulset/#stable-network-id',
  ],
  check({ kind, value, workspace, namespace }) {
    const path = ['spec', 'serviceName'];
    const name = kind === 'StatefulSet' ? at(value, path) : undefined;
    if (typeof name !== 'string') return [];
    const services = workspace.find('Service', name, namespace);
    const isHeadless = services.some((each) => at(each.value, ['spec', 'clusterIP']) === 'None');
    if (services.length === 0 || isHeadless) return [];
    return [{ path, message: `Service "${name}" is not headless: the pods' names do not resolve` }];
  },
};
