import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { VirtualClock } from '../../api/clock.ts';
import type { UnknownObject } from '../../api/object.ts';
import { at, endpointSlices, endpoints } from '../../client/resources.ts';
import { createMemoryStore } from '../../store/memory/memory.ts';
import type { Store } from '../../store/store.ts';
import { startTestServer, type TestServer } from '../testing/test-server.ts';

const second = 1000;
const settled = () => new Promise<void>((resolve) => setImmediate(resolve));

describe('the endpoints of the API servers', () => {
  let clock: VirtualClock;
  let state: Store;
  let servers: TestServer[];
  beforeEach(() => {
    clock = new VirtualClock();
    state = createMemoryStore();
    servers = [];
  });
  afterEach(() => Promise.all(servers.map((server) => server.close())));

  /** As etcd is shared: each closes its own connection alone. */
  async function start(shared: boolean): Promise<TestServer> {
    const store: Store = {
      ...bound(state),
      ...(shared ? { refresh: async () => {} } : {}),
      close: async () => {},
    };
    const server = await startTestServer({ store, clock });
    servers.push(server);
    return server;
  }

  function bound(store: Store): Omit<Store, 'refresh' | 'close'> {
    return {
      get revision() {
        return store.revision;
      },
      get compactedRevision() {
        return store.compactedRevision;
      },
      get historyBytes() {
        return store.historyBytes;
      },
      get: (key) => store.get(key),
      list: (prefix, options) => store.list(prefix, options),
      count: (prefix) => store.count(prefix),
      commit: (writes) => store.commit(writes),
      watch: (options) => store.watch(options),
      compact: (revision) => store.compact(revision),
    };
  }

  /** `address:port` of every endpoint; what Endpoints and EndpointSlices say must agree. */
  async function named({ client }: TestServer): Promise<string[]> {
    type Port = { port: number };
    type E = UnknownObject & { subsets?: { addresses: { ip: string }[]; ports: Port[] }[] };
    type S = UnknownObject & { endpoints: { addresses: string[] }[]; ports: Port[] };
    const { subsets = [] } = (await client.get(at(endpoints, 'kubernetes', 'default'))) as E;
    const whole = subsets.flatMap(({ addresses, ports }) =>
      addresses.map(({ ip }) => `${ip}:${ports[0]?.port}`),
    );
    const labelSelector = 'kubernetes.io/service-name=kubernetes';
    const slices = await client.list(
      { ...endpointSlices, namespace: 'default' },
      { labelSelector },
    );
    const inSlices = (slices.items as unknown as S[]).flatMap((slice) =>
      slice.endpoints.map(({ addresses }) => `${addresses[0]}:${slice.ports[0]?.port}`),
    );
    expect(inSlices.sort()).toEqual(whole.sort());
    return whole;
  }

  async function until(server: TestServer, wanted: string[]): Promise<void> {
    for (;;) {
      const found = await named(server).catch(() => []);
      if (JSON.stringify(found) === JSON.stringify(wanted)) return;
      await settled();
    }
  }

  it('are those of one server that has its state to itself, at its newest port', async () => {
    const server = await start(false);
    await server.api.publishEndpoint('10.0.0.1', 4000);
    expect(await named(server)).toEqual(['10.0.0.1:4000']);
    await server.api.publishEndpoint('10.0.0.1', 4001);
    expect(await named(server)).toEqual(['10.0.0.1:4001']);
    expect(await state.count('/registry/masterleases/')).toBe(0);
  });

  it('are put back where somebody has changed them', async () => {
    const server = await start(false);
    await server.api.publishEndpoint('10.0.0.1', 4000);
    await server.client.delete(at(endpoints, 'kubernetes', 'default'));
    await server.client.patch(at(endpointSlices, 'kubernetes', 'default'), 'merge', {
      endpoints: [],
    });
    await clock.advance(10 * second);
    await until(server, ['10.0.0.1:4000']);
  });

  it('are all of those that share their state; one that ends takes itself out', async () => {
    const [a, b, c] = [await start(true), await start(true), await start(true)];
    await Promise.all([
      a.api.publishEndpoint('10.0.0.1', 4000),
      b.api.publishEndpoint('10.0.0.2', 4000),
      // Without an engine it is reached on its own machine alone.
      c.api.publishEndpoint('127.0.0.1', 5000),
    ]);
    await until(a, ['10.0.0.1:4000', '10.0.0.2:4000', '127.0.0.1:5000']);
    await c.api.close();
    expect(await named(a)).toEqual(['10.0.0.1:4000', '10.0.0.2:4000']);
    await b.api.close();
    expect(await named(a)).toEqual(['10.0.0.1:4000']);
    // The last one leaves its address behind, for clients that try again when it is back.
    await a.api.close();
    expect(await state.count('/registry/core/endpoints/default/kubernetes')).toBe(1);
    expect(await state.count('/registry/masterleases/')).toBe(0);
  });

  it('lose one that has not renewed its lease for 15 seconds', async () => {
    const [a, b] = [await start(true), await start(true)];
    await a.api.publishEndpoint('10.0.0.1', 4000);
    // As a server leaves it that was killed.
    const dead = {
      apiVersion: 'v1',
      kind: 'Endpoints',
      metadata: { resourceVersion: '', name: 'kubernetes' },
      subsets: [{ addresses: [{ ip: '10.0.0.9' }], ports: [{ port: 4000 }] }],
    };
    const key = '/registry/masterleases/kubernetes/10.0.0.9:4000';
    await state.commit([{ type: 'put', key, value: Buffer.from(JSON.stringify(dead)) }]);
    await until(a, ['10.0.0.1:4000', '10.0.0.9:4000']);
    await b.api.publishEndpoint('10.0.0.2', 4000);
    await until(a, ['10.0.0.1:4000', '10.0.0.2:4000', '10.0.0.9:4000']);
    await clock.advance(10 * second);
    await settled();
    expect(await named(a)).toContain('10.0.0.9:4000');
    await clock.advance(10 * second);
    await until(a, ['10.0.0.1:4000', '10.0.0.2:4000']);
    expect(await state.get(key)).toBeUndefined();
  });
});
