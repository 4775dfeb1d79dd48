/**
 * The types that Kubernetes adds to the language: quantities, addresses, formats, semantic versions.
 * https://kubernetes.io/docs/reference/using-api/cel/#cel-extended-libraries
 */
import type { Environment } from '@marcbachmann/cel-js';
import {
  add,
  compare,
  parseQuantity,
  type Quantity,
  quantityOf,
  sub,
  toNumber,
} from '../quantity.ts';
import { CIDR, IP, parseCidr, parseIp } from './addresses.ts';
import { registerFormats } from './functions-formats.ts';
import { compareSemver, parseSemver, Semver } from './semver.ts';

/** A quantity as a value of its own class: expressions tell values apart by theirs. */
class CelQuantity {
  readonly amount: Quantity;

  constructor(amount: Quantity) {
    this.amount = amount;
  }
}

export function registerTypes(environment: Environment): void {
  registerQuantities(environment);
  registerIps(environment);
  registerCidrs(environment);
  registerSemver(environment);
  registerFormats(environment);
}

function registerQuantities(environment: Environment): void {
  const type = 'kubernetes.Quantity';
  const whole = ({ amount }: CelQuantity): bigint | undefined => {
    const number = toNumber(amount);
    return Number.isInteger(number) && Math.abs(number) < 2 ** 63 ? BigInt(number) : undefined;
  };
  const plus = (a: CelQuantity, b: Quantity) => new CelQuantity(add(a.amount, b));
  const minus = (a: CelQuantity, b: Quantity) => new CelQuantity(sub(a.amount, b));
  const ordered = (a: CelQuantity, b: CelQuantity) => compare(a.amount, b.amount);
  environment
    .registerType(type, CelQuantity)
    .registerFunction(`quantity(string): ${type}`, (text: string) => {
      const amount = parseQuantity(text);
      if (amount === undefined) {
        throw new Error(
          "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'",
        );
      }
      return new CelQuantity(amount);
    })
    .registerFunction(
      'isQuantity(string): bool',
      (text: string) => parseQuantity(text) !== undefined,
    )
    .registerFunction(
      `${type}.isInteger(): bool`,
      (value: CelQuantity) => whole(value) !== undefined,
    )
    .registerFunction(`${type}.asInteger(): int`, (value: CelQuantity) => {
      const integer = whole(value);
      if (integer === undefined) throw new Error('cannot convert value to integer');
      return integer;
    })
    .registerFunction(`${type}.asApproximateFloat(): double`, ({ amount }: CelQuantity) =>
      toNumber(amount),
    )
    .registerFunction(`${type}.sign(): int`, ({ amount }: CelQuantity) =>
      BigInt(compare(amount, quantityOf(0))),
    )
    .registerFunction(`${type}.add(${type}): ${type}`, (a: CelQuantity, b: CelQuantity) =>
      plus(a, b.amount),
    )
    .registerFunction(`${type}.add(int): ${type}`, (a: CelQuantity, b: bigint) =>
      plus(a, quantityOf(Number(b))),
    )
    .registerFunction(`${type}.sub(${type}): ${type}`, (a: CelQuantity, b: CelQuantity) =>
      minus(a, b.amount),
    )
    .registerFunction(`${type}.sub(int): ${type}`, (a: CelQuantity, b: bigint) =>
      minus(a, quantityOf(Number(b))),
    )
    .registerOperator(
      `${type} == ${type}`,
      (a: CelQuantity, b: CelQuantity) => ordered(a, b) === 0,
    );
  registerOrder(environment, type, ordered);
}

function registerOrder<T>(
  environment: Environment,
  type: string,
  order: (a: T, b: T) => number,
): void {
  environment
    .registerFunction(`${type}.compareTo(${type}): int`, (a: T, b: T) => BigInt(order(a, b)))
    .registerFunction(`${type}.isGreaterThan(${type}): bool`, (a: T, b: T) => order(a, b) > 0)
    .registerFunction(`${type}.isLessThan(${type}): bool`, (a: T, b: T) => order(a, b) < 0);
}

class IpNamespace {}

