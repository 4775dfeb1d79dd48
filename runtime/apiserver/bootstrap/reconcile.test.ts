import { afterEach, describe, expect, it } from 'vitest';
import type { UnknownObject } from '../../api/object.ts';
import { at, clusterRoleBindings, clusterRoles } from '../../client/resources.ts';
import { createMemoryStore } from '../../store/memory/memory.ts';
import { startTestServer, type TestServer } from '../testing/test-server.ts';

const servers: TestServer[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await server.close();
});

async function start(store = createMemoryStore()): Promise<TestServer> {
  // The first server hears of its store's end.
  const server = await startTestServer({ store, log: () => {} });
  servers.push(server);
  return server;
}

describe('standard roles at the start', () => {
  it('are those of the original, for programs of other makes too', async () => {
    const { client } = await start();
    const { items } = await client.list(clusterRoles);
    const names = items.map(({ metadata }) => metadata.name);
    expect(names).toEqual(
      expect.arrayContaining([
        ...['system:node-problem-detector', 'system:kube-controller-manager', 'admin', 'view'],
        ...['attachdetach', 'expand', 'pvc-protection', 'route', 'ttl'].map(
          (controller) => `system:controller:${controller}-controller`,
        ),
      ]),
    );
    const reader = 'system::extension-apiserver-authentication-reader';
    const bindings = {
      group: 'rbac.authorization.k8s.io',
      version: 'v1',
      resource: 'rolebindings',
    };
    expect(await client.get({ ...bindings, namespace: 'kube-system', name: reader })).toMatchObject(
      {
        roleRef: { kind: 'Role', name: 'extension-apiserver-authentication-reader' },
        subjects: [{ name: 'system:kube-controller-manager' }, { name: 'system:kube-scheduler' }],
      },
    );
  });

  it('get back what was taken from them, and keep what was added', async () => {
    const store = createMemoryStore();
    const { client, api } = await start(store);
    const discovery = at(clusterRoles, 'system:discovery');
    const own = { verbs: ['get'], nonResourceURLs: ['/own'] };
    await client.patch(discovery, 'merge', { rules: [own] });
    const binding = at(clusterRoleBindings, 'system:basic-user');
    const ann = { apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: 'ann' };
    await client.patch(binding, 'merge', { subjects: [ann] });
    await api.close();
    const again = await start(store);
    const { rules } = await again.client.get(discovery);
    expect(rules).toContainEqual(own);
    const paths = (rules as { nonResourceURLs: string[] }[]).flatMap(
      (rule) => rule.nonResourceURLs,
    );
    expect(paths).toEqual(expect.arrayContaining(['/api', '/apis/*', '/version']));
    const { subjects } = await again.client.get(binding);
    expect((subjects as { name: string }[]).map(({ name }) => name)).toEqual([
      'ann',
      'system:authenticated',
    ]);
  });

  it('stay as they are where people have said so', async () => {
    const store = createMemoryStore();
    const { client, api } = await start(store);
    const monitoring = at(clusterRoles, 'system:monitoring');
    const annotations = { 'rbac.authorization.kubernetes.io/autoupdate': 'false' };
    await client.patch(monitoring, 'merge', { metadata: { annotations }, rules: [] });
    await api.close();
    const again = await start(store);
    expect((await again.client.get(monitoring)).rules).toEqual([]);
  });

  it('are bound anew where a binding was turned to another role', async () => {
    const store = createMemoryStore();
    const { client, api } = await start(store);
    const target = at(clusterRoleBindings, 'system:discovery');
    const { metadata, ...rest } = await client.get(target);
    await client.delete(target);
    const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'view' };
    const { name, labels } = metadata;
    const object: UnknownObject = { ...rest, metadata: { name, labels }, roleRef };
    await client.create(clusterRoleBindings, object);
    await api.close();
    const again = await start(store);
    expect((await again.client.get(target)).roleRef).toMatchObject({ name: 'system:discovery' });
  });
});
