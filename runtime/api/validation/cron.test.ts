import { expect, test } from 'vitest';
import { cronProblem } from './cron.ts';

test.each([
  ['*/5 * * * *', true],
  ['0 0 1 JAN mon-fri', true],
  ['@daily', true],
  ['@every 1h30m', true],
  ['60 * * * *', false],
  ['*/0 * * * *', false],
  ['a * * * *', false],
  ['@never', false],
  ['5-1 * * * *', false],
])('schedule %s: %s', (schedule, good) => {
  expect(cronProblem(schedule) === undefined).toBe(good);
});
