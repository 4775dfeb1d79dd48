/** A terminal in a container, over the API server's own streams: no kubectl, no docker. */
import * as vscode from 'vscode';
import type { Pod } from '../../runtime/api/types.ts';
import type { ExecSession, PodStreams } from '../../runtime/client/pod-streams.ts';
import { deployments, pods, statefulSets } from '../../runtime/client/resources.ts';
import type { Skiff } from '../context.ts';
import { targetOf } from '../targets.ts';
import { podsBehind } from '../workload-pods.ts';

/** The best shell that the container has; `exec` so that no second process stays. */
const shell = [
  '/bin/sh',
  '-c',
  'TERM=xterm-256color; export TERM; if command -v bash >/dev/null 2>&1; then exec bash; else exec sh; fi',
];

export async function openTerminal(skiff: Skiff, node?: unknown): Promise<void> {
  const title = vscode.l10n.t('Open a terminal in…');
  const target = await targetOf(skiff, node, [pods, deployments, statefulSets], title);
  const [pod] = await podsBehind(target.session.client, target);
  if (pod === undefined) throw new Error(vscode.l10n.t('{0} has no pods.', target.name));
  const container = await pickContainer(pod);
  const terminal = vscode.window.createTerminal({
    name: container === undefined ? pod.metadata.name : `${pod.metadata.name}/${container}`,
    iconPath: new vscode.ThemeIcon('terminal'),
    isTransient: true,
    pty: new ContainerTerminal(target.session.streams, pod, container),
  });
  terminal.show();
}

/** Undefined where there is only one; asks where several run. */
export async function pickContainer(pod: Pod): Promise<string | undefined> {
  const usual = pod.metadata.annotations?.['kubectl.kubernetes.io/default-container'];
  const names = pod.spec.containers.map((container) => container.name);
  if (names.length === 1) return names[0];
  const items = names.map((label) => ({
    label,
    ...(label === usual ? { description: vscode.l10n.t('default') } : {}),
  }));
  const pick = await vscode.window.showQuickPick(items, {
    title: vscode.l10n.t('Container of {0}', pod.metadata.name),
  });
  if (pick === undefined) throw new vscode.CancellationError();
  return pick.label;
}

class ContainerTerminal implements vscode.Pseudoterminal {
  readonly #streams: PodStreams;
  readonly #pod: Pod;
  readonly #container: string | undefined;
  readonly #write = new vscode.EventEmitter<string>();
  readonly #close = new vscode.EventEmitter<number | undefined>();
  readonly onDidWrite = this.#write.event;
  readonly onDidClose = this.#close.event;
  #session: ExecSession | undefined;
  #isClosed = false;
  #size: vscode.TerminalDimensions | undefined;

  constructor(streams: PodStreams, pod: Pod, container: string | undefined) {
    this.#streams = streams;
    this.#pod = pod;
    this.#container = container;
  }

  open(size: vscode.TerminalDimensions | undefined): void {
    this.#size = size;
    void this.#start();
  }

  close(): void {
    this.#isClosed = true;
    this.#session?.close();
  }

  handleInput(data: string): void {
    this.#session?.stdin?.write(data);
  }

  setDimensions(size: vscode.TerminalDimensions): void {
    this.#size = size;
    this.#session?.resize(size.columns, size.rows);
  }

  async #start(): Promise<void> {
    const { namespace = 'default', name } = this.#pod.metadata;
    try {
      const session = await this.#streams.exec(
        { namespace, name },
        {
          ...(this.#container === undefined ? {} : { container: this.#container }),
          command: shell,
          stdin: true,
          stdout: true,
          tty: true,
        },
      );
      if (this.#isClosed) return session.close();
      this.#session = session;
      if (this.#size !== undefined) session.resize(this.#size.columns, this.#size.rows);
      const decoder = new TextDecoder();
      session.stdout?.on('data', (chunk: Buffer) => {
        this.#write.fire(decoder.decode(chunk, { stream: true }));
      });
      const result = await session.exit;
      if ('error' in result) this.#say(result.error);
      this.#close.fire('exitCode' in result ? result.exitCode : undefined);
    } catch (error) {
      this.#say(error instanceof Error ? error.message : String(error));
      // Left open, so that the reason can be read.
    }
  }

  #say(text: string): void {
    this.#write.fire(`\r\n\x1b[31m${text.replace(/\r?\n/g, '\r\n')}\x1b[0m\r\n`);
  }
}
