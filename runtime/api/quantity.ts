/**
 * Quantities: fixed-point numbers with a unit, as in `500m`, `1.5Gi`, `3e2`.
 * https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/
 *
 * Held as whole nano-units in a bigint (the original rounds anything finer up), with the family of
 * units it was written in, because arithmetic keeps the family: 1Gi + 500M is printed in bytes of
 * the binary family, 1500m stays decimal.
 */

export type QuantityFormat = 'DecimalSI' | 'BinarySI' | 'DecimalExponent';

export interface Quantity {
  /** Billionths of one. */
  readonly nano: bigint;
  readonly format: QuantityFormat;
}

const one = 1_000_000_000n;
const milli = 1_000_000n;
/** Larger amounts are capped to this (2^63 - 1), as the original does. */
const largest = (2n ** 63n - 1n) * one;

const decimalUnits: Readonly<Record<string, number>> = {
  n: -9,
  u: -6,
  m: -3,
  '': 0,
  k: 3,
  M: 6,
  G: 9,
  T: 12,
  P: 15,
  E: 18,
};
const binaryUnits: Readonly<Record<string, number>> = {
  Ki: 10,
  Mi: 20,
  Gi: 30,
  Ti: 40,
  Pi: 50,
  Ei: 60,
};
const suffixOf = new Map(Object.entries(decimalUnits).map(([unit, power]) => [power, unit]));

const pattern = /^([+-]?)(\d*)(?:\.(\d*))?(?:([eE])([+-]?\d+)|([numkMGTPE]|[KMGTPE]i)?)$/;

/** Quantities by how they were spelled: the same few come again with every container. */
const known = new Map<string | number, Quantity | undefined>();
const mostKnown = 2_000;

/** The quantity that `text` spells, or undefined if it spells none. A number is read as its digits. */
export function parseQuantity(text: string | number): Quantity | undefined {
  const before = known.get(text);
  if (before !== undefined || known.has(text)) return before;
  const quantity = readQuantity(text);
  // Long ones are nobody's habit, and would only fill memory.
  if (typeof text === 'string' && text.length > 32) return quantity;
  if (known.size >= mostKnown) known.clear();
  known.set(text, quantity);
  return quantity;
}

function readQuantity(text: string | number): Quantity | undefined {
  const match = pattern.exec(String(text));
  if (match === null) return undefined;
  const [, sign, whole = '', fraction = '', exponentMark, exponent, unit = ''] = match;
  if (whole === '' && fraction === '') return undefined;
  const digits = BigInt(whole + fraction);
  const binary = binaryUnits[unit];
  const power = exponentMark === undefined ? (decimalUnits[unit] ?? 0) : Number(exponent);
  if (Math.abs(power) > 1000) return undefined;
  const amount =
    binary === undefined
      ? shiftUp(digits, power + 9 - fraction.length)
      : shiftUp(digits << BigInt(binary), 9 - fraction.length);
  const capped = amount > largest ? largest : amount;
  return {
    nano: sign === '-' ? -capped : capped,
    format: binary !== undefined ? 'BinarySI' : exponentMark ? 'DecimalExponent' : 'DecimalSI',
  };
}

/** Multiplies by a power of ten; what falls below one is rounded away from zero. */
function shiftUp(value: bigint, power: number): bigint {
  if (power >= 0) return value * 10n ** BigInt(power);
  const divisor = 10n ** BigInt(-power);
  return (value + divisor - 1n) / divisor;
}

/** A whole number of units. */
export function quantityOf(value: number, format: QuantityFormat = 'DecimalSI'): Quantity {
  return { nano: BigInt(Math.ceil(value)) * one, format };
}

export function quantityOfMilli(value: number): Quantity {
  return { nano: BigInt(Math.ceil(value)) * milli, format: 'DecimalSI' };
}

/** Negative if `a` is less than `b`, 0 if they are the same amount, positive otherwise. */
export function compare(a: Quantity, b: Quantity): number {
  return a.nano < b.nano ? -1 : a.nano > b.nano ? 1 : 0;
}

/** The sum, in the units of `a` unless `a` is zero. */
export function add(a: Quantity, b: Quantity): Quantity {
  return { nano: a.nano + b.nano, format: a.nano === 0n ? b.format : a.format };
}

/** The difference, in the units of `a` unless `a` is zero. */
export function sub(a: Quantity, b: Quantity): Quantity {
  return { nano: a.nano - b.nano, format: a.nano === 0n ? b.format : a.format };
}

/** The amount as a number; exact up to 2^53, fractions included as far as a double goes. */
export function toNumber(quantity: Quantity): number {
  return Number(quantity.nano / one) + Number(quantity.nano % one) / Number(one);
}

/** Rounded up to whole units, as the original's `Value()`. */
export function toInteger(quantity: Quantity): number {
  return Number(ceilDivide(quantity.nano, one));
}

/** Rounded up to thousandths, as the original's `MilliValue()`. */
export function toMilli(quantity: Quantity): number {
  return Number(ceilDivide(quantity.nano, milli));
}

function ceilDivide(value: bigint, divisor: bigint): bigint {
  const quotient = value / divisor;
  return value > 0n && value % divisor !== 0n ? quotient + 1n : quotient;
}

/** The canonical form: no fraction, no precision lost, the largest unit that allows both. */
export function format(quantity: Quantity): string {
  const { nano } = quantity;
  if (nano === 0n) return '0';
  // Amounts that binary units cannot say without a fraction are written in decimal ones.
  if (quantity.format === 'BinarySI' && nano % one === 0n && magnitude(nano) >= 1024n * one) {
    return formatBinary(nano / one);
  }
  return formatDecimal(nano, quantity.format === 'DecimalExponent');
}

function magnitude(value: bigint): bigint {
  return value < 0n ? -value : value;
}

function formatBinary(value: bigint): string {
  let amount = value;
  let unit = '';
  for (const name of Object.keys(binaryUnits)) {
    if (amount % 1024n !== 0n) break;
    amount /= 1024n;
    unit = name;
  }
  return `${amount}${unit}`;
}

function formatDecimal(nano: bigint, exponent: boolean): string {
  let amount = nano;
  let power = -9;
  while (amount % 1000n === 0n && (exponent || power < 18)) {
    amount /= 1000n;
    power += 3;
  }
  if (exponent) return power === 0 ? `${amount}` : `${amount}e${power}`;
  return `${amount}${suffixOf.get(power) ?? ''}`;
}

/** The canonical spelling of `text`, or undefined if it is no quantity. */
export function canonicalQuantity(text: string | number): string | undefined {
  const quantity = parseQuantity(text);
  return quantity === undefined ? undefined : format(quantity);
}
