/** IP addresses and blocks of them, as expressions use them (k8s.io/apiserver cel library: ip, cidr). */
import { isIPv4, isIPv6 } from '../validation/names.ts';

export class IP {
  readonly family: 4 | 6;
  readonly bits: bigint;

  constructor(family: 4 | 6, bits: bigint) {
    this.family = family;
    this.bits = bits;
  }

  /** In the shortest form (RFC 5952). */
  toString(): string {
    return this.family === 4 ? textOf4(this.bits) : textOf6(this.bits);
  }

  /** Is it in the block that begins at `start` and is `length` bits wide? */
  within(start: bigint, length: number): boolean {
    const rest = BigInt((this.family === 4 ? 32 : 128) - length);
    return this.bits >> rest === start >> rest;
  }
}

export class CIDR {
  readonly address: IP;
  readonly length: number;

  constructor(address: IP, length: number) {
    this.address = address;
    this.length = length;
  }

  get masked(): CIDR {
    const rest = BigInt((this.address.family === 4 ? 32 : 128) - this.length);
    return new CIDR(new IP(this.address.family, (this.address.bits >> rest) << rest), this.length);
  }

  contains(address: IP): boolean {
    return address.family === this.address.family && address.within(this.address.bits, this.length);
  }

  toString(): string {
    return `${this.address}/${this.length}`;
  }
}

/** Undefined for what is no address; zones and IPv4 addresses in IPv6 are none here. */
export function parseIp(text: string): IP | undefined {
  const ip = parseAnyIp(text);
  return ip?.family === 4 && text.includes(':') ? undefined : ip;
}

/** As `parseIp`, but an IPv4 address in IPv6 is that IPv4 address: it is reached as such. */
export function parseAnyIp(text: string): IP | undefined {
  if (isIPv4(text)) {
    return new IP(
      4,
      text.split('.').reduce((bits, part) => (bits << 8n) | BigInt(part), 0n),
    );
  }
  if (!isIPv6(text) || text.includes('%')) return undefined;
  const bits = bitsOf6(text);
  return bits >> 32n === 0xffffn ? new IP(4, bits & 0xffff_ffffn) : new IP(6, bits);
}

/** Undefined for what is no block. */
export function parseCidr(text: string): CIDR | undefined {
  const [address = '', length = '', more] = text.split('/');
  if (more !== undefined || !/^(0|[1-9]\d{0,2})$/.test(length)) return undefined;
  const ip = parseIp(address);
  if (ip === undefined || Number(length) > (ip.family === 4 ? 32 : 128)) return undefined;
  return new CIDR(ip, Number(length));
}

function bitsOf6(text: string): bigint {
  const tail = /^(.*:)(\d+\.\d+\.\d+\.\d+)$/.exec(text);
  let whole = text;
  if (tail !== null) {
    const [a = 0, b = 0, c = 0, d = 0] = (tail[2] ?? '').split('.').map(Number);
    whole = `${tail[1]}${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}`;
  }
  const [left = '', right] = whole.split('::');
  const groups = (part: string) => (part === '' ? [] : part.split(':'));
  const first = groups(left);
  const last = groups(right ?? '');
  const zeros = right === undefined ? 0 : 8 - first.length - last.length;
  const all = [...first, ...Array.from({ length: zeros }, () => '0'), ...last];
  return all.reduce((bits, group) => (bits << 16n) | BigInt(`0x${group}`), 0n);
}

function textOf4(bits: bigint): string {
  return [24n, 16n, 8n, 0n].map((shift) => (bits >> shift) & 255n).join('.');
}

function textOf6(bits: bigint): string {
  const groups = Array.from({ length: 8 }, (_, index) =>
    ((bits >> BigInt(112 - index * 16)) & 0xffffn).toString(16),
  ).join(':');
  const runs = [...groups.matchAll(/(?<![0-9a-f])0(?::0)+(?![0-9a-f])/g)];
  const longest = runs.reduce((best, [run]) => (run.length > best.length ? run : best), '');
  if (longest === '') return groups;
  const at = groups.indexOf(longest, runs.find(([run]) => run === longest)?.index ?? 0);
  const before = groups.slice(0, at).replace(/:$/, '');
  const after = groups.slice(at + longest.length).replace(/^:/, '');
  return `${before}::${after}`;
}
