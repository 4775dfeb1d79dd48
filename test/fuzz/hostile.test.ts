/** Requests made to hurt, one for each way that is known: they are refused, and cost no more than others. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Sent, startVictim, type Victim } from './support/victim.ts';

const longestMs = 1000;
const megabyte = 1024 * 1024;
const maps = '/api/v1/namespaces/default/configmaps';
const definitions = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';

let victim: Victim;
beforeAll(async () => {
  victim = await startVictim();
  const a = post(JSON.stringify({ metadata: { name: 'a' }, data: { x: 'y' } }));
  expect((await victim.send(maps, a)).code).toBe(201);
});
afterAll(() => victim.close());

const send = (method: string, type: string, body: string): Sent => ({
  ...{ method, body, headers: { 'content-type': type } },
});
const post = (body: string) => send('POST', 'application/json', body);
const postYaml = (body: string) => send('POST', 'application/yaml', body);
const patch = (operations: unknown) =>
  send('PATCH', 'application/json-patch+json', JSON.stringify(operations));
const many = <T>(count: number, make: (index: number) => T) =>
  Array.from({ length: count }, (_, i) => make(i));
const nested = (open: string, inner: string, close: string, depth: number) =>
  `${open.repeat(depth)}${inner}${close.repeat(depth)}`;
const laughs = `a0: &a0 [x,x]\n${many(60, (i) => `a${i + 1}: &a${i + 1} [*a${i},*a${i}]`).join('\n')}`;

const boats = (word: object) =>
  JSON.stringify({
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: 'boats.example.com' },
    spec: {
      ...{ group: 'example.com', scope: 'Namespaced', names: { plural: 'boats', kind: 'Boat' } },
      versions: [
        {
          ...{ name: 'v1', served: true, storage: true },
          schema: { openAPIV3Schema: { type: 'object', properties: { word } } },
        },
      ],
    },
  });

describe('hostile requests', { timeout: 60_000 }, () => {
  it.each<[string, string, Sent, number]>([
    ['lists in lists', maps, post(nested('[', '', ']', 1.4 * megabyte)), 400],
    ['objects in objects', maps, post(nested('{"a":', '1', '}', 400_000)), 400],
    [
      'members twice',
      maps,
      post(`{"metadata":{"name":"twice"},${many(29_000, (i) => `"k${i}":1,"k${i}":2`).join()}}`),
      201,
    ],
    [
      'unknown members',
      maps,
      post(
        JSON.stringify({
          metadata: { name: 'unknown' },
          ...Object.fromEntries(many(29_000, (i) => [`k${i}`, ''])),
        }),
      ),
      201,
    ],
    [
      'members of every object',
      maps,
      post('{"__proto__":{"metadata":{"name":"q"}},"constructor":{"prototype":{"x":1}}}'),
      422,
    ],
    ['a number beyond all', maps, post('{"metadata":{"name":"n","generation":1e400}}'), 400],
    [
      'a name without end',
      maps,
      post(JSON.stringify({ metadata: { name: 'x'.repeat(2.9 * megabyte) } })),
      422,
    ],
    [
      'a body without end',
      maps,
      post(JSON.stringify({ data: { a: 'x'.repeat(3.1 * megabyte) } })),
      413,
    ],
    ['aliases of aliases', maps, postYaml(laughs), 400],
    ['YAML lists in lists', maps, postYaml(nested('[', '', ']', 100_000)), 400],
    ['YAML brackets that stay open', maps, postYaml('['.repeat(100_000)), 400],
    ['YAML dashes in a line', maps, postYaml(`${'- '.repeat(50_000)}a`), 400],
    ['YAML keys of keys', maps, postYaml(`${'? '.repeat(50_000)}a`), 400],
    ['YAML steps', maps, postYaml(many(1300, (i) => `${' '.repeat(i)}a:`).join('\n')), 400],
    ['YAML lines', maps, postYaml(many(150_000, (i) => `k${i}: v`).join('\n')), 413],
    ['YAML flow', maps, postYaml(`[${'a,'.repeat(megabyte / 2)}]`), 413],
    ['YAML blocks', maps, postYaml(`a: >\n${'  b\n\n'.repeat(500_000)}`), 413],
    [
      'YAML anchors',
      maps,
      postYaml(
        [...many(15_000, (i) => `k${i}: &a${i} x`), ...many(900, (i) => `z${i}: *a${i}`)].join(
          '\n',
        ),
      ),
      413,
    ],
    [
      'copies of copies',
      `${maps}/a`,
      patch([
        { op: 'add', path: '/data', value: { a: 'x'.repeat(1000) } },
        ...many(60, (i) => ({ op: 'copy', from: '/data', path: `/data/k${i}` })),
      ]),
      422,
    ],
    [
      'ten thousand operations',
      `${maps}/a`,
      patch(many(10_000, (i) => ({ op: 'add', path: `/data/k${i}`, value: 'x' }))),
      200,
    ],
    [
      'a path without end',
      `${maps}/a`,
      patch([{ op: 'add', path: '/a'.repeat(megabyte), value: 1 }]),
      400,
    ],
    [
      'a patch without bottom',
      `${maps}/a`,
      send('PATCH', 'application/merge-patch+json', nested('{"a":', '1', '}', 100_000)),
      400,
    ],
    [
      'a selector of ten thousand values',
      `${maps}?labelSelector=${encodeURIComponent(`a in (${'b,'.repeat(10_000)}c)`)}`,
      {},
      200,
    ],
    ['a limit beyond all', `${maps}?limit=1e99`, {}, 400],
    ['a time beyond all', `${maps}?watch=1&timeoutSeconds=1e99`, {}, 400],
    ['an escape that is none', '/api/v1/namespaces/%E0%A4%A/configmaps', {}, 400],
    [
      'media types without end',
      maps,
      { headers: { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io,'.repeat(20_000) } },
      200,
    ],
    [
      'a token without end',
      maps,
      { headers: { authorization: `Bearer ${'a.'.repeat(200_000)}` } },
      200,
    ],
    [
      'a pattern that explodes when it is read',
      definitions,
      post(boats({ type: 'string', pattern: '((((a{1000}){1000}){1000}){1000})' })),
      422,
    ],
    [
      'a schema without bottom',
      definitions,
      post(
        boats(
          JSON.parse(
            nested('{"type":"object","properties":{"a":', '{"type":"string"}', '}}', 2000),
          ) as object,
        ),
      ),
      400,
    ],
  ])('%s', async (_name, path, sent, code) => {
    const outcome = await victim.send(path, sent);
    expect(outcome.code, outcome.text.slice(0, 500)).toBe(code);
    expect(outcome.heldMs).toBeLessThan(longestMs);
  });

  it('a pattern that explodes when it is matched', async () => {
    const pattern = '^(([a-z])+.)+[A-Z]([a-z])+$';
    const made = await victim.send(definitions, post(boats({ type: 'string', pattern })));
    expect(made.code, made.text).toBe(201);
    const path = '/apis/example.com/v1/namespaces/default/boats';
    await expect.poll(async () => (await victim.send(path)).code).toBe(200);
    const boat = { apiVersion: 'example.com/v1', kind: 'Boat', metadata: { name: 'b' } };
    const body = JSON.stringify({ ...boat, word: 'a'.repeat(megabyte) });
    const outcome = await victim.send(path, post(body));
    expect(outcome.code).toBe(422);
    expect(outcome.heldMs).toBeLessThan(longestMs);
  });

  it('works on the longest objects in pieces', async () => {
    const keys = Object.fromEntries(many(29_000, (i) => [`k${i}`, 'a']));
    const all = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'all' }, data: keys };
    const apply = (object: object) =>
      send('PATCH', 'application/apply-patch+yaml', JSON.stringify(object));
    const path = `${maps}/all?fieldManager=a`;
    await victim.send(path, apply({ ...all, data: {} }));
    const held = [];
    for (const data of [keys, { ...keys, k0: 'b' }, { k0: 'b' }]) {
      const outcome = await victim.send(path, apply({ ...all, data }));
      expect(outcome.code, outcome.text.slice(0, 500)).toBe(200);
      held.push(outcome.heldMs);
    }
    // In one go it takes twice as long.
    expect(Math.max(...held)).toBeLessThan(450);
  });

  it('tells of a hundred unknown members, and in a few kilobytes', async () => {
    const body = {
      metadata: { name: 'b' },
      ...Object.fromEntries(many(500, (i) => [`member${i}`, ''])),
    };
    const strict = await victim.send(
      `${maps}?fieldValidation=Strict&dryRun=All`,
      post(JSON.stringify(body)),
    );
    expect(strict.code).toBe(400);
    expect(strict.text.match(/unknown field/g)).toHaveLength(100);
  });
});
