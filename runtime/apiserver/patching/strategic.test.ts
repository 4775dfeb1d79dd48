import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { strategicMergePatch } from './strategic.ts';
import { deploymentSchema, frozen, testSchemas } from './testing/schemas.ts';

const apply = (document: object, patch: object) =>
  strategicMergePatch(frozen(document), frozen(patch), deploymentSchema, testSchemas);
const podSpec = (spec: object) => ({ spec: { template: { spec } } });

describe('lists of objects', () => {
  test('merge by key; a new element goes first, as in the original', () => {
    const result = apply(podSpec({ containers: [{ name: 'a', image: '1' }] }), {
      ...podSpec({ containers: [{ name: 'b', image: '2' }] }),
    });
    expect(result).toEqual(
      podSpec({
        containers: [
          { name: 'b', image: '2' },
          { name: 'a', image: '1' },
        ],
      }),
    );
  });

  test('set image: one field of one element', () => {
    const before = podSpec({ containers: [{ name: 'a', image: '1', args: ['x'] }, { name: 'b' }] });
    const result = apply(before, podSpec({ containers: [{ name: 'a', image: '2' }] }));
    expect(result).toEqual(
      podSpec({ containers: [{ name: 'a', image: '2', args: ['x'] }, { name: 'b' }] }),
    );
  });

  test('$patch: delete and $patch: replace', () => {
    const before = podSpec({ containers: [{ name: 'a' }, { name: 'b' }] });
    expect(apply(before, podSpec({ containers: [{ name: 'a', $patch: 'delete' }] }))).toEqual(
      podSpec({ containers: [{ name: 'b' }] }),
    );
    expect(apply(before, podSpec({ containers: [{ $patch: 'replace' }, { name: 'c' }] }))).toEqual(
      podSpec({ containers: [{ name: 'c' }] }),
    );
    expect(apply(before, podSpec({ containers: [{ name: 'b', $patch: 'replace' }] }))).toEqual(
      podSpec({ containers: [] }),
    );
  });

  test('$setElementOrder orders, and leaves strangers near their neighbours', () => {
    const before = podSpec({ containers: [{ name: 'sidecar' }, { name: 'a' }, { name: 'b' }] });
    const patch = podSpec({
      '$setElementOrder/containers': [{ name: 'b' }, { name: 'a' }, { name: 'c' }],
      containers: [{ name: 'c', image: '1' }],
    });
    expect(apply(before, patch)).toEqual(
      podSpec({
        containers: [{ name: 'sidecar' }, { name: 'b' }, { name: 'a' }, { name: 'c', image: '1' }],
      }),
    );
    const orderOnly = podSpec({ '$setElementOrder/containers': [{ name: 'b' }, { name: 'a' }] });
    expect(apply(before, orderOnly)).toEqual(
      podSpec({ containers: [{ name: 'sidecar' }, { name: 'b' }, { name: 'a' }] }),
    );
  });

  test('an element without its key is refused', () => {
    expect(() =>
      apply(podSpec({ containers: [] }), podSpec({ containers: [{ image: '1' }] })),
    ).toThrow();
  });
});

test('atomic lists are replaced', () => {
  const before = podSpec({ containers: [{ name: 'a', args: ['1', '2'] }] });
  expect(apply(before, podSpec({ containers: [{ name: 'a', args: ['3'] }] }))).toEqual(
    podSpec({ containers: [{ name: 'a', args: ['3'] }] }),
  );
});

test('lists of primitives merge, and lose what $deleteFromPrimitiveList names', () => {
  const before = { metadata: { finalizers: ['a', 'b'] } };
  expect(apply(before, { metadata: { finalizers: ['c'] } })).toEqual({
    metadata: { finalizers: ['c', 'a', 'b'] },
  });
  expect(
    apply(before, {
      metadata: {
        '$deleteFromPrimitiveList/finalizers': ['a'],
        '$setElementOrder/finalizers': ['c', 'b'],
        finalizers: ['c'],
      },
    }),
  ).toEqual({ metadata: { finalizers: ['c', 'b'] } });
});

test('$retainKeys drops what it does not name', () => {
  const before = { spec: { strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1 } } } };
  expect(
    apply(before, { spec: { strategy: { $retainKeys: ['type'], type: 'Recreate' } } }),
  ).toEqual({ spec: { strategy: { type: 'Recreate' } } });
  expect(() =>
    apply(before, { spec: { strategy: { $retainKeys: ['type'], rollingUpdate: {} } } }),
  ).toThrow();
});

