/** IPv4 arithmetic. Addresses are dotted text outside, unsigned 32-bit numbers in between. */

export interface Cidr {
  /** The first address. */
  readonly base: number;
  readonly bits: number;
}

/** Undefined if the text is no IPv4 address. */
export function parseAddress(text: string): number | undefined {
  const parts = text.split('.');
  if (parts.length !== 4) return undefined;
  let value = 0;
  for (const part of parts) {
    if (!/^\d{1,3}$/.test(part) || Number(part) > 255) return undefined;
    value = value * 256 + Number(part);
  }
  return value;
}

export function formatAddress(value: number): string {
  return [24, 16, 8, 0].map((shift) => (value >>> shift) & 255).join('.');
}

/** Throws RangeError if the text is no IPv4 range such as 10.96.0.0/16. */
export function parseCidr(text: string): Cidr {
  const [address = '', bits = ''] = text.split('/');
  const value = parseAddress(address);
  if (value === undefined || !/^\d{1,2}$/.test(bits) || Number(bits) > 32) {
    throw new RangeError(`${text} is not an IPv4 range such as 10.96.0.0/16`);
  }
  const size = 2 ** (32 - Number(bits));
  return { base: value - (value % size), bits: Number(bits) };
}

export function sizeOf({ bits }: Cidr): number {
  return 2 ** (32 - bits);
}

/** The address `index` places from the start, or from the end if negative (-1 is the last). */
export function addressAt(cidr: Cidr, index: number): string {
  return formatAddress(cidr.base + (index < 0 ? sizeOf(cidr) + index : index));
}

export function contains(cidr: Cidr, address: string): boolean {
  const value = parseAddress(address);
  return value !== undefined && value >= cidr.base && value < cidr.base + sizeOf(cidr);
}

export function overlaps(a: Cidr, b: Cidr): boolean {
  return a.base < b.base + sizeOf(b) && b.base < a.base + sizeOf(a);
}
