/** Random sets of service ports, for property tests. */
import fc from 'fast-check';
import { keyOf, type ServicePort } from '../proxy/backends.ts';

const backend = fc.record({
  address: fc.integer({ min: 2, max: 12 }).map((last) => `10.233.0.${last}`),
  port: fc.constantFrom(80, 8080),
  node: fc.constantFrom('node-1', 'node-2'),
});

const one: fc.Arbitrary<ServicePort> = fc.record({
  namespace: fc.constantFrom('default', 'shop'),
  service: fc.constantFrom('web', 'api', 'db', 'a'.repeat(63)),
  protocol: fc.constantFrom('tcp', 'udp'),
  port: fc.constantFrom(53, 80, 443),
  addresses: fc
    .subarray([1, 2, 3, 4, 5, 6])
    .map((numbers) => numbers.map((last) => `10.97.0.${last}`)),
  nodePort: fc.constantFrom(0, 30080, 30081, 30082),
  loadBalancer: fc.boolean(),
  backends: fc.uniqueArray(backend, {
    maxLength: 4,
    selector: ({ address, port }) => `${address}:${port}`,
  }),
  localOnly: fc.boolean(),
  affinitySeconds: fc.constantFrom(0, 0, 600, 10800),
});

export const servicePortSets = fc.uniqueArray(one, { maxLength: 10, selector: keyOf });
