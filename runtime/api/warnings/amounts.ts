/** Bytes come whole. */
import { canonicalQuantity, parseQuantity } from '../quantity.ts';
import { isRecord } from '../validation/values.ts';
import type { Warnings } from './collector.ts';

const milli = 1_000_000n;

/** Warns where `amounts[name]` is not a whole number of bytes: `100m` where `100M` was meant. */
export function fractionOf(
  amounts: unknown,
  name: string,
  field: string,
  warnings: Warnings,
): void {
  const value = isRecord(amounts) ? amounts[name] : undefined;
  if (typeof value !== 'string' && typeof value !== 'number') return;
  const quantity = parseQuantity(value);
  if (quantity === undefined) return;
  // In thousandths, rounded up, as the original looks at it.
  const thousandths = (quantity.nano + milli - 1n) / milli;
  if (thousandths % 1000n === 0n) return;
  const shown = JSON.stringify(canonicalQuantity(value));
  warnings.at(`${field}[${name}]`, `fractional byte value ${shown} is invalid, must be an integer`);
}
