/** What is read quickly is what the full parser reads, node by node, or is left to it. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Document, isAlias, isMap, isScalar, isSeq } from 'yaml';
import { brokenTexts } from '../broken-text.case.ts';
import { manifestSnippets } from '../providers/snippets.ts';
import { splitParts } from './parts.ts';
import { readPlainYaml } from './quick-yaml.ts';
import { parseWholeYaml, parseYamlInSteps, rangeOf } from './yaml-text.ts';

/** Nodes with their ranges; a collection ends with its last value, comments below left out. */
function shape(node: unknown, text: string): unknown {
  const [start = 0, end = 0] = rangeOf(node) ?? [];
  if (isAlias(node)) return { alias: node.source, start, end };
  if (isScalar(node)) {
    const { value, source, type, format, anchor } = node;
    return { value, source, type, format, anchor, start, end };
  }
  const last = text.slice(start, end).replace(/(?:\s+#[^\n]*|\s)+$/, '').length + start;
  if (isMap(node)) {
    const items = node.items.map(({ key, value }) => [shape(key, text), shape(value, text)]);
    return { map: items, flow: node.flow, anchor: node.anchor, start, last };
  }
  if (isSeq(node)) {
    const list = node.items.map((item) => shape(item, text));
    return { list, flow: node.flow, anchor: node.anchor, start, last };
  }
  return node;
}

/** Whether it was read quickly; fails where the full parser reads it in another way. */
function compare(text: string): boolean {
  const [whole, ...others] = parseWholeYaml(text);
  const plain = new Document(undefined, whole?.options ?? {});
  if (whole !== undefined) plain.schema = whole.schema;
  if (!readPlainYaml(text, plain)) return false;
  expect([others, whole?.warnings]).toEqual([[], []]);
  expect(plain.errors).toEqual(whole?.errors);
  expect(whole?.errors.filter(({ code }) => code !== 'DUPLICATE_KEY')).toEqual([]);
  expect(shape(plain.contents, text)).toEqual(shape(whole?.contents, text));
  // The full parser leaves out what follows an empty value.
  expect(plain.range?.[2]).toBe(text.length);
  expect(text.slice(whole?.range?.[2]).replace(/#.*/g, '').trim()).toBe('');
  if (!text.includes('#')) {
    expect(plain.contents?.range).toEqual(whole?.contents?.range);
    expect(plain.range?.slice(0, 2)).toEqual(whole?.range?.slice(0, 2));
  }
  return true;
}

const manifest = `apiVersion: v1
kind: ConfigMap
metadata:
  name: a  # a comment
  labels: {app: web, "tier": 'front', list: [a, 1, true]}
  annotations:
    empty:
    wide: text that goes
      on further right

      and after an empty line
    'quoted': 'it''s quoted
      over two lines'
    "escaped": "a\\tb \\"c\\""
# between
data:
  script: |
    #!/bin/sh
      indented

    echo: done
  folded: >-
    one
    two

    three
items:
- 1
- -0x1f
-
- name: x
  ports: []
  # below
  deep:
  - a
  - "b"
- on
- 12e3
- 1.50
- ~
- 2026-01-01
- 12:30:45
last: http://example.com:80/#x
`;

describe('readPlainYaml', () => {
  it('reads what manifests are made of', () => {
    expect(compare(manifest)).toBe(true);
    expect(compare(manifest.replaceAll('\n', '\r\n'))).toBe(true);
    expect(compare(`--- # a document\n# comment\n${manifest}\n\n`)).toBe(true);
    expect(compare('a: 1')).toBe(true);
    expect(compare('{\n  "kind": "Pod",\n  "spec": {\n    "n": 1\n  }\n}\n')).toBe(true);
  });

  it('reads anchors and aliases that are values of fields', () => {
    expect(compare('a: &x 1\nb: *x\nc: &y "q"\nd: *y \n')).toBe(true);
    expect(compare('a: &x\n  b: &y\n  - 1\n  - *x\nc: &z {d: e}\nf: &t |\n  g\nh: *t')).toBe(true);
  });

  it('reads JSON with and without spaces, and with tabs', () => {
    const object = { kind: 'Pod', spec: { n: [1, -2.5, true, null, 'a"b', { x: {} }, []] } };
    for (const indent of [undefined, 2, '\t']) {
      expect(compare(JSON.stringify(object, undefined, indent))).toBe(true);
    }
    expect(compare('a: {"b":1,c: 2}\n')).toBe(true);
  });

  it.each([
    'a: 1\nb:\n- &x c: 1\n',
    'a: &x\nb: *x\n',
    'a: &x *x\n',
    'a: &x b\nc: {<<: *x}\n',
    'a: *x y\n',
    'a: !!str 1\n',
    'a:\n\tb: 1\n',
    'a: b: c\n',
    'a: "open\n',
    'a:\n  b: 1\n c: 2\n',
    'a: 1\n- b\n',
    'text\n',
    '- a\n',
    'name: {{ .Values.x }}\n',
    'a: 1\n...\nb: 2\n',
    'a: |\n\n   x\n  y\n',
    '',
    '# nothing\n',
  ])('leaves %j to the full parser', (text) => {
    expect(compare(text)).toBe(false);
  });

  it('tells of keys that are given twice', () => {
    expect(compare('a: 1\na: 2\nb: {c: 1, d: {e: 1, e: 1}, c: 3}\nb: [{f: 1, "f": 2}]\n')).toBe(
      true,
    );
  });

  it('reads the examples, as good as all of them', () => {
    const folder = join(import.meta.dirname, '../../examples');
    const files = readdirSync(folder, { recursive: true, encoding: 'utf8' });
    const texts = [
      ...files
        .filter((name) => /\.ya?ml$/.test(name))
        .flatMap((name) => splitParts(readFileSync(join(folder, name), 'utf8'))),
      ...manifestSnippets.map(({ body }) => ({ text: body.replace(/\$\{\d:([^}]*)\}/g, '$1') })),
    ].filter(({ text }) => text.includes('kind'));
    const quick = texts.filter(({ text }) => compare(text));
    expect(quick.length / texts.length).toBeGreaterThan(0.95);
  });

  const json = '{"kind":"Pod","spec":{\n\t"n":[1,true,{"a":"b"}],\n\t"m": {}\n}}\n';
  const splinters = [
    ...['\t', '\r\n', '\n', '\r', '---\n', '...\n', '- ', '-', ': ', ':', '{', '}', '[', ']', ','],
    ...['&a ', '*a', '"', "'", "''", '|\n', '>-\n', '|-\n', '#', ' #', '? ', '!x ', '%', '@', '\\'],
    ...['\n  ', '\n    ', '\n\n', '  ', ' ', 'x', '0', 'null', '~', 'on', '1_0', '.5', '{}', '[]'],
    ...['a: b\n', '- a\n', '  # c\n', '# c\n', '\uFEFF', '\u0085', '\u00a0', '\u2028', '<<: '],
  ];
  const anchored = 'a: &x\n  b: &y 1\n  c:\n  - *x\nd: *y\ne: &z [1]\n';
  const seeds = [manifest, json, anchored, ...manifest.split(/^(?=\w)/m)];
  const broken = brokenTexts(seeds, splinters, { maxLength: 5 });

  /** What is wrong with a text that counts as long; undefined for what is left to the full parser. */
  function mistake(text: string) {
    const document = new Document();
    if (!readPlainYaml(text, document, { longLine: 0 })) return undefined;
    const [problem] = document.errors.filter(({ code }) => code !== 'DUPLICATE_KEY');
    return problem && { message: problem.message.split('.')[0], pos: problem.pos, document };
  }

  it.each([
    ['{"a":{"b":1,"c":[1,2}}', 20, 'There is no "," or "]" here'],
    ['{"a":1,"b" 2}', 10, 'There is no ":" here'],
    ['{"a":1,"b:2}', 7, 'This " is never closed'],
    ['{"a":"x"b":2}', 8, 'There is no "," or "}" here'],
    ['{"a":1"b":2}', 6, 'There is no "," here'],
    ['{"a":{"b":1,{"c":2}]}', 12, 'There is no name of a field here'],
    ['{"a":[1,', 8, 'A bracket is never closed, here at the latest'],
    ['a: {"b":[1]\nc: 1\n', 12, 'A bracket is never closed, here at the latest'],
    ['{"a":[1]}#', 9, 'Nothing can follow after the last bracket'],
    ['{"a":[1]}\nx\n', 10, 'Nothing can follow after the last bracket'],
  ])('ends a long text at its mistake: %j', (text, at, message) => {
    expect(mistake(text)).toMatchObject({ message, pos: [at, at + 1] });
  });

  it('keeps what stands before the mistake', () => {
    expect(mistake('{"a":{"b":[1,{"c":2},{"d":3,"e" 4}]}}')?.document.toJS()).toEqual({
      a: { b: [1, { c: 2 }, { d: 3 }] },
    });
  });

  it('ends no text that the full parser would read to its end', () => {
    fc.assert(
      fc.property(broken, (text) => {
        const found = mistake(text);
        // To the parser these are well: a map as a key, and text with quotes in it.
        if (found === undefined || /name of a field|"," here/.test(found.message ?? '')) return;
        expect(parseWholeYaml(text).some(({ errors }) => errors.length > 0)).toBe(true);
      }),
      { numRuns: Number(process.env.QUICK_RUNS ?? 600) },
    );
  }, 120_000);

  it('reads a long text with a mistake in no more steps than one without', () => {
    const items = Array.from({ length: 2000 }, (_, index) => ({ kind: 'Pod', spec: { n: index } }));
    const long = JSON.stringify({ kind: 'List', items });
    const stepsOf = (text: string) => {
      let steps = 1;
      for (const reading = parseYamlInSteps(text); reading.next().done !== true; ) steps += 1;
      return steps;
    };
    const whole = stepsOf(long);
    for (const text of [`${long}#`, long.slice(0, -1), long.replace('"spec"', '"spec')])
      expect(stepsOf(text)).toBeLessThanOrEqual(whole + 1);
  });

  it('agrees with the full parser on anything that it reads', () => {
    fc.assert(
      fc.property(broken, (text) => void compare(text)),
      { numRuns: Number(process.env.QUICK_RUNS ?? 600) },
    );
  }, 120_000);
});
