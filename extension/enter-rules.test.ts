import { describe, expect, it } from 'vitest';
import { enterRules } from './enter-rules.ts';

/** Columns that Enter goes further in, with steps of two. */
function stepAfter(line: string): number {
  const rule = enterRules.find(({ beforeText }) => beforeText.test(line));
  return rule === undefined ? 0 : 2 + (rule.more ?? '').length;
}

describe('Enter', () => {
  it.each([
    ['metadata:', 2],
    ['  labels: # of all', 2],
    ['  "a key":', 2],
    ['  script: |', 2],
    ['  base: &base', 2],
    ['  - configMapRef:', 4],
    ['  - name: web', 2],
    ['  - name: web # the first', 2],
    ['  - |', 2],
  ])('goes in after %j', (line, columns) => {
    expect(stepAfter(line)).toBe(columns);
  });

  it.each([
    '',
    '  name: web',
    '  - plain',
    '  - http://example.com',
    '  - "a: b"',
    '  - {name: web}',
    '# as follows:',
    '  # - name: web',
    '  ports: []',
    '---',
  ])('stays after %j', (line) => {
    expect(stepAfter(line)).toBe(0);
  });
});
