import { afterEach, beforeEach, expect, it } from 'vitest';
import { systemClock } from '../../api/clock.ts';
import type { UnknownObject } from '../../api/object.ts';
import { useFreshServer } from '../../apiserver/testing/use-server.ts';
import { at, configMaps } from '../../client/resources.ts';
import { createNamedWatches, type NamedWatches, type Reference } from './named-watches.ts';

const server = useFreshServer();
let watches: NamedWatches;
let heard: string[];
let wake: () => void = () => {};
const stop = new AbortController();
const settings: Reference = 'ConfigMap/settings';
const inDefault = { ...configMaps, namespace: 'default' };

beforeEach(() => {
  heard = [];
  watches = createNamedWatches({
    ...{ client: server.client, clock: systemClock, signal: stop.signal },
    onChange: (namespace, reference) => {
      heard.push(`${namespace}/${reference}`);
      wake();
    },
    onError: (error) => expect.fail(String(error)),
  });
});
afterEach(() => stop.abort());

async function until(count: number): Promise<void> {
  while (heard.length < count) {
    await new Promise<void>((resolve) => {
      wake = resolve;
    });
  }
}

it('tells of what pods name, with one watch for all of them, until the last is gone', async () => {
  watches.follow('a', 'default', new Set([settings]));
  watches.follow('b', 'default', new Set([settings]));
  await until(1);
  const object = (name: string): UnknownObject => ({
    ...{ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name } },
  });
  await server.client.create(inDefault, object('other'));
  await server.client.create(inDefault, object('settings'));
  await until(2);
  expect(heard).toEqual(['default/ConfigMap/settings', 'default/ConfigMap/settings']);
  watches.forget('a');
  const change = (n: string) =>
    server.client.patch(at(configMaps, 'settings', 'default'), 'merge', { data: { n } });
  await change('1');
  await until(3);
  watches.follow('b', 'default', new Set());
  await change('2');
  // A new watch hears its beginning, and nothing of the old one has come before it.
  watches.follow('b', 'default', new Set(['ConfigMap/other']));
  await until(4);
  expect(heard.at(-1)).toBe('default/ConfigMap/other');
});
