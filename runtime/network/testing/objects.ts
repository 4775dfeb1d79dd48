/** Services and endpoint slices in a few words, for tests. */
import type { discovery, EndpointSlice, Service } from '../../api/types.ts';

let serial = 0;

function meta(name: string, namespace: string, labels: Record<string, string> = {}) {
  serial++;
  return {
    name,
    namespace,
    labels,
    uid: `uid-${serial}`,
    resourceVersion: String(serial),
    creationTimestamp: '2026-01-01T00:00:00Z',
  };
}

export function service(
  name: string,
  spec: Service['spec'],
  { namespace = 'default' } = {},
): Service {
  return { apiVersion: 'v1', kind: 'Service', metadata: meta(name, namespace), spec };
}

export function slice(
  serviceName: string,
  ports: discovery.EndpointPort[],
  endpoints: (string | discovery.Endpoint)[],
  { namespace = 'default', suffix = 'x' } = {},
): EndpointSlice {
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: meta(`${serviceName}-${suffix}`, namespace, {
      'kubernetes.io/service-name': serviceName,
    }),
    addressType: 'IPv4',
    ports,
    endpoints: endpoints.map((endpoint) =>
      typeof endpoint === 'string'
        ? { addresses: [endpoint], conditions: { ready: true, serving: true, terminating: false } }
        : endpoint,
    ),
  };
}
