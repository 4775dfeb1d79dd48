import { beforeEach, describe, expect, it } from 'vitest';
import type { UnknownObject } from '../../api/object.ts';
import type { Client } from '../../client/client.ts';
import { at, clusterRoleBindings, clusterRoles } from '../../client/resources.ts';
import { useFreshServer } from '../testing/use-server.ts';

const apiGroup = 'rbac.authorization.k8s.io';
const apiVersion = `${apiGroup}/v1`;

const server = useFreshServer();
let ann: Client;

function role(name: string, rules: object[], more: object = {}): UnknownObject {
  return { apiVersion, kind: 'ClusterRole', metadata: { name }, rules, ...more };
}

function binding(name: string, roleName: string, user: string): UnknownObject {
  return {
    ...{ apiVersion, kind: 'ClusterRoleBinding', metadata: { name } },
    roleRef: { apiGroup, kind: 'ClusterRole', name: roleName },
    subjects: [{ apiGroup, kind: 'User', name: user }],
  };
}

const readPods = { apiGroups: [''], resources: ['pods', 'pods/log'], verbs: ['get', 'list'] };

/** ann may write roles and bindings, and read pods. */
beforeEach(async () => {
  const { client } = server;
  const writes = { apiGroups: [apiGroup], resources: ['*'], verbs: ['create', 'update', 'patch'] };
  await client.create(clusterRoles, role('hers', [writes, readPods]));
  await client.create(clusterRoleBindings, binding('hers', 'hers', 'ann'));
  ann = server.api.client({ name: 'ann', groups: ['dev'] });
});

describe('somebody who may write roles', () => {
  it('gives no more than they have', async () => {
    await ann.create(clusterRoles, role('a', [{ ...readPods, verbs: ['get'] }]));
    const more = { ...readPods, resources: ['pods', 'secrets'], verbs: ['get', 'delete'] };
    await expect(ann.create(clusterRoles, role('b', [more]))).rejects.toThrow(
      'clusterroles.rbac.authorization.k8s.io "b" is forbidden: user "ann" (groups=["dev"]) is ' +
        'attempting to grant RBAC permissions not currently held:\n' +
        '{APIGroups:[""], Resources:["pods"], Verbs:["delete"]}\n' +
        '{APIGroups:[""], Resources:["secrets"], Verbs:["get" "delete"]}',
    );
    await expect(ann.patch(at(clusterRoles, 'a'), 'merge', { rules: [more] })).rejects.toThrow(
      /attempting to grant/,
    );
    const selector = [{ matchLabels: { a: 'b' } }];
    const gathering = { aggregationRule: { clusterRoleSelectors: selector } };
    await expect(ann.create(clusterRoles, role('c', [], gathering))).rejects.toThrow(
      'must have cluster-admin privileges to use an aggregationRule',
    );
  });

  it('binds no role that holds more, and none that is not there', async () => {
    await ann.create(clusterRoles, role('a', [readPods]));
    await ann.create(clusterRoleBindings, binding('a', 'a', 'bob'));
    await expect(
      ann.create(clusterRoleBindings, binding('b', 'cluster-admin', 'ann')),
    ).rejects.toThrow(/attempting to grant RBAC permissions not currently held/);
    await expect(ann.create(clusterRoleBindings, binding('c', 'none', 'ann'))).rejects.toThrow(
      'clusterroles.rbac.authorization.k8s.io "none" not found',
    );
  });

  it('may do so with the verbs bind and escalate', async () => {
    const all = { apiGroups: [apiGroup], resources: ['clusterroles'], verbs: ['bind', 'escalate'] };
    await server.client.create(clusterRoles, role('more', [all]));
    await server.client.create(clusterRoleBindings, binding('more', 'more', 'ann'));
    await ann.create(clusterRoleBindings, binding('b', 'cluster-admin', 'bob'));
    await ann.create(clusterRoles, role('b', [{ ...readPods, verbs: ['*'] }]));
  });
});
