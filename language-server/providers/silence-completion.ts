/** Names of rules where a comment silences them: `# skiff-ignore latest-t|`. */
import { type CompletionItem, CompletionItemKind, TextEdit } from 'vscode-languageserver';
import { allRules, packsOf } from '../rules/documentation.ts';
import { type OpenFile, rangeIn } from './open-file.ts';

const comment = /#\s*skiff-ignore(?:-file)?:?\s+(?:[a-z][\w-]*[\s,]+)*((?:[a-z][\w-]*)?)$/;

/** Undefined where the cursor is in no such comment. */
export function ruleNamesAt(file: OpenFile, offset: number): CompletionItem[] | undefined {
  const { document } = file;
  const text = document.getText();
  const line = text.slice(text.lastIndexOf('\n', offset - 1) + 1, offset);
  const found = comment.exec(line);
  if (found === null) return undefined;
  const range = rangeIn(document, offset - (found[1]?.length ?? 0), offset);
  return allRules.map((rule) => ({
    label: rule.id,
    kind: CompletionItemKind.Constant,
    detail: packsOf(rule).join(', ') || 'always on',
    documentation: `${rule.title}.`,
    textEdit: TextEdit.replace(range, rule.id),
  }));
}
