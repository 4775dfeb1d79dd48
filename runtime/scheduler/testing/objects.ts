/** Nodes and pods for tests of the scheduler. */
import type { core, Node, Pod } from '../../api/types.ts';

export function node(
  name: string,
  allocatable: object = {},
  more: { labels?: object; spec?: object } = {},
): Node {
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      name,
      uid: `node-${name}`,
      labels: { 'kubernetes.io/hostname': name, ...more.labels },
    },
    spec: { ...more.spec },
    status: { allocatable: { cpu: '4', memory: '8Gi', pods: '110', ...allocatable } },
  } as unknown as Node;
}

let serial = 0;

export function pod(
  name: string,
  requests: Record<string, string> = {},
  spec: Partial<core.PodSpec> = {},
  labels: Record<string, string> = {},
): Pod {
  serial += 1;
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: 'default', uid: `pod-${name}-${serial}`, labels },
    spec: { containers: [{ name: 'main', image: 'x', resources: { requests } }], ...spec },
  } as unknown as Pod;
}
