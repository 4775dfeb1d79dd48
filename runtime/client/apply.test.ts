import { describe, expect, it } from 'vitest';
import { VirtualClock } from '../api/clock.ts';
import type { KubeObject } from '../api/object.ts';
import { apiError } from '../api/status.ts';
import { applyManifests, deleteDocuments } from './apply.ts';
import { createDiscovery } from './discovery.ts';
import { parseManifests } from './manifests.ts';
import { configMaps, customResourceDefinitions } from './resources.ts';
import { FakeClient } from './testing/fake-client.ts';

const version = (group: string, resources: [string, string, boolean][]) => ({
  metadata: { name: group },
  versions: [
    {
      version: 'v1',
      resources: resources.map(([resource, kind, namespaced]) => ({
        resource,
        responseKind: { kind },
        scope: namespaced ? 'Namespaced' : 'Cluster',
      })),
    },
  ],
});
const list = (...items: unknown[]) => ({ kind: 'APIGroupDiscoveryList', items });
const groups = [
  version('apps', [['deployments', 'Deployment', true]]),
  version('apiextensions.k8s.io', [
    ['customresourcedefinitions', 'CustomResourceDefinition', false],
  ]),
];

function setUp() {
  const clock = new VirtualClock();
  const raw: Record<string, unknown> = {
    '/api': list(
      version('', [
        ['configmaps', 'ConfigMap', true],
        ['namespaces', 'Namespace', false],
      ]),
    ),
    '/apis': list(...groups),
  };
  const fake = new FakeClient({ clock, raw });
  const discovery = createDiscovery(fake);
  const options = { namespace: 'shop', clock };
  const apply = async (text: string, more = {}) =>
    (
      await applyManifests(fake, discovery, [{ path: 'a.yaml', text }], { ...options, ...more })
    ).map((result) => `${result.title} ${result.state}`);
  return { fake, discovery, apply, options, raw, clock };
}

const web = `apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec: {replicas: 1}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: config}
data: {a: "1"}
---
apiVersion: v1
kind: Namespace
metadata: {name: shop}
`;
const custom = `apiVersion: example.com/v1
kind: Boat
metadata: {name: skiff}
---
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: boats.example.com}
spec: {group: example.com, names: {kind: Boat, plural: boats}}
`;

describe('apply', () => {
  it('applies in an order that works, into the namespace that was asked for', async () => {
    const { fake, apply } = setUp();
    expect(await apply(web)).toEqual([
      'namespace/shop created',
      'configmap/config created',
      'deployment.apps/web created',
    ]);
    expect(fake.find(configMaps, 'config', 'shop')).toBeDefined();
    expect(await apply(web.replace('"1"', '"2"'))).toEqual([
      'namespace/shop unchanged',
      'configmap/config configured',
      'deployment.apps/web unchanged',
    ]);
  });

  it('applies nothing where a document cannot be read', async () => {
    const { fake, apply } = setUp();
    await expect(apply(`${web}---\nkind: [`)).rejects.toThrow(/^a\.yaml:15: /);
    expect(fake.writes()).toEqual([]);
  });

  it('goes on after a failure and says what it was', async () => {
    const { fake, discovery, options } = setUp();
    fake.fail(({ resource, verb }) =>
      resource === 'configmaps' && verb === 'patch'
        ? apiError('Invalid', 'data: not like this')
        : undefined,
    );
    const text = `${web}---\napiVersion: nope/v1\nkind: Nope\nmetadata: {name: it}\n`;
    const results = await applyManifests(fake, discovery, [{ path: 'a', text }], options);
    const failed = results.filter((result) => result.state === 'failed');
    expect(failed.map(({ title, error }) => `${title}: ${error.message}`)).toEqual([
      'configmap/config: data: not like this',
      'nope/it: no matches for kind "Nope" in version "nope/v1" (ensure CRDs are installed first)',
    ]);
    expect(results.at(2)?.state).toBe('created');
  });

  it('changes nothing in a dry run, also where the namespace would only come', async () => {
    const { fake, apply } = setUp();
    fake.fail(({ namespace }) =>
      namespace === 'shop' ? apiError('NotFound', 'namespaces "shop" not found') : undefined,
    );
    expect(await apply(web, { dryRun: true })).toEqual([
      'namespace/shop created',
      'configmap/config created',
      'deployment.apps/web created',
    ]);
    expect(fake.all(configMaps)).toEqual([]);
  });

  it('falls back to create and patch where server-side apply is not there', async () => {
    const { fake, apply } = setUp();
    fake.fail((action) =>
      (action.options as { type?: string } | undefined)?.type === 'apply'
        ? apiError('UnsupportedMediaType', 'no apply')
        : undefined,
    );
    expect((await apply(web)).every((line) => line.endsWith('created'))).toBe(true);
    expect((await apply(web)).every((line) => line.endsWith('unchanged'))).toBe(true);
  });

  it('waits for a kind that the manifests themselves define', async () => {
    const { fake, apply, raw, clock } = setUp();
    const applied = apply(custom);
    await fake.until(() => fake.find(customResourceDefinitions, 'boats.example.com'));
    await clock.advance(200);
    raw['/apis'] = list(...groups, version('example.com', [['boats', 'Boat', true]]));
    const definition = fake.find(customResourceDefinitions, 'boats.example.com');
    const status = { conditions: [{ type: 'Established', status: 'True' }] };
    fake.put({ ...definition, status } as unknown as KubeObject);
    await clock.advance(1_000);
    expect(await applied).toEqual([
      'customresourcedefinition.apiextensions.k8s.io/boats.example.com created',
      'boat.example.com/skiff created',
    ]);
  });

  it('deletes, users before the used', async () => {
    const { fake, apply, discovery, options } = setUp();
    await apply(web);
    fake.drop(configMaps, 'config', 'shop');
    const results = await deleteDocuments(
      fake,
      discovery,
      parseManifests([{ path: 'a', text: web }]),
      options,
    );
    expect(results.map(({ title, state }) => `${title} ${state}`)).toEqual([
      'deployment.apps/web deleted',
      'configmap/config not found',
      'namespace/shop deleted',
    ]);
  });
});

describe('discovery', () => {
  it('reads old servers group by group', async () => {
    const fake = new FakeClient({
      raw: {
        '/api': { kind: 'APIVersions', versions: ['v1'] },
        '/api/v1': {
          resources: [
            { name: 'pods', kind: 'Pod', namespaced: true, shortNames: ['po'], verbs: ['get'] },
            { name: 'pods/log', kind: 'Pod', namespaced: true },
          ],
        },
        '/apis': {
          kind: 'APIGroupList',
          groups: [{ versions: [{ groupVersion: 'down.example.com/v1' }] }],
        },
      },
    });
    const discovery = createDiscovery(fake);
    expect(await discovery.find('po')).toMatchObject({ resource: 'pods', subresources: ['log'] });
    expect(await discovery.resourceFor('v1', 'Pod')).toMatchObject({ namespaced: true });
    expect(await discovery.all()).toHaveLength(1);
  });
});
