/** What would hold everybody up: refused when it is too much, and linear in its length when it is not. */
import { describe, expect, it } from 'vitest';
import { ports } from '../../api/warnings/containers.ts';
import { repeatedElements } from '../patching/apply/shape.ts';
import { strategicMergePatch } from '../patching/strategic.ts';
import { useRest } from '../testing/use-server.ts';
import { checkSize, checkStoredSize, mostMembers, mostValues } from './size.ts';

const members = (count: number) =>
  Object.fromEntries(Array.from({ length: count }, (_, i) => [`k${i}`, '']));
const long = 1024 * 1024;

describe('too much in an object', () => {
  it('is counted at all depths', () => {
    checkSize({ a: members(mostMembers) }, long);
    expect(() => checkSize({ a: members(mostMembers + 1) }, long)).toThrow(
      `Request entity too large: a map with ${mostMembers + 1} fields`,
    );
    checkSize({ a: Array(mostValues - 1).fill(0) }, long);
    const lists = Array.from({ length: mostValues / 10 }, () => Array(10).fill(0));
    expect(() => checkSize(lists, long)).toThrow('too many values');
    checkSize({ kind: 'CustomResourceDefinition', lists }, long);
  });

  it('is no matter of who has set what of it, but of what could not be sent back', () => {
    const managedFields = Array.from({ length: 3 }, () => ({ fieldsV1: members(mostMembers) }));
    checkStoredSize({ metadata: { managedFields } as object }, long);
    expect(() => checkStoredSize({}, 3 * long + 1)).toThrow(/would have 3145729 bytes; limit is/);
  });
});

describe('requests', () => {
  const maps = '/api/v1/namespaces/default/configmaps';
  const { rest } = useRest();
  const send = (method: string, path: string, type: string, body: unknown) => {
    const headers = { 'content-type': `application/${type}` };
    return rest.send(path, { method, headers, body: JSON.stringify(body) });
  };

  it('that have too much in them are refused, and what they would make of it', async () => {
    const body = (count: number) => ({ metadata: { name: 'wide' }, data: members(count) });
    expect((await send('POST', maps, 'json', body(mostMembers + 1))).code).toBe(413);
    expect((await send('POST', maps, 'json', body(mostMembers))).code).toBe(201);
    const more = { data: { one: 'more' } };
    const { code, body: said } = await send('PATCH', `${maps}/wide`, 'merge-patch+json', more);
    expect([code, said.toString()]).toEqual([
      413,
      expect.stringContaining('"RequestEntityTooLarge"'),
    ]);
  });

  it('that are wrong all through are told a thousand times', async () => {
    const finalizers = Array.from({ length: 3000 }, (_, i) => `x ${i}`);
    const answer = await send('POST', maps, 'json', { metadata: { name: 'wrong', finalizers } });
    const { message, details } = answer.json() as { message: string; details: { causes: [] } };
    expect(details.causes.length).toBe(1000);
    expect(message.slice(-20)).toMatch(/, and \d+ more\]$/);
  });
});

/** Counts what a step costs by what it looks at, so that a busy machine makes no difference. */
describe('long lists', () => {
  const patchOf = { properties: { l: { type: 'array', items: {} } } } as const;
  const list = (from: number, to: number) =>
    Array.from({ length: to - from }, (_, i) => ({ k: `${from + i}`, v: from }));
  const schema = {
    properties: {
      ...{ l: { ...patchOf.properties.l, 'x-kubernetes-patch-strategy': 'merge' } },
    },
  };
  Object.assign(schema.properties.l, { 'x-kubernetes-patch-merge-key': 'k' });
  const source = { resolve: (given: object) => given } as never;

  it('are merged by key without looking through them for each', () => {
    const patch = { l: [...list(5, 15), { k: '2', $patch: 'delete' }] };
    const merged = strategicMergePatch({ l: list(0, 10) }, patch, schema as never, source) as {
      l: { k: string; v: number }[];
    };
    const expected = new Map([...list(0, 10), ...list(5, 15)].map(({ k, v }) => [k, v]));
    expected.delete('2');
    expect(new Map(merged.l.map(({ k, v }) => [k, v]))).toEqual(expected);
    let looks = 0;
    const counted = list(0, 5000).map((entry) =>
      Object.defineProperty({ ...entry }, 'k', {
        enumerable: true,
        get: () => {
          looks++;
          return entry.k;
        },
      }),
    );
    strategicMergePatch({ l: counted }, { l: list(0, 5000) }, schema as never, source);
    expect(looks).toBeLessThan(5000 * 60);
  });

  it('of ports alike are warned of a bounded number of times', () => {
    const container = { name: 'a', ports: Array(5000).fill({ containerPort: 1 }) };
    let said = 0;
    const warnings = { at: () => said++, say: () => said++ } as never;
    ports([{ container, field: 'spec.containers[0]' }] as never, warnings);
    expect(said).toBeLessThan(5000 * 40);
  });

  it('keep all that comes again in a list of keys', () => {
    const elements = [{ k: 'a' }, { k: 'b' }, { k: 'a', n: 1 }, { k: 'a', n: 2 }];
    const repeated = repeatedElements({ type: 'map', keys: ['k'] } as never, elements);
    expect([...repeated.values()]).toEqual([
      [
        { k: 'a', n: 1 },
        { k: 'a', n: 2 },
      ],
    ]);
  });
});
