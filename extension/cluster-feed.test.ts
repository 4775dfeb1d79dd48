import { describe, expect, it } from 'vitest';
import type { ClusterUpdate } from '../language-server/protocol/messages.ts';
import { VirtualClock } from '../runtime/api/clock.ts';
import type { KubeObject } from '../runtime/api/object.ts';
import { apiError } from '../runtime/api/status.ts';
import { createInformers } from '../runtime/client/informer.ts';
import { configMaps } from '../runtime/client/resources.ts';
import { FakeClient } from '../runtime/client/testing/fake-client.ts';
import { type FeedOptions, startClusterFeed } from './cluster-feed.ts';

const objects = [
  ...['default', 'elsewhere'].map((namespace) => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'one', namespace },
    spec: { containers: [{ name: 'a', image: 'a:1' }] },
    status: { phase: 'Pending' },
  })),
  { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'default' } },
  {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: {
      name: 'strict',
      labels: { team: 'a', 'pod-security.kubernetes.io/enforce': 'baseline' },
    },
  },
  {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'login', namespace: 'default' },
    data: { password: 'c2VjcmV0' },
  },
  {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web', namespace: 'default', generation: 1 },
    spec: { replicas: 3, template: { metadata: { labels: { app: 'web' } } } },
    status: { observedGeneration: 1, readyReplicas: 2, updatedReplicas: 3, replicas: 3 },
  },
  {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: { name: 'web-1', namespace: 'default', generation: 1 },
    spec: { replicas: 1 },
    status: { observedGeneration: 1, readyReplicas: 1, replicas: 1 },
  },
  {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'web', namespace: 'default' },
    spec: { type: 'ClusterIP', clusterIP: '10.96.0.7', ports: [{ name: 'http', port: 80 }] },
  },
  {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name: 'n' },
    status: { images: [{ names: ['web@sha256:0', 'web:dev'], sizeBytes: 1 }] },
  },
] as unknown as KubeObject[];

/** A feed from a cluster with these objects, and everything that it has told so far. */
function feed(forbidden?: string, isForbidden = (_namespace?: string) => true) {
  const clock = new VirtualClock();
  const client = new FakeClient({ clock, objects });
  if (forbidden !== undefined) {
    const list = client.list.bind(client);
    client.list = (target, options) =>
      target.resource === forbidden && isForbidden(target.namespace)
        ? Promise.reject(apiError('Forbidden', 'no'))
        : list(target, options);
  }
  const abort = new AbortController();
  let tellError: Parameters<FeedOptions['onWatchError']>[0] = () => {};
  const informers = createInformers(client, clock, abort.signal, {
    onError: (...args) => tellError(...args),
  });
  const told: ClusterUpdate[] = [];
  const end = startClusterFeed({
    context: 'test',
    namespace: 'default',
    nodeImages: true,
    informers,
    clock,
    onWatchError: (listener) => {
      tellError = listener;
      return () => {};
    },
    send: (update) => told.push(update),
  });
  const kind = (name: string) =>
    told.flatMap((update) => update.objects ?? []).findLast((each) => each.kind === name)?.objects;
  return { clock, client, told, end, kind, abort };
}

describe('what the language server is told of a cluster', () => {
  it('is names, keys, ports, labels and states, and never what is secret', async () => {
    const { clock, told, kind, abort } = feed();
    await clock.advance(2000);
    expect(told[0]).toEqual({ context: 'test', namespace: 'default' });
    expect(kind('Secret')).toEqual([{ name: 'login', namespace: 'default', keys: ['password'] }]);
    expect(kind('Deployment')).toEqual([
      { name: 'web', namespace: 'default', status: '2/3 ready', podLabels: { app: 'web' } },
    ]);
    expect(kind('ReplicaSet')).toMatchObject([{ name: 'web-1', status: '1/1 ready' }]);
    expect(kind('Service')).toEqual([
      {
        name: 'web',
        namespace: 'default',
        status: 'ClusterIP 10.96.0.7',
        ports: [{ name: 'http', port: 80 }],
      },
    ]);
    expect(kind('ConfigMap')).toEqual([]);
    expect(kind('Namespace')).toContainEqual({
      name: 'strict',
      podSecurity: { 'pod-security.kubernetes.io/enforce': 'baseline' },
    });
    const pods = told.flatMap(({ objects: kinds = [] }) => kinds).find((k) => k.kind === 'Pod');
    expect(pods).toMatchObject({
      within: 'default',
      objects: [{ name: 'one', namespace: 'default', status: 'Pending' }],
    });
    expect(told.find(({ images }) => images !== undefined)?.images).toEqual(['web:dev']);
    expect(JSON.stringify(told)).not.toContain('c2VjcmV0');
    abort.abort();
  });

  it('follows changes, and ends', async () => {
    const { clock, client, kind, end, abort } = feed();
    await clock.advance(2000);
    const settings = {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'settings', namespace: 'default' },
      data: { port: '80' },
    };
    await client.create({ ...configMaps, namespace: 'default' }, settings as never);
    await clock.advance(2000);
    expect(kind('ConfigMap')).toEqual([{ name: 'settings', namespace: 'default', keys: ['port'] }]);
    end();
    await client.delete({ ...configMaps, namespace: 'default', name: 'settings' });
    await clock.advance(2000);
    expect(kind('ConfigMap')).toHaveLength(1);
    abort.abort();
  });

  it('leaves out a kind that may not be listed', async () => {
    const { clock, kind, abort } = feed('secrets');
    await clock.advance(2000);
    expect(kind('Secret')).toBeUndefined();
    expect(kind('Service')).toHaveLength(1);
    abort.abort();
  });

  it('is of the namespace in use where a kind may not be listed in all', async () => {
    const { clock, told, abort } = feed('deployments', (namespace) => namespace === undefined);
    await clock.advance(2000);
    const kinds = told.flatMap((update) => update.objects ?? []);
    expect(kinds.filter(({ kind }) => kind === 'Deployment')).toMatchObject([
      { within: 'default', objects: [{ name: 'web' }] },
    ]);
    abort.abort();
  });
});
