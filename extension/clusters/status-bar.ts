/** One item at the left: which cluster, which namespace, how it goes. Hidden until there is one. */
import * as vscode from 'vscode';
import { viewIds } from '../ids.ts';
import { sentence } from '../sentence.ts';
import type { Connections } from './connections.ts';

export function createStatusBar(connections: Connections): vscode.Disposable {
  const item = vscode.window.createStatusBarItem(
    'skiff.status',
    vscode.StatusBarAlignment.Left,
    10,
  );
  item.name = 'Skiff';
  const draw = () => {
    const { state } = connections;
    const name = connections.contextName;
    const isRetried = state.state === 'unreachable' && state.isRetried;
    const texts: Record<typeof state.state, string> = {
      idle: '',
      untrusted: '',
      stopped: `$(circle-slash) ${name}: stopped`,
      noEngine: `$(warning) ${name}: no container engine`,
      starting: `$(loading~spin) ${name}: starting`,
      stopping: `$(loading~spin) ${name}: stopping`,
      connecting: `$(loading~spin) ${name}: connecting`,
      connected: `$(server-environment) ${name} / ${connections.namespace}`,
      unreachable: `$(warning) ${name}: ${isRetried ? 'no answer' : 'not connected'}`,
    };
    item.text = texts[state.state];
    if (item.text === '') return item.hide();
    const reason = 'reason' in state ? [sentence(state.reason)] : [];
    const about =
      state.state === 'connected'
        ? [
            `${state.session.server} · ${state.session.version}`,
            vscode.l10n.t('Select another namespace'),
          ]
        : reason;
    item.tooltip = new vscode.MarkdownString(
      [`**Skiff** · context \`${name}\``, ...about].join('\n\n'),
    );
    item.accessibilityInformation = { label: `Skiff: ${item.text.replace(/\$\([^)]*\)\s*/g, '')}` };
    item.command =
      state.state === 'connected' ? 'skiff.selectNamespace' : `${viewIds.cluster}.focus`;
    item.show();
  };
  draw();
  return vscode.Disposable.from(
    item,
    connections.onDidChange(draw),
    connections.onDidChangeNamespace(draw),
  );
}
