import { beforeEach, describe, expect, it } from 'vitest';
import { type Clock, systemClock } from '../../api/clock.ts';
import type { UnknownObject } from '../../api/object.ts';
import type { Secret } from '../../api/types.ts';
import { useFreshServer } from '../../apiserver/testing/use-server.ts';
import { createInformers } from '../../client/informer.ts';
import { at, configMaps, pods, secrets, serviceAccounts } from '../../client/resources.ts';
import { runLegacyTokenCleaner } from './legacy-tokens.ts';

const dayMs = 24 * 3_600_000;
const invalid = 'kubernetes.io/legacy-token-invalid-since';
const used = 'kubernetes.io/legacy-token-last-used';
const tracking = at(
  configMaps,
  'kube-apiserver-legacy-service-account-token-tracking',
  'kube-system',
);

describe('the cleaner of tokens in Secrets', () => {
  let late: number;
  const clock: Clock = { ...systemClock, now: () => systemClock.now() + late };
  const day = () => new Date(clock.now()).toISOString().slice(0, 10);

  beforeEach(() => {
    late = 0;
  });
  const server = useFreshServer({ clock });

  /** Starts the controller as a new day begins, and ends it once it has looked at everything. */
  async function look(): Promise<string[]> {
    const stop = new AbortController();
    const lines: string[] = [];
    const looked = new Promise<void>((resolve) => {
      runLegacyTokenCleaner({
        ...{ client: server.client, signal: stop.signal, random: () => 0.5 },
        informers: createInformers(server.client, systemClock, stop.signal),
        log: (line) => lines.push(line),
        // It asks to be called again in a day when it is done.
        clock: {
          ...clock,
          after: (ms, callback) => {
            if (ms !== dayMs) return systemClock.after(ms, callback);
            resolve();
            return () => {};
          },
        },
      });
    });
    await looked;
    stop.abort();
    return lines;
  }

  async function make(name: string, options: { listed?: boolean; labels?: object } = {}) {
    const { client } = server;
    const account = `of-${name}`;
    await client.create({ ...serviceAccounts, namespace: 'default' }, {
      ...{ apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: account } },
      ...((options.listed ?? true) ? { secrets: [{ name }] } : {}),
    } as UnknownObject);
    await client.create({ ...secrets, namespace: 'default' }, {
      ...{ apiVersion: 'v1', kind: 'Secret', type: 'kubernetes.io/service-account-token' },
      metadata: {
        ...{ name, labels: options.labels ?? {} },
        annotations: { 'kubernetes.io/service-account.name': account },
      },
    } as UnknownObject);
  }

  const labelsOf = async (name: string) =>
    (await server.client.get<Secret>(at(secrets, name, 'default'))).metadata.labels ?? {};

  it('marks one that nobody has used for a year, and removes it a year later', async () => {
    await make('old');
    late = 367 * dayMs;
    await look();
    const marked = day();
    expect((await labelsOf('old'))[invalid]).toBe(marked);
    late += 365 * dayMs;
    await look();
    expect((await labelsOf('old'))[invalid]).toBe(marked);
    late += dayMs;
    await look();
    await expect(labelsOf('old')).rejects.toThrow('not found');
  });

  it('leaves alone what is used, mounted, young, made by hand or of unknown past', async () => {
    await make('by-hand', { listed: false });
    await make('mounted');
    await make('odd', { labels: { [used]: 'yesterday' } });
    const spec = {
      serviceAccountName: 'of-mounted',
      containers: [{ name: 'c', image: 'x' }],
      volumes: [{ name: 'v', secret: { secretName: 'mounted' } }],
    };
    await server.client.create({ ...pods, namespace: 'default' }, {
      ...{ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p' } },
      spec,
    } as UnknownObject);
    await make('used');
    late = 367 * dayMs;
    await make('young');
    const labels = { [used]: day() };
    await server.client.patch(at(secrets, 'used', 'default'), 'merge', { metadata: { labels } });
    expect(await look()).toEqual([]);
    for (const name of ['by-hand', 'mounted', 'odd', 'used', 'young']) {
      expect(await labelsOf(name)).not.toHaveProperty([invalid]);
    }
  });

  it('does nothing before use has been noted for a year, or if nobody knows since when', async () => {
    await make('old');
    late = 365 * dayMs;
    await look();
    late += 2 * dayMs;
    await server.client.patch(tracking, 'merge', { data: { since: day() } });
    await look();
    await server.client.patch(tracking, 'merge', { data: { since: 'long ago' } });
    expect((await look()).join()).toContain('does not say since when');
    expect(await labelsOf('old')).not.toHaveProperty([invalid]);
  });
});
