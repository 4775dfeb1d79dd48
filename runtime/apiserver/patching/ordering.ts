/**
 * The order of a merged list. The elements that the patch speaks of take the patch's order; the
 * others keep theirs, and go before the first of the patch's elements that they preceded:
 *
 *   live [a b c], patch order [c x]:  a and b preceded c  →  [a b c x]
 *   live [a],     patch order [x]:    nothing is known    →  [x a]
 */
import { isObject } from './json.ts';

/**
 * Orders `merged`: `order` is the patch's order, `live` the list as it was. Elements are told apart
 * by `mergeKey`, or by their value where there is none.
 */
export function mergeOrdered(
  merged: readonly unknown[],
  order: readonly unknown[],
  live: readonly unknown[],
  mergeKey: string | undefined,
): unknown[] {
  const identity = (entry: unknown) =>
    mergeKey !== undefined && isObject(entry) ? entry[mergeKey] : entry;
  const wanted = positions(order.map(identity));
  const before = positions(live.map(identity));
  const named: unknown[] = [];
  const others: unknown[] = [];
  for (const entry of merged) (wanted.has(identity(entry)) ? named : others).push(entry);
  const by = (places: Map<unknown, number>) => (a: unknown, b: unknown) =>
    (places.get(identity(a)) ?? merged.length) - (places.get(identity(b)) ?? merged.length);
  named.sort(by(wanted));
  others.sort(by(before));

  const result: unknown[] = [];
  let next = 0;
  for (const entry of named) {
    const place = before.get(identity(entry));
    while (place !== undefined && next < others.length) {
      const other = before.get(identity(others[next]));
      if (other === undefined || other > place) break;
      result.push(others[next++]);
    }
    result.push(entry);
  }
  return [...result, ...others.slice(next)];
}

function positions(keys: readonly unknown[]): Map<unknown, number> {
  const places = new Map<unknown, number>();
  keys.forEach((key, index) => {
    if (!places.has(key)) places.set(key, index);
  });
  return places;
}
