/** What is wrong with a document as YAML, whatever it is about. */
import { mistakesIn } from './yaml-mistakes.ts';
import { rangeOf, type YamlDocument } from './yaml-text.ts';
import { aliasTargets } from './yaml-walk.ts';

export interface SyntaxProblem {
  readonly start: number;
  readonly end: number;
  readonly code: string;
  readonly message: string;
  readonly severity: 'error' | 'warning';
  /** Where the parser was misled, if that is before the place that is shown. */
  readonly from?: number;
}

/** @param source the text of the document's part of the file */
export function problemsOf(document: YamlDocument, source: string): SyntaxProblem[] {
  const found: SyntaxProblem[] = [];
  for (const [severity, given] of [
    ['error', document.errors],
    ['warning', document.warnings],
  ] as const) {
    for (const { pos, code, message } of given) {
      // What is missing at the end is missed one character behind it.
      const [start, end] = pos.map((offset) => Math.min(offset, source.length));
      if (start === undefined || end === undefined) continue;
      // YAML 1.2 knows no such escape; the parser of kubectl and Helm reads it as a quote.
      if (code === 'BAD_DQ_ESCAPE' && source.startsWith("\\'", start)) continue;
      found.push({ start, end, code, message: plain(code, message), severity });
    }
  }
  const problems = found.length === 0 ? found : mistakesIn(found, document, source);
  // Most manifests have no alias; a walk through the whole tree would cost as much as a check.
  if (!source.includes('*')) return problems;
  const told = new Set(problems.map(({ start }) => start));
  for (const [alias, target] of aliasTargets(document)) {
    const range = rangeOf(alias);
    if (range === undefined || target !== undefined || told.has(range[0])) continue;
    problems.push({
      start: range[0],
      end: range[1],
      code: 'UNKNOWN_ALIAS',
      message: `There is no anchor "&${alias.source}" before this alias`,
      severity: 'error',
    });
  }
  return problems;
}

const plainMessages: Readonly<Record<string, string>> = {
  TAB_AS_INDENT: 'YAML is indented with spaces, not with tabs',
  DUPLICATE_KEY: 'This field is already given above; a field can be given only once',
};

function plain(code: string, message: string): string {
  return plainMessages[code] ?? message;
}
