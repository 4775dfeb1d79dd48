import { describe, expect, it } from 'vitest';
import { explainCron } from './explain-cron.ts';
import { explainValue } from './explain-value.ts';

const quantity = { type: 'string', format: 'quantity' } as const;

describe('quantities', () => {
  it.each([
    ['cpu', '500m', '`500m` = half a core'],
    ['cpu', '2', '`2` = 2 cores'],
    ['cpu', 1, '`1` = one core'],
    ['cpu', '300m', '`300m` = 0.3 of a core'],
    ['memory', '128Mi', '`128Mi` = 134,217,728 bytes (134.2 MB)'],
    ['memory', '128M', '`128M` = 128,000,000 bytes (122.1 MiB)'],
    ['storage', '1Gi', '`1Gi` = 1,073,741,824 bytes (1.1 GB)'],
    ['pods', '4k', '`4k` = 4,000'],
  ])('%s: %s', (name, value, words) => {
    expect(explainValue(name, value, quantity)).toBe(words);
  });

  it('says nothing of what says it all, or is none', () => {
    expect(explainValue('pods', '4', quantity)).toBeUndefined();
    expect(explainValue('cpu', 'lots', quantity)).toBeUndefined();
    expect(explainValue('cpu', {}, quantity)).toBeUndefined();
  });
});

describe('durations', () => {
  it.each([
    ['ttlSecondsAfterFinished', 86_400, '`ttlSecondsAfterFinished: 86400` = 1 day'],
    ['activeDeadlineSeconds', 5400, '`activeDeadlineSeconds: 5400` = 1 hour 30 minutes'],
  ])('%s', (name, value, words) => {
    expect(explainValue(name, value, { type: 'integer' })).toBe(words);
  });

  it('as text, and short ones not at all', () => {
    expect(explainValue('interval', '1h30m', { type: 'string' })).toBe(
      '`1h30m` = 1 hour 30 minutes',
    );
    expect(explainValue('periodSeconds', 10, { type: 'integer' })).toBeUndefined();
    expect(explainValue('interval', 'soon', { type: 'string' })).toBeUndefined();
  });
});

describe('cron', () => {
  it.each([
    ['* * * * *', 'Every minute'],
    ['*/5 * * * *', 'Every 5 minutes'],
    ['0 * * * *', 'Every hour'],
    ['15 * * * *', 'At minute 15 of every hour'],
    ['0 */2 * * *', 'Every 2 hours'],
    ['30 3 * * *', 'At 03:30 every day'],
    ['0 9,17 * * 1-5', 'At 09:00 and 17:00 on Monday to Friday'],
    ['0 0 1 * *', 'At 00:00 on day 1 of the month'],
    ['0 0 1 1 *', 'At 00:00 on day 1 of the month in January'],
    ['0 4 * * SUN', 'At 04:00 on Sunday'],
    ['0 4 * * 7', 'At 04:00 on Sunday'],
    ['@daily', 'At 00:00 every day'],
    ['@weekly', 'At 00:00 on Sunday'],
  ])('%s', (schedule, words) => {
    expect(explainCron(schedule)).toBe(words);
  });

  it.each(['', 'soon', '* * * *', '0 0 1 * * 2026', '$(x) * * * *'])('none in "%s"', (schedule) => {
    expect(explainCron(schedule)).toBeUndefined();
  });
});
