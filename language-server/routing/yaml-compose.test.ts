/** Documents that are composed in pieces are what they are when composed in one go. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isAlias, isMap, isScalar, isSeq, type Node } from 'yaml';
import { brokenTexts } from '../broken-text.case.ts';
import { finish } from '../slices.ts';
import { parseWholeYamlInSteps } from './yaml-text.ts';

function shape(node: unknown): unknown {
  const { range, anchor, tag } = (node ?? {}) as Node & { anchor?: string };
  if (isAlias(node)) return { alias: node.source, range };
  if (isScalar(node)) {
    // Each merge key is a symbol of its own.
    const value = typeof node.value === 'symbol' ? String(node.value) : node.value;
    return { value, type: node.type, anchor, tag, range };
  }
  if (isMap(node)) {
    const items = node.items.map(({ key, value }) => [shape(key), shape(value)]);
    return { items, flow: node.flow, anchor, tag, range };
  }
  if (isSeq(node)) return { list: node.items.map(shape), flow: node.flow, anchor, tag, range };
  return node;
}

function read(text: string, pieceLength: number) {
  return finish(parseWholeYamlInSteps(text, { pieceLength })).map((document) => ({
    contents: shape(document.contents),
    range: document.range,
    problems: [...document.errors, ...document.warnings]
      .map(({ pos, code, message }) => `${pos[0]}-${pos[1]} ${code} ${message}`)
      .sort(),
  }));
}

const seed = `%YAML 1.2
---
# first
apiVersion: v1
items:
- kind: A
  metadata: &m
    name: a
    labels: {x: 1, "y": [1, {z: 2}, 'q'], w: &f {deep: [a, b: c, {d: e}]}}
  text: |
    one

    two
- kind: B
  metadata: *m
  <<: *m
  list:
  - - 1
    - 2
  -
  - ? k
    : v
  tagged: !!map
    a: b
  set: !!set {a, b}
# last
end: "x
  y"
...
---
second: [1, 2,
  3]
`;

describe('composing in pieces', () => {
  it('makes the same tree, at every length of a piece', () => {
    const whole = read(seed, Number.POSITIVE_INFINITY);
    for (let length = 0; length < 400; length += 7) expect(read(seed, length)).toEqual(whole);
  });

  it('keeps comments', () => {
    const text = '# top\na:\n- b # one\n# two\n- {c: d, # three\n  e: f}\n# four\n';
    const [pieces] = finish(parseWholeYamlInSteps(text, { pieceLength: 2 }));
    for (const comment of ['one', 'two', 'three', 'four'])
      expect(String(pieces)).toContain(comment);
  });

  it('stops where it is nested deeper than any manifest', () => {
    for (const sign of ['{', '[', '- ', ': ', '? ']) {
      const [{ problems } = { problems: [] }] = read(`a:\n${sign.repeat(100_000)}`, 4096);
      expect(problems).toEqual([expect.stringContaining('Nested more than 2,000 levels deep')]);
    }
  });

  const splinters = [
    ...['\t', '\r\n', '\n', '---\n', '...\n', '- ', ': ', ':', '{', '}', '[', ']', ',', ', ', ',,'],
    ...['&a ', '*a', '"', "'", '|\n', '>-\n', '#', ' # c\n', '? ', '!x ', '!!seq ', '%', '\\'],
    ...['\n  ', '\n    ', '\n\n', '  ', ' ', 'x', 'null', '{}', '[]', 'a: b\n', '- a\n', '<<: '],
  ];
  const json = '{"a":[1,{"b":"c"},[],{}],"d":{"e":null,"f":[[1],[2]]}}\n';
  const broken = brokenTexts([seed, json, seed.slice(18)], splinters, { maxLength: 6 });

  it('makes the same tree of anything', () => {
    fc.assert(
      fc.property(broken, fc.nat(120), (text, length) => {
        expect(read(text, length)).toEqual(read(text, Number.POSITIVE_INFINITY));
      }),
      { numRuns: Number(process.env.QUICK_RUNS ?? 600) },
    );
  }, 120_000);
});
