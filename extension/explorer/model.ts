/**
 * What is in the cluster tree and where, live. A list is asked for when its objects are first
 * looked at. Changes are told together (changes.ts), as the smallest elements that hold them: an element
 * that looks as before is left alone, so that nobody's click is lost.
 */
import type { Clock } from '../../runtime/api/clock.ts';
import { controllerOf, type KubeObject } from '../../runtime/api/object.ts';
import type { CoreEvent, Namespace, Pod } from '../../runtime/api/types.ts';
import type { Resource } from '../../runtime/client/client.ts';
import type { Informers } from '../../runtime/client/informer.ts';
import {
  events,
  type KnownResource,
  namespaces,
  nodes,
  pods,
  replicaSets,
} from '../../runtime/client/resources.ts';
import { newestFirst } from '../documents/details.ts';
import { Changes } from './changes.ts';
import { Elements, type ObjectNode } from './elements.ts';
import { emptyNotes, groupNames, groupOf, groupResources, volumeResources } from './groups.ts';
import { inOneRow, Lists } from './lists.ts';
import { type GroupName, objectLook, type TreeNode } from './nodes.ts';
import { podSummary } from './status.ts';

/** Of a namespace where much happens, nobody reads more. */
const maxEvents = 100;

export interface ModelConfig {
  /** Names the tree; element ids begin with it. */
  context: string;
  namespace: () => string;
  informers: Informers;
  clock: Clock;
  /** Told of elements whose look or children changed. */
  onChange: (changed: readonly TreeNode[]) => void;
}

export class ExplorerModel {
  readonly #config: ModelConfig;
  readonly #lists: Lists;
  readonly #elements = new Elements();
  /** How many pods of a namespace were not well when that was last told. */
  readonly #troubled = new Map<string, number>();
  readonly #podsChangedIn = new Set<string>();
  readonly #changes: Changes;

