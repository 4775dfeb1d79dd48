/**
 * Addresses that stand for the machine itself or its own link, and so mean another thing to everybody
 * who dials them (k8s.io/kubernetes/pkg/apis/core/validation, ValidateNonSpecialIP).
 */
import { type IP, parseAnyIp } from '../cel/addresses.ts';

interface Range {
  readonly family: 4 | 6;
  readonly start: bigint;
  readonly length: number;
}

const loopback: readonly Range[] = [
  { family: 4, start: 127n << 24n, length: 8 },
  { family: 6, start: 1n, length: 128 },
];
const linkLocal: readonly Range[] = [
  { family: 4, start: 0xa9fen << 16n, length: 16 },
  { family: 6, start: 0xfe80n << 112n, length: 10 },
];
const linkLocalMulticast: readonly Range[] = [
  { family: 4, start: 0xe00000n << 8n, length: 24 },
  { family: 6, start: 0xff02n << 112n, length: 16 },
];
const multicast: readonly Range[] = [
  { family: 4, start: 0xen << 28n, length: 4 },
  { family: 6, start: 0xffn << 120n, length: 8 },
];
const broadcast: readonly Range[] = [{ family: 4, start: 0xffff_ffffn, length: 32 }];

const within = (ip: IP, ranges: readonly Range[]) =>
  ranges.some(({ family, start, length }) => ip.family === family && ip.within(start, length));

/** What keeps an endpoint from having such an address; empty for what is no address at all. */
export function checkNotSpecial(text: string): string[] {
  const ip = parseAnyIp(text);
  if (ip === undefined) return [];
  if (ip.bits === 0n) return ['may not be unspecified (0.0.0.0 or ::)'];
  if (within(ip, loopback)) return ['may not be in the loopback range (127.0.0.0/8, ::1/128)'];
  if (within(ip, linkLocal)) {
    return ['may not be in the link-local range (169.254.0.0/16, fe80::/10)'];
  }
  if (!within(ip, linkLocalMulticast)) return [];
  return ['may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)'];
}

/** Whether requests may be handed on to it: one machine's address, as others see it. */
export function isGlobalUnicast(text: string): boolean {
  const ip = parseAnyIp(text);
  if (ip === undefined || checkNotSpecial(text).length > 0) return false;
  return !within(ip, multicast) && !within(ip, broadcast);
}
