/** A server writes quantities as strings, also where they came as JSON numbers. */
import type { core } from '../types.ts';
import { entries, isRecord } from './fields.ts';

type Amounts = Record<string, string>;

/** Brings the quantity at `object[field]` into its canonical form. */
export function normalizeQuantity<K extends string>(object: { [P in K]?: string }, field: K): void {
  const value: unknown = object[field];
  if (typeof value === 'number') object[field] = String(value);
}

/** Brings a resource list (`{cpu: 0.5}`) into its canonical form, in place. */
export function normalizeAmounts(amounts: Amounts | undefined): void {
  if (!isRecord(amounts)) return;
  for (const name of Object.keys(amounts)) normalizeQuantity(amounts, name);
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
