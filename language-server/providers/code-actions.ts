/** Quick fixes for what the rules found. */
import {
  type CodeAction,
  CodeActionKind,
  type Diagnostic,
  type Range,
} from 'vscode-languageserver';
import type { TextDocument } from 'vscode-languageserver-textdocument';

import { type CheckContext, checkFile } from '../rules/check.ts';
import type { Problem } from '../rules/problem.ts';
import { type OpenFile, rangeIn } from './open-file.ts';

/** The fixes for problems that touch `range`, and the way to silence each of them. */
export function codeActionsAt(file: OpenFile, range: Range, context: CheckContext): CodeAction[] {
  const { document } = file;
  const from = document.offsetAt(range.start);
  const to = document.offsetAt(range.end);
  const problems = checkFile(file.manifest, context).filter(
    (problem) => problem.start <= to && from <= problem.end,
  );
  return [
    ...problems.flatMap((problem) => fixOf(problem, document)),
    ...problems.flatMap((problem) => silenceOf(problem, document)),
  ];
}

function fixOf(problem: Problem, document: TextDocument): CodeAction[] {
  if (problem.fix === undefined) return [];
  const edits = problem.fix.edits.map(({ start, end, text }) => ({
    range: rangeIn(document, start, end),
    newText: text,
  }));
  return [
    {
      title: problem.fix.title,
      kind: CodeActionKind.QuickFix,
      isPreferred: true,
      diagnostics: [diagnosticOf(problem, document)],
      edit: { changes: { [document.uri]: edits } },
    },
  ];
}

/** A comment at the end of the line, where there can be one. */
function silenceOf(problem: Problem, document: TextDocument): CodeAction[] {
  const { line } = document.positionAt(problem.start);
  const text = document.getText({
    start: { line, character: 0 },
    end: { line: line + 1, character: 0 },
  });
  const written = text.trimEnd();
  if (document.languageId === 'json' || problem.rule === 'yaml-syntax') return [];
  if (written.includes('#') || /[|>][-+\d]*$/.test(written)) return [];
  const end = { line, character: written.length };
  const newText = ` # skiff-ignore: ${problem.rule}`;
  return [
    {
      title: `Ignore ${problem.rule} here`,
      kind: CodeActionKind.QuickFix,
      diagnostics: [diagnosticOf(problem, document)],
      edit: { changes: { [document.uri]: [{ range: { start: end, end }, newText }] } },
    },
  ];
}

function diagnosticOf(problem: Problem, document: TextDocument): Diagnostic {
  return {
    range: rangeIn(document, problem.start, problem.end),
    message: problem.message,
    code: problem.rule,
    source: 'skiff',
  };
}
