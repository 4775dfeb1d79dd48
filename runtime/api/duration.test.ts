import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatDuration, parseDuration } from './duration.ts';

describe('durations', () => {
  it.each([
    ['0', 0],
    ['300ms', 3e8],
    ['1.5s', 1.5e9],
    ['-1m30s', -90e9],
    ['2h45m0s', 9900e9],
    ['10µs', 1e4],
  ])('reads %s', (text, nanoseconds) => {
    expect(parseDuration(text)).toBe(nanoseconds);
  });

  it.each(['', '5', 's', '1d', '1m 2s', '-'])('refuses %j', (text) => {
    expect(() => parseDuration(text)).toThrow(/no duration/);
  });

  it('reads what it writes', () => {
    fc.assert(
      fc.property(fc.integer({ min: -1e15, max: 1e15 }), (nanoseconds) => {
        expect(parseDuration(formatDuration(nanoseconds))).toBeCloseTo(nanoseconds, -2);
      }),
    );
    expect(formatDuration(90e9)).toBe('1m30s');
    expect(formatDuration(3600e9)).toBe('1h0m0s');
  });
});
