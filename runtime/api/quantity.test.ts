import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  add,
  canonicalQuantity,
  compare,
  format,
  parseQuantity,
  type Quantity,
  sub,
  toInteger,
  toMilli,
  toNumber,
} from './quantity.ts';

const read = (text: string | number): Quantity => {
  const quantity = parseQuantity(text);
  if (quantity === undefined) throw new Error(`no quantity: ${text}`);
  return quantity;
};

describe('parseQuantity', () => {
  it.each([
    ['0', '0'],
    ['0.5', '500m'],
    ['.5', '500m'],
    ['1.', '1'],
    ['100m', '100m'],
    ['1000m', '1'],
    ['1500m', '1500m'],
    ['0.1m', '100u'],
    ['+3', '3'],
    ['-1.5Gi', '-1536Mi'],
    ['1.5Gi', '1536Mi'],
    ['1024Ki', '1Mi'],
    ['1000Ki', '1000Ki'],
    ['500Mi', '500Mi'],
    ['128974848', '128974848'],
    ['129e6', '129e6'],
    ['129M', '129M'],
    ['1E', '1E'],
    ['1e3', '1e3'],
    ['1000', '1k'],
    ['1E3', '1e3'],
    ['12e-3', '12e-3'],
    ['0.5Mi', '512Ki'],
    ['1Ki', '1Ki'],
    ['0.5Ki', '512'],
    [2, '2'],
    [0.25, '250m'],
  ])('%s is written %s', (text, canonical) => {
    expect(canonicalQuantity(text)).toBe(canonical);
  });

  it.each(['', 'x', '1 Gi', '1GB', '1KI', '--1', '1e', 'Mi', '.', '1mi', '0x10', '1.2.3', '1_000'])(
    '%j is none',
    (text) => {
      expect(parseQuantity(text)).toBeUndefined();
    },
  );

  it('caps what does not fit into 63 bits', () => {
    expect(read('100E').nano).toBe(read('9223372036854775807').nano);
  });

  it('rounds up what is finer than a billionth', () => {
    expect(read('0.0000000001').nano).toBe(1n);
  });
});

describe('arithmetic', () => {
  it('keeps the units of the left side', () => {
    expect(format(add(read('1Gi'), read('1024')))).toBe('1048577Ki');
    expect(format(add(read('0'), read('1Gi')))).toBe('1Gi');
    expect(format(sub(read('2'), read('500m')))).toBe('1500m');
  });

  it('rounds up to whole units and to thousandths', () => {
    expect(toInteger(read('1500m'))).toBe(2);
    expect(toInteger(read('-1500m'))).toBe(-1);
    expect(toMilli(read('1u'))).toBe(1);
    expect(toNumber(read('1500m'))).toBe(1.5);
  });
});

describe('properties', () => {
  const units = ['', 'n', 'u', 'm', 'k', 'M', 'G', 'Ki', 'Mi', 'Gi', 'e2', 'e-3'];
  const quantities = fc
    .tuple(fc.integer({ min: -1_000_000, max: 1_000_000 }), fc.constantFrom(...units))
    .map(([amount, unit]) => read(`${amount}${unit}`));

  it('the canonical form reads back as the same amount and is its own canonical form', () => {
    fc.assert(
      fc.property(quantities, (quantity) => {
        const text = format(quantity);
        expect(read(text).nano).toBe(quantity.nano);
        expect(format(read(text))).toBe(text);
      }),
    );
  });

  it('adding and taking away again changes nothing', () => {
    fc.assert(
      fc.property(quantities, quantities, (a, b) => {
        expect(compare(sub(add(a, b), b), a)).toBe(0);
      }),
    );
  });

  it('never throws', () => {
    fc.assert(fc.property(fc.string(), (text) => void parseQuantity(text)));
  });
});
