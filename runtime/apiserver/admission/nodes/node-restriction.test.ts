import { beforeEach, describe, expect, it } from 'vitest';
import type { UnknownObject } from '../../../api/object.ts';
import type { Client } from '../../../client/client.ts';
import { at, nodes, pods, serviceAccounts } from '../../../client/resources.ts';
import { forbidden, makeDefaultAccount } from '../../testing/calls.ts';
import { useFreshServer } from '../../testing/use-server.ts';

const server = useFreshServer();
let n1: Client;
let n2: Client;
let uid: string;
const inDefault = { ...pods, namespace: 'default' };

function object(kind: string, name: string, rest: object = {}): UnknownObject {
  return { apiVersion: 'v1', kind, metadata: { name }, ...rest };
}

beforeEach(async () => {
  const clientOf = (name: string) =>
    server.api.client({ name: `system:node:${name}`, groups: ['system:nodes'] });
  n1 = clientOf('n1');
  n2 = clientOf('n2');
  await n1.create(nodes, object('Node', 'n1'));
  await n2.create(nodes, object('Node', 'n2'));
  const { client } = server;
  await makeDefaultAccount(client);
  const spec = { nodeName: 'n1', containers: [{ name: 'c', image: 'x' }] };
  const web = await client.create(inDefault, object('Pod', 'web', { spec }));
  uid = web.metadata.uid ?? '';
});

describe('a node', () => {
  it('writes itself and nobody else', async () => {
    await n1.patch(at(nodes, 'n1', undefined, 'status'), 'merge', { status: { phase: 'x' } });
    expect(await forbidden(n1.patch(at(nodes, 'n2'), 'merge', { metadata: { labels: {} } }))).toBe(
      'nodes "n2" is forbidden: node "n1" is not allowed to modify node "n2"',
    );
    expect(await forbidden(n1.create(nodes, object('Node', 'n3')))).toMatch(
      /not allowed to modify/,
    );
  });

  it('cannot lure pods by labels, nor free itself of taints', async () => {
    const label = (labels: object) => n1.patch(at(nodes, 'n1'), 'merge', { metadata: { labels } });
    await label({
      ...{ zone: 'a', 'kubernetes.io/os': 'linux', 'topology.kubernetes.io/zone': 'a' },
      'node.kubernetes.io/thing': 'x',
    });
    const labels = {
      'node-restriction.kubernetes.io/secure': 'yes',
      'x.node-restriction.kubernetes.io/y': 'yes',
      'node-role.kubernetes.io/control-plane': '',
    };
    expect(await forbidden(label(labels))).toBe(
      'nodes "n1" is forbidden: is not allowed to modify labels: ' +
        'node-restriction.kubernetes.io/secure, node-role.kubernetes.io/control-plane, ' +
        'x.node-restriction.kubernetes.io/y',
    );
    const metadata = { name: 'n1', labels: { 'k8s.io/x': '1' } };
    expect(await forbidden(n1.create(nodes, object('Node', 'n1', { metadata })))).toMatch(
      /is not allowed to set the following labels: k8s.io\/x$/,
    );
    const taints = [{ key: 'k', effect: 'NoSchedule' }];
    await server.client.patch(at(nodes, 'n1'), 'merge', { spec: { taints } });
    expect(await forbidden(n1.patch(at(nodes, 'n1'), 'merge', { spec: { taints: [] } }))).toMatch(
      /node "n1" is not allowed to modify taints$/,
    );
  });

  it('reports, evicts and deletes its own pods alone', async () => {
    const status = at(pods, 'web', 'default', 'status');
    await n1.patch(status, 'strategic', { status: { phase: 'Running' } });
    expect(await forbidden(n2.patch(status, 'strategic', { status: {} }))).toMatch(
      /node "n2" can only update pod status for pods with spec.nodeName set to itself$/,
    );
    const relabel = { metadata: { labels: { a: 'b' } } };
    expect(await forbidden(n1.patch(status, 'strategic', relabel))).toMatch(/cannot update labels/);
    const eviction = { ...object('Eviction', 'web'), apiVersion: 'policy/v1' };
    const place = at(pods, 'web', 'default', 'eviction');
    expect(await forbidden(n2.create(place, eviction))).toBe(
      'pods "web" is forbidden: node n2 can only evict pods with spec.nodeName set to itself',
    );
    const own = at(pods, 'web', 'default');
    expect(await forbidden(n2.delete(own))).toMatch(/can only delete pods with spec.nodeName/);
    await n1.create(place, eviction);
    await n1.delete(own, { gracePeriodSeconds: 0 });
  });

  it('makes mirror pods of its own that need nothing', async () => {
    const { metadata } = await n1.get(at(nodes, 'n1'));
    const owner = { apiVersion: 'v1', kind: 'Node', name: 'n1', uid: metadata.uid };
    const pod = (extra: object, spec: object = {}) =>
      object('Pod', 'static', {
        metadata: {
          name: 'static',
          annotations: { 'kubernetes.io/config.mirror': 'x' },
          ownerReferences: [{ ...owner, controller: true }],
          ...extra,
        },
        spec: { nodeName: 'n1', containers: [{ name: 'c', image: 'x' }], ...spec },
      });
    const make = (body: UnknownObject) => n1.create(inDefault, body);
    expect(await forbidden(make(pod({ annotations: {} })))).toMatch(
      /^pods "static" is forbidden: pod does not have "kubernetes.io\/config.mirror" annotation, node "n1" can only create mirror pods$/,
    );
    expect(await forbidden(make(pod({}, { nodeName: 'n2' })))).toMatch(/set to itself$/);
    expect(await forbidden(make(pod({ ownerReferences: [] })))).toMatch(/with an owner reference/);
    const other = { ownerReferences: [{ ...owner, controller: true, uid: 'other' }] };
    expect(await forbidden(make(pod(other)))).toMatch(/node n1 UID mismatch: expected other got/);
    const volumes = [{ name: 's', secret: { secretName: 's' } }];
    expect(await forbidden(make(pod({}, { volumes })))).toMatch(
      /can not create pods that reference secrets$/,
    );
    await make(pod({}));
  });

  it('asks for tokens of pods on it, for audiences that they name', async () => {
    const request = (bound: object | undefined, audiences?: string[]) => ({
      ...{ apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', metadata: {} },
      spec: { ...(bound && { boundObjectRef: bound }), ...(audiences && { audiences }) },
    });
    const place = at(serviceAccounts, 'default', 'default', 'token');
    const web = { apiVersion: 'v1', kind: 'Pod', name: 'web', uid };
    await n1.create(place, request(web));
    expect(await forbidden(n1.create(place, request(undefined)))).toBe(
      'serviceaccounts "default" is forbidden: node requested token not bound to a pod',
    );
    const { uid: _, ...noUid } = web;
    expect(await forbidden(n1.create(place, request(noUid)))).toMatch(/without a uid$/);
    expect(await forbidden(n1.create(place, request({ ...web, uid: 'x' })))).toMatch(
      /UID in record/,
    );
    expect(await forbidden(n2.create(place, request(web)))).toMatch(/no relationship found/);
    expect(await forbidden(n1.create(place, request(web, ['vault'])))).toMatch(
      /audience "vault" not found in pod spec volume$/,
    );
  });
});
