/** A panel with the logs of a pod or of all pods of a workload. */
import * as vscode from 'vscode';
import type { LogsFromPage, LogsToPage, LogTarget } from '../../media/messages.ts';
import { systemClock } from '../../runtime/api/clock.ts';
import { type LabelSelector, matchesLabels } from '../../runtime/api/selector.ts';
import type { Pod } from '../../runtime/api/types.ts';
import { at, knownResources, pods } from '../../runtime/client/resources.ts';
import type { Session } from '../clusters/session.ts';
import { settings } from '../settings.ts';
import { podSelectorOf } from '../workload-pods.ts';
import { LogFollower } from './log-follower.ts';
import { connectionMessage, type PageConnection } from './page-connection.ts';

export interface LogPanelConfig extends PageConnection {
  panel: vscode.WebviewPanel;
  target: LogTarget;
  previous: boolean;
  log: vscode.LogOutputChannel;
}

/** How many lines from before are shown, for each container. */
const tailLines = 500;

export class LogPanel {
  readonly #config: LogPanelConfig;
  #follower: LogFollower | undefined;
  #previous: boolean;
  #hasFailed = false;
  /** Rises with every start, so that one which was overtaken gives up. */
  #attempt = 0;

  constructor(config: LogPanelConfig) {
    this.#config = config;
    this.#previous = config.previous;
    config.panel.webview.onDidReceiveMessage((message: LogsFromPage) => this.#receive(message));
    config.panel.onDidDispose(() => {
      this.#attempt++;
      this.#follower?.dispose();
    });
  }

  /** Follows on in a new session, or where it could not before. */
  connectionChanged(isNewSession: boolean): void {
    this.#send(connectionMessage(this.#config));
    const isConnected = this.#config.disconnection() === undefined;
    if (isConnected && (isNewSession || this.#hasFailed)) void this.#follow();
  }

  /** What could not be followed may be there by now. */
  tryAgain(): void {
    if (this.#hasFailed) void this.#follow();
  }

  async #receive(message: LogsFromPage): Promise<void> {
    switch (message.type) {
      case 'ready':
        this.#send(connectionMessage(this.#config));
        return this.#follow();
      case 'connect':
        return this.#config.onConnect();
      case 'previous':
        this.#previous = message.on;
        return this.#follow();
      case 'copy':
        await vscode.env.clipboard.writeText(message.text);
        vscode.window.setStatusBarMessage(vscode.l10n.t('Log lines copied'), 3000);
        return;
      case 'save': {
        const document = await vscode.workspace.openTextDocument({
          content: message.text,
          language: 'log',
        });
        await vscode.window.showTextDocument(document);
        return;
      }
    }
  }

  async #follow(): Promise<void> {
    const attempt = ++this.#attempt;
    this.#follower?.dispose();
    const { target } = this.#config;
    this.#send({
      type: 'start',
      target,
      title: target.name,
      maxLines: settings.maxLogLines(),
      previous: this.#previous,
    });
    this.#hasFailed = false;
    try {
      const session = await this.#config.session();
      const matches = await matcherOf(session, target);
      if (attempt !== this.#attempt) return;
      this.#follower = new LogFollower({
        streams: session.streams,
        pods: session.informers.for<Pod>(pods, { namespace: target.namespace }),
        matches,
        ...(target.container === undefined ? {} : { container: target.container }),
        previous: this.#previous,
        tailLines,
        maxBatch: settings.maxLogLines(),
        clock: systemClock,
        onLines: (lines, dropped) => this.#send({ type: 'lines', lines, dropped }),
        onSources: (sources) => this.#send({ type: 'sources', sources }),
        onWaiting: (text) => this.#send({ type: 'note', text }),
      });
    } catch (error) {
      if (attempt !== this.#attempt) return;
      this.#hasFailed = true;
      const text = error instanceof Error ? error.message : String(error);
      this.#config.log.warn(`logs of ${target.name}: ${text}`);
      this.#send({ type: 'note', text });
    }
  }

  #send(message: LogsToPage): void {
    void this.#config.panel.webview.postMessage(message);
  }
}

async function matcherOf(session: Session, target: LogTarget): Promise<(pod: Pod) => boolean> {
  const { namespace, resource, name } = target;
  if (resource === 'pods') return (pod) => pod.metadata.name === name;
  const known = knownResources.find((candidate) => candidate.resource === resource);
  if (known === undefined) throw new Error(`${resource} have no logs`);
  const object = await session.client.get(at(known, name, namespace));
  const selector: LabelSelector = podSelectorOf({ ...object, kind: known.kind });
  return (pod) => matchesLabels(selector, pod.metadata.labels);
}
