/** Whether the active editor shows a manifest, as a context key for menus. */
import * as vscode from 'vscode';
import { looksLikeManifest } from './deploy/manifest-text.ts';
import { contextKeys } from './ids.ts';

export function isManifest(document: vscode.TextDocument): boolean {
  return (
    /^(yaml|json)$/.test(document.languageId) &&
    document.uri.scheme === 'file' &&
    looksLikeManifest(document.getText(new vscode.Range(0, 0, 2000, 0)))
  );
}

export function watchActiveManifest(): vscode.Disposable {
  let last: boolean | undefined;
  const look = () => {
    const document = vscode.window.activeTextEditor?.document;
    const now = document !== undefined && isManifest(document);
    if (now === last) return;
    last = now;
    void vscode.commands.executeCommand('setContext', contextKeys.manifest, now);
  };
  look();
  return vscode.Disposable.from(
    vscode.window.onDidChangeActiveTextEditor(look),
    vscode.workspace.onDidChangeTextDocument((change) => {
      if (change.document === vscode.window.activeTextEditor?.document) look();
    }),
    vscode.workspace.onDidOpenTextDocument(look),
  );
}
