/**
 * What is in the cluster tree and where, live through informers. An informer is started when its
 * objects are first looked at. Changes are collected for a moment and told together, as the
 * smallest elements that hold them.
 */
import type { Clock } from '../../runtime/api/clock.ts';
import { controllerOf, type KubeObject } from '../../runtime/api/object.ts';
import { isApiError } from '../../runtime/api/status.ts';
import type { CoreEvent, Pod } from '../../runtime/api/types.ts';
import type { Resource } from '../../runtime/client/client.ts';
import type { Informer, Informers } from '../../runtime/client/informer.ts';
import {
  configMaps,
  cronJobs,
  daemonSets,
  deployments,
  events,
  ingresses,
  jobs,
  type KnownResource,
  namespaces,
  nodes,
  persistentVolumeClaims,
  persistentVolumes,
  pods,
  replicaSets,
  secrets,
  services,
  statefulSets,
  storageClasses,
} from '../../runtime/client/resources.ts';
import { eventTime } from '../documents/details.ts';
import type { GroupName, TreeNode } from './nodes.ts';
import { podSummary } from './status.ts';

const groupResources: Record<GroupName, readonly KnownResource[]> = {
  workloads: [deployments, statefulSets, daemonSets, jobs, cronJobs],
  pods: [pods],
  services: [services, ingresses],
  config: [configMaps, secrets],
  storage: [persistentVolumeClaims],
  events: [events],
};

/** What a group without objects says. */
const emptyNotes: Record<GroupName, string> = {
  workloads: 'No workloads',
  pods: 'No pods',
  services: 'No services or ingresses',
  config: 'No config maps or secrets',
  storage: 'No volume claims',
  events: 'No events in the last hour',
};

const volumeResources: readonly KnownResource[] = [persistentVolumes, storageClasses];

/** Of a namespace where much happens, nobody reads more. */
const maxEvents = 100;

const groupNames = Object.keys(groupResources) as GroupName[];

/** Pods that some other pods own are not there; ReplicaSets are shown as their Deployment's pods. */
const ownersOfPods = [deployments, statefulSets, daemonSets, jobs, replicaSets];

export interface ModelConfig {
  /** Names the tree; element ids begin with it. */
  context: string;
  namespace: () => string;
  informers: Informers;
  clock: Clock;
  /** Told of elements whose look or children changed. */
  onChange: (changed: readonly TreeNode[]) => void;
  /** Milliseconds for which changes are collected. */
  batchMs?: number;
}

export class ExplorerModel {
  readonly #config: ModelConfig;
  readonly #interned = new Map<string, TreeNode>();
  readonly #watched = new Map<string, { informer: Informer<KubeObject>; stop: () => void }>();
  readonly #failures = new Map<string, unknown>();
  readonly #failed = new Map<string, () => void>();
  #changed = new Map<string, TreeNode>();
  #timer: (() => void) | undefined;
  /** Listing all namespaces is not allowed: look into the selected one only. */
  #confined = false;

  constructor(config: ModelConfig) {
    this.#config = config;
  }

