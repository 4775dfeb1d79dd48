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

  /** What a quantity says, worked out with whole numbers alone: amount over divisor. */
  const powers: Record<string, [base: bigint, exponent: number]> = {
    ...{ n: [10n, -9], u: [10n, -6], m: [10n, -3], '': [10n, 0], k: [10n, 3], M: [10n, 6] },
    ...{ G: [10n, 9], T: [10n, 12], P: [10n, 15], Ki: [2n, 10], Mi: [2n, 20], Gi: [2n, 30] },
    ...{ Ti: [2n, 40], e3: [10n, 3], 'E-2': [10n, -2], 'e+6': [10n, 6] },
  };
  const written = fc
    .tuple(
      fc.constantFrom('', '+', '-'),
      fc.bigInt({ min: 0n, max: 99_999n }),
      fc.stringMatching(/^\d{0,4}$/),
      fc.constantFrom(...Object.keys(powers)),
    )
    .map(([sign, whole, fraction, unit]) => {
      const [base, exponent] = powers[unit] ?? [10n, 0];
      const digits = BigInt(`${whole}${fraction}`) * (sign === '-' ? -1n : 1n);
      const scale = 10n ** BigInt(fraction.length);
      const point = fraction === '' ? '' : `.${fraction}`;
      return {
        text: `${sign}${whole}${point}${unit}`,
        amount: exponent < 0 ? digits : digits * base ** BigInt(exponent),
        divisor: exponent < 0 ? scale * base ** BigInt(-exponent) : scale,
      };
    });
  /** Billionths, what is finer rounded away from zero: all that a quantity holds. */
  const nanoOf = ({ amount, divisor }: { amount: bigint; divisor: bigint }) => {
    const [all, sign] = amount < 0n ? [-amount, -1n] : [amount, 1n];
    const most = 2n ** 63n - 1n;
    const nano = (all * 1_000_000_000n + divisor - 1n) / divisor;
    return sign * (nano > most * 1_000_000_000n ? most * 1_000_000_000n : nano);
  };

  it('says what its digits and its unit say', () => {
    fc.assert(
      fc.property(written, (one) => {
        expect(read(one.text).nano, one.text).toBe(nanoOf(one));
      }),
      { numRuns: 1000 },
    );
  });

  it('is ordered and added as the numbers are', () => {
    fc.assert(
      fc.property(written, written, (a, b) => {
        const [x, y] = [nanoOf(a), nanoOf(b)];
        expect(Math.sign(compare(read(a.text), read(b.text)))).toBe(x < y ? -1 : x > y ? 1 : 0);
        expect(add(read(a.text), read(b.text)).nano).toBe(x + y);
        expect(sub(read(a.text), read(b.text)).nano).toBe(x - y);
      }),
    );
  });

  it('is written without a fraction, in the largest unit of its kind that allows that', () => {
    fc.assert(
      fc.property(written, ({ text }) => {
        const said = format(read(text));
        expect(said).toMatch(/^(0|-?[1-9]\d*([numkMGTPE]|[KMGTPE]i|e-?\d+)?)$/);
        const binary = /i$/.test(said);
        const digits = BigInt(said.replace(/[a-zA-Z].*$/, ''));
        const last = /(E|Ei)$/.test(said);
        if (digits !== 0n && !last) expect(digits % (binary ? 1024n : 1000n)).not.toBe(0n);
      }),
    );
  });
});
