/** The question before something changes on a cluster; it always says which one. */
import * as vscode from 'vscode';
import type { Session } from '../clusters/session.ts';
import { settings } from '../settings.ts';

/**
 * Asks as the setting says: by default on every cluster but the one that Skiff runs itself, because
 * there it may be other people's. Throws CancellationError if the answer is no.
 */
export async function confirmChange(session: Session, question: string, yes: string) {
  const when = settings.confirm();
  if (when === 'never' || (when === 'others' && session.embedded)) return;
  const detail = session.embedded
    ? session.server
    : vscode.l10n.t(
        'Context "{0}" is not the cluster that Skiff runs: its server is {1}.',
        session.context,
        session.server,
      );
  const answer = await vscode.window.showWarningMessage(question, { modal: true, detail }, yes);
  if (answer !== yes) throw new vscode.CancellationError();
}
