/** Requests that are odd, answered as kube-apiserver answers them. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Status } from '../../api/status.ts';
import { type Rest, restFor } from '../testing/rest.ts';
import { startTestServer, type TestServer } from '../testing/test-server.ts';

const maps = '/api/v1/namespaces/default/configmaps';
let server: TestServer;
let rest: Rest;

beforeAll(async () => {
  server = await startTestServer();
  rest = await restFor(server);
});
afterAll(async () => {
  rest.close();
  await server.close();
});

async function ask(method: string, path: string, body?: unknown, type = 'application/json') {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const answer = await rest.send(path, {
    method,
    // Of a deletion nobody expects a body.
    ...(text === undefined
      ? {}
      : { headers: { 'content-type': type, 'content-length': `${text.length}` }, body: text }),
  });
  const isJson = String(answer.headers['content-type']).startsWith('application/json');
  return {
    code: answer.code,
    status: (isJson && answer.body.length > 0 ? answer.json() : {}) as Status,
    text: answer.body.toString(),
  };
}

describe('options of a deletion', () => {
  it.each([
    [
      { gracePeriodSeconds: 'x' },
      'cannot unmarshal string into Go struct field DeleteOptions.gracePeriodSeconds',
    ],
    [{ kind: 'Foo' }, 'no kind "Foo" is registered'],
    ['[]', 'json: cannot unmarshal array into Go value'],
    ['{', 'unexpected end of JSON input'],
  ])('%j are refused, and nothing is deleted', async (body, why) => {
    await ask('POST', maps, { metadata: { name: 'kept' } });
    const { code, status } = await ask('DELETE', `${maps}/kept`, body);
    expect(code).toBe(400);
    expect(status.message).toContain(why);
    expect((await ask('GET', `${maps}/kept`)).code).toBe(200);
  });

  it('must be numbers in the query, too, which a body stands in for', async () => {
    await ask('POST', maps, { metadata: { name: 'kept' } });
    const { code, status } = await ask('DELETE', `${maps}/kept?gracePeriodSeconds=x`);
    expect([code, status.message]).toEqual([400, 'strconv.ParseInt: parsing "x": invalid syntax']);
    expect((await ask('DELETE', `${maps}/kept?gracePeriodSeconds=x`, {})).code).toBe(200);
  });
});

describe('bodies', () => {
  it.each([
    ['', "couldn't get version/kind; json parse error: unexpected end of JSON input (<empty>)"],
    [
      '{"a":}',
      `couldn't get version/kind; json parse error: invalid character '}' looking for beginning of value ({"a":})`,
    ],
    ['"x"', 'json: cannot unmarshal string into Go value of type struct'],
  ])('that are no object are told as such: %j', async (body, why) => {
    const { code, status } = await ask('POST', maps, body);
    expect(code).toBe(400);
    expect(status.message).toContain(
      'the object provided is unrecognized (must be of type ConfigMap): ',
    );
    expect(status.message).toContain(why);
  });

  it('of other kinds and versions are told from each other', async () => {
    const wrong = async (body: object) => (await ask('POST', maps, body)).status.message;
    expect(await wrong({ apiVersion: 'v1', kind: 'Secret' })).toBe(
      'Secret in version "v1" cannot be handled as a ConfigMap: converting (v1.Secret) to (core.ConfigMap): unknown conversion',
    );
    expect(await wrong({ apiVersion: 'v2', kind: 'ConfigMap' })).toContain(
      'no kind "ConfigMap" is registered for version "v2"',
    );
  });

  it('of patches must be what their media type says', async () => {
    await ask('POST', maps, { metadata: { name: 'patched' } });
    const patch = async (body: string, type: string) =>
      (await ask('PATCH', `${maps}/patched`, body, type)).status.message;
    expect(await patch('{', 'application/merge-patch+json')).toBe(
      'error decoding patch: unexpected end of JSON input',
    );
    expect(await patch('{}', 'application/json-patch+json')).toContain(
      'into Go value of type []handlers.jsonPatchOp',
    );
    expect(await patch('{}', 'application/json')).toBe('415: Unsupported Media Type');
  });
});

describe('paths', () => {
  it('that nobody serves have no page', async () => {
    for (const path of ['/nothing', '/apis/nothing/v1', '/apis/nothing/v1/foos']) {
      expect(await ask('GET', path), path).toMatchObject({
        code: 404,
        text: '404 page not found\n',
      });
    }
    for (const path of ['/apis/apps/v7', '/apis/apps/v1/foos', `${maps}/a/foo`]) {
      const { status } = await ask('GET', path);
      expect(status.message, path).toBe('the server could not find the requested resource');
    }
  });

  it('take no HEAD where they lead to resources', async () => {
    for (const path of [maps, `${maps}/a`, '/api', '/api/v1', '/version']) {
      expect((await ask('HEAD', path)).code, path).toBe(405);
    }
    expect((await ask('HEAD', '/healthz')).code).toBe(200);
  });

  it('have no names in them that would lead elsewhere', async () => {
    const { code, status } = await ask('GET', `${maps}/%2e%2e`);
    expect([code, status.message]).toEqual([400, `Name parameter invalid: "..": may not be '..'`]);
    expect((await ask('DELETE', `${maps}/a%25b`)).status.message).toContain(`may not contain '%'`);
  });
});

it('lists of built-in kinds leave their items without a kind; objects alone have one', async () => {
  await ask('POST', maps, { metadata: { name: 'listed' } });
  const list = JSON.parse((await ask('GET', maps)).text) as { kind: string; items: object[] };
  expect(list.kind).toBe('ConfigMapList');
  for (const item of list.items) expect(item).not.toHaveProperty('kind');
  expect(JSON.parse((await ask('GET', `${maps}/listed`)).text)).toMatchObject({
    kind: 'ConfigMap',
  });
});
