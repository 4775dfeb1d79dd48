import fc from 'fast-check';
import { expect, test } from 'vitest';
import { byYamlName } from './yaml-order.ts';

/** In each line as the Kubernetes tools write them. */
test.each([
  [['apiVersion', 'items', 'kind', 'metadata']],
  [['B', 'a', 'b']],
  [['a', 'a-1', 'a-2', 'a-9', 'a-10', 'a-010', 'a-b']],
  [['f:', 'f:.', 'f:name', 'k:{"port":80}']],
  [['x0', 'x00', 'x1', 'x1b', 'x2', 'x010']],
  [['.', '/', '_', 'a', 'é', '名']],
])('orders %j', (names) => {
  for (const [index, name] of names.entries())
    for (const later of names.slice(index + 1)) {
      expect([name, later, Math.sign(byYamlName(name, later))]).toEqual([name, later, -1]);
      expect([later, name, Math.sign(byYamlName(later, name))]).toEqual([later, name, 1]);
    }
});

test('takes a number for what it is, and lets it end before a letter', () => {
  expect(['k2', 'k10/', 'k1a', 'k1'].toSorted(byYamlName)).toEqual(['k1', 'k1a', 'k2', 'k10/']);
  expect(['v1beta1', 'v1', 'v10', 'v2'].toSorted(byYamlName)).toEqual([
    ...['v1', 'v1beta1', 'v2', 'v10'],
  ]);
});

test('is an order', () => {
  const name = fc.string({ unit: fc.constantFrom('a', 'b', '0', '1', '9', '.', '-', 'é') });
  fc.assert(
    fc.property(name, name, name, (a, b, c) => {
      expect(Math.sign(byYamlName(a, b))).toBe(0 - Math.sign(byYamlName(b, a)));
      if (byYamlName(a, b) < 0 && byYamlName(b, c) < 0) expect(byYamlName(a, c)).toBeLessThan(0);
    }),
    { numRuns: 5000 },
  );
});
