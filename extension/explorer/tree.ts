/** The tree in the sidebar: the editor's side of model.ts. */
import * as vscode from 'vscode';
import { systemClock } from '../../runtime/api/clock.ts';
import type { ConnectionState, Connections } from '../clusters/connections.ts';
import type { Session } from '../clusters/session.ts';
import { viewIds } from '../ids.ts';
import { sentence } from '../sentence.ts';
import { ExplorerModel } from './model.ts';
import { type GroupName, iconOf, type Look, objectLook, type TreeNode } from './nodes.ts';

const groupLooks: Record<GroupName, { label: string; icon: string }> = {
  workloads: { label: 'Workloads', icon: 'layers' },
  pods: { label: 'Pods', icon: 'package' },
  services: { label: 'Services', icon: 'globe' },
  config: { label: 'Config', icon: 'settings' },
  storage: { label: 'Storage', icon: 'database' },
  events: { label: 'Events', icon: 'history' },
};

export class Explorer implements vscode.TreeDataProvider<TreeNode>, vscode.Disposable {
  readonly #connections: Connections;
  readonly #changed = new vscode.EventEmitter<TreeNode[] | undefined>();
  readonly onDidChangeTreeData = this.#changed.event;
  readonly #view: vscode.TreeView<TreeNode>;
  readonly #subscriptions: vscode.Disposable[];
  #model: ExplorerModel | undefined;
  #session: Session | undefined;

