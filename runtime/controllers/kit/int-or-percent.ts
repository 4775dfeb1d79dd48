/** Values like maxSurge: an absolute number or a percentage of something. */

/** The number meant by `value` (`2`, `"25%"`) of `total`. */
export function scaledValue(
  value: number | string | undefined,
  total: number,
  round: 'up' | 'down',
): number {
  if (value === undefined) return 0;
  if (typeof value === 'number') return value;
  const match = /^(\d+)(%?)$/.exec(value);
  if (match === null) return 0;
  const number = Number(match[1]);
  if (match[2] === '') return number;
  const exact = (number * total) / 100;
  return round === 'up' ? Math.ceil(exact) : Math.floor(exact);
}
