import fc from 'fast-check';
import { expect, test } from 'vitest';
import { stringify } from 'yaml';
import { meaningOf, parseYaml } from './body.ts';
import { readPlainYaml } from './plain-yaml.ts';

const read = (text: string) => readPlainYaml(text, meaningOf);

/** What the full parser makes of it; undefined if it refuses. */
function whole(text: string) {
  try {
    return parseYaml(text);
  } catch {
    return undefined;
  }
}

const manifest = `# Said first
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web # and after
  annotations: {}
  labels:
    app.kubernetes.io/name: web
    'quoted': "yes"
    "other": on
spec:
  replicas: 3
  port: 0777
  when: 2024-01-02
  ratio: 1.5e3
  nothing:
  none: ~
  template:
    spec:
      containers:
      - name: a
        image: registry.example/a:1.2.3
        args:
          - --flag=x
          - --- no mark
          - 'it''s'
          - "tab\\there"
          -
            nested: true
        env: []
      # between
      - image: b
        script: |

          set -e
            echo "a: b" # no comment

        kept: |+
          x

        stripped: |-
          y
      - plain
`;

test('reads a manifest as the full parser does', () => {
  const plain = read(manifest);
  expect(plain).toBeDefined();
  expect(plain).toEqual(whole(manifest));
});

test('names what comes twice', () => {
  const text = 'a: 1\nb:\n- c: 1\n  c: 2\na: 3\n';
  expect(read(text)).toEqual({ value: { a: 3, b: [{ c: 2 }] }, duplicates: ['b[0].c', 'a'] });
});

test.each([
  ...['a: b', 'a: [1]\n', 'a: &x b\n', 'a: *x\n', 'a: !!str 1\n', 'a: >\n  b\n', 'a:\tb\n'],
  ...['a: b\n  c\n', 'a: "b\n  c"\n', 'a: b: c\n', '? a\n: b\n', '<<: x\n', 'a: 1\n---\nb: 2\n'],
  ...['yes: 1\n', '1: 2\n', '- - a\n', '%YAML 1.1\n---\na: 1\n', 'a: b\r\n', '__proto__: 1\n', ''],
  ...[
    'a: |2\n   b\n',
    'a:\n   b: 1\n  c: 2\n',
    `${Array.from({ length: 200 }, (_, i) => `${' '.repeat(i)}a:\n`).join('')}`,
  ],
])('leaves %j to the full parser', (text) => {
  expect(read(text)).toBeUndefined();
});

const words = fc.constantFrom(
  ...['a', 'web', 'a b', 'true', 'no', 'on', '~', 'null', '1', '007', '1e3', '1_000', '12:30:45'],
  ...['2024-01-02', '.inf', '-', '- a', 'a: b', 'a:b', 'a #b', '#a', '@x', "it's", '"q"', 'é', ''],
  ...['line\nline', 'line\n\n  deep\n', ' lead', 'trail ', '\ttab', '{}', '[]', '0x1f', '-1', '+1'],
);
const keys = fc.constantFrom('a', 'b', 'c-d', 'e.f/g', 'yes', '1', 'x y', 'name');
const { tree } = fc.letrec((tie) => ({
  tree: fc.oneof(
    { depthSize: 'small' },
    words,
    fc.integer(),
    fc.double({ noNaN: true }),
    fc.boolean(),
    fc.constant(null),
    fc.array(tie('tree'), { maxLength: 3 }),
    fc.dictionary(keys, tie('tree'), { maxKeys: 4, noNullPrototype: true }),
  ),
}));
const document = fc.dictionary(keys, tree, { maxKeys: 5, noNullPrototype: true });
const style = fc.record({
  indentSeq: fc.boolean(),
  lineWidth: fc.constantFrom(0, 80),
  version: fc.constantFrom('1.1' as const, '1.2' as const),
  defaultStringType: fc.constantFrom(
    'PLAIN' as const,
    'QUOTE_DOUBLE' as const,
    'QUOTE_SINGLE' as const,
  ),
});

test('says of what is written in any style what the full parser says, or nothing', () => {
  let plain = 0;
  fc.assert(
    fc.property(document, style, (value, how) => {
      const text = stringify(value, how);
      const found = read(text);
      if (found === undefined) return;
      plain++;
      expect(found).toEqual(whole(text));
    }),
    { numRuns: 600 },
  );
  expect(plain).toBeGreaterThan(50);
});

test('says of text that somebody has meddled with what the full parser says, or nothing', () => {
  const meddling = fc.tuple(
    fc.nat(),
    fc.nat(3),
    fc.constantFrom(
      '',
      ' ',
      '  ',
      '\n',
      ':',
      ': ',
      '- ',
      '#',
      ' #',
      '|',
      '"',
      "'",
      'a',
      '1',
      '-',
      '\n\n',
      '{',
      '~',
    ),
  );
  let plain = 0;
  fc.assert(
    fc.property(
      fc.oneof(
        fc.constant(manifest),
        document.map((value) => stringify(value)),
      ),
      fc.array(meddling, { minLength: 1, maxLength: 3 }),
      (original, changes) => {
        let text = original;
        for (const [place, cut, put] of changes) {
          const at = place % (text.length + 1);
          text = text.slice(0, at) + put + text.slice(at + cut);
        }
        const found = read(text);
        if (found === undefined) return;
        plain++;
        expect(found, text).toEqual(whole(text));
      },
    ),
    { numRuns: 1500 },
  );
  expect(plain).toBeGreaterThan(150);
});

test('reads three megabytes in a fraction of a second', () => {
  const lines = Array.from({ length: 80_000 }, (_, i) => `  key-${i}: some value ${i % 10}`);
  const text = `metadata:\n  name: large\ndata:\n${lines.join('\n')}\n`;
  // The best of three, in processor time: what else the machine does is not counted.
  const tries = Array.from({ length: 3 }, () => {
    const before = process.cpuUsage();
    const found = read(text);
    const { user, system } = process.cpuUsage(before);
    const { data } = (found ?? { value: {} }).value as { data?: object };
    expect(Object.keys(data ?? {})).toHaveLength(80_000);
    return (user + system) / 1000;
  });
  expect(Math.min(...tries)).toBeLessThan(800);
});
