import { describe, expect, it } from 'vitest';
import { open } from '../language-server.case.ts';
import type { FieldChange } from '../rules/packs/pack-rule.ts';
import { changeFix } from './set-field.ts';

/** The text after the change to its first object; undefined where the change is not to be made. */
function changed(text: string, ...fields: FieldChange[]): string | undefined {
  const [resource] = open(text).manifest.resources;
  const fix = resource && changeFix(resource, { title: '', fields }, text);
  if (fix === undefined) return undefined;
  let after = text;
  for (const { start, end, text: next } of fix.edits.toSorted((a, b) => b.start - a.start)) {
    after = after.slice(0, start) + next + after.slice(end);
  }
  return after;
}

const head = 'kind: A\n';

describe('setting a field', () => {
  it.each([
    [
      'adds it behind its neighbours',
      'spec:\n  a: 1\n',
      ['spec', 'b'],
      2,
      'spec:\n  a: 1\n  b: 2\n',
    ],
    [
      'puts another value in place',
      'spec:\n  a: 1 # why\n',
      ['spec', 'a'],
      2,
      'spec:\n  a: 2 # why\n',
    ],
    [
      'adds what is around it',
      'spec:\n  a: 1\n',
      ['spec', 'b', 'c'],
      true,
      'spec:\n  a: 1\n  b:\n    c: true\n',
    ],
    [
      'merges maps',
      'spec:\n  a: {b: 1}\n',
      ['spec', 'a'],
      { b: 2, c: 3 },
      'spec:\n  a: {b: 2, c: 3}\n',
    ],
    [
      'goes into braces',
      'spec: {a: 1}\n',
      ['spec', 'b'],
      { c: [1] },
      'spec: {a: 1, b: {c: [1]}}\n',
    ],
    ['goes into empty braces', 'spec: {}\n', ['spec', 'b'], 'x', 'spec: {b: x}\n'],
    [
      'quotes what would be something else',
      'spec:\n  a: 1\n',
      ['spec', 'b'],
      'yes',
      'spec:\n  a: 1\n  b: "yes"\n',
    ],
    ['reaches into lists', 'spec:\n  - a: 1\n', ['spec', 0, 'b'], 2, 'spec:\n  - a: 1\n    b: 2\n'],
  ])('%s', (_, text, path, to, expected) => {
    expect(changed(head + text, { set: path, to })).toBe(head + expected);
  });

  it('keeps the quotes of JSON', () => {
    const text = '{"kind": "A", "spec": {"a": 1}}';
    expect(changed(text, { set: ['spec', 'b'], to: { c: 'x' } })).toBe(
      '{"kind": "A", "spec": {"a": 1, "b": {"c":"x"}}}',
    );
  });

  it.each([
    ['a field without a value', 'spec:\n', ['spec', 'a']],
    ['an item that is not there', 'spec:\n  - a: 1\n', ['spec', 1, 'a']],
    ['a list where a map is wanted', 'spec:\n  - a: 1\n', ['spec', 'a']],
  ])('leaves %s alone', (_, text, path) => {
    expect(changed(head + text, { set: path, to: 1 })).toBeUndefined();
  });
});

describe('removing and renaming', () => {
  it('takes whole lines, comments above stay', () => {
    const text = `${head}spec:\n  a: 1\n  # why\n  b:\n    c: 2\n\n  d: 3\n`;
    expect(changed(text, { remove: ['spec', 'b'] })).toBe(
      `${head}spec:\n  a: 1\n  # why\n\n  d: 3\n`,
    );
    const list = `${head}spec:\n  - a: 1\n    b: 2\n  - a: 3\n`;
    expect(changed(list, { remove: ['spec', 0] })).toBe(`${head}spec:\n  - a: 3\n`);
    expect(changed(`${head}spec:\r\n  a: 1\r\n  b: 2\r\n`, { remove: ['spec', 'b'] })).toBe(
      `${head}spec:\r\n  a: 1\r\n`,
    );
  });

  it('takes the comma with what is in braces, and the parent with its only field', () => {
    const text = `${head}spec: {a: 1, b: 2, c: [x, {d: z}]}\n`;
    const without = (path: (string | number)[]) => changed(text, { remove: path });
    expect(without(['spec', 'a'])).toBe(`${head}spec: {b: 2, c: [x, {d: z}]}\n`);
    expect(without(['spec', 'b'])).toBe(`${head}spec: {a: 1, c: [x, {d: z}]}\n`);
    expect(without(['spec', 'c', 1, 'd'])).toBe(`${head}spec: {a: 1, b: 2, c: [x]}\n`);
    expect(without(['spec', 'c', 0])).toBe(`${head}spec: {a: 1, b: 2, c: [{d: z}]}\n`);
    expect(changed(`${head}spec:\n  a: 1\n  b:\n    c: 2\n`, { remove: ['spec', 'b', 'c'] })).toBe(
      `${head}spec:\n  a: 1\n`,
    );
  });

  it.each([
    ['the only field of what must be there', 'spec:\n  a: 1\n', ['spec', 'a']],
    ['a field behind a dash', 'spec:\n  - a: 1\n    b: 2\n', ['spec', 0, 'a']],
    ['what is not there', 'spec:\n  a: 1\n  b: 2\n', ['spec', 'c']],
  ])('leaves %s alone', (_, text, path) => {
    expect(changed(head + text, { remove: path })).toBeUndefined();
  });

  it('renames the key and leaves its value', () => {
    expect(changed(`${head}a: 1 # why\n`, { rename: ['a'], to: 'b' })).toBe(`${head}b: 1 # why\n`);
  });
});
