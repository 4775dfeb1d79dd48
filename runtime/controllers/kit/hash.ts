/**
 * Short names for contents: the `pod-template-hash` of ReplicaSets and the suffix of
 * ControllerRevisions. 32-bit FNV-1a, written in letters that spell no words by accident (no
 * vowels) and cannot be misread (no 0, 1, 3).
 */
import { canonicalJson } from './equality.ts';

const alphabet = 'bcdfghjklmnpqrstvwxz2456789';

/** The hash of a value; `collisions` makes another one when the first is taken. */
export function contentHash(value: unknown, collisions?: number): string {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(canonicalJson(value))) hash = step(hash, byte);
  if (collisions !== undefined && collisions > 0) {
    for (let shift = 0; shift < 32; shift += 8) hash = step(hash, (collisions >>> shift) & 0xff);
  }
  return safeEncode(String(hash >>> 0));
}

function step(hash: number, byte: number): number {
  return Math.imul(hash ^ byte, 0x01000193);
}

function safeEncode(digits: string): string {
  return Array.from(digits, (digit) => alphabet[digit.charCodeAt(0) % alphabet.length]).join('');
}
