/** Opens the webview panels, one for each thing that is followed, and brings them back after a reload. */
import * as vscode from 'vscode';
import type { LogsPageState, LogTarget, RolloutTarget } from '../../media/messages.ts';
import { findKnown, knownResources } from '../../runtime/client/resources.ts';
import type { Connections } from '../clusters/connections.ts';
import type { Session } from '../clusters/session.ts';
import { showLine } from '../deploy/sources.ts';
import type { LiveDocuments } from '../documents/live-documents.ts';
import { panelTypes } from '../ids.ts';
import { disconnectionOf, type Remedy } from './connection-note.ts';
import { LogPanel } from './log-panel.ts';
import type { PageConnection } from './page-connection.ts';
import { RolloutPanel } from './rollout-panel.ts';
import { pageHtml, webviewOptions } from './webview.ts';

export interface PanelsConfig {
  extension: vscode.ExtensionContext;
  connections: Connections;
  documents: LiveDocuments;
  log: vscode.LogOutputChannel;
}

interface Opened<P> {
  panel: vscode.WebviewPanel;
  page: P;
}

export class Panels implements vscode.Disposable {
  readonly #config: PanelsConfig;
  readonly #logs = new Map<string, Opened<LogPanel>>();
  readonly #rollouts = new Map<string, Opened<RolloutPanel>>();
  readonly #subscriptions: vscode.Disposable;

  constructor(config: PanelsConfig) {
    this.#config = config;
    let session: Session | undefined;
    this.#subscriptions = vscode.Disposable.from(
      vscode.window.registerWebviewPanelSerializer(panelTypes.logs, {
        deserializeWebviewPanel: async (panel, state: LogsPageState | undefined) => {
          if (state?.target === undefined) return panel.dispose();
          this.#adoptLogs(panel, state.target, state.previous);
        },
      }),
      vscode.window.registerWebviewPanelSerializer(panelTypes.rollout, {
        deserializeWebviewPanel: async (panel, state: { target?: RolloutTarget } | undefined) => {
          if (state?.target === undefined) return panel.dispose();
          this.#adoptRollout(panel, state.target);
        },
      }),
      config.connections.onDidChange((state) => {
        const isNew = state.state === 'connected' && state.session !== session;
        if (state.state === 'connected') session = state.session;
        for (const { page } of [...this.#logs.values(), ...this.#rollouts.values()]) {
          page.connectionChanged(isNew);
        }
      }),
    );
  }

  dispose(): void {
    this.#subscriptions.dispose();
  }

  showLogs(target: LogTarget): void {
    const opened = this.#logs.get(keyOf(target));
    if (opened !== undefined) {
      opened.panel.reveal();
      opened.page.tryAgain();
      return;
    }
    this.#adoptLogs(this.#create(panelTypes.logs, vscode.ViewColumn.Active), target, false);
  }

  /** Opens beside what is edited; the same files reuse their panel. */
  showRollout(target: RolloutTarget): void {
    const key = `${target.context}/${target.title}`;
    const opened = this.#rollouts.get(key);
    if (opened !== undefined) {
      opened.page.renew(target);
      opened.panel.reveal(undefined, true);
      return;
    }
    const column =
      vscode.window.activeTextEditor === undefined
        ? vscode.ViewColumn.Active
        : vscode.ViewColumn.Beside;
    this.#adoptRollout(this.#create(panelTypes.rollout, column), target);
  }

  #create(type: string, viewColumn: vscode.ViewColumn): vscode.WebviewPanel {
    const show = { viewColumn, preserveFocus: type === panelTypes.rollout };
    return vscode.window.createWebviewPanel(type, '', show, {
      enableFindWidget: true,
      ...webviewOptions(this.#config.extension.extensionUri),
    });
  }

  #adoptLogs(panel: vscode.WebviewPanel, target: LogTarget, previous: boolean): void {
    const key = keyOf(target);
    const { log } = this.#config;
    const page = new LogPanel({
      panel,
      target,
      previous,
      ...this.#connectionOf(target.context),
      log,
    });
    this.#logs.set(key, { panel, page });
    panel.onDidDispose(() => this.#logs.delete(key));
    this.#load(panel, 'logs', vscode.l10n.t('Logs: {0}', target.name));
  }

  #adoptRollout(panel: vscode.WebviewPanel, target: RolloutTarget): void {
    const key = `${target.context}/${target.title}`;
    const page = new RolloutPanel({
      panel,
      target,
      ...this.#connectionOf(target.context),
      onAction: (action, workload, pod) => void this.#act(action, target.context, workload, pod),
      onSource: ({ uri, line }) => void showLine(vscode.Uri.parse(uri, true), line),
      log: this.#config.log,
    });
    this.#rollouts.set(key, { panel, page });
    panel.onDidDispose(() => this.#rollouts.delete(key));
    this.#load(panel, 'rollout', vscode.l10n.t('Rollout: {0}', target.title));
  }

  #load(panel: vscode.WebviewPanel, page: 'logs' | 'rollout', title: string): void {
    const { extensionUri } = this.#config.extension;
    panel.title = title;
    panel.iconPath = vscode.Uri.joinPath(extensionUri, 'media', 'icons', 'skiff-128.svg');
    panel.webview.options = webviewOptions(extensionUri);
    panel.webview.html = pageHtml(panel.webview, extensionUri, page, title);
  }

  async #act(
    action: 'rollback' | 'logs' | 'details',
    context: string,
    workload: RolloutTarget['workloads'][number],
    pod: string | undefined,
  ): Promise<void> {
    const known = knownResources.find(({ resource }) => resource === workload.resource);
    if (known === undefined) return;
    const object =
      pod === undefined
        ? { ...known, namespace: workload.namespace, name: workload.name }
        : { ...podsResource, namespace: workload.namespace, name: pod };
    if (action === 'logs') {
      const { namespace, name, resource } = object;
      this.showLogs({ context, namespace, name, resource });
      return;
    }
    const command = action === 'rollback' ? 'skiff.rollback' : 'skiff.details';
    await vscode.commands.executeCommand(command, object);
  }

  /** What a page needs to follow a context, and to say so when it cannot. */
  #connectionOf(context: string): PageConnection {
    const disconnection = () => {
      const { state, contextName } = this.#config.connections;
      return disconnectionOf(state, contextName, context);
    };
    return {
      session: () => this.#sessionOf(context),
      disconnection,
      onConnect: () => void this.#connect(context, disconnection()?.remedy),
    };
  }

  async #connect(context: string, remedy: Remedy | undefined): Promise<void> {
    if (remedy === 'select') await this.#config.connections.selectNamed(context);
    else if (remedy === 'reconnect') await vscode.commands.executeCommand('skiff.reconnect');
    else if (remedy === 'start') await vscode.commands.executeCommand('skiff.cluster.start');
  }

  async #sessionOf(context: string): Promise<Session> {
    const { connections } = this.#config;
    await connections.connect();
    if (connections.session?.context === context) return connections.session;
    throw new Error(
      vscode.l10n.t('This follows the context "{0}", which is not connected.', context),
    );
  }
}

const podsResource = findKnown({ group: '', version: 'v1', resource: 'pods' }) ?? {
  group: '',
  version: 'v1',
  resource: 'pods',
};

function keyOf({ context, namespace, resource, name, container = '' }: LogTarget): string {
  return [context, namespace, resource, name, container].join('/');
}
