/**
 * Cuts a stream of YAML documents at its `---` lines, so that each is read, and read again after a
 * change, on its own. No scalar can hold such a line (YAML 1.2, c-forbidden), so a cut is always
 * one between documents.
 */
export interface PartText {
  /** Offset in the whole text. */
  readonly start: number;
  readonly text: string;
}

const separator = /(?<![^\n])---(?=[ \t\r\n]|$)/g;

/** The parts in their order; each but the first begins with its `---`, or is an object of JSON. */
export function splitParts(text: string): PartText[] {
  const objects = jsonStarts(text);
  if (objects.length > 1) return cut(text, [0, ...objects.slice(1)]);
  // A directive (`%YAML 1.2`) stands before the `---` of the document that it is about.
  if (/(?<![^\n])%/.test(text)) return [{ start: 0, text }];
  const starts = [0];
  for (const { index } of text.matchAll(separator)) if (index > 0) starts.push(index);
  return cut(text, starts);
}

function cut(text: string, starts: readonly number[]): PartText[] {
  return starts.map((start, index) => ({ start, text: text.slice(start, starts[index + 1]) }));
}

/**
 * Where the objects of a stream of JSON begin, which the Kubernetes tools read one after the other
 * with nothing between them. Empty for anything else.
 */
function jsonStarts(text: string): number[] {
  const first = /^\uFEFF?\s*\{/.exec(text);
  if (first === null) return [];
  const starts: number[] = [];
  let depth = 0;
  for (let at = first[0].length - 1; at < text.length; at++) {
    switch (text.charCodeAt(at)) {
      case 34: // "
        at = endOfString(text, at);
        if (depth === 0 || at < 0) return [];
        break;
      case 91: // [
      case 123: // {
        if (depth === 0) starts.push(at);
        depth += 1;
        break;
      case 93: // ]
      case 125: // }
        depth -= 1;
        break;
      default:
        if (depth === 0 && !/\s/.test(text[at] ?? '')) return [];
    }
  }
  return depth === 0 ? starts : [];
}

/** The closing quote of the string that opens at `open`; -1 if there is none. */
function endOfString(text: string, open: number): number {
  for (let at = open + 1; ; at++) {
    at = text.indexOf('"', at);
    if (at < 0) return -1;
    let backslashes = 0;
    while (text.charCodeAt(at - 1 - backslashes) === 92) backslashes += 1;
    if (backslashes % 2 === 0) return at;
  }
}
