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

/** The parts in their order; each but the first begins with its `---`. */
export function splitParts(text: string): PartText[] {
  // A directive (`%YAML 1.2`) stands before the `---` of the document that it is about.
  if (/(?<![^\n])%/.test(text)) return [{ start: 0, text }];
  const starts = [0];
  for (const { index } of text.matchAll(separator)) if (index > 0) starts.push(index);
  return starts.map((start, index) => ({ start, text: text.slice(start, starts[index + 1]) }));
}
