import { expect, test } from 'vitest';
import { isIPv6 } from './names.ts';

test.each([
  ['::', true],
  ['2001:db8::1', true],
  ['1:2:3:4:5:6:7:8', true],
  ['::ffff:1.2.3.4', true],
  ['1:2:3', false],
  ['1::2::3', false],
  ['12345::', false],
])('IPv6 %s: %s', (text, good) => {
  expect(isIPv6(text)).toBe(good);
});
