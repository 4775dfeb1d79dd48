/** Restricted mode: manifests are checked, and no cluster is used. */
import * as vscode from 'vscode';
import { ActionableError } from './actionable-error.ts';

/** Throws, with the way to grant it, where the workspace is not trusted. */
export function requireTrust(): void {
  if (vscode.workspace.isTrusted) return;
  throw new ActionableError(
    vscode.l10n.t('Trust this workspace first: in restricted mode no cluster is used.'),
    [
      {
        title: vscode.l10n.t('Manage Workspace Trust'),
        run: () => vscode.commands.executeCommand('workbench.trust.manage'),
      },
    ],
  );
}
