/** The ports that are forwarded now, as a view of their own that is there while there are any. */
import * as vscode from 'vscode';
import type { Connections } from '../clusters/connections.ts';
import type { Session } from '../clusters/session.ts';
import { contextKeys, viewIds } from '../ids.ts';
import type { Target } from '../targets.ts';
import { podsBehind } from '../workload-pods.ts';
import { type PortForward, startForward } from './port-forward.ts';

export interface Forward {
  readonly id: string;
  readonly session: Session;
  readonly label: string;
  readonly port: number;
  readonly local: PortForward;
}

export class Forwards implements vscode.TreeDataProvider<Forward>, vscode.Disposable {
  readonly #log: vscode.LogOutputChannel;
  readonly #changed = new vscode.EventEmitter<undefined>();
  readonly onDidChangeTreeData = this.#changed.event;
  readonly #forwards = new Map<string, Forward>();
  readonly #subscriptions: vscode.Disposable;

  constructor(connections: Connections, log: vscode.LogOutputChannel) {
    this.#log = log;
    this.#subscriptions = vscode.Disposable.from(
      vscode.window.registerTreeDataProvider(viewIds.forwards, this),
      connections.onDidChange((state) => {
        const session = 'session' in state ? state.session : undefined;
        for (const forward of this.list()) if (forward.session !== session) this.stop(forward);
      }),
    );
  }

  dispose(): void {
    for (const forward of this.list()) this.stop(forward);
    this.#subscriptions.dispose();
  }

  list(): Forward[] {
    return [...this.#forwards.values()];
  }

  /** `port` is the pod's, or for a Service the service's. Throws ApiError if there is no pod. */
  async start(target: Target, port: number, portOfPod: PodPort): Promise<Forward> {
    const { session, resource, namespace = 'default', name } = target;
    const id = `${session.context}/${resource.resource}/${namespace}/${name}/${port}`;
    const known = this.#forwards.get(id);
    if (known !== undefined) return known;
    const local = await startForward(
      {
        streams: session.streams,
        resolve: async () => {
          const [pod] = await podsBehind(session.client, target);
          if (pod === undefined) throw new Error(`${name} has no pod to forward to`);
          return { namespace, name: pod.metadata.name, port: portOfPod(pod) };
        },
        onError: (error) => {
          this.#log.warn(`${name}:${port}: ${error instanceof Error ? error.message : error}`);
        },
      },
      port < 1024 ? port + 8000 : port,
    );
    const forward = { id, session, label: name, port, local };
    this.#forwards.set(id, forward);
    this.#tell();
    return forward;
  }

  stop(forward: Forward): void {
    forward.local.close();
    this.#forwards.delete(forward.id);
    this.#tell();
  }

  getChildren(): Forward[] {
    return this.list();
  }

  getTreeItem({ id, label, port, local }: Forward): vscode.TreeItem {
    const item = new vscode.TreeItem(`localhost:${local.localPort}`);
    item.id = id;
    item.description = `→ ${label}:${port}`;
    item.iconPath = new vscode.ThemeIcon('plug', new vscode.ThemeColor('testing.iconPassed'));
    item.contextValue = 'forward';
    item.tooltip = `http://localhost:${local.localPort} → ${label}:${port}`;
    item.accessibilityInformation = {
      label: `Local port ${local.localPort} leads to port ${port} of ${label}`,
    };
    return item;
  }

  #tell(): void {
    const { size } = this.#forwards;
    void vscode.commands.executeCommand('setContext', contextKeys.forwards, size);
    this.#changed.fire(undefined);
  }
}

/** Which port of a pod the forwarded one is: a Service's target port can be a name. */
export type PodPort = (pod: import('../../runtime/api/types.ts').Pod) => number;
