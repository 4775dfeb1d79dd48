import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { EndpointSlice, Endpoints } from '../../api/types.ts';
import { endpointSlices, endpoints, pods } from '../../client/resources.ts';
import { type Bench, createBench } from '../testing/bench.ts';
import { runEndpoints } from './endpoints.ts';
import { runEndpointSlices } from './endpointslice.ts';
import { runEndpointSliceMirroring } from './mirroring.ts';

let bench: Bench;
beforeEach(() => {
  bench = createBench();
  runEndpoints(bench.context);
  runEndpointSlices(bench.context);
  runEndpointSliceMirroring(bench.context);
});
afterEach(() => bench.stop());

const service = (spec: object = {}) => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'web', namespace: 'default' },
  spec: {
    selector: { app: 'web' },
    clusterIP: '10.96.0.9',
    ports: [{ name: 'http', port: 80, targetPort: 'http', protocol: 'TCP' }],
    ...spec,
  },
});

const pod = (name: string, podIP: string, ready: 'True' | 'False' = 'True', port = 8080) =>
  bench.fake.put({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: 'default', labels: { app: 'web' } },
    spec: {
      nodeName: 'a',
      containers: [{ name: 'c', ports: [{ name: 'http', containerPort: port }] }],
    },
    status: { phase: 'Running', podIP, conditions: [{ type: 'Ready', status: ready }] },
  } as never);

const slices = () => bench.fake.all<EndpointSlice>(endpointSlices);
const object = () => bench.fake.find<Endpoints>(endpoints, 'web', 'default');

describe('a service with a selector', () => {
  it('has ready and unready pods behind it, with the ports that they name', async () => {
    pod('a', '10.244.0.2');
    pod('b', '10.244.0.3', 'False');
    pod('c', '10.244.0.4', 'True', 9090);
    await bench.create(service());
    await bench.clock.advance(100);
    await bench.fake.until(() => object()?.subsets?.length === 2 && slices().length === 2);
    const subset = object()?.subsets?.find((each) => each.ports?.[0]?.port === 8080);
    expect(subset?.addresses?.map(({ ip }) => ip)).toEqual(['10.244.0.2']);
    expect(subset?.notReadyAddresses?.map(({ ip }) => ip)).toEqual(['10.244.0.3']);
    const slice = slices().find((each) => each.ports?.[0]?.port === 8080);
    expect(slice?.metadata.labels).toMatchObject({
      'kubernetes.io/service-name': 'web',
      'endpointslice.kubernetes.io/managed-by': 'endpointslice-controller.k8s.io',
    });
    expect(
      slice?.endpoints?.map(({ addresses, conditions }) => [addresses[0], conditions?.ready]),
    ).toEqual([
      ['10.244.0.2', true],
      ['10.244.0.3', false],
    ]);
  });

  it('keeps pods that are leaving as terminating in slices and drops them from Endpoints', async () => {
    pod('a', '10.244.0.2');
    await bench.create(service());
    await bench.fake.until(() => object()?.subsets?.length === 1);
    await bench.fake.delete({ ...pods, name: 'a', namespace: 'default' });
    await bench.fake.until(() => slices()[0]?.endpoints?.[0]?.conditions?.terminating === true);
    expect(slices()[0]?.endpoints?.[0]?.conditions).toEqual({
      ready: false,
      serving: true,
      terminating: true,
    });
    await bench.fake.until(() => (object()?.subsets ?? []).length === 0);
  });

  it('has empty objects where nothing matches, and loses its Endpoints with its life', async () => {
    await bench.create(service());
    await bench.fake.until(() => slices().length === 1 && object() !== undefined);
    expect(slices()[0]?.endpoints).toEqual([]);
    await bench.fake.delete({
      group: '',
      version: 'v1',
      resource: 'services',
      name: 'web',
      namespace: 'default',
    });
    await bench.fake.until(() => object() === undefined);
  });
});

describe('a service without a selector', () => {
  it('gets slices that mirror the Endpoints that somebody wrote', async () => {
    await bench.create(service({ selector: undefined }));
    await bench.create({
      apiVersion: 'v1',
      kind: 'Endpoints',
      metadata: { name: 'web', namespace: 'default' },
      subsets: [{ addresses: [{ ip: '192.168.1.5' }], ports: [{ port: 5432 }] }],
    });
    await bench.fake.until(() => slices().length === 1);
    expect(slices()[0]).toMatchObject({ addressType: 'IPv4', ports: [{ port: 5432 }] });
    expect(object()?.subsets?.[0]?.addresses?.[0]?.ip).toBe('192.168.1.5');
  });
});
