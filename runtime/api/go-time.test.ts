import { describe, expect, it } from 'vitest';
import { momentProblem } from './go-time.ts';

const day = '2026-01-31T12:00:00';
const layout = '"2006-01-02T15:04:05Z07:00"';
const micros = '"2006-01-02T15:04:05.000000Z07:00"';

describe('a moment', () => {
  it.each([
    [`${day}Z`, true, false],
    [`${day}.5Z`, true, false],
    [`${day}.123Z`, true, false],
    [`${day}.123456Z`, true, true],
    [`${day},123456Z`, true, true],
    [`${day}.123456789Z`, true, false],
    [`${day}.123456+01:00`, true, true],
    [`${day}.12345+01:00`, true, false],
    ['2026-01-31T9:00:00.000000Z', true, true],
    ['2024-02-29T00:00:00.000000-24:60', true, true],
    ['2023-02-29T00:00:00.000000Z', false, false],
    ['2026-01-31t12:00:00.000000Z', false, false],
    ['2026-01-31T12:00:00.000000z', false, false],
    ['2026-01-31T24:00:00.000000Z', false, false],
    [`${day}.000000+25:00`, false, false],
    ['2026-01-31', false, false],
    ['', false, false],
  ])('%s: as Time %s, as MicroTime %s', (text, asTime, asMicroTime) => {
    expect(momentProblem(text, 'seconds') === undefined).toBe(asTime);
    expect(momentProblem(text, 'micros') === undefined).toBe(asMicroTime);
  });

  it('that is none is told of as Go does', () => {
    expect(momentProblem('', 'seconds')).toBe(
      `parsing time "" as ${layout}: cannot parse "" as "2006"`,
    );
    expect(momentProblem('2026-1-31', 'seconds')).toBe(
      `parsing time "2026-1-31" as ${layout}: cannot parse "1-31" as "01"`,
    );
    expect(momentProblem('2026-01-31 12:00', 'seconds')).toBe(
      `parsing time "2026-01-31 12:00" as ${layout}: cannot parse " 12:00" as "T"`,
    );
    expect(momentProblem(`${day}Z`, 'micros')).toBe(
      `parsing time "${day}Z" as ${micros}: cannot parse "Z" as ".000000"`,
    );
    expect(momentProblem(`${day}.123456789Z`, 'micros')).toBe(
      `parsing time "${day}.123456789Z" as ${micros}: cannot parse "789Z" as "Z07:00"`,
    );
    expect(momentProblem('2026-13-31T12:00:00Z', 'seconds')).toBe(
      'parsing time "2026-13-31T12:00:00Z": month out of range',
    );
    expect(momentProblem('2026-02-30T12:00:00Z', 'seconds')).toBe(
      'parsing time "2026-02-30T12:00:00Z": day out of range',
    );
    expect(momentProblem(`${day}Z `, 'seconds')).toBe(`parsing time "${day}Z ": extra text: " "`);
  });
});
