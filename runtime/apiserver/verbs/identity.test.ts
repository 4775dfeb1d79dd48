/** What a write says of which object it means, and what it must not say of it. */
import { beforeAll, describe, expect, it } from 'vitest';
import type { KubeObject, UnknownObject } from '../../api/object.ts';
import { useRest } from '../testing/use-server.ts';

const configMaps = '/api/v1/namespaces/default/configmaps';
const roles = '/apis/rbac.authorization.k8s.io/v1/clusterroles';
const leases = '/apis/coordination.k8s.io/v1/namespaces/default/leases';
const merge = 'application/merge-patch+json';
const strategic = 'application/strategic-merge-patch+json';
const apply = 'application/apply-patch+yaml';

const { rest } = useRest();

type Metadata = KubeObject['metadata'];
interface Body extends UnknownObject {
  readonly message?: string;
  readonly details?: { readonly causes?: { readonly field: string }[] };
}

async function send(method: string, path: string, body: object, type = 'application/json') {
  const headers = { 'content-type': type };
  const answer = await rest.send(path, { method, headers, body: JSON.stringify(body) });
  return { code: answer.code, body: answer.json() as Body };
}

it('reads schemas within the schemas of a definition', async () => {
  const definitions = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions?dryRun=All';
  const sent = (items: object) => {
    const properties = { list: { type: 'array', items } };
    const schema = { openAPIV3Schema: { type: 'object', properties } };
    const names = { plural: 'rs', singular: 'r', kind: 'R', listKind: 'RList' };
    const versions = [{ name: 'v1', served: true, storage: true, schema }];
    const spec = { group: 'm.example', scope: 'Namespaced', names, versions };
    return send('POST', definitions, { metadata: { name: 'rs.m.example' }, spec });
  };
  const refused = await sent({ type: 'array', items: { type: 'string', description: 7 } });
  expect([refused.code, refused.body.message]).toEqual([
    400,
    'CustomResourceDefinition in version "v1" cannot be handled as a CustomResourceDefinition: json: cannot unmarshal number into Go struct field JSONSchemaProps.description of type string',
  ]);
  const taken = await sent({ type: 'string', bogus: { a: 1 } });
  expect(taken.code).toBe(201);
  expect(JSON.stringify(taken.body)).not.toContain('bogus');
  expect(JSON.stringify(taken.body)).toContain('"items":{"type":"string"}');
});

