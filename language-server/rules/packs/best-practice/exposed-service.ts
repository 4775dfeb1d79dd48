import { at } from '../../../references/fields.ts';
import type { PackRule } from '../pack-rule.ts';

const service = (type: string) => `apiVersion: v1
kind: Service
metadata:
  name: web
spec:
${type}  selector:
    app: web
  ports:
    - port: 80
`;

export const exposedService: PackRule = {
  id: 'exposed-service',
  packs: ['best-practice'],
  severity: 'information',
  title: 'Services are not open to the outside unless meant to be',
  why: 'A `NodePort` opens a port on every node, past whatever stands before the cluster. A `LoadBalancer` gets a public address from most clouds, and costs money. HTTP from outside belongs on an Ingress or a Gateway, with names and certificates.',
  howToFix:
    'Leave `type` out (`ClusterIP`) and add an Ingress; or limit who gets in with `loadBalancerSourceRanges`.',
  bad: service('  type: NodePort\n'),
  good: service(''),
  sources: [
    'https://kubernetes.io/docs/concepts/services-networking/service/#publishing-services-service-types',
  ],
  check({ kind, group, value }) {
    if (kind !== 'Service' || group !== '') return [];
    const path = ['spec', 'type'];
    const type = at(value, path);
    const isLimited = at(value, ['spec', 'loadBalancerSourceRanges']) !== undefined;
    if (type === 'NodePort') return [{ path, message: 'This Service is open on every node' }];
    if (type !== 'LoadBalancer' || isLimited) return [];
    return [{ path, message: 'This Service gets an address that anybody may reach' }];
  },
};
