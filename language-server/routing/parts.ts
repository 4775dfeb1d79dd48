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
  if (!/^\uFEFF?\s*\{/.test(text)) return [];
  const starts: number[] = [];
  let depth = 0;
  for (const { 0: token, index } of text.matchAll(/"(?:[^"\\]|\\.)*"|[{}[\]]|[^\s"{}[\]]+/g)) {
    if (token === '{' || token === '[') {
      if (depth === 0) starts.push(index);
      depth += 1;
    } else if (token === '}' || token === ']') depth -= 1;
    else if (depth === 0) return [];
  }
  return depth === 0 ? starts : [];
}
