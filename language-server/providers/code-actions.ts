/** Quick fixes for what the rules found. */
import { type CodeAction, CodeActionKind, type Range } from 'vscode-languageserver';

import { type CheckContext, checkFile } from '../rules/check.ts';
import { type OpenFile, rangeIn } from './open-file.ts';

/** The fixes for problems that touch `range`. */
export function codeActionsAt(file: OpenFile, range: Range, context: CheckContext): CodeAction[] {
  const { document } = file;
  const from = document.offsetAt(range.start);
  const to = document.offsetAt(range.end);
  return checkFile(file.manifest, context)
    .filter((problem) => problem.start <= to && from <= problem.end)
    .flatMap((problem) => {
      const diagnostic = {
        range: rangeIn(document, problem.start, problem.end),
        message: problem.message,
        code: problem.rule,
        source: 'skiff',
      };
      if (problem.fix === undefined) return [];
      return {
        title: problem.fix.title,
        kind: CodeActionKind.QuickFix,
        isPreferred: true,
        diagnostics: [diagnostic],
        edit: {
          changes: {
            [document.uri]: problem.fix.edits.map(({ start, end, text }) => ({
              range: rangeIn(document, start, end),
              newText: text,
            })),
          },
        },
      };
    });
}