describe('a patch', () => {
  const name = 'patched';
  const patch = (metadata: Record<keyof Metadata & string, unknown> | object) =>
    send('PATCH', `${configMaps}/${name}`, { metadata }, merge);
  beforeAll(() => send('POST', configMaps, { metadata: { name, generateName: 'one-' } }));

  it.each([
    [{ namespace: 'other' }, 'the namespace of the provided object does not match the namespace'],
    [{ name: 'other' }, 'the name of the object (other) does not match the name on the URL'],
    [{ name: null }, '(patched based on URL) was undeterminable: name must be provided'],
  ])('must mean the object it is sent to: %j', async (metadata, message) => {
    const refused = await patch(metadata);
    expect(refused.code).toBe(400);
    expect(refused.body.message).toContain(message);
  });

  it.each([
    ['uid', 'x', '"x"'],
    ['deletionTimestamp', '2020-01-01T00:00:00Z', '2020-01-01 00:00:00 +0000 UTC'],
    ['deletionGracePeriodSeconds', 3, '3'],
  ])('does not change %s', async (field, value, told) => {
    const refused = await patch({ [field]: value });
    expect(refused.code).toBe(422);
    expect(refused.body.message).toBe(
      `ConfigMap "patched" is invalid: metadata.${field}: Invalid value: ${told}: field is immutable`,
    );
    expect(refused.body.details?.causes?.map((cause) => cause.field)).toEqual([
      `metadata.${field}`,
    ]);
  });

  it.each([
    [merge, { kind: null }, 200, undefined],
    [merge, { apiVersion: null }, 400, 'was undeterminable: name must be provided'],
    [
      merge,
      { apiVersion: 4 },
      422,
      'unmarshal number into Go struct field .apiVersion of type string',
    ],
    [strategic, { kind: 'Secret', apiVersion: 'x' }, 200, undefined],
    [
      strategic,
      { kind: 4 },
      422,
      'patch: Invalid value: "map[kind:4]": cannot convert int64 to string',
    ],
    [strategic, { $patch: 'delete' }, 400, 'was undeterminable: name must be provided'],
    [
      strategic,
      { data: [] },
      422,
      'patch: Invalid value: "map[data:[]]": cannot restore map from slice',
    ],
    [strategic, { data: 4 }, 422, 'cannot restore map from int64'],
    [strategic, { data: { a: {} } }, 422, 'unrecognized type: string'],
    [strategic, { metadata: 'x' }, 422, 'cannot restore struct from: string'],
    [strategic, { metadata: { finalizers: 'x' } }, 422, 'cannot restore slice from string'],
  ])('%s of %j may lead to %i', async (type, body, code, message) => {
    const answer = await send('PATCH', `${configMaps}/${name}`, body, type);
    expect(answer.code).toBe(code);
    if (message === undefined)
      expect(answer.body).toMatchObject({ apiVersion: 'v1', kind: 'ConfigMap' });
    else expect(answer.body.message).toContain(message);
  });

  it('may leave out what the server knows, and write what it does not', async () => {
    const changed = await patch({
      ...{ uid: null, creationTimestamp: null, resourceVersion: '0', generateName: 'two-' },
    });
    expect(changed.code).toBe(200);
    expect(changed.body.metadata).toMatchObject({ name, generateName: 'two-' });
    expect(changed.body.metadata.uid).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('makes no event an owner', async () => {
    const owner = { apiVersion: 'v1', kind: 'Event', name: 'e', uid: '1' };
    const refused = await patch({ ownerReferences: [owner] });
    expect(refused.body.message).toContain('/v1, Kind=Event is disallowed from being an owner');
  });
});

it('what is in no namespace may name one, however it is written, as charts do', async () => {
  const role = (name: string, rules: object[] = []) => ({
    ...{ apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRole', rules },
    metadata: { name, namespace: 'release' },
  });
  const rule = { apiGroups: [''], resources: ['pods'], verbs: ['get'] };
  const writes = [
    await send('POST', roles, role('sent')),
    await send('PUT', `${roles}/sent`, role('sent', [rule])),
    await send('PATCH', `${roles}/sent`, { metadata: { namespace: 'release' } }, merge),
    await send('PATCH', `${roles}/sent?fieldManager=t&force=true`, role('sent'), apply),
    await send('PATCH', `${roles}/applied?fieldManager=t`, role('applied'), apply),
  ];
  expect(writes.map(({ code }) => code)).toEqual([201, 200, 200, 200, 201]);
  for (const { body } of writes) expect(body.metadata.namespace).toBeUndefined();
});

describe('a version of 0', () => {
  it('is as good as none', async () => {
    const object = { metadata: { name: 'zero', resourceVersion: '0' } };
    expect((await send('POST', configMaps, object)).code).toBe(201);
    expect((await send('PUT', `${configMaps}/zero`, object)).code).toBe(200);
  });

  it('is none where one must be named, but not of what is only made by that', async () => {
    const lease = { metadata: { name: 'held', resourceVersion: '0' }, spec: {} };
    expect((await send('PUT', `${leases}/held`, lease)).code).toBe(201);
    const refused = await send('PUT', `${leases}/held`, lease);
    expect(refused).toMatchObject({
      code: 422,
      body: {
        message:
          'leases.coordination.k8s.io "held" is invalid: metadata.resourceVersion: Invalid value: 0x0: must be specified for an update',
        details: { name: 'held', group: 'coordination.k8s.io', kind: 'leases' },
      },
    });
  });
});

it('all namespaces are only looked at together', async () => {
  const made = { metadata: { name: 'a', namespace: 'default' } };
  expect((await send('POST', '/api/v1/configmaps', made)).code).toBe(405);
  expect((await rest.send('/api/v1/configmaps', { method: 'DELETE' })).code).toBe(405);
  expect((await rest.send('/api/v1/configmaps')).code).toBe(200);
});
