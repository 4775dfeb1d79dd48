import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import type { UnknownObject, WatchEvent } from '../../api/object.ts';
import type { ApiError, Status } from '../../api/status.ts';
import { type Converter, splitHostPort, startConverter } from './testing/converter.ts';

const definitions = {
  group: 'apiextensions.k8s.io',
  version: 'v1',
  resource: 'customresourcedefinitions',
};
const at = (version: string) => ({
  group: 'stable.example.com',
  version,
  resource: 'hosts',
  namespace: 'default',
});
const v1 = at('v1');
const v2 = at('v2');

const definition = (storage: 'v1' | 'v2', caBundle: string): UnknownObject =>
  parse(`
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: hosts.stable.example.com}
spec:
  group: stable.example.com
  scope: Namespaced
  names: {plural: hosts, kind: Host}
  conversion:
    strategy: Webhook
    webhook:
      conversionReviewVersions: [v1]
      clientConfig:
        caBundle: ${caBundle}
        service: {namespace: default, name: hook, path: /convert}
  versions:
    - name: v1
      served: true
      storage: ${storage === 'v1'}
      subresources: {status: {}, scale: {specReplicasPath: .spec.replicas, statusReplicasPath: .status.replicas}}
      schema:
        openAPIV3Schema:
          type: object
          properties:
            hostPort: {type: string, default: 'localhost:80'}
            spec: {type: object, properties: {replicas: {type: integer}}}
            status: {type: object, properties: {replicas: {type: integer}}}
          x-kubernetes-validations: [{rule: 'self.hostPort != "forbidden:1"'}]
    - name: v2
      served: true
      storage: ${storage === 'v2'}
      subresources: {status: {}}
      selectableFields: [{jsonPath: .host}]
      schema:
        openAPIV3Schema:
          type: object
          properties:
            host: {type: string}
            port: {type: string}
            spec: {type: object, properties: {replicas: {type: integer}}}
            status: {type: object, properties: {replicas: {type: integer}}}
`) as UnknownObject;

let converter: Converter;

const host = (name: string, rest: object, version = 'v1'): UnknownObject => ({
  apiVersion: `stable.example.com/${version}`,
  kind: 'Host',
  metadata: { name },
  ...rest,
});

/** Waits until definitions that have been written are served. */
async function served(check: () => Promise<boolean>): Promise<void> {
  for await (const _ of converter.client.watch(definitions)) if (await check()) return;
}

async function define(storage: 'v1' | 'v2'): Promise<void> {
  await converter.client.create(definitions, definition(storage, converter.caBundle));
  await served(() =>
    converter.client.list(v1).then(
      () => true,
      () => false,
    ),
  );
}

async function storeIn(storage: 'v1' | 'v2'): Promise<string[]> {
  const patch = { spec: definition(storage, converter.caBundle).spec };
  const target = { ...definitions, name: 'hosts.stable.example.com' };
  const { status } = await converter.client.patch(target, 'merge', patch);
  return (status as { storedVersions: string[] }).storedVersions;
}

async function failure(promise: Promise<unknown>): Promise<Status> {
  return promise.then(
    () => expect.fail('it went well'),
    (error: ApiError) => error.status,
  );
}

beforeEach(async () => {
  converter = await startConverter();
});
afterEach(() => converter.close());

