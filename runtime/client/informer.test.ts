import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { VirtualClock } from '../api/clock.ts';
import type { KubeObject } from '../api/object.ts';
import { apiError } from '../api/status.ts';
import type { ConfigMap } from '../api/types.ts';
import { createInformers, type Informer, type Informers } from './informer.ts';
import { at, configMaps } from './resources.ts';
import { FakeClient } from './testing/fake-client.ts';

function configMap(name: string, data: Record<string, string> = {}, namespace = 'default') {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace }, data } as KubeObject;
}

describe('informer', () => {
  let clock: VirtualClock;
  let fake: FakeClient;
  let abort: AbortController;
  let informers: Informers;
  let errors: unknown[];

  beforeEach(() => {
    clock = new VirtualClock();
    fake = new FakeClient({ clock, objects: [configMap('a'), configMap('b', {}, 'other')] });
    abort = new AbortController();
    errors = [];
    informers = createInformers(fake, clock, abort.signal, {
      random: () => 0,
      onError: (error) => errors.push(error),
    });
  });
  afterEach(() => abort.abort());

  function record(informer: Informer<ConfigMap>): string[] {
    const told: string[] = [];
    informer.subscribe({
      added: (object) => told.push(`+${object.metadata.name}`),
      updated: (object) => told.push(`~${object.metadata.name}`),
      deleted: (object) => told.push(`-${object.metadata.name}`),
    });
    return told;
  }

  const lists = () => fake.actions.filter(({ verb }) => verb === 'list').length;
  const watches = () => fake.actions.filter(({ verb }) => verb === 'watch').length;

  it('lists, then follows, with handlers told in order', async () => {
    const informer = informers.for<ConfigMap>(configMaps);
    const told = record(informer);
    await informer.synced;
    await fake.create({ ...configMaps, namespace: 'default' }, configMap('c'));
    await fake.patch(at(configMaps, 'c', 'default'), 'merge', { data: { x: '1' } });
    await fake.delete(at(configMaps, 'c', 'default'));
    await fake.until(() => told.length === 5);
    expect(told).toEqual(['+a', '+b', '+c', '~c', '-c']);
    expect(informer.list('other').map((o) => o.metadata.name)).toEqual(['b']);
    expect(informer.get('a', 'default')?.metadata.name).toBe('a');
  });

  it('shares one watch, and gives late subscribers what is there', async () => {
    const first = informers.for<ConfigMap>(configMaps);
    await first.synced;
    const second = informers.for<ConfigMap>(configMaps, {
      indexes: { namespace: (object) => [object.metadata.namespace ?? ''] },
    });
    expect(record(second)).toEqual(['+a', '+b']);
    expect(lists()).toBe(1);
    expect(second.byIndex('namespace', 'other').map((o) => o.metadata.name)).toEqual(['b']);
    fake.drop(configMaps, 'b', 'other');
    await fake.until(() => second.list().length === 1);
    expect(second.byIndex('namespace', 'other')).toEqual([]);
  });

  it('resumes a watch that the server ended, without listing again or missing anything', async () => {
    const informer = informers.for<ConfigMap>(configMaps);
    const told = record(informer);
    await fake.until(() => watches() === 1);
    fake.endWatches();
    fake.put(configMap('c'));
    await clock.advance(1_000);
    await fake.until(() => watches() > 1);
    await fake.until(() => told.length === 3);
    expect(told).toEqual(['+a', '+b', '+c']);
    expect(lists()).toBe(1);
  });

  it('lists anew when history is gone, and tells what was missed', async () => {
    const informer = informers.for<ConfigMap>(configMaps);
    const told = record(informer);
    await fake.until(() => watches() === 1);
    fake.stallWatches();
    fake.drop(configMaps, 'a', 'default');
    fake.put(configMap('c'));
    fake.compact();
    fake.endWatches();
    await clock.advance(1_000);
    await fake.until(() => told.length === 4);
    expect(told).toEqual(['+a', '+b', '-a', '+c']);
    expect(lists()).toBe(2);
    expect(errors).toEqual([]);
  });

  it('notices a connection that died without a word', async () => {
    const informer = informers.for<ConfigMap>(configMaps);
    const told = record(informer);
    await fake.until(() => watches() === 1);
    fake.stallWatches();
    fake.put(configMap('c'));
    await clock.advance(119_000);
    expect(told).toEqual(['+a', '+b']);
    await clock.advance(2_000);
    await fake.until(() => told.length === 3);
    expect(lists()).toBe(1);
  });

  it('ends with a signal of its own, and is made anew for who asks then', async () => {
    const own = new AbortController();
    const told = record(informers.for<ConfigMap>(configMaps, { signal: own.signal }));
    await expect.poll(() => told).toEqual(['+a', '+b']);
    own.abort();
    await fake.create(configMaps, configMap('c'));
    const again = informers.for<ConfigMap>(configMaps);
    await again.synced;
    expect(again.get('c', 'default')).toBeDefined();
    expect(told).toEqual(['+a', '+b']);
  });

  it('backs off while the server refuses, then comes back', async () => {
    const recover = fake.fail(() => apiError('ServiceUnavailable', 'starting'));
    const informer = informers.for<ConfigMap>(configMaps);
    await clock.advance(500 + 1_000 + 2_000);
    expect(lists()).toBe(4);
    expect(informer.hasSynced).toBe(false);
    recover();
    await clock.advance(4_000);
    await informer.synced;
    expect(errors).toHaveLength(4);
  });

  it('tells both a deletion and an addition when an object was replaced unseen', async () => {
    const informer = informers.for<ConfigMap>(configMaps);
    const told = record(informer);
    await fake.until(() => watches() === 1);
    fake.stallWatches();
    fake.drop(configMaps, 'a', 'default');
    fake.put(configMap('a', { new: 'yes' }));
    fake.compact();
    fake.endWatches();
    await clock.advance(1_000);
    await fake.until(() => told.length === 4);
    expect(told).toEqual(['+a', '+b', '-a', '+a']);
  });

  it('follows selectors: an object that stops matching is gone', async () => {
    fake.put({
      ...configMap('l'),
      metadata: { name: 'l', namespace: 'default', labels: { x: '1' } },
    });
    const informer = informers.for<ConfigMap>(configMaps, { labelSelector: 'x=1' });
    const told = record(informer);
    await fake.until(() => watches() === 1);
    await fake.patch(at(configMaps, 'l', 'default'), 'merge', { metadata: { labels: { x: '2' } } });
    await fake.until(() => told.length === 2);
    expect(told).toEqual(['+l', '-l']);
  });

  it('reads long collections in pages', async () => {
    for (let i = 0; i < 1_100; i++) fake.put(configMap(`many-${i}`));
    const informer = informers.for<ConfigMap>(configMaps);
    await informer.synced;
    expect(informer.list()).toHaveLength(1_102);
    expect(lists()).toBe(3);
  });

  it('keeps going when a handler throws', async () => {
    const informer = informers.for<ConfigMap>(configMaps);
    informer.subscribe({
      added: () => {
        throw new Error('bad handler');
      },
    });
    const told = record(informer);
    await informer.synced;
    expect(told).toEqual(['+a', '+b']);
    expect(errors).toHaveLength(2);
  });

  it('keeps going when an index makes nothing of an object', async () => {
    const byFirstKey = ({ data, metadata }: ConfigMap) => {
      if (metadata.name === 'a') throw new Error('bad index');
      return Object.keys(data ?? {}).slice(0, 1);
    };
    const informer = informers.for<ConfigMap>(configMaps, { indexes: { first: byFirstKey } });
    const told = record(informer);
    await informer.synced;
    fake.put({ ...configMap('c'), data: { key: 'value' } });
    await fake.until(() => told.length === 3);
    expect(told).toEqual(['+a', '+b', '+c']);
    expect(informer.byIndex('first', 'key').map(({ metadata }) => metadata.name)).toEqual(['c']);
    expect(errors).toHaveLength(1);
  });
});
