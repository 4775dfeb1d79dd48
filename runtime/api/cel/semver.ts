/** Semantic versions. https://semver.org */

export class Semver {
  readonly numbers: readonly [bigint, bigint, bigint];
  /** What comes after the dash, by its dots. */
  readonly before: readonly string[];

  constructor(numbers: readonly [bigint, bigint, bigint], before: readonly string[]) {
    this.numbers = numbers;
    this.before = before;
  }
}

const number = '(0|[1-9]\\d*)';
const part = '(?:0|[1-9]\\d*|\\d*[a-zA-Z-][0-9a-zA-Z-]*)';
const strict = new RegExp(
  `^${number}\\.${number}\\.${number}(?:-(${part}(?:\\.${part})*))?(?:\\+[0-9a-zA-Z-]+(?:\\.[0-9a-zA-Z-]+)*)?$`,
);

/**
 * `normalize`: a leading v, missing parts and leading zeros are put right first. Undefined for what
 * is no version.
 */
export function parseSemver(text: string, normalize: boolean): Semver | undefined {
  const parts = strict.exec(normalize ? normalized(text) : text);
  if (parts === null) return undefined;
  const [, major = '0', minor = '0', patch = '0', before] = parts;
  const numbers = [BigInt(major), BigInt(minor), BigInt(patch)] as const;
  return new Semver(numbers, before === undefined ? [] : before.split('.'));
}

function normalized(text: string): string {
  const found = /^v?(\d+)(?:\.(\d+))?(?:\.(\d+))?([-+].*)?$/.exec(text);
  if (found === null) return text;
  const [, major = '0', minor = '0', patch = '0', rest = ''] = found;
  return `${[major, minor, patch].map((digits) => BigInt(digits)).join('.')}${rest}`;
}

/** Below, at or above zero as `a` comes before, with or after `b`; build metadata does not count. */
export function compareSemver(a: Semver, b: Semver): number {
  for (const index of [0, 1, 2] as const) {
    if (a.numbers[index] !== b.numbers[index]) return a.numbers[index] < b.numbers[index] ? -1 : 1;
  }
  if (a.before.length === 0 || b.before.length === 0) {
    return Math.sign(b.before.length - a.before.length);
  }
  for (const [index, own] of a.before.entries()) {
    const other = b.before[index];
    if (other === undefined) return 1;
    const order = comparePart(own, other);
    if (order !== 0) return order;
  }
  return a.before.length < b.before.length ? -1 : 0;
}

function comparePart(a: string, b: string): number {
  const [left, right] = [/^\d+$/.test(a), /^\d+$/.test(b)];
  if (left && right) return Number(BigInt(a) > BigInt(b)) - Number(BigInt(a) < BigInt(b));
  if (left !== right) return left ? -1 : 1;
  return a < b ? -1 : a > b ? 1 : 0;
}
