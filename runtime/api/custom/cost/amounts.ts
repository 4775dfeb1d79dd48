/**
 * Sizes and costs as estimates count them: whole numbers up to 2^64, which stands for "without
 * end". Sizes are in characters, bytes, items or entries; costs in steps (about 50 ns each).
 */

export const endless = 2 ** 64;

/** A text takes a tenth of a step for each of its characters. */
export const perCharacter = 0.1;
/** A regular expression takes a quarter of a step for each of its characters, and each of the text's. */
export const perPatternCharacter = 0.25;

export interface Size {
  readonly min: number;
  readonly max: number;
}

export const unknownSize: Size = { min: 0, max: endless };

export function fixed(size: number): Size {
  return { min: size, max: size };
}

export function plus(a: number, b: number): number {
  return Math.min(a + b, endless);
}

export function times(a: number, b: number): number {
  return Math.min(a * b, endless);
}

/** A size as a cost: rounded up. */
export function scaled(size: number, factor: number): number {
  return Math.min(Math.ceil(size * factor), endless);
}

export function sumOf(a: Size, b: Size): Size {
  return { min: plus(a.min, b.min), max: plus(a.max, b.max) };
}

export function productOf(a: Size, b: Size): Size {
  return { min: times(a.min, b.min), max: times(a.max, b.max) };
}

/** What holds both. */
export function unionOf(a: Size, b: Size): Size {
  return { min: Math.min(a.min, b.min), max: Math.max(a.max, b.max) };
}
