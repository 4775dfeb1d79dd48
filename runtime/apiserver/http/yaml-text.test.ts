import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { parseYaml } from './body.ts';
import { readablePieces } from './readable-list.ts';
import { yamlText } from './yaml-text.ts';

test('writes as people write manifests', () => {
  const object = {
    ...{ apiVersion: 'v1', kind: 'Pod', count: 3, ratio: 0.5, nothing: null, on: true },
    metadata: {
      name: 'web',
      annotations: {},
      labels: { 'app.kubernetes.io/name': 'web', yes: 'no' },
      creationTimestamp: '2026-01-02T03:04:05Z',
    },
    spec: {
      containers: [
        { name: 'a', image: 'registry.test/a:1.2', args: ['--x=y', '-', 'a: b', ' '], env: [] },
        ['nested', ['deeper'], []],
      ],
      ip: '10.96.0.1',
      size: '64Mi',
      script: 'set -e\n\n  echo "a: b" # c\n',
      kept: 'x\n\n',
      open: 'x\ny',
    },
  };
  expect(yamlText(object)).toBe(`apiVersion: v1
count: 3
kind: Pod
metadata:
  annotations: {}
  creationTimestamp: "2026-01-02T03:04:05Z"
  labels:
    app.kubernetes.io/name: web
    "yes": "no"
  name: web
nothing: null
"on": true
ratio: 0.5
spec:
  containers:
  - args:
    - "--x=y"
    - "-"
    - "a: b"
    - " "
    env: []
    image: registry.test/a:1.2
    name: a
  - - nested
    - - deeper
    - []
  ip: 10.96.0.1
  kept: |+
    x

  open: |-
    x
    y
  script: |
    set -e

      echo "a: b" # c
  size: 64Mi
`);
});

test('writes a list in its place, item by item', () => {
  const written = (items: object[]) =>
    Buffer.concat([
      ...readablePieces({ kind: 'L', apiVersion: 'v1', metadata: {} }, 'items', items, 'yaml'),
    ]).toString();
  expect(written([])).toBe('apiVersion: v1\nitems: []\nkind: L\nmetadata: {}\n');
  expect(written([{ b: 1, a: 2 }, {}])).toBe(
    'apiVersion: v1\nitems:\n- a: 2\n  b: 1\n- {}\nkind: L\nmetadata: {}\n',
  );
  const table = [...readablePieces({ columns: [], kind: 'T' }, 'rows', [{ cells: [] }], 'yaml')];
  expect(Buffer.concat(table).toString()).toBe('columns: []\nkind: T\nrows:\n- cells: []\n');
});

/** Texts as they come, and such as readers might take for something else. */
const text = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc
    .array(
      fc.constantFrom(
        ...['a', ' ', '\n', '\n\n', '\t', ':', ': ', '#', ' #', '- ', '-', '?', '|', '>', '"', "'"],
        ...[
          '0',
          '1',
          '.',
          'e3',
          '0x',
          '_',
          '~',
          '<<',
          '*',
          '&',
          '!',
          '%',
          '@',
          '[',
          '}',
          ',',
          '\r',
        ],
        ...['---', '...', 'é', '\u0085', '\u2028', '\ufeff', '\u007f', '\ud800', '𝒳', '\u00a0'],
      ),
      { maxLength: 8 },
    )
    .map((parts) => parts.join('')),
  fc.constantFrom('y', 'NO', 'true', 'null', '.inf', 'NaN', '1:30', '0o7', '1e5', '2024-01-02'),
  fc.constantFrom('x'.repeat(2000), `${'k '.repeat(1000)}\n`),
);
const { value } = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    ...[text, fc.integer(), fc.double({ noNaN: true, noDefaultInfinity: true })],
    ...[fc.boolean(), fc.constant(null)],
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(
      text.filter((name) => name !== '__proto__'),
      tie('value'),
      { maxKeys: 4, noNullPrototype: true },
    ),
  ),
}));

test('means the same to every reader', () => {
  fc.assert(
    fc.property(value, (given) => {
      const meant = JSON.parse(JSON.stringify(given)) as unknown;
      const written = yamlText(given);
      expect(parse(written, { version: '1.1' })).toEqual(meant);
      expect(parse(written, { version: '1.2' })).toEqual(meant);
      expect(parseYaml(written).value).toEqual(meant);
    }),
    { numRuns: 400 },
  );
});

test('writes the longest object in a fraction of a second', () => {
  const data = Object.fromEntries(Array.from({ length: 59_000 }, (_, i) => [`key-${i}`, 'a: b']));
  const before = process.cpuUsage();
  const lines = yamlText({ data }).split('\n');
  const { user, system } = process.cpuUsage(before);
  expect((user + system) / 1000).toBeLessThan(500);
  expect(lines).toHaveLength(59_002);
});
