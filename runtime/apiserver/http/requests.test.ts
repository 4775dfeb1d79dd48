/** Requests that are odd, answered as kube-apiserver answers them. */
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import type { Status } from '../../api/status.ts';
import { useRest } from '../testing/use-server.ts';

const maps = '/api/v1/namespaces/default/configmaps';
const { rest } = useRest();

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

  it.each([
    ['merge-patch+json', '{"data":{"a":"1","a":"2"},"x":1}', '', 'data.a'],
    ['strategic-merge-patch+json', '{"data":{"a":"1","a":"2"},"x":1}', '', 'data.a'],
    [
      'json-patch+json',
      '[{"op":"add","path":"/x","value":1,"value":2,"y":3}]',
      'json patch unknown field "[0].y", json patch ',
      '[0].value',
    ],
  ])(
    'of a patch as %s tell what is odd in it, then what comes of it',
    async (type, body, before, twice) => {
      await ask('POST', maps, { metadata: { name: 'odd' } });
      const told = `${before}duplicate field "${twice}", unknown field "x"`;
      const patch = (mode: string) =>
        rest.send(`${maps}/odd?dryRun=All&fieldValidation=${mode}`, {
          ...{ method: 'PATCH', headers: { 'content-type': `application/${type}` }, body },
        });
      const refused = (await patch('Strict')).json() as Status;
      expect(refused.message).toContain(`: strict decoding error: ${told}`);
      const warned = (await patch('Warn')).headers.warning;
      const texts = told.split(', ').map((text) => `299 - ${JSON.stringify(text)}`);
      expect(warned).toBe(texts.join(', '));
      expect((await patch('Ignore')).headers.warning).toBeUndefined();
    },
  );
});

describe('paths', () => {
  it('name groups with and without their versions', async () => {
    const { paths } = (await rest.send('/')).json() as { paths: string[] };
    expect(paths).toEqual(expect.arrayContaining(['/api/v1', '/apis/apps', '/apis/apps/v1']));
  });

  it('of schemas with an old hash lead to the new one', async () => {
    const moved = await rest.send('/openapi/v3/apis/apps/v1?hash=OLD');
    expect(moved.code).toBe(301);
    const found = await rest.send(String(moved.headers.location));
    expect(found.code).toBe(200);
    expect(found.headers['cache-control']).toBe('public, immutable');
  });

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

describe('readable answers', () => {
  it.each([
    ['curl/8.1', '', true],
    ['Mozilla/5.0 (X11)', '', true],
    ['kubectl/v1.33', '', false],
    ['kubectl/v1.33', 'pretty=1', true],
    ['curl/8.1', 'pretty=false', false],
  ])('to %s with %j are indented: %s', async (agent, query, indented) => {
    await ask('POST', maps, { metadata: { name: 'read' }, data: { k: 'v' } });
    for (const path of [`${maps}/read`, maps, `${maps}/none`, '/api', '/apis/apps/v1']) {
      const headers = { 'user-agent': agent };
      const text = (await rest.send(`${path}?${query}`, { headers })).body.toString();
      const value = JSON.parse(text) as unknown;
      // As the original has it, what is on one line ends it.
      expect(text).toBe(
        indented ? JSON.stringify(value, undefined, 2) : `${JSON.stringify(value)}\n`,
      );
    }
  });

  it('say the same of lists, tables and metadata, item by item', async () => {
    await ask('POST', maps, { metadata: { name: 'item' }, data: { k: 'a: [\n- "b"' } });
    const as = (what: string) => `application/json;as=${what};v=v1;g=meta.k8s.io`;
    for (const accept of ['application/json', as('Table'), as('PartialObjectMetadataList')])
      for (const path of [maps, '/api/v1/namespaces/none/configmaps']) {
        // Ages go on between two answers.
        const read = async (more: object) =>
          (await rest.send(path, { headers: { accept, ...more } })).body
            .toString()
            .replace(/"?\b\d+s\b"?/g, '"age"');
        const plain = JSON.parse(await read({})) as unknown;
        expect(await read({ 'user-agent': 'curl' })).toBe(JSON.stringify(plain, undefined, 2));
        const yaml = accept.replace('json', 'yaml');
        expect(parse(await read({ accept: yaml }), { version: '1.1' })).toEqual(plain);
      }
  });
});

it('takes times as the original reads them, and what is false in any case', async () => {
  for (const timeout of ['0', '-1s', '1m30s', '%2B5s'])
    expect((await ask('GET', `${maps}?timeout=${timeout}`)).code).toBe(200);
  expect((await ask('GET', `${maps}?timeout=5`)).status.message).toContain('invalid duration "5"');
  const list = await ask('GET', `${maps}?watch=False&timeoutSeconds=1`);
  expect(JSON.parse(list.text)).toHaveProperty('kind', 'ConfigMapList');
});

describe('options of lists and watches', () => {
  const forbidden = 'Forbidden: resourceVersionMatch is forbidden';
  const unless = `${forbidden} for watch unless sendInitialEvents is provided`;
  const requires =
    'Forbidden: sendInitialEvents requires setting resourceVersionMatch to NotOlderThan';
  const unsupported = 'Unsupported value: "Exact": supported values: "NotOlderThan"';

  it.each([
    ['sendInitialEvents=true', ['Forbidden: sendInitialEvents is forbidden for list']],
    ['watch=1&sendInitialEvents=true', [requires]],
    ['watch=1&sendInitialEvents=false', [requires]],
    ['watch=1&resourceVersionMatch=NotOlderThan', [unless]],
    ['watch=1&resourceVersionMatch=Exact', [unless, unsupported]],
    ['watch=1&sendInitialEvents=1&resourceVersionMatch=Exact', [requires, unsupported]],
    [
      'watch=1&sendInitialEvents=1&resourceVersionMatch=NotOlderThan&continue=x',
      [`${forbidden} when continue is provided`],
    ],
  ])('%s do not go together', async (query, messages) => {
    const { code, status } = await ask('GET', `${maps}?${query}`);
    expect(code).toBe(422);
    expect(status.details?.causes?.map(({ message }) => message)).toEqual(messages);
  });
});

it('names every request, marks refusals, and takes what is badly escaped for nothing', async () => {
  const named = await rest.send(`${maps}?labelSelector=%zz`, { headers: { 'audit-id': 'mine' } });
  expect([named.code, named.headers['audit-id']]).toEqual([200, 'mine']);
  const refused = await rest.send(maps, { headers: { 'impersonate-user': 'bob' } });
  expect(refused.code).toBe(403);
  expect(refused.headers['audit-id']).toMatch(/^[0-9a-f-]{36}$/);
  expect(refused.headers['x-content-type-options']).toBe('nosniff');
  expect(refused.headers['x-kubernetes-pf-flowschema-uid']).toMatch(/^[0-9a-f-]{36}$/);
});