  dispose(): void {
    this.#timer?.();
    for (const { stop } of this.#watched.values()) stop();
    this.#watched.clear();
  }

  /** For `InformersConfig.onError`: a list that is refused must not look like an endless wait. */
  failed(error: unknown, resource: Resource): void {
    this.#failures.set(resource.resource, error);
    this.#failed.get(resource.resource)?.();
  }

  roots(): TreeNode[] {
    return [this.#intern({ type: 'cluster', id: this.#id('cluster') })];
  }

  /** The children of an element, after the first list of what it needs has come. */
  async children(node: TreeNode): Promise<TreeNode[]> {
    switch (node.type) {
      case 'cluster':
        return [
          this.#intern({ type: 'nodes', id: this.#id('nodes') }),
          this.#intern({ type: 'volumes', id: this.#id('volumes') }),
          ...(await this.#namespaceNodes()),
        ];
      case 'nodes':
        return this.#objects([nodes]);
      case 'volumes': {
        const volumes = await this.#objects(volumeResources);
        return volumes.length > 0 ? volumes : [this.#note('volumes', 'No volumes', 'off')];
      }
      case 'namespace': {
        void this.#watch(pods);
        return groupNames.map((group) => this.#group(node.namespace, group));
      }
      case 'group':
        return this.#groupChildren(node.namespace, node.group);
      case 'object':
        return this.#ownedPods(node.resource, node.object);
      default:
        return [];
    }
  }

  /** How many objects an element holds and how many of its pods are not well, as far as known. */
  count(node: TreeNode): { total?: number; troubled: number } {
    if (node.type === 'nodes') return this.#counted(nodes);
    if (node.type === 'namespace') {
      return { troubled: this.#podsOf(node.namespace).filter(isTroubled).length };
    }
    if (node.type !== 'group') return { troubled: 0 };
    const informers = groupResources[node.group].map(
      (r) => this.#watched.get(r.resource)?.informer,
    );
    if (informers.some((informer) => informer?.hasSynced !== true)) return { troubled: 0 };
    const total = informers.reduce((sum, i) => sum + (i?.list(node.namespace).length ?? 0), 0);
    const troubled =
      node.group === 'pods' ? this.#podsOf(node.namespace).filter(isTroubled).length : 0;
    return { total, troubled };
  }

  /** Needed by `reveal`: where an element hangs. */
  parent(node: TreeNode): TreeNode | undefined {
    switch (node.type) {
      case 'nodes':
      case 'volumes':
      case 'namespace':
        return this.roots()[0];
      case 'group':
        return this.#namespace(node.namespace);
      case 'object': {
        if (node.resource.kind === 'Node')
          return this.#intern({ type: 'nodes', id: this.#id('nodes') });
        if (volumeResources.includes(node.resource))
          return this.#intern({ type: 'volumes', id: this.#id('volumes') });
        const group = groupNames.find((name) => groupResources[name].includes(node.resource));
        const namespace = node.object.metadata.namespace;
        return group === undefined || namespace === undefined
          ? undefined
          : this.#group(namespace, group);
      }
      default:
        return undefined;
    }
  }

  /** The element of one object, if the tree has it. */
  find(resource: KnownResource, name: string, namespace?: string): TreeNode | undefined {
    const object = this.#watched.get(resource.resource)?.informer.get(name, namespace);
    return object === undefined ? undefined : this.#objectNode(resource, object);
  }

  /** The selected namespace changed: it is marked, and comes first. */
  namespaceChanged(): void {
    this.#mark(this.roots()[0]);
  }

  async #namespaceNodes(): Promise<TreeNode[]> {
    const refused = await this.#synced(namespaces);
    if (refused !== undefined) {
      this.#confined = true;
      return [this.#namespace(this.#config.namespace())];
    }
    const selected = this.#config.namespace();
    const system = /^kube-/;
    const rank = (name: string) => (name === selected ? 0 : system.test(name) ? 2 : 1);
    const names = this.#list(namespaces).map((object) => object.metadata.name ?? '');
    names.sort((a, b) => rank(a) - rank(b) || a.localeCompare(b));
    return names.map((name) => this.#namespace(name));
  }

  async #groupChildren(namespace: string, group: GroupName): Promise<TreeNode[]> {
    const resources = groupResources[group];
    const children = await this.#objects(resources, namespace);
    if (group === 'workloads') {
      void this.#watch(replicaSets);
      void this.#watch(pods);
      // A Job that a CronJob made hangs under it in spirit; here it stays, newest last.
    }
    if (group === 'events') return this.#newestEvents(children, namespace);
    if (children.length > 0) return children;
    return [this.#note(`${namespace}/${group}`, emptyNotes[group], 'off')];
  }

  #newestEvents(children: TreeNode[], namespace: string): TreeNode[] {
    const timeOf = (node: TreeNode) =>
      node.type === 'object' ? eventTime(node.object as CoreEvent) : 0;
    const newest = [...children].sort((a, b) => timeOf(b) - timeOf(a)).slice(0, maxEvents);
    if (newest.length > 0) return newest;
    return [this.#note(`${namespace}/events`, emptyNotes.events, 'off')];
  }

  async #objects(resources: readonly KnownResource[], namespace?: string): Promise<TreeNode[]> {
    const lists = await Promise.all(
      resources.map(async (resource): Promise<TreeNode[]> => {
        const refused = await this.#synced(resource);
        if (refused !== undefined) {
          return [this.#note(`${namespace}/${resource.resource}`, refused, 'warning')];
        }
        return this.#list(resource, namespace)
          .sort((a, b) => (a.metadata.name ?? '').localeCompare(b.metadata.name ?? ''))
          .map((object) => this.#objectNode(resource, object));
      }),
    );
    return lists.flat();
  }

  /** The pods that a workload or node has, through ReplicaSets where one stands between. */
  async #ownedPods(resource: KnownResource, owner: KubeObject): Promise<TreeNode[]> {
    await Promise.all([this.#synced(pods), this.#synced(replicaSets)]);
    const all = this.#list(pods, owner.metadata.namespace) as Pod[];
    const uid = owner.metadata.uid;
    const sets = new Set(
      this.#list(replicaSets, owner.metadata.namespace)
        .filter((set) => controllerOf(set)?.uid === uid)
        .map((set) => set.metadata.uid),
    );
    const mine = all.filter((pod) => {
      if (resource.kind === 'Node') return pod.spec.nodeName === owner.metadata.name;
      const controller = controllerOf(pod)?.uid;
      return controller === uid || (controller !== undefined && sets.has(controller));
    });
    mine.sort((a, b) => a.metadata.name.localeCompare(b.metadata.name));
    return mine.map((pod) => ({
      ...this.#objectNode(pods, pod),
      // The same pod also hangs under "Pods": ids must differ.
      id: this.#id(
        `${resource.resource}/${owner.metadata.namespace ?? ''}/${owner.metadata.name}/${pod.metadata.name}`,
      ),
    }));
  }

  /** Waits for the first list; says why there is none if it is refused. */
  async #synced(resource: KnownResource): Promise<string | undefined> {
    const informer = this.#watch(resource);
    if (informer.hasSynced) return undefined;
    const failed = new Promise<void>((resolve) => this.#failed.set(resource.resource, resolve));
    if (!this.#failures.has(resource.resource)) await Promise.race([informer.synced, failed]);
    if (informer.hasSynced) return undefined;
    const error = this.#failures.get(resource.resource);
    this.#failures.delete(resource.resource);
    if (isApiError(error, 'Forbidden')) return `Not allowed to list ${resource.resource}`;
    if (isApiError(error, 'NotFound')) return `This server has no ${resource.resource}`;
    return error instanceof Error ? error.message : String(error);
  }

  #watch(resource: KnownResource): Informer<KubeObject> {
    const known = this.#watched.get(resource.resource);
    if (known !== undefined) return known.informer;
    const informer = this.#config.informers.for<KubeObject>(
      resource,
      this.#confined && resource.namespaced ? { namespace: this.#config.namespace() } : {},
    );
    const changed = (object: KubeObject) => this.#objectChanged(resource, object);
    const stop = informer.subscribe({ added: changed, updated: changed, deleted: changed });
    this.#watched.set(resource.resource, { informer, stop });
    return informer;
  }

  #objectChanged(resource: KnownResource, object: KubeObject): void {
    const namespace = object.metadata.namespace;
    if (resource.kind === 'Namespace') this.#mark(this.roots()[0]);
    else if (resource.kind === 'Node') this.#mark(this.#interned.get(this.#id('nodes')));
    else if (volumeResources.includes(resource)) {
      this.#mark(this.#interned.get(this.#id('volumes')));
    } else if (namespace !== undefined) {
      for (const group of groupNames) {
        const holds = groupResources[group].includes(resource);
        const holdsOwner =
          group === 'workloads' && (resource === pods || ownersOfPods.includes(resource));
        if (holds || holdsOwner) this.#mark(this.#interned.get(this.#groupId(namespace, group)));
      }
      if (resource === pods) {
        this.#mark(this.#interned.get(this.#id(`namespace/${namespace}`)), { lookOnly: true });
      }
    }
  }

  /** Only what has been shown can have changed; what has not been is not interned. */
  #mark(node: TreeNode | undefined, { lookOnly = false } = {}): void {
    if (node === undefined) return;
    // Refreshing a namespace would refresh all below it: do so only if its count of troubled
    // pods (its look) is another than was last told.
    if (lookOnly && node.type === 'namespace') {
      const troubled = this.count(node).troubled;
      if (this.#troubled.get(node.namespace) === troubled) return;
      this.#troubled.set(node.namespace, troubled);
    }
    this.#changed.set(node.id, node);
    this.#timer ??= this.#config.clock.after(this.#config.batchMs ?? 200, () => {
      this.#timer = undefined;
      const changed = [...this.#changed.values()];
      this.#changed = new Map();
      this.#config.onChange(changed);
    });
  }
  readonly #troubled = new Map<string, number>();

  #podsOf(namespace: string): Pod[] {
    return this.#list(pods, namespace) as Pod[];
  }

  #counted(resource: KnownResource): { total?: number; troubled: number } {
    const informer = this.#watched.get(resource.resource)?.informer;
    return informer?.hasSynced === true
      ? { total: informer.list().length, troubled: 0 }
      : { troubled: 0 };
  }

  #list(resource: KnownResource, namespace?: string): KubeObject[] {
    return [...(this.#watched.get(resource.resource)?.informer.list(namespace) ?? [])];
  }

  #namespace(namespace: string): TreeNode {
    return this.#intern({ type: 'namespace', id: this.#id(`namespace/${namespace}`), namespace });
  }

  #group(namespace: string, group: GroupName): TreeNode {
    return this.#intern({ type: 'group', id: this.#groupId(namespace, group), namespace, group });
  }

  #objectNode(resource: KnownResource, object: KubeObject): Extract<TreeNode, { type: 'object' }> {
    const { namespace = '', name } = object.metadata;
    return {
      type: 'object',
      id: this.#id(`${resource.resource}/${namespace}/${name}`),
      resource,
      object,
    };
  }

  #note(key: string, text: string, level: 'off' | 'warning'): TreeNode {
    return { type: 'note', id: this.#id(`note/${key}`), text, level };
  }

  #groupId(namespace: string, group: GroupName): string {
    return this.#id(`group/${namespace}/${group}`);
  }

  #id(rest: string): string {
    return `${this.#config.context}/${rest}`;
  }

  #intern(node: TreeNode): TreeNode {
    const known = this.#interned.get(node.id);
    if (known !== undefined) return known;
    this.#interned.set(node.id, node);
    return node;
  }
}

function isTroubled(pod: Pod): boolean {
  const { level } = podSummary(pod);
  return level === 'error' || level === 'warning';
}
