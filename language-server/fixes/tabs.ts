/** Spaces for tabs at the beginning of lines, where YAML takes none. */
import type { Fix, Problem } from '../rules/problem.ts';

const step = '  ';

/** For the problem that says so; all lines at once, as one alone would hardly be indented right. */
export function tabsFix(problem: Problem, text: string): Fix | undefined {
  const isAtTab = /^\s*\t/.test(text.slice(text.lastIndexOf('\n', problem.start - 1) + 1));
  if (problem.rule !== 'yaml-syntax' || !/\btabs\b/.test(problem.message) || !isAtTab) {
    return undefined;
  }
  const edits = [...text.matchAll(/^\t+/gm)].map(({ index, 0: tabs }) => ({
    start: index,
    end: index + tabs.length,
    text: step.repeat(tabs.length),
  }));
  return edits.length === 0 ? undefined : { title: 'Indent with spaces', edits };
}
