import { describe, expect, it } from 'vitest';
import { parseWholeYaml, parseYaml } from './yaml-text.ts';

describe('numbers', () => {
  it.each<[string, unknown]>([
    ['.', '.'],
    ['-', ['-']],
    ['-.', '-.'],
    ['e3', 'e3'],
    ['E12', 'E12'],
    ['12e4567', '12e4567'],
    ['1e3', 1000],
    ['12E-1', 1.2],
    ['0o17', 15],
    ['0644', 420],
    ['08', 8],
    ['0b11', 3],
    ['0x1F', 31],
    ['-0x1f', -31],
    ['+12', 12],
    ['1_000', 1000],
    ['1_0.5', 10.5],
    ['.5', 0.5],
    ['1.', 1],
    ['0', 0],
    ['-0.0', -0],
    ['1:30', '1:30'],
    ['190:20:30', '190:20:30'],
    ['2026-01-31', '2026-01-31'],
    ['1.2.3', '1.2.3'],
    ['_1', '_1'],
    ['0b', '0b'],
    ['0xg', '0xg'],
    ['.inf', Number.POSITIVE_INFINITY],
    ['.nan', Number.NaN],
  ])('%s', (source, value) => {
    const text = `a: ${source === '-' ? '["-"]' : source}\n`;
    for (const parse of [parseYaml, parseWholeYaml]) {
      expect(parse(text)[0]?.toJS()).toEqual({ a: value });
    }
  });
});