  constructor(connections: Connections) {
    this.#connections = connections;
    this.#view = vscode.window.createTreeView(viewIds.cluster, {
      treeDataProvider: this,
      showCollapseAll: true,
    });
    this.#subscriptions = [
      this.#view,
      this.#changed,
      connections.onDidChange((state) => this.#stateChanged(state)),
      connections.onDidChangeNamespace((namespace) => this.#namespaceChanged(namespace)),
      this.#view.onDidChangeVisibility(({ visible }) => {
        if (visible) void connections.connect();
      }),
    ];
  }

  dispose(): void {
    this.#model?.dispose();
    vscode.Disposable.from(...this.#subscriptions).dispose();
  }

  async getChildren(node?: TreeNode): Promise<TreeNode[]> {
    if (node === undefined) {
      // The view asks for its roots when it is first seen: that is when we look for a cluster.
      void this.#connections.connect();
      return this.#model?.roots() ?? this.#lostRoots();
    }
    return (await this.#model?.children(node)) ?? [];
  }

  /** A cluster that could not be connected to at all: a row to do something about it. */
  #lostRoots(): TreeNode[] {
    const isLost = this.#connections.state.state === 'unreachable';
    return isLost ? [{ type: 'cluster', id: 'lost' }] : [];
  }

  getParent(node: TreeNode): TreeNode | undefined {
    return this.#model?.parent(node);
  }

  getTreeItem(node: TreeNode): vscode.TreeItem {
    const look = this.#lookOf(node);
    const item = new vscode.TreeItem(look.label, expandState(look.expand));
    item.id = node.id;
    if (look.description !== undefined) item.description = look.description;
    item.iconPath = new vscode.ThemeIcon(
      look.icon.id,
      look.icon.color === undefined ? undefined : new vscode.ThemeColor(look.icon.color),
    );
    item.contextValue = look.context.join(' ');
    item.tooltip = look.tooltip?.join('\n') ?? '';
    item.accessibilityInformation = { label: look.spoken };
    if (node.type === 'object' && look.expand === 'none') {
      item.command = { command: 'skiff.details', title: 'Show Details', arguments: [node] };
    }
    return item;
  }

  #stateChanged(state: ConnectionState): void {
    const session = 'session' in state ? state.session : undefined;
    if (session !== this.#session) {
      this.#session = session;
      this.#model?.dispose();
      this.#model = session === undefined ? undefined : this.#createModel(session);
    }
    // An empty string would leave the message's place open.
    this.#view.message = messageOf(state);
    this.#changed.fire(undefined);
  }

  /** It comes first and is opened: what was expanded stays so, and others were closed before. */
  #namespaceChanged(namespace: string): void {
    if (this.#model === undefined) return;
    this.#model.namespaceChanged();
    if (!this.#view.visible) return;
    const node = this.#model.namespace(namespace);
    // Where the view goes away meanwhile there is nothing to open.
    this.#view.reveal(node, { select: false, expand: true }).then(undefined, () => {});
  }

  #createModel(session: Session): ExplorerModel {
    const model = new ExplorerModel({
      context: session.context,
      namespace: () => this.#connections.namespace,
      informers: session.informers,
      clock: systemClock,
      onChange: (changed) => this.#changed.fire([...changed]),
    });
    session.onWatchError((error, resource, namespace) => model.failed(error, resource, namespace));
    return model;
  }

  #lookOf(node: TreeNode): Look {
    switch (node.type) {
      case 'cluster':
        return this.#clusterLook();
      case 'nodes': {
        const { total } = this.#count(node);
        return plain('Nodes', 'server', total === undefined ? '' : String(total));
      }
      case 'volumes':
        return plain('Volumes', 'database', '');
      case 'namespace':
        return this.#namespaceLook(node);
      case 'group': {
        const { label, icon } = groupLooks[node.group];
        const { total, troubled } = this.#count(node);
        const parts = [total === undefined ? '' : String(total), troubledText(troubled)];
        return plain(label, icon, parts.filter((part) => part !== '').join(' · '));
      }
      case 'object':
        return objectLook(node.resource, node.object, Date.now());
      default:
        return {
          label: node.text,
          icon: node.level === 'warning' ? iconOf('warning') : { id: 'blank' },
          expand: 'none',
          context: ['note'],
          spoken: node.text,
        };
    }
  }

  #clusterLook(): Look {
    const session = this.#session;
    const { state } = this.#connections;
    const isDown = state.state === 'unreachable';
    const description = isDown ? downText(state.isRetried) : (session?.version ?? '');
    const label = this.#connections.contextName;
    return {
      label,
      description,
      tooltip: [
        `Context ${label}`,
        ...(session === undefined ? [] : [session.server, session.version]),
        ...(isDown ? [sentence(state.reason)] : []),
      ],
      icon: isDown
        ? iconOf('warning')
        : { id: session?.embedded === true ? 'vm-running' : 'cloud' },
      expand: session === undefined ? 'none' : 'expanded',
      context: isDown ? ['cluster', 'unreachable'] : ['cluster'],
      spoken: `Cluster ${label}, ${description}`,
    };
  }

  #namespaceLook(node: Extract<TreeNode, { type: 'namespace' }>): Look {
    const isSelected = node.namespace === this.#connections.namespace;
    const { troubled } = this.#count(node);
    const phase = this.#model?.phaseOf(node.namespace);
    const state = phase === 'missing' ? 'does not exist' : phase === 'Terminating' ? phase : '';
    const parts = [isSelected ? 'selected' : '', state, troubledText(troubled)];
    const description = parts.filter((part) => part !== '').join(' · ');
    return {
      label: node.namespace,
      description,
      tooltip: [`Namespace ${node.namespace}`, ...(description === '' ? [] : [description])],
      icon: { id: 'symbol-namespace', ...(troubled > 0 ? { color: 'list.errorForeground' } : {}) },
      expand: isSelected ? 'expanded' : 'collapsed',
      context: isSelected ? ['ns'] : ['namespace'],
      spoken: `Namespace ${node.namespace}${description === '' ? '' : `, ${description}`}`,
    };
  }

  #count(node: TreeNode): { total?: number; troubled: number } {
    return this.#model?.count(node) ?? { troubled: 0 };
  }
}

function plain(label: string, icon: string, description: string): Look {
  return {
    label,
    description,
    icon: { id: icon },
    expand: 'collapsed',
    context: ['group'],
    spoken: description === '' ? label : `${label}, ${description}`,
  };
}

function troubledText(count: number): string {
  if (count === 0) return '';
  return count === 1 ? '1 pod in trouble' : `${count} pods in trouble`;
}

function downText(isRetried: boolean): string {
  return isRetried ? 'no answer, trying again' : 'not connected';
}

function messageOf(state: ConnectionState): string | undefined {
  switch (state.state) {
    case 'idle':
    case 'connecting':
      return 'Connecting…';
    case 'starting':
      return state.step === '' ? 'Starting the cluster…' : `Starting the cluster: ${state.step}`;
    case 'stopping':
      return 'Stopping the cluster…';
    case 'unreachable':
      return sentence(state.reason);
    default:
      return undefined;
  }
}

function expandState(expand: Look['expand']): vscode.TreeItemCollapsibleState {
  const { None, Collapsed, Expanded } = vscode.TreeItemCollapsibleState;
  return expand === 'none' ? None : expand === 'expanded' ? Expanded : Collapsed;
}