function registerIps(environment: Environment): void {
  const type = 'net.IP';
  const made = (text: string) => {
    const ip = parseIp(text);
    if (ip === undefined) {
      throw new Error(
        `IP Address '${text}' parse error during conversion from string: ParseAddr(${JSON.stringify(text)}): unable to parse IP`,
      );
    }
    return ip;
  };
  const within = (ip: IP, v4: string | undefined, v6: string | undefined) => {
    const block = parseCidr((ip.family === 4 ? v4 : v6) ?? '');
    return block?.contains(ip) === true;
  };
  const special: readonly [string, (ip: IP) => boolean][] = [
    ['isUnspecified', (ip) => ip.bits === 0n],
    ['isLoopback', (ip) => within(ip, '127.0.0.0/8', '::1/128')],
    ['isLinkLocalMulticast', (ip) => within(ip, '224.0.0.0/24', 'ff02::/16')],
    ['isLinkLocalUnicast', (ip) => within(ip, '169.254.0.0/16', 'fe80::/10')],
    [
      'isGlobalUnicast',
      (ip) =>
        ip.bits !== 0n &&
        ip.bits !== (ip.family === 4 ? 0xffffffffn : -1n) &&
        !within(ip, '127.0.0.0/8', '::1/128') &&
        !within(ip, '224.0.0.0/4', 'ff00::/8') &&
        !within(ip, '169.254.0.0/16', 'fe80::/10'),
    ],
  ];
  environment
    .registerType(type, IP)
    .registerType('net.IpNamespace', IpNamespace)
    .registerConstant('ip', 'net.IpNamespace', new IpNamespace())
    .registerFunction(`ip(string): ${type}`, made)
    .registerFunction('isIP(string): bool', (text: string) => parseIp(text) !== undefined)
    .registerFunction(
      'net.IpNamespace.isCanonical(string): bool',
      (_, text: string) => made(text).toString() === text,
    )
    .registerFunction(`${type}.family(): int`, (ip: IP) => BigInt(ip.family))
    .registerFunction(`string(${type}): string`, (ip: IP) => ip.toString())
    .registerOperator(
      `${type} == ${type}`,
      (a: IP, b: IP) => a.family === b.family && a.bits === b.bits,
    );
  for (const [name, test] of special) environment.registerFunction(`${type}.${name}(): bool`, test);
}

function registerCidrs(environment: Environment): void {
  const type = 'net.CIDR';
  const made = (text: string) => {
    const cidr = parseCidr(text);
    if (cidr === undefined) {
      throw new Error(
        `CIDR '${text}' parse error during conversion from string: netip.ParsePrefix(${JSON.stringify(text)}): unable to parse IP`,
      );
    }
    return cidr;
  };
  const address = (text: string) => {
    const ip = parseIp(text);
    if (ip === undefined)
      throw new Error(`network address parse error during conversion from string: ${text}`);
    return ip;
  };
  const holds = (outer: CIDR, inner: CIDR) =>
    inner.length >= outer.length && outer.contains(inner.address);
  environment
    .registerType(type, CIDR)
    .registerFunction(`cidr(string): ${type}`, made)
    .registerFunction('isCIDR(string): bool', (text: string) => parseCidr(text) !== undefined)
    .registerFunction(`${type}.containsIP(net.IP): bool`, (cidr: CIDR, ip: IP) => cidr.contains(ip))
    .registerFunction(`${type}.containsIP(string): bool`, (cidr: CIDR, text: string) =>
      cidr.contains(address(text)),
    )
    .registerFunction(`${type}.containsCIDR(${type}): bool`, holds)
    .registerFunction(`${type}.containsCIDR(string): bool`, (cidr: CIDR, text: string) =>
      holds(cidr, made(text)),
    )
    .registerFunction(`${type}.ip(): net.IP`, (cidr: CIDR) => cidr.address)
    .registerFunction(`${type}.masked(): ${type}`, (cidr: CIDR) => cidr.masked)
    .registerFunction(`${type}.prefixLength(): int`, (cidr: CIDR) => BigInt(cidr.length))
    .registerFunction(`string(${type}): string`, (cidr: CIDR) => cidr.toString())
    .registerOperator(`${type} == ${type}`, (a: CIDR, b: CIDR) => a.toString() === b.toString());
}

function registerSemver(environment: Environment): void {
  const type = 'kubernetes.Semver';
  const made = (text: string, normalize = false) => {
    const version = parseSemver(text, normalize);
    if (version === undefined) {
      throw new Error(`semver parse error during conversion from string: ${text}`);
    }
    return version;
  };
  const is = (text: string, normalize = false) => parseSemver(text, normalize) !== undefined;
  environment
    .registerType(type, Semver)
    .registerFunction(`semver(string): ${type}`, (text: string) => made(text))
    .registerFunction(`semver(string, bool): ${type}`, made)
    .registerFunction('isSemver(string): bool', (text: string) => is(text))
    .registerFunction('isSemver(string, bool): bool', is)
    .registerFunction(`${type}.major(): int`, (version: Semver) => version.numbers[0])
    .registerFunction(`${type}.minor(): int`, (version: Semver) => version.numbers[1])
    .registerFunction(`${type}.patch(): int`, (version: Semver) => version.numbers[2])
    .registerOperator(`${type} == ${type}`, (a: Semver, b: Semver) => compareSemver(a, b) === 0);
  registerOrder(environment, type, compareSemver);
}