test('maps: null removes, $patch replaces or empties, and no directive is ever stored', () => {
  const before = { metadata: { labels: { a: '1', b: '2' } } };
  const labels = (patch: object) => apply(before, { metadata: { labels: patch } });
  expect(labels({ a: null })).toEqual({ metadata: { labels: { b: '2' } } });
  expect(labels({ $patch: 'replace', c: '3' })).toEqual({ metadata: { labels: { c: '3' } } });
  expect(labels({ $patch: 'delete' })).toEqual({ metadata: { labels: {} } });
  expect(() => labels({ $patch: 'burn' })).toThrow();
  expect(
    apply(
      {},
      podSpec({
        containers: [
          { name: 'a', $patch: 'delete' },
          { name: 'b', image: null },
        ],
      }),
    ),
  ).toEqual(podSpec({ containers: [{ name: 'b' }] }));
});

describe('what does not fit is refused in the words of the original', () => {
  const live = { ...podSpec({ containers: [{ name: 'a' }] }), metadata: { finalizers: ['x/y'] } };
  const ofContainers = (containers: unknown, order?: unknown) =>
    podSpec({
      containers,
      ...(order === undefined ? {} : { '$setElementOrder/containers': order }),
    });
  const badOrder =
    "The order in patch list:\n[map[name:a]]\n doesn't match $setElementOrder list:\n";
  test.each([
    [
      500,
      ofContainers([{ image: '1' }]),
      'map: map[image:1] does not contain declared merge key: name',
    ],
    [500, ofContainers(['x']), 'list element types are not identical: [[map[name:a]] [x]]'],
    [
      500,
      ofContainers([{ name: 'a', $patch: 'burn' }]),
      'unknown patch type: burn in map: map[$patch:burn name:a]',
    ],
    [
      500,
      ofContainers([{ name: 'a', $patch: 'merge' }]),
      'merging lists cannot yet be specified in the patch',
    ],
    [500, { spec: { $patch: 1 } }, 'unknown patch type: %!s(int64=1) in map: map[$patch:1]'],
    [500, ofContainers([{ name: 'a' }], 'x'), 'expected a []interface {}, but received a string'],
    [
      500,
      ofContainers([{ name: 'a' }], ['a']),
      'expected a map[string]interface {}, but received a string',
    ],
    [500, ofContainers([{ name: 'a' }], [{ name: 'b' }]), `${badOrder}[map[name:b]]\n`],
    [400, { spec: { $retainKeys: 'x' } }, 'invalid patch format of retainKeys'],
    [400, { spec: { $retainKeys: ['x'], replicas: 1 } }, 'invalid patch format of retainKeys'],
    [
      400,
      { metadata: { '$deleteFromPrimitiveList/finalizers': 'x' } },
      'invalid patch format of primitive list',
    ],
  ])('%i for %j', (code, patch, message) => {
    try {
      apply(live, patch);
    } catch (error) {
      expect(error).toMatchObject({ status: { code, message } });
      return;
    }
    throw new Error('it was taken');
  });

  test('but a list that is not there yet is taken as it is', () => {
    const list = [{ image: '1' }, { name: 'gone', $patch: 'delete' }];
    expect(apply({}, ofContainers(list))).toEqual(ofContainers([{ image: '1' }]));
  });
});

const containers = fc.uniqueArray(
  fc.record({ name: fc.constantFrom('a', 'b', 'c', 'd', 'e'), image: fc.constantFrom('1', '2') }),
  { selector: ({ name }) => name },
);

test('a patch of whole elements with their order is idempotent and brings them all in order', () => {
  fc.assert(
    fc.property(containers, containers, (live, wanted) => {
      const patch = podSpec({
        '$setElementOrder/containers': wanted.map(({ name }) => ({ name })),
        containers: wanted,
      });
      const once = apply(podSpec({ containers: live }), patch);
      expect(apply(once, patch)).toEqual(once);
      const names = (
        once as { spec: { template: { spec: { containers: { name: string }[] } } } }
      ).spec.template.spec.containers.map(({ name }) => name);
      expect(names.filter((name) => wanted.some((entry) => entry.name === name))).toEqual(
        wanted.map(({ name }) => name),
      );
      const all = new Set([...live, ...wanted].map(({ name }) => name));
      expect(new Set(names)).toEqual(all);
      expect(names).toHaveLength(all.size);
    }),
  );
});
