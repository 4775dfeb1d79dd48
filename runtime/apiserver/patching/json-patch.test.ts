import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ApiError } from '../../api/status.ts';
import { jsonPatch } from './json-patch.ts';
import { mergePatch } from './merge-patch.ts';
import { frozen } from './testing/schemas.ts';

const pod = frozen({ metadata: { labels: { 'a/b': '1' } }, list: ['x', 'y'] });

test.each([
  ['add a field', { op: 'add', path: '/metadata/name', value: 'n' }, { metadata: { name: 'n' } }],
  ['add to the end', { op: 'add', path: '/list/-', value: 'z' }, { list: ['x', 'y', 'z'] }],
  ['insert', { op: 'add', path: '/list/1', value: 'z' }, { list: ['x', 'z', 'y'] }],
  [
    'escapes',
    { op: 'replace', path: '/metadata/labels/a~1b', value: '2' },
    { metadata: { labels: { 'a/b': '2' } } },
  ],
  ['replace an element', { op: 'replace', path: '/list/0', value: 'z' }, { list: ['z', 'y'] }],
  ['count from the end', { op: 'remove', path: '/list/-1' }, { list: ['x'] }],
  ['add at the end', { op: 'add', path: '/list/-1', value: 'z' }, { list: ['x', 'y', 'z'] }],
  ['change the last', { op: 'replace', path: '/list/-1', value: 'z' }, { list: ['x', 'z'] }],
  ['remove an element', { op: 'remove', path: '/list/0' }, { list: ['y'] }],
  ['copy', { op: 'copy', from: '/list/0', path: '/first' }, { first: 'x', list: ['x', 'y'] }],
  ['move', { op: 'move', from: '/list/0', path: '/first' }, { first: 'x', list: ['y'] }],
  ['test', { op: 'test', path: '/list', value: ['x', 'y'] }, { list: ['x', 'y'] }],
])('%s', (_name, operation, expected) => {
  expect(jsonPatch(pod, [operation])).toMatchObject(expected);
});

describe('what does not apply is refused with 422, what is malformed with 400', () => {
  test.each([
    [422, { op: 'test', path: '/list/0', value: 'y' }],
    [422, { op: 'remove', path: '/nothing' }],
    [422, { op: 'replace', path: '/nothing', value: 1 }],
    [422, { op: 'add', path: '/nothing/deep', value: 1 }],
    [422, { op: 'add', path: '/list/3', value: 1 }],
    [422, { op: 'remove', path: '/list/-3' }],
    [422, { op: 'move', from: '/metadata', path: '/metadata/labels/x' }],
    [422, { op: 'replace', path: '/toString', value: 1 }],
    [422, { op: 'invent', path: '/list' }],
    [400, { op: 'add', path: 'list', value: 1 }],
    [400, { op: 'add', path: '/list' }],
    [400, { op: 'copy', path: '/list' }],
    [400, 'text'],
  ])('%i: %j', (code, operation) => {
    const error = (() => {
      try {
        return jsonPatch(pod, [operation]);
      } catch (thrown) {
        return thrown;
      }
    })();
    expect(error).toBeInstanceOf(ApiError);
    expect((error as ApiError).code).toBe(code);
  });
});

test('a field named __proto__ is a field like any other', () => {
  const result = jsonPatch({}, [{ op: 'add', path: '/__proto__', value: { polluted: true } }]);
  expect(Object.keys(result as object)).toEqual(['__proto__']);
  expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
});

const tree = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    fc.constantFrom('a', 1, true),
    fc.dictionary(fc.constantFrom('a', 'b', 'c'), tie('value'), { maxKeys: 3 }),
    fc.array(fc.integer(), { maxLength: 3 }),
  ),
})).value;
const object = fc.dictionary(fc.constantFrom('a', 'b', 'c', 'd'), tree);

/** The merge patch that makes `to` of `from`. */
function difference(from: unknown, to: unknown): unknown {
  const plain = (value: unknown): value is Record<string, unknown> =>
    typeof value === 'object' && value !== null && !Array.isArray(value);
  if (!plain(from) || !plain(to)) return to;
  const patch: Record<string, unknown> = {};
  for (const key of Object.keys(from)) if (!Object.hasOwn(to, key)) patch[key] = null;
  for (const key of Object.keys(to)) {
    patch[key] = Object.hasOwn(from, key) ? difference(from[key], to[key]) : to[key];
  }
  return patch;
}

test('a merge patch of the difference gives the target, once or twice', () => {
  fc.assert(
    fc.property(object, object, (from, to) => {
      const patch = difference(from, to);
      const once = mergePatch(frozen(from), patch);
      expect(once).toEqual(to);
      expect(mergePatch(once, patch)).toEqual(to);
    }),
  );
});

test('replacing every field of an object by another one with JSON patch', () => {
  fc.assert(
    fc.property(object, object, (from, to) => {
      const operations = [
        ...Object.keys(from).map((key) => ({ op: 'remove', path: `/${key}` })),
        ...Object.entries(to).map(([key, value]) => ({ op: 'add', path: `/${key}`, value })),
        ...Object.entries(to).map(([key, value]) => ({ op: 'test', path: `/${key}`, value })),
      ];
      expect(jsonPatch(frozen(from), operations)).toEqual(to);
    }),
  );
});
