import { beforeEach, describe, expect, it } from 'vitest';
import type { UnknownObject } from '../../../api/object.ts';
import type { Client } from '../../../client/client.ts';
import { forbidden, makeDefaultAccount } from '../../testing/calls.ts';
import { useFreshServer } from '../../testing/use-server.ts';

const core = (resource: string) => ({ group: '', version: 'v1', resource, namespace: 'default' });
const secrets = core('secrets');
const pods = core('pods');
const bindings = {
  ...{ group: 'rbac.authorization.k8s.io', version: 'v1', resource: 'rolebindings' },
};
const leases = {
  ...{ group: 'coordination.k8s.io', version: 'v1', resource: 'leases' },
  namespace: 'kube-node-lease',
};

const server = useFreshServer();
let node: Client;

function clientOf(name: string): Client {
  return server.api.client({
    name: `system:node:${name}`,
    groups: ['system:nodes', 'system:authenticated'],
  });
}

function object(kind: string, name: string, rest: object = {}): UnknownObject {
  return { apiVersion: 'v1', kind, metadata: { name }, ...rest };
}

beforeEach(async () => {
  node = clientOf('n1');
  const { client } = server;
  await makeDefaultAccount(client);
  for (const name of ['named', 'other']) await client.create(secrets, object('Secret', name));
  const volumes = [{ name: 's', secret: { secretName: 'named' } }];
  const containers = [{ name: 'c', image: 'x' }];
  await client.create(pods, object('Pod', 'web', { spec: { volumes, containers } }));
});

async function bind(): Promise<void> {
  const target = { kind: 'Node', name: 'n1' };
  const binding = object('Binding', 'web', { target });
  await server.client.create({ ...pods, name: 'web', subresource: 'binding' }, binding);
}

describe('a node', () => {
  it('reads a secret only as long as a pod that is bound to it names it', async () => {
    const target = { ...secrets, name: 'named' };
    expect(await forbidden(node.get(target))).toBe(
      'secrets "named" is forbidden: User "system:node:n1" cannot get resource "secrets" in API ' +
        'group "" in the namespace "default": no relationship found between node \'n1\' and this object',
    );
    await bind();
    expect((await node.get(target)).metadata.name).toBe('named');
    expect(await forbidden(node.get({ ...secrets, name: 'other' }))).toMatch(/no relationship/);
    expect(await forbidden(clientOf('n2').get(target))).toMatch(/no relationship/);
    const now = { gracePeriodSeconds: 0 };
    await server.client.delete({ ...pods, name: 'web' }, now);
    expect(await forbidden(node.get(target))).toMatch(/no relationship/);
  });

  it('neither lists secrets nor writes them', async () => {
    await bind();
    expect(await forbidden(node.list(secrets))).toMatch(/No Object name found$/);
    expect(await forbidden(node.delete({ ...secrets, name: 'named' }))).toMatch(
      /can only read resources of this type$/,
    );
  });

  it('uses the lease with its own name, and no other', async () => {
    const lease = (name: string) => ({
      ...{ apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata: { name } },
      spec: { holderIdentity: name, leaseDurationSeconds: 40 },
    });
    await node.create(leases, lease('n1'));
    await server.client.create(leases, lease('n2'));
    await node.patch({ ...leases, name: 'n1' }, 'merge', { spec: { leaseDurationSeconds: 41 } });
    expect(await forbidden(node.get({ ...leases, name: 'n2' }))).toMatch(/with the same name/);
    const elsewhere = { ...leases, namespace: 'default', name: 'n1' };
    expect(await forbidden(node.get(elsewhere))).toMatch(/"kube-node-lease" system namespace/);
  });

  it('sees its own pods and itself, and no others', async () => {
    const own = { fieldSelector: 'spec.nodeName=n1' };
    expect((await node.list(pods, own)).items).toEqual([]);
    const web = { ...pods, name: 'web' };
    expect(await forbidden(node.get(web))).toMatch(/no relationship/);
    await bind();
    expect((await node.list(pods, own)).items).toHaveLength(1);
    expect((await node.get(web)).metadata.name).toBe('web');
    expect(await forbidden(node.list(pods))).toMatch(/only list\/watch pods with spec.nodeName/);
    expect(await forbidden(node.list(pods, { fieldSelector: 'spec.nodeName=n2' }))).toMatch(
      /only list\/watch pods/,
    );
    const nodes = { group: '', version: 'v1', resource: 'nodes' };
    await node.create(nodes, object('Node', 'n1'));
    expect((await node.list(nodes, { fieldSelector: 'metadata.name=n1' })).items).toHaveLength(1);
    expect(await forbidden(node.list(nodes))).toMatch(/node 'n1' cannot read all nodes/);
    expect(await forbidden(node.get({ ...nodes, name: 'n2' }))).toMatch(/cannot read 'n2'/);
  });

  it('gets rights beyond that from roles, as everybody does, and none without a name', async () => {
    expect(await forbidden(node.list({ ...core('replicationcontrollers') }))).toMatch(
      /cannot list/,
    );
    const namespaces = { group: '', version: 'v1', resource: 'namespaces' };
    const role = { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'view' };
    const subjects = [{ ...role, kind: 'User', name: 'system:node:n1' }];
    expect(await forbidden(node.list(namespaces))).toMatch(/cannot list/);
    await server.client.create({ ...bindings, namespace: 'default' }, {
      ...{ apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'RoleBinding' },
      ...{ metadata: { name: 'nodes' }, roleRef: role, subjects },
    } as UnknownObject);
    expect((await node.list(core('replicationcontrollers'))).items).toEqual([]);
    const nameless = server.api.client({ name: 'n1', groups: ['system:nodes'] });
    expect(await forbidden(nameless.list(pods))).toMatch(/unknown node for user "n1"$/);
  });
});
