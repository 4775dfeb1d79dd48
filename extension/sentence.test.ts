import { expect, it } from 'vitest';
import { sentence } from './sentence.ts';

it('makes the end of a sentence a whole one', () => {
  expect(sentence('cannot reach https://a: certificate has expired')).toBe(
    'Cannot reach https://a: certificate has expired.',
  );
  expect(sentence('Flow map must end with a } at line 3, column 1:\n')).toBe(
    'Flow map must end with a } at line 3, column 1.',
  );
  expect(sentence('connection refused (is the cluster running?)')).toBe(
    'Connection refused (is the cluster running?).',
  );
  expect(sentence('Get it with: brew install x.')).toBe('Get it with: brew install x.');
});
