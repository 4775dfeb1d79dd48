/** Where in an expression of the Common Expression Language a mistake is. */
import type { Problem } from './problem.ts';

/** The place that a message names, `ERROR: <input>:1:6: …`, in the expression that it is about. */
export function placeInExpression(message: string, value: unknown): Problem['within'] {
  const [, line, column] = /ERROR: <input>:(\d+):(\d+): /.exec(message) ?? [];
  if (typeof value !== 'string' || line === undefined) return undefined;
  const lines = value.split('\n').slice(0, Number(line) - 1);
  const offset = lines.reduce((sum, { length }) => sum + length + 1, Number(column) - 1);
  return { value, offset };
}

/** The problem at the word that is meant instead of at the whole expression. */
export function narrowed(problem: Problem, text: string): Problem {
  const { within, start, end } = problem;
  if (within === undefined) return problem;
  const place = offsetIn(text.slice(start, end), within.value, within.offset);
  if (place === undefined) return problem;
  const [word = ' '] = /^(\.?\??\w+|[^\w\s]|\s)/.exec(text.slice(start + place, end)) ?? [];
  return { ...problem, start: start + place, end: start + place + word.length };
}

/**
 * Where in `written`, a YAML scalar with its quotes or its header, the character at `offset` of its
 * value stands; undefined where that cannot be told. Spaces and line ends do not count: YAML has its own.
 */
function offsetIn(written: string, value: string, offset: number): number | undefined {
  const header = /^[|>][^\n]*\n/.exec(written)?.[0] ?? /^["']/.exec(written)?.[0] ?? '';
  let i = header.length;
  for (let j = 0; j <= offset; j += 1) {
    const wanted = value[j];
    if (wanted === undefined) return lastOf(written, i);
    if (/\s/.test(wanted)) continue;
    while (/\s/.test(written[i] ?? '')) i += 1;
    const isEscape = written[i] === '\\' && /["\\nt\n]/.test(written[i + 1] ?? '');
    if (isEscape && written[i] !== wanted) {
      i += /[nt\n]/.test(written[i + 1] ?? '') ? 2 : 1;
      j -= 1;
      continue;
    }
    if (written[i] !== wanted) return undefined;
    if (j === offset) return i;
    // In single quotes a quote stands twice; so does a backslash in double ones.
    const isTwice = written[i + 1] === wanted && header === (wanted === "'" ? "'" : '"');
    i += isTwice && /['\\]/.test(wanted) ? 2 : 1;
  }
  return lastOf(written, i);
}

/** What is missing at the end is shown at the last character. */
function lastOf(written: string, from: number): number {
  const end = Math.max(from, 1);
  return written.slice(0, end).trimEnd().length - 1;
}
