/** Which open documents are manifests, as a context key for menus. */
import * as vscode from 'vscode';
import { looksLikeManifest } from './deploy/manifest-text.ts';
import { contextKeys } from './ids.ts';

const settleMs = 300;

export function watchManifests(): vscode.Disposable {
  let last = '';
  let timer: NodeJS.Timeout | undefined;
  const look = () => {
    const paths = vscode.workspace.textDocuments.filter(isManifest).map(({ uri }) => uri.fsPath);
    const now = paths.sort().join('\n');
    if (now === last) return;
    last = now;
    void vscode.commands.executeCommand('setContext', contextKeys.manifests, paths);
  };
  const lookSoon = () => {
    clearTimeout(timer);
    timer = setTimeout(look, settleMs);
  };
  look();
  return vscode.Disposable.from(
    vscode.workspace.onDidOpenTextDocument(look),
    vscode.workspace.onDidCloseTextDocument(lookSoon),
    vscode.workspace.onDidChangeTextDocument(lookSoon),
    new vscode.Disposable(() => clearTimeout(timer)),
  );
}

function isManifest(document: vscode.TextDocument): boolean {
  return (
    /^(yaml|json)$/.test(document.languageId) &&
    /^(file|untitled)$/.test(document.uri.scheme) &&
    looksLikeManifest(document.getText())
  );
}
