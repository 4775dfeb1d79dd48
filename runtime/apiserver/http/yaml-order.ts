/**
 * The order in which the Kubernetes tools write the members of a map as YAML: by name, numbers within
 * names by their value, and all else before letters (`keyList` of https://github.com/kubernetes-sigs/yaml).
 *
 *   a-10  after  a-9        a.b  before  ab        B  before  a
 */

const letter = /^\p{L}/u;
const zero = 0x30;

/** For `sort`. */
export function byYamlName(a: string, b: string): number {
  const shorter = Math.min(a.length, b.length);
  let at = 0;
  while (at < shorter && a.charCodeAt(at) === b.charCodeAt(at)) at++;
  if (at === shorter) return a.length - b.length;
  const isLetter = isLetterAt(a, at);
  // Of two numbers the one that ends first is the smaller one.
  if (isLetter !== isLetterAt(b, at)) return isLetter === isDigit(a.charCodeAt(at - 1)) ? -1 : 1;
  return (isLetter ? 0 : byNumber(a, b, at)) || (a.codePointAt(at) ?? 0) - (b.codePointAt(at) ?? 0);
}

/**
 * Of names that differ from a place on: by the numbers that begin there, and these by their lengths. After
 * digits a zero is part of a longer number: `10` and `1` differ in the second place.
 */
function byNumber(a: string, b: string, at: number): number {
  const isLonger = (a[at] === '0' || b[at] === '0') && isNumberBefore(a, at);
  let [numberA, endA] = [isLonger ? 1 : 0, at];
  for (; isDigit(a.charCodeAt(endA)); endA++) numberA = numberA * 10 + a.charCodeAt(endA) - zero;
  let [numberB, endB] = [isLonger ? 1 : 0, at];
  for (; isDigit(b.charCodeAt(endB)); endB++) numberB = numberB * 10 + b.charCodeAt(endB) - zero;
  return numberA - numberB || endA - endB;
}

/** The digits before a place are more than zeros. */
function isNumberBefore(text: string, at: number): boolean {
  let index = at - 1;
  while (text.charCodeAt(index) === zero) index--;
  return isDigit(text.charCodeAt(index));
}

function isDigit(code: number): boolean {
  return code >= zero && code <= zero + 9;
}

function isLetterAt(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  if (code < 0x80) return (code | 0x20) >= 0x61 && (code | 0x20) <= 0x7a;
  return letter.test(String.fromCodePoint(text.codePointAt(at) ?? 0));
}
