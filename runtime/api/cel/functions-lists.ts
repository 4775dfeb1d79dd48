/**
 * Functions on lists and sets.
 * https://kubernetes.io/docs/reference/using-api/cel/#kubernetes-list-library
 */
import type { Environment } from '@marcbachmann/cel-js';
import { sizeCost, spend } from './cost.ts';

class SetsNamespace {}

export function registerLists(environment: Environment): void {
  environment
    .registerFunction('list.isSorted(): bool', (list: unknown[]) => {
      return list.every((item, index) => index === 0 || order(list[index - 1], item) <= 0);
    })
    .registerFunction('list.sum(): dyn', sum)
    .registerFunction('list.min(): dyn', (list: unknown[]) => extreme(list, 'min', -1))
    .registerFunction('list.max(): dyn', (list: unknown[]) => extreme(list, 'max', 1))
    .registerFunction('list.indexOf(dyn): int', (list: unknown[], item: unknown) =>
      BigInt(list.findIndex((other) => equal(other, item))),
    )
    .registerFunction('list.lastIndexOf(dyn): int', (list: unknown[], item: unknown) =>
      BigInt(list.findLastIndex((other) => equal(other, item))),
    )
    .registerType('sets.Namespace', SetsNamespace)
    .registerConstant('sets', 'sets.Namespace', new SetsNamespace())
    .registerFunction(
      'sets.Namespace.contains(list, list): bool',
      (_, a: unknown[], b: unknown[]) => includesAll(a, b),
    )
    .registerFunction(
      'sets.Namespace.equivalent(list, list): bool',
      (_, a: unknown[], b: unknown[]) => includesAll(a, b) && includesAll(b, a),
    )
    .registerFunction(
      'sets.Namespace.intersects(list, list): bool',
      (_, a: unknown[], b: unknown[]) => a.some((item) => includes(b, item)),
    );
}

/** Numbers, texts, booleans, moments and durations have an order. */
function order(a: unknown, b: unknown): number {
  spend(1 + sizeCost(a));
  type Ordered = number;
  const [left, right] = [a, b] as [Ordered, Ordered];
  if (typeof a === 'object' && (a === null || typeof a.valueOf() === 'object')) {
    throw new Error('no such overload');
  }
  return left < right ? -1 : left > right ? 1 : 0;
}

function sum(list: unknown[]): unknown {
  if (list.length === 0) return 0n;
  return list.reduce((total, item) => {
    if (typeof total === 'bigint' && typeof item === 'bigint') {
      return BigInt.asIntN(64, total + item) === total + item ? total + item : overflow();
    }
    if (typeof total === 'number' && typeof item === 'number') return total + item;
    if (hasSum(total)) return total.addDuration(item);
    throw new Error('no such overload');
  });
}

function overflow(): never {
  throw new Error('integer overflow');
}

function hasSum(value: unknown): value is { addDuration(other: unknown): unknown } {
  return value !== null && typeof value === 'object' && 'addDuration' in value;
}

function extreme(list: unknown[], name: string, sign: number): unknown {
  if (list.length === 0) throw new Error(`${name} called on empty list`);
  return list.reduce((best, item) => (order(item, best) * sign > 0 ? item : best));
}

function includesAll(list: unknown[], items: unknown[]): boolean {
  return items.every((item) => includes(list, item));
}

function includes(list: unknown[], item: unknown): boolean {
  return list.some((other) => equal(other, item));
}

/** Deep equality; integers and doubles of one value are equal. */
function equal(a: unknown, b: unknown): boolean {
  spend(0.1);
  if (a === b) return true;
  if (a === null || b === null) return false;
  if (typeof a === 'bigint' || typeof b === 'bigint') {
    // biome-ignore lint/suspicious/noDoubleEquals: compares a bigint with a number by value
    return typeof a !== 'string' && typeof b !== 'string' && a == b;
  }
  if (typeof a === 'string') {
    spend(a.length * 0.1);
    return false;
  }
  if (typeof a !== 'object' || typeof b !== 'object') return false;
  if (Array.isArray(a) && Array.isArray(b)) {
    return a.length === b.length && a.every((item, index) => equal(item, b[index]));
  }
  if (Object.getPrototypeOf(a) !== Object.prototype) return a.valueOf() === b.valueOf();
  const [left, right] = [Object.entries(a), new Map(Object.entries(b))];
  return (
    left.length === right.size &&
    left.every(([name, member]) => right.has(name) && equal(member, right.get(name)))
  );
}
