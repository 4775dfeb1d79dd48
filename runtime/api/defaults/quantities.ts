/**
 * A server writes quantities in their canonical form, whatever form they came in: `0.5` becomes
 * `500m`, `1024Mi` becomes `1Gi`. What is no quantity stays, for validation to name.
 */
import { format, parseQuantity, type Quantity } from '../quantity.ts';
import type { core } from '../types.ts';
import { entries, isRecord } from './fields.ts';

type Amounts = Record<string, string>;

const nanosInMilli = 1_000_000n;

function canonical(value: unknown, roundToMilli: boolean): string | undefined {
  if (typeof value !== 'string' && typeof value !== 'number') return undefined;
  const quantity = parseQuantity(value);
  if (quantity === undefined) return undefined;
  // parseQuantity gives the same object for the same text.
  const known = roundToMilli ? inMilli : exact;
  let text = known.get(quantity);
  if (text === undefined) {
    text = write(quantity, roundToMilli);
    known.set(quantity, text);
  }
  return text;
}

const exact = new WeakMap<Quantity, string>();
const inMilli = new WeakMap<Quantity, string>();

function write(quantity: Quantity, roundToMilli: boolean): string {
  const rest = roundToMilli ? quantity.nano % nanosInMilli : 0n;
  if (rest <= 0n) return format(quantity);
  return format({ ...quantity, nano: quantity.nano + nanosInMilli - rest });
}

/** Brings the quantity at `object[field]` into its canonical form. */
export function normalizeQuantity<K extends string>(object: { [P in K]?: string }, field: K): void {
  const text = canonical(object[field], false);
  if (text !== undefined) object[field] = text;
}

/** Brings a resource list (`{cpu: 0.5}`) into its canonical form, in place, rounded up to thousandths. */
export function normalizeAmounts(amounts: Amounts | undefined): void {
  if (!isRecord(amounts)) return;
  for (const [name, value] of Object.entries(amounts)) {
    const text = canonical(value, true);
    if (text !== undefined && text !== value) amounts[name] = text;
  }
}

/** The same for `requests` and `limits`. */
export function normalizeResources(
  resources: Pick<core.ResourceRequirements, 'limits' | 'requests'> | undefined,
): void {
  if (!isRecord(resources)) return;
  normalizeAmounts(resources.limits);
  normalizeAmounts(resources.requests);
}

/** The same for the targets of an autoscaler's metrics. */
export function normalizeMetrics(metrics: object[]): void {
  for (const metric of metrics) {
    for (const source of entries(Object.values(metric))) {
      const target: unknown = source.target;
      if (!isRecord(target)) continue;
      normalizeQuantity(target as { value?: string }, 'value');
      normalizeQuantity(target as { averageValue?: string }, 'averageValue');
    }
  }
}