  constructor(config: ModelConfig) {
    this.#config = config;
    this.#changes = new Changes({ ...config, beforeTelling: () => this.#markTroubled() });
    this.#lists = new Lists({
      informers: config.informers,
      onPut: (resource, object, previous) => this.#put(resource, object, previous),
      onDeleted: (resource, object) => this.#deleted(resource, object),
      onRecovered: (resource) => this.#markLists(resource),
    });
  }

  dispose(): void {
    this.#changes.dispose();
    this.#lists.dispose();
  }

  /** For `InformersConfig.onError`. */
  failed(error: unknown, resource: Resource, namespace?: string): void {
    this.#lists.failed(error, resource, namespace);
  }

  roots(): TreeNode[] {
    return [this.#elements.intern({ type: 'cluster', id: this.#id('cluster') })];
  }

  /** The children of an element, after the first list of what it needs has come. */
  async children(node: TreeNode): Promise<TreeNode[]> {
    switch (node.type) {
      case 'cluster':
        return [this.#nodes(), this.#volumes(), ...(await this.#namespaceNodes())];
      case 'nodes':
        return this.#objects([nodes]);
      case 'volumes': {
        const volumes = await this.#objects(volumeResources);
        return volumes.length > 0 ? volumes : [this.#note('volumes', 'No volumes', 'off')];
      }
      case 'namespace':
        // For the number of those in trouble.
        void this.#lists.synced(pods, node.namespace);
        return groupNames.map((group) => this.#group(node.namespace, group));
      case 'group':
        return this.#groupChildren(node.namespace, node.group);
      case 'object':
        this.#elements.open(node);
        return this.#ownedPods(node);
      default:
        return [];
    }
  }

  /** How many objects an element holds and how many of its pods are not well, as far as known. */
  count(node: TreeNode): { total?: number; troubled: number } {
    if (node.type === 'nodes') {
      if (!this.#lists.hasSynced(nodes)) return { troubled: 0 };
      return { total: this.#lists.list(nodes).length, troubled: 0 };
    }
    if (node.type === 'namespace') return { troubled: this.#troubledIn(node.namespace) };
    if (node.type !== 'group') return { troubled: 0 };
    const { namespace, group } = node;
    const resources = groupResources[group];
    if (resources.some((resource) => !this.#lists.hasSynced(resource, namespace))) {
      return { troubled: 0 };
    }
    const counts = resources.map((resource) => this.#lists.list(resource, namespace).length);
    const total = counts.reduce((sum, count) => sum + count, 0);
    return { total, troubled: group === 'pods' ? this.#troubledIn(namespace) : 0 };
  }

  /** `Active`, `Terminating`, or `missing`; undefined where namespaces cannot be listed. */
  phaseOf(namespace: string): string | undefined {
    if (!this.#lists.hasSynced(namespaces)) return undefined;
    const all = this.#lists.list(namespaces) as Namespace[];
    const found = all.find(({ metadata }) => metadata.name === namespace);
    return found === undefined ? 'missing' : (found.status?.phase ?? 'Active');
  }

  /** Needed by `reveal`: where an element hangs. */
  parent(node: TreeNode): TreeNode | undefined {
    switch (node.type) {
      case 'nodes':
      case 'volumes':
      case 'namespace':
        return this.roots()[0];
      case 'group':
        return this.namespace(node.namespace);
      case 'object': {
        if (node.resource === nodes) return this.#nodes();
        if (volumeResources.includes(node.resource)) return this.#volumes();
        const group = groupOf(node.resource);
        const { namespace } = node.object.metadata;
        return group === undefined || namespace === undefined
          ? undefined
          : this.#group(namespace, group);
      }
      default:
        return undefined;
    }
  }

  /** The element of a namespace. */
  namespace(namespace: string): TreeNode {
    return this.#elements.intern({
      type: 'namespace',
      id: this.#id(`namespace/${namespace}`),
      namespace,
    });
  }

  /** The selected namespace changed: it is marked, and comes first. */
  namespaceChanged(): void {
    this.#mark(this.roots()[0]);
  }

  async #namespaceNodes(): Promise<TreeNode[]> {
    const selected = this.#config.namespace();
    // Without the right to list them, the selected one is all there is to see.
    if ((await this.#lists.synced(namespaces)) !== undefined) return [this.namespace(selected)];
    const system = /^kube-/;
    const rank = (name: string) => (name === selected ? 0 : system.test(name) ? 2 : 1);
    const names = this.#lists.list(namespaces).map((object) => object.metadata.name ?? '');
    // One that was typed, or that is gone: it is still where things would be deployed to.
    if (!names.includes(selected)) names.push(selected);
    names.sort((a, b) => rank(a) - rank(b) || a.localeCompare(b));
    return names.map((name) => this.namespace(name));
  }

  async #groupChildren(namespace: string, group: GroupName): Promise<TreeNode[]> {
    const children = await this.#objects(groupResources[group], namespace);
    if (children.length === 0) {
      return [this.#note(`${namespace}/${group}`, emptyNotes[group], 'off')];
    }
    return group === 'events' ? newestEvents(children) : children;
  }

  async #objects(resources: readonly KnownResource[], namespace?: string): Promise<TreeNode[]> {
    const refused: string[] = [];
    const lists = await Promise.all(
      resources.map(async (resource): Promise<TreeNode[]> => {
        const reason = await this.#lists.synced(resource, namespace);
        if (reason !== undefined) refused.push(reason);
        if (reason !== undefined) return [];
        return this.#lists
          .list(resource, namespace)
          .sort((a, b) => (a.metadata.name ?? '').localeCompare(b.metadata.name ?? ''))
          .map((object) => this.#objectNode(resource, object));
      }),
    );
    const notes = inOneRow(refused).map((text) =>
      this.#note(`${namespace}/${resources[0]?.resource}/${text}`, text, 'warning'),
    );
    return [...lists.flat(), ...notes];
  }

  /** The pods that a workload or node has, through ReplicaSets where one stands between. */
  async #ownedPods(owner: ObjectNode): Promise<TreeNode[]> {
    const { namespace, name } = owner.object.metadata;
    const refused = await this.#lists.synced(pods, namespace);
    if (owner.resource !== nodes) await this.#lists.synced(replicaSets, namespace);
    const prefix = `${owner.resource.resource}/${namespace ?? ''}/${name}`;
    if (refused !== undefined) return [this.#note(prefix, refused, 'warning')];
    const sets = this.#setsOf(owner);
    const mine = (this.#lists.list(pods, namespace) as Pod[]).filter((pod) =>
      this.#owns(owner, pod, sets),
    );
    if (mine.length === 0) return [this.#note(prefix, 'No pods', 'off')];
    mine.sort((a, b) => a.metadata.name.localeCompare(b.metadata.name));
    // The same pod also hangs under "Pods": ids must differ.
    return mine.map((pod) =>
      this.#elements.object(this.#id(`${prefix}/${pod.metadata.name}`), pods, pod),
    );
  }

  #owns({ resource, object: owner }: ObjectNode, pod: Pod, sets: ReadonlySet<string>): boolean {
    if (resource === nodes) return pod.spec.nodeName === owner.metadata.name;
    const controller = controllerOf(pod)?.uid;
    return controller !== undefined && (controller === owner.metadata.uid || sets.has(controller));
  }

  /** The uids of the replica sets that belong to an object. */
  #setsOf({ object }: ObjectNode): Set<string> {
    const { uid, namespace } = object.metadata;
    const mine = this.#lists
      .list(replicaSets, namespace)
      .filter((set) => controllerOf(set)?.uid === uid);
    return new Set(mine.map((set) => set.metadata.uid ?? ''));
  }

  #put(resource: KnownResource, object: KubeObject, previous: KubeObject | undefined): void {
    const shown = this.#elements.update(resource, object);
    if (previous === undefined) this.#listChanged(resource, object);
    else {
      const now = this.#config.clock.now();
      if (looksOf(resource, previous, now) !== looksOf(resource, object, now)) {
        for (const node of shown) this.#mark(node);
      }
      // What happened last stands first.
      if (resource === events) this.#listChanged(resource, object);
      if (resource === namespaces) this.#mark(this.#existing(`namespace/${object.metadata.name}`));
      if (resource === pods && isElsewhere(object as Pod, previous as Pod)) {
        this.#markOwners(previous);
        this.#markOwners(object);
      }
    }
    if (resource === pods) this.#podChanged(object);
  }

  #deleted(resource: KnownResource, object: KubeObject): void {
    this.#listChanged(resource, object);
    this.#elements.remove(resource, object);
    if (resource === pods) this.#podChanged(object);
  }

  /** An object came or went: the elements that list it have other children. */
  #listChanged(resource: KnownResource, object: KubeObject): void {
    const { namespace } = object.metadata;
    this.#markLists(resource, namespace);
    if (resource === pods) this.#markOwners(object);
    if (resource === replicaSets) {
      const uid = controllerOf(object)?.uid;
      for (const node of this.#elements.opened) {
        if (node.object.metadata.uid === uid) this.#mark(node);
      }
    }
  }

  #markOwners(pod: KubeObject): void {
    for (const node of this.#elements.opened) {
      if (this.#owns(node, pod as Pod, this.#setsOf(node))) this.#mark(node);
    }
  }

  /** The elements that list a resource; of all namespaces if none is named. */
  #markLists(resource: KnownResource, namespace?: string): void {
    if (resource === namespaces) this.#mark(this.roots()[0]);
    else if (resource === nodes) this.#mark(this.#existing('nodes'));
    else if (volumeResources.includes(resource)) this.#mark(this.#existing('volumes'));
    else {
      const group = groupOf(resource);
      if (group === undefined) return;
      const known = this.#lists.list(namespaces).map(({ metadata }) => metadata.name ?? '');
      const all = namespace === undefined ? [...known, this.#config.namespace()] : [namespace];
      for (const name of all) this.#mark(this.#existing(groupPath(name, group)));
    }
  }

  #podChanged({ metadata }: KubeObject): void {
    this.#podsChangedIn.add(metadata.namespace ?? '');
    this.#changes.tellSoon();
  }

  /** Only what has been shown can have changed. */
  #mark(node: TreeNode | undefined): void {
    if (node !== undefined) this.#changes.mark(node);
  }

  /** Drawing a namespace anew draws all below it anew: only if it looks another way than before. */
  #markTroubled(): void {
    for (const namespace of this.#podsChangedIn) {
      const troubled = this.#troubledIn(namespace);
      if ((this.#troubled.get(namespace) ?? 0) === troubled) continue;
      this.#troubled.set(namespace, troubled);
      const node = this.#existing(`namespace/${namespace}`);
      this.#mark(node);
    }
    this.#podsChangedIn.clear();
  }

  #troubledIn(namespace: string): number {
    return (this.#lists.list(pods, namespace) as Pod[]).filter(isTroubled).length;
  }

  #nodes(): TreeNode {
    return this.#elements.intern({ type: 'nodes', id: this.#id('nodes') });
  }

  #volumes(): TreeNode {
    return this.#elements.intern({ type: 'volumes', id: this.#id('volumes') });
  }

  #group(namespace: string, group: GroupName): TreeNode {
    const id = this.#id(groupPath(namespace, group));
    return this.#elements.intern({ type: 'group', id, namespace, group });
  }

  #objectNode(resource: KnownResource, object: KubeObject): ObjectNode {
    const { namespace = '', name } = object.metadata;
    const id = this.#id(`${resource.resource}/${namespace}/${name}`);
    return this.#elements.object(id, resource, object);
  }

  #note(key: string, text: string, level: 'off' | 'warning'): TreeNode {
    return { type: 'note', id: this.#id(`note/${key}`), text, level };
  }

  #existing(path: string): TreeNode | undefined {
    return this.#elements.get(this.#id(path));
  }

  #id(path: string): string {
    return `${this.#config.context}/${path}`;
  }
}

function groupPath(namespace: string, group: GroupName): string {
  return `group/${namespace}/${group}`;
}

/** At the same moment, so that only the object makes a difference. */
function looksOf(resource: KnownResource, object: KubeObject, nowMs: number): string {
  return JSON.stringify(objectLook(resource, object, nowMs));
}

/** On another node, or taken over by another owner. */
function isElsewhere(next: Pod, previous: Pod): boolean {
  return (
    next.spec.nodeName !== previous.spec.nodeName ||
    controllerOf(next)?.uid !== controllerOf(previous)?.uid
  );
}

function newestEvents(children: readonly TreeNode[]): TreeNode[] {
  const events = children.filter((node) => node.type === 'object');
  const notes = children.filter((node) => node.type !== 'object');
  events.sort((a, b) => newestFirst(a.object as CoreEvent, b.object as CoreEvent));
  return [...notes, ...events.slice(0, maxEvents)];
}

function isTroubled(pod: Pod): boolean {
  const { level } = podSummary(pod);
  return level === 'error' || level === 'warning';
}
