/** IPv4 addresses and ranges as numbers. */

export interface Range4 {
  /** The network's own address. */
  readonly first: number;
  /** The broadcast address. */
  readonly last: number;
}

export function parseAddress(text: string): number | undefined {
  const parts = text.split('.');
  if (parts.length !== 4) return undefined;
  let number = 0;
  for (const part of parts) {
    if (!/^\d{1,3}$/.test(part) || Number(part) > 255) return undefined;
    number = number * 256 + Number(part);
  }
  return number;
}

export function formatAddress(number: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(number / 2 ** shift) % 256).join('.');
}

/** Throws for what is no IPv4 CIDR. */
export function parseRange(cidr: string): Range4 {
  const [address = '', bits = ''] = cidr.split('/');
  const number = parseAddress(address);
  if (number === undefined || !/^\d{1,2}$/.test(bits) || Number(bits) > 32) {
    throw new Error(`${cidr} is not an IPv4 range`);
  }
  const size = 2 ** (32 - Number(bits));
  const first = number - (number % size);
  return { first, last: first + size - 1 };
}

/** The n-th address of a range, 0 being the network's own. */
export function addressIn(cidr: string, n: number): string {
  return formatAddress(parseRange(cidr).first + n);
}