describe('conversion by webhook', () => {
  it('shows an object of one version in the other, and stores it in the storage version', async () => {
    await define('v2');
    const made = await converter.client.create(v1, host('a', { hostPort: 'web:8080', odd: 1 }));
    expect(made).toMatchObject({ apiVersion: 'stable.example.com/v1', hostPort: 'web:8080' });
    expect(made).not.toHaveProperty('odd');
    expect(converter.asked.map(({ desiredAPIVersion }) => desiredAPIVersion)).toEqual([
      'stable.example.com/v2',
      'stable.example.com/v1',
    ]);
    const [entry] = (await converter.server.store.list('/registry/stable.example.com/hosts/'))
      .entries;
    const stored = JSON.parse(Buffer.from(entry?.value ?? '').toString()) as UnknownObject;
    expect(stored).toMatchObject({
      apiVersion: 'stable.example.com/v2',
      host: 'web',
      port: '8080',
    });
    const calls = converter.asked.length;
    const read = await converter.client.get({ ...v2, name: 'a' });
    expect(read).toMatchObject({ host: 'web', port: '8080', metadata: { uid: made.metadata.uid } });
    expect(await converter.client.get({ ...v1, name: 'a' })).toMatchObject({
      hostPort: 'web:8080',
    });
    expect(converter.asked.length).toBe(calls);
  });

  it('lists objects that are stored in several versions, with one review', async () => {
    await define('v1');
    for (const name of ['a', 'b', 'c']) {
      await converter.client.create(v1, host(name, { hostPort: `${name}:1` }));
    }
    expect(await storeIn('v2')).toEqual(['v1', 'v2']);
    await converter.client.create(v2, host('d', { host: 'd', port: '1' }, 'v2'));
    converter.asked.length = 0;
    const inV2 = await converter.client.list(v2);
    expect(inV2.items.map((item) => item.host)).toEqual(['a', 'b', 'c', 'd']);
    expect(converter.asked.map(({ objects }) => objects.length)).toEqual([3]);
    const inV1 = await converter.client.list(v1);
    expect(inV1.items.map((item) => item.hostPort)).toEqual(['a:1', 'b:1', 'c:1', 'd:1']);
    const chosen = await converter.client.list(v2, { fieldSelector: 'host=b' });
    expect(chosen.items.map(({ metadata }) => metadata.name)).toEqual(['b']);
  });

  it('changes objects in the version of the request, by its rules', async () => {
    await define('v2');
    const { client } = converter;
    await client.create(v1, host('a', { hostPort: 'web:1' }));
    const one = { ...v1, name: 'a' };
    const updated = await client.get(one);
    await client.update(one, { ...updated, hostPort: 'web:2' } as UnknownObject);
    expect(await client.get({ ...v2, name: 'a' })).toMatchObject({ host: 'web', port: '2' });
    await client.patch({ ...v2, name: 'a' }, 'merge', { port: '3' });
    expect(await client.get(one)).toMatchObject({ hostPort: 'web:3' });
    await client.patch(one, 'apply', host('a', { hostPort: 'web:4' }), { force: true });
    expect(await client.get({ ...v2, name: 'a' })).toMatchObject({ port: '4' });
    await client.patch({ ...one, subresource: 'status' }, 'merge', { status: { replicas: 2 } });
    const scale = { ...one, subresource: 'scale' };
    await client.patch(scale, 'merge', { spec: { replicas: 5 } });
    expect(await client.get(scale)).toMatchObject({
      spec: { replicas: 5 },
      status: { replicas: 2 },
    });
    const refused = await failure(client.patch(one, 'merge', { hostPort: 'forbidden:1' }));
    expect(refused.reason).toBe('Invalid');
    await client.delete(one);
    expect((await failure(client.get({ ...v2, name: 'a' }))).reason).toBe('NotFound');
  });

  it('knows who owns a field whatever it is called in other versions', async () => {
    await define('v1');
    const { client } = converter;
    await client.create(v1, host('a', { hostPort: 'web:1' }), { fieldManager: 'first' });
    const applied = host('a', { host: 'web', port: '2' }, 'v2');
    const second = { fieldManager: 'second', force: false };
    const one = { ...v2, name: 'a' };
    const refused = await failure(client.patch(one, 'apply', applied, second));
    expect(refused.details?.causes).toEqual([
      expect.objectContaining({ reason: 'FieldManagerConflict', field: '.hostPort' }),
    ]);
    const owners = async () =>
      (await client.get(one)).metadata.managedFields?.map(({ manager, apiVersion, fieldsV1 }) =>
        [manager, apiVersion?.split('/')[1], ...Object.keys(fieldsV1 ?? {})].join(' '),
      );
    await client.patch(one, 'apply', applied, { ...second, force: true });
    expect(await owners()).toEqual(['second v2 f:host f:port']);
    await client.patch(
      { ...v1, name: 'a' },
      'merge',
      { hostPort: 'web:3' },
      { fieldManager: 'third' },
    );
    expect(await owners()).toEqual(['second v2 f:host', 'third v1 f:hostPort']);
  });

  it('takes away what the owner applied under another name, unless somebody else has it', async () => {
    await define('v1');
    const { client } = converter;
    // A plain new name: hostPort of v1 is host in v2.
    converter.convert = (object, apiVersion) => {
      const { hostPort, host, ...rest } = object as UnknownObject & Record<string, string>;
      const value = hostPort ?? host;
      const name = apiVersion.endsWith('/v1') ? 'hostPort' : 'host';
      return { ...rest, apiVersion, ...(value === undefined ? {} : { [name]: value }) };
    };
    const [one, same] = [
      { ...v1, name: 'a' },
      { ...v2, name: 'a' },
    ];
    const by = (fieldManager: string) => ({ fieldManager, force: false });
    const bare = (version: string) => host('a', {}, version);
    await client.patch(one, 'apply', host('a', { hostPort: 'web' }), by('me'));
    await client.patch(same, 'apply', host('a', { host: 'web' }, 'v2'), by('you'));
    await client.patch(same, 'apply', bare('v2'), by('me'));
    expect(await client.get(one)).toMatchObject({ hostPort: 'web' });
    await client.patch(one, 'apply', bare('v1'), by('you'));
    // What the schema says in its place.
    expect(await client.get(one)).toMatchObject({ hostPort: 'localhost:80' });
  });

  it('converts the events of watches, in their order', async () => {
    await define('v1');
    const { client } = converter;
    await client.create(v1, host('a', { hostPort: 'web:1' }));
    const stop = new AbortController();
    const events: string[] = [];
    const watched = (async () => {
      for await (const event of client.watch(v2, {
        signal: stop.signal,
        fieldSelector: 'host=web',
      })) {
        const { host: name, port } = event.object as UnknownObject;
        events.push(`${event.type} ${String(name)} ${String(port)}`);
        if (events.length === 1) {
          await client.patch({ ...v1, name: 'a' }, 'merge', { hostPort: 'web:2' });
          await client.patch({ ...v1, name: 'a' }, 'merge', { hostPort: 'other:2' });
          await client.patch({ ...v1, name: 'a' }, 'merge', { hostPort: 'web:3' });
          await client.delete({ ...v1, name: 'a' });
        }
        if (events.length === 5) stop.abort();
      }
    })();
    await watched;
    expect(events).toEqual([
      'ADDED web 1',
      'MODIFIED web 2',
      'DELETED web 2',
      'ADDED web 3',
      'DELETED web 3',
    ]);
  });

  it('ends a watch with an error when an event cannot be converted', async () => {
    await define('v1');
    const { client } = converter;
    const { metadata } = await client.list(v2);
    converter.answer = ({ uid }) => ({ uid, result: { status: 'Failure', message: 'no idea' } });
    const { resourceVersion = '' } = metadata;
    await client.create(v1, host('a', { hostPort: 'web:1' }));
    const events: WatchEvent[] = [];
    for await (const event of client.watch(v2, { resourceVersion })) events.push(event);
    expect(events).toEqual([
      {
        type: 'ERROR',
        object: expect.objectContaining({
          code: 500,
          message:
            'failed to prepare current and previous objects: conversion webhook for stable.example.com/v1, Kind=Host failed: no idea',
        }),
      },
    ]);
  });

  it('takes over labels and annotations of the answer, and no other metadata', async () => {
    await define('v1');
    const { client } = converter;
    converter.convert = (object, apiVersion) => {
      const { metadata, ...rest } = splitHostPort(object, apiVersion);
      const { annotations: _, ...kept } = metadata;
      return { ...rest, metadata: { ...kept, labels: { seen: 'yes' }, generation: 99 } };
    };
    const annotated = host('a', { hostPort: 'web:1' });
    annotated.metadata.annotations = { note: 'x' };
    await client.create(v1, annotated);
    const { metadata } = await client.get({ ...v2, name: 'a' });
    expect(metadata.labels).toEqual({ seen: 'yes' });
    expect(metadata).not.toHaveProperty('annotations');
    expect(metadata.generation).toBe(1);
  });

  it('asks in the older form where a webhook knows no other', async () => {
    await define('v1');
    const { client } = converter;
    const target = { ...definitions, name: 'hosts.stable.example.com' };
    const refused = await failure(
      client.patch(target, 'merge', {
        spec: { conversion: { webhook: { clientConfig: null, conversionReviewVersions: ['v9'] } } },
      }),
    );
    expect(refused.message).toContain(
      '[spec.conversion.webhookClientConfig: Required value: required when strategy is set to Webhook, spec.conversion.conversionReviewVersions: Invalid value: ["v9"]: must include at least one of v1, v1beta1]',
    );
    const older = { conversionReviewVersions: ['v9', 'v1beta1', 'v1'] };
    await client.patch(target, 'merge', { spec: { conversion: { webhook: older } } });
    // It neither repeats the request's uid nor says what its answer is.
    converter.answer = ({ objects, desiredAPIVersion }) => ({
      result: { status: 'Success' },
      convertedObjects: objects.map((object) => splitHostPort(object, desiredAPIVersion)),
    });
    await client.create(v1, host('a', { hostPort: 'web:1' }));
    expect(await client.get({ ...v2, name: 'a' })).toMatchObject({ host: 'web' });
  });

  const about = 'conversion webhook for stable.example.com/v1, Kind=Host';
  const success = { status: 'Success' };
  it.each<[string, (request: { uid: string; objects: UnknownObject[] }) => object, string]>([
    [
      'of another review',
      () => ({ uid: 'x', result: success }),
      `${about} failed: expected response.uid="UID", got "x"`,
    ],
    [
      'that fails without a word',
      ({ uid }) => ({ uid }),
      `${about} failed: response.result.status was '', not 'Success'`,
    ],
    [
      'of too few objects',
      ({ uid }) => ({ uid, result: success, convertedObjects: [] }),
      `${about} returned 0 objects, expected 1`,
    ],
    [
      'too large for an object',
      ({ uid, objects: [object] }) => ({
        uid,
        result: success,
        convertedObjects: [{ ...object, list: Array.from({ length: 70_000 }, () => 'x') }],
      }),
      `${about} failed: Request entity too large: too many values; limit is 30000 fields of a map and 60000 values in all`,
    ],
    [
      'in another version',
      ({ uid, objects }) => ({ uid, result: success, convertedObjects: objects }),
      `${about} returned invalid object at index 0: invalid groupVersion (expected stable.example.com/v2, received stable.example.com/v1)`,
    ],
    [
      'with another name',
      ({ uid, objects: [object] }) => ({
        uid,
        result: success,
        convertedObjects: [
          { ...object, apiVersion: 'stable.example.com/v2', metadata: { name: 'b' } },
        ],
      }),
      `${about} returned invalid object: must have the same name: a != b`,
    ],
    [
      'with labels that are none',
      ({ uid, objects: [object] }) => ({
        uid,
        result: success,
        convertedObjects: [
          {
            ...object,
            apiVersion: 'stable.example.com/v2',
            metadata: { ...object?.metadata, labels: { a: 1 } },
          },
        ],
      }),
      `${about} returned invalid metadata: metadata.labels[a] must be a string, but is int64 in converted object`,
    ],
  ])('refuses an answer %s', async (_, answer, message) => {
    await define('v1');
    await converter.client.create(v1, host('a', { hostPort: 'web:1' }));
    converter.answer = answer as Converter['answer'];
    const status = await failure(converter.client.get({ ...v2, name: 'a' }));
    const uid = converter.asked.at(-1)?.uid ?? '';
    expect(status.message?.replace(uid, 'UID')).toBe(message);
    expect(status).toMatchObject({ code: 500, status: 'Failure' });
    expect(status).not.toHaveProperty('reason');
    expect(await converter.client.get({ ...v1, name: 'a' })).toMatchObject({ hostPort: 'web:1' });
  });

  it('writes nothing that cannot be converted, and lets a definition go all the same', async () => {
    await define('v2');
    const { client } = converter;
    await client.create(v2, host('a', { host: 'web', port: '1' }, 'v2'));
    converter.answer = ({ uid }) => ({ uid, result: { status: 'Failure', message: 'down' } });
    const body = host('b', { hostPort: 'web:1' });
    expect((await failure(client.create(v1, body))).message).toMatch(/failed: down$/);
    expect((await failure(client.create(v1, body, { dryRun: true }))).message).toMatch(/down$/);
    expect((await client.list(v2)).items).toHaveLength(1);
    await storeIn('v1');
    expect((await failure(client.list(v1))).message).toMatch(/failed: down$/);
    const name = 'hosts.stable.example.com';
    await client.delete({ ...definitions, name });
    for await (const event of client.watch(definitions)) if (event.type === 'DELETED') break;
    expect((await failure(client.get({ ...definitions, name }))).reason).toBe('NotFound');
  });
});
