/** The JSON of values that change no more, so that it is written but once. */

const texts = new WeakMap<object, string>();

/** Keeps the JSON of a value, which must not change from now on, for as long as the value is there. */
export function keepText(value: object): void {
  texts.set(value, JSON.stringify(value));
}

export function forgetText(value: object): void {
  texts.delete(value);
}

/** What `JSON.stringify` says of the value. */
export function textOf(value: object): string;
/** Undefined for what JSON leaves out. */
export function textOf(value: unknown): string | undefined;
export function textOf(value: unknown): string | undefined {
  const kept = typeof value === 'object' && value !== null ? texts.get(value) : undefined;
  return kept ?? JSON.stringify(value);
}
