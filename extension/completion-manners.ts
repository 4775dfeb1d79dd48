/**
 * What makes typing go on smoothly, beyond what a server can say: a field that was chosen offers its
 * values at once, and where there is nothing to offer the editor offers nothing of its own.
 */
import * as vscode from 'vscode';
import { beginObjectCommand } from '../language-server/protocol/messages.ts';

/** For the extension alone: nobody finds it in the palette. */
const suggestNextId = 'skiff.suggestNext';

/**
 * Opens the list again after a field was chosen, if there is anything in it. A plain
 * `triggerSuggest` would offer all words of the file where it has nothing better.
 * @param complete what the server has to offer at a place
 */
export function registerSuggestNext(
  complete: (document: vscode.TextDocument, position: vscode.Position) => Promise<unknown>,
): vscode.Disposable {
  return vscode.commands.registerCommand(suggestNextId, async () => {
    const editor = vscode.window.activeTextEditor;
    if (editor === undefined || editor.selections.length > 1) return;
    const { document, selection } = editor;
    const found = await complete(document, selection.active);
    const isStill =
      vscode.window.activeTextEditor === editor && editor.selection.isEqual(selection);
    if (!isStill || !Array.isArray(found) || found.length === 0) return;
    await vscode.commands.executeCommand('editor.action.triggerSuggest', { auto: true });
  });
}

/**
 * A kind that was chosen in a place without an object: all of it is written, with stops for what is
 * to be filled in.
 */
export function registerBeginObject(): vscode.Disposable {
  return vscode.commands.registerCommand(beginObjectCommand, async (body: unknown) => {
    const editor = vscode.window.activeTextEditor;
    if (editor === undefined || typeof body !== 'string') return;
    const { document, selection } = editor;
    const { lineNumber: line, text, range } = document.lineAt(selection.active.line);
    if (!/^kind:\s/.test(text)) return;
    const above = line > 0 && document.lineAt(line - 1).text.startsWith('apiVersion:') ? 1 : 0;
    const isLast = line + 1 === document.lineCount;
    // The line's own end stands behind it.
    const snippet = isLast ? body : body.replace(/\n$/, '');
    await editor.insertSnippet(
      new vscode.SnippetString(snippet),
      new vscode.Range(new vscode.Position(line - above, 0), range.end),
    );
  });
}

type Completions = vscode.CompletionItem[] | vscode.CompletionList;

/**
 * The server's completions, as the editor should treat them.
 * @param otherwise what stands for an answer with nothing in it
 */
export function withManners(
  found: Completions | null | undefined,
  otherwise: (() => Completions) | undefined,
): Completions {
  const items = Array.isArray(found) ? found : (found?.items ?? []);
  for (const item of items) {
    if (item.command !== undefined || !opensValue(item)) continue;
    item.command = { title: '', command: suggestNextId };
  }
  if (items.length === 0 && otherwise !== undefined) return otherwise();
  return found ?? [];
}

/** Whether it ends where a value is to be typed; a choice of the snippet is a list of its own. */
function opensValue({ insertText, kind }: vscode.CompletionItem): boolean {
  const isField =
    kind === vscode.CompletionItemKind.Field || kind === vscode.CompletionItemKind.Property;
  const text = insertText instanceof vscode.SnippetString ? insertText.value : (insertText ?? '');
  return isField && /:\s*$|\$\{1\}/.test(text);
}

const plainValue = /^\s*(?:-\s+)*[\w./-]+:\s+(?:[^\s#"'|>&*{[]\S*)?$/;

/**
 * Behind a key, an empty answer would have the editor offer every word of the file, and Enter would
 * put one of them in place of what was typed. An answer that matches nothing has it offer nothing:
 * it is compared with all of the line.
 */
export function noWords(document: vscode.TextDocument, position: vscode.Position): Completions {
  const line = document.lineAt(position);
  const before = line.text.slice(0, position.character);
  if (document.languageId !== 'yaml' || !plainValue.test(before)) return [];
  const none = new vscode.CompletionItem('\u200b', vscode.CompletionItemKind.Text);
  none.filterText = '\u200b';
  none.insertText = '';
  const start = line.firstNonWhitespaceCharacterIndex;
  none.range = new vscode.Range(position.line, start, position.line, position.character);
  return [none];
}
