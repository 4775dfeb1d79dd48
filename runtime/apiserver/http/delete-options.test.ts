/** What decides how something is deleted: the body or, without one, the query. */
import { beforeEach, describe, expect, it } from 'vitest';
import type { UnknownObject } from '../../api/object.ts';
import type { Status } from '../../api/status.ts';
import { useRest } from '../testing/use-server.ts';

const core = { group: '', version: 'v1', namespace: 'default' };
const maps = '/api/v1/namespaces/default/configmaps';
const protobuf = 'application/vnd.kubernetes.protobuf';
const { server, rest } = useRest();

async function remove(path: string, body?: string | Buffer, type = 'application/json') {
  const headers = { 'content-type': type, 'content-length': `${Buffer.byteLength(body ?? '')}` };
  const answer = await rest.send(path, {
    method: 'DELETE',
    ...(body === undefined ? {} : { headers, body }),
  });
  return { code: answer.code, answer: answer.json() as Status & { items: UnknownObject[] } };
}

const isThere = async () => (await rest.send(`${maps}/a`)).code === 200;

/** The binary form of DeleteOptions, or of what calls itself something else. */
function binary(apiVersion: string, kind: string, message: Buffer): Buffer {
  const part = (number: number, content: Buffer | string) => {
    const bytes = Buffer.from(content);
    return Buffer.concat([Buffer.from([(number << 3) | 2, bytes.length]), bytes]);
  };
  const type = Buffer.concat([part(1, apiVersion), part(2, kind)]);
  return Buffer.concat([Buffer.from('k8s\0'), part(1, type), part(2, message)]);
}
/** `dryRun: [All]` */
const dry = Buffer.concat([Buffer.from([0x2a, 3]), Buffer.from('All')]);

describe('a deletion', () => {
  beforeEach(async () => {
    if (await isThere()) return;
    const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a' } };
    await server.client.create({ ...core, resource: 'configmaps' }, object as UnknownObject);
  });

  it('asks nothing of the query if there is a body', async () => {
    expect((await remove(`${maps}/a?dryRun=All`, '{"dryRun":["All"]}')).code).toBe(200);
    expect((await remove(`${maps}/a?dryRun=x&uid=x`, '{"dryRun":["All"]}')).code).toBe(200);
    expect(await isThere()).toBe(true);
    expect((await remove(`${maps}/a?dryRun=All`, '{}')).code).toBe(200);
    expect(await isThere()).toBe(false);
  });

  it('takes all from the query if there is none', async () => {
    expect((await remove(`${maps}/a?dryRun=All`)).code).toBe(200);
    expect((await remove(`${maps}/a?dryRun=x`)).code).toBe(422);
    const { code, answer } = await remove(`${maps}/a?uid=x`);
    expect([code, answer.message]).toEqual([
      409,
      expect.stringContaining('the UID in the precondition (x) does not match the UID in record'),
    ]);
    expect((await remove(`${maps}/a?resourceVersion=1`)).code).toBe(409);
    expect((await remove(`${maps}?resourceVersion=1`)).code).toBe(409);
    expect(await isThere()).toBe(true);
    expect((await remove(`${maps}/a?fieldManager=${'x'.repeat(200)}`)).code).toBe(200);
    expect(await isThere()).toBe(false);
  });

  it.each([
    ['of its own kind', binary('v1', 'DeleteOptions', dry)],
    ['of a group', binary('apps/v1', 'DeleteOptions', dry)],
    ['that does not say what it is', binary('', '', dry)],
  ])('reads binary options %s', async (_, body) => {
    expect((await remove(`${maps}/a`, body, protobuf)).code).toBe(200);
    expect((await remove(maps, body, protobuf)).code).toBe(200);
    expect(await isThere()).toBe(true);
  });

  it.each([
    ['Foo', binary('v1', 'Foo', dry), protobuf],
    ['ConfigMap', binary('v1', 'ConfigMap', dry), protobuf],
    ['Foo', '{"kind":"Foo","apiVersion":"v1"}', 'application/json'],
  ])('is refused for a body of kind %s', async (kind, body, type) => {
    for (const path of [`${maps}/a`, maps]) {
      const { code, answer } = await remove(path, body, type);
      expect(code).toBe(400);
      expect(answer.message).toContain(`no kind "${kind}" is registered for version "v1"`);
    }
    const odd = await remove(`${maps}/a`, '{"apiVersion":"a/b/c"}');
    expect(odd.answer.message).toBe('unexpected GroupVersion string: a/b/c');
    expect(await isThere()).toBe(true);
  });

  it('of a collection answers with the list as it was, whose options are judged first', async () => {
    const bad = await remove(`${maps}?fieldSelector=foo%3Dbar`, '{"dryRun":["x"]}');
    expect(bad.code).toBe(400);
    const before = (await rest.send(maps)).json() as { items: UnknownObject[] };
    const { answer } = await remove(maps, '{}');
    expect(answer.items).toEqual(before.items);
    expect(await isThere()).toBe(false);
  });
});

describe('a body in the binary form', () => {
  const send = async (body: Buffer) => {
    const headers = { 'content-type': protobuf };
    const answer = await rest.send(maps, { method: 'POST', headers, body });
    return { code: answer.code, message: (answer.json() as Status).message };
  };
  const named = (name: string) => {
    const text = Buffer.from(name);
    return Buffer.concat([Buffer.from([0x0a, text.length + 2, 0x0a, text.length]), text]);
  };

  it('is taken for what is expected there if it does not say what it is', async () => {
    expect((await send(binary('', '', named('unsaid')))).code).toBe(201);
    expect((await rest.send(`${maps}/unsaid`)).code).toBe(200);
  });

  it.each([
    [Buffer.from(''), 'empty data (<empty>)'],
    [Buffer.from('k8s\0'), 'empty body (6b387300)'],
    [
      Buffer.from('nonsense'),
      'provided data does not appear to be a protobuf message, expected prefix [107 56 115 0] (6e6f6e73656e7365)',
    ],
  ])('that is none is told as such', async (body, why) => {
    expect(await send(body)).toEqual({
      code: 400,
      message: `the object provided is unrecognized (must be of type ConfigMap): ${why}`,
    });
  });

  it('of another kind is named', async () => {
    expect((await send(binary('v1', 'Foo', named('a')))).message).toBe(
      'Foo in version "v1" cannot be handled as a ConfigMap: no kind "Foo" is registered for version "v1" in scheme "k8s.io/kubernetes/pkg/api/legacyscheme/scheme.go:30"',
    );
  });
});
