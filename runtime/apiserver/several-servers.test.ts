/** Two API servers on one etcd: what one does, the other shows. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../api/clock.ts';
import type { UnknownObject, WatchEvent } from '../api/object.ts';
import { isApiError } from '../api/status.ts';
import { openEtcdStore } from '../store/etcd/etcd.ts';
import { type EtcdServer, hasEtcd, startEtcd } from '../store/etcd/testing/etcd-server.ts';
import type { Store } from '../store/store.ts';
import { startTestServer, type TestServer } from './testing/test-server.ts';

const configMaps = { group: '', version: 'v1', resource: 'configmaps', namespace: 'default' };
const named = (name: string) => ({ ...configMaps, name });
const configMap = (name: string, value: string): UnknownObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name },
  data: { value },
});

describe.skipIf(!hasEtcd)('two API servers on one etcd', () => {
  let etcd: EtcdServer;
  const stores: Store[] = [];
  let first: TestServer;
  let second: TestServer;

  beforeAll(async () => {
    etcd = await startEtcd();
    const start = async () => {
      const store = await openEtcdStore({ addresses: [etcd.address], after: systemClock.after });
      stores.push(store);
      return startTestServer({ store });
    };
    // Both at once: what every cluster has is made by whoever is faster, and by nobody twice.
    [first, second] = await Promise.all([start(), start()]);
  }, 60_000);
  afterAll(async () => {
    await Promise.all([first?.close(), second?.close()]);
    await etcd?.remove();
  });

  it('read what the other has just written, without waiting for it', async () => {
    for (let i = 0; i < 20; i++) {
      const made = await first.client.create(configMaps, configMap(`read-${i}`, '1'));
      const read = await second.client.get(named(`read-${i}`));
      expect(read.metadata.resourceVersion).toBe(made.metadata.resourceVersion);
    }
    await second.client.delete(named('read-0'));
    const lost = await first.client.get(named('read-0')).catch((error: unknown) => error);
    expect(isApiError(lost, 'NotFound')).toBe(true);
  });

  it('watch what the other writes, in its order', async () => {
    const { metadata } = await second.client.list(configMaps);
    const ending = new AbortController();
    const seen: string[] = [];
    const watching = (async () => {
      const options = {
        resourceVersion: metadata.resourceVersion ?? '',
        signal: ending.signal,
      };
      for await (const event of second.client.watch(configMaps, options)) {
        const { type, object } = event as WatchEvent<UnknownObject>;
        seen.push(`${type} ${(object as UnknownObject).metadata.name}`);
        if (seen.length === 4) ending.abort();
      }
    })();
    const made = await first.client.create(configMaps, configMap('seen', '1'));
    await second.client.create(configMaps, configMap('own', '1'));
    await first.client.update(named('seen'), { ...made, data: { value: '2' } } as UnknownObject);
    await first.client.delete(named('seen'));
    await watching;
    expect(seen).toEqual(['ADDED seen', 'ADDED own', 'MODIFIED seen', 'DELETED seen']);
  });

  it('refuse to write over each other', async () => {
    const made = await first.client.create(configMaps, configMap('contended', '1'));
    const changed = { ...made, data: { value: '2' } } as UnknownObject;
    await second.client.update(named('contended'), changed);
    const late = await first.client.update(named('contended'), changed).catch((error) => error);
    expect(isApiError(late, 'Conflict')).toBe(true);
    const again = await second.client
      .create(configMaps, configMap('contended', '3'))
      .catch((error) => error);
    expect(isApiError(again, 'AlreadyExists')).toBe(true);
  });

  it('lose no increment when both write at once', async () => {
    await first.client.create(configMaps, configMap('counter', '0'));
    const increment = async ({ client }: TestServer) => {
      for (let done = 0; done < 15; ) {
        const read = await client.get<UnknownObject & { data: { value: string } }>(
          named('counter'),
        );
        const data = { value: String(Number(read.data.value) + 1) };
        const written = await client
          .update(named('counter'), { ...read, data } as UnknownObject)
          .catch((error: unknown) => error);
        if (!isApiError(written, 'Conflict')) done++;
      }
    };
    await Promise.all([increment(first), increment(second)]);
    const { data } = (await second.client.get(named('counter'))) as UnknownObject & {
      data: { value: string };
    };
    expect(data.value).toBe('30');
  });

  it('stand side by side behind the kubernetes service, for as long as each serves', async () => {
    const store = await openEtcdStore({ addresses: [etcd.address], after: systemClock.after });
    const third = await startTestServer({ store });
    await Promise.all([
      first.api.publishEndpoint('10.0.0.1', 6443),
      second.api.publishEndpoint('10.0.0.2', 6443),
      third.api.publishEndpoint('10.0.0.3', 6443),
    ]);
    type E = UnknownObject & { subsets: { addresses: { ip: string }[] }[] };
    const endpoints = { ...configMaps, resource: 'endpoints', name: 'kubernetes' };
    const addresses = async () => {
      const { subsets } = (await second.client.get(endpoints)) as E;
      return subsets.flatMap((subset) => subset.addresses.map(({ ip }) => ip));
    };
    await expect.poll(addresses).toEqual(['10.0.0.1', '10.0.0.2', '10.0.0.3']);
    await third.close();
    expect(await addresses()).toEqual(['10.0.0.1', '10.0.0.2']);
  });

  it('answer 410 for what either has compacted', async () => {
    const { metadata } = await first.client.list(configMaps, { limit: 1 });
    const token = metadata.continue ?? '';
    expect(token).not.toBe('');
    const made = await second.client.create(configMaps, configMap('after-the-list', '1'));
    await stores[1]?.compact(Number(made.metadata.resourceVersion));
    const late = await first.client
      .list(configMaps, { limit: 1, continue: token })
      .catch((error: unknown) => error);
    expect(isApiError(late, 'Expired')).toBe(true);
  });
});
