/**
 * The garbage collector: deletes objects whose owners are all gone, carries out deletions in the
 * foreground (dependents first) and sets dependents free where the deletion says so.
 * https://kubernetes.io/docs/concepts/architecture/garbage-collection/
 */
import type { KubeObject, OwnerReference, UnknownObject } from '../../api/object.ts';
import { isApiError } from '../../api/status.ts';
import type { Resource } from '../../client/client.ts';
import { at, customResourceDefinitions } from '../../client/resources.ts';
import type { ControllerContext } from '../kit/context.ts';
import { type Discovered, type Discovery, discover } from '../kit/discover.ts';
import { createLoop, type Loop, messageOf, tolerate } from '../kit/loop.ts';
import { type GraphNode, OwnerGraph } from './graph.ts';

/** Many, short-lived, and never owners or owned. */
const ignored = new Set(['events']);
/** New kinds are looked for when a definition changes, and now and then for the rest. */
const lookAgainMs = 300_000;
/** How long the first lists may take. */
const syncMs = 10_000;

/** Starts the controller. */
export function runGarbageCollector(context: ControllerContext): void {
  new Collector(context).start();
}

const keyOfKind = ({ group, version, resource }: Resource) => `${group}/${version}/${resource}`;

class Collector {
  readonly #context: ControllerContext;
  readonly #loop: Loop;
  readonly #graph = new OwnerGraph();
  /** What ends the informer of each kind that is followed. */
  readonly #watched = new Map<string, AbortController>();
  #resources: Discovered[] = [];
  #looks = 0;

  constructor(context: ControllerContext) {
    this.#context = context;
    this.#loop = createLoop(context, 'garbage-collector', 8);
  }

  start(): void {
    const { informers } = this.#context;
    const definitions = informers.for<UnknownObject>(customResourceDefinitions);
    const look = () => {
      void this.#watchAll();
    };
    definitions.subscribe({ added: look, updated: look, deleted: look });
    // A kind whose list fails must not stop the others: what the graph lacks is asked of the server.
    const { clock, signal } = this.#context;
    const synced = Promise.race([this.#watchAll(), clock.sleep(syncMs, signal).catch(() => {})]);
    this.#loop.start([{ synced }], (uid) => this.#process(uid));
    this.#lookLater();
  }

  #lookLater(): void {
    const { clock, signal } = this.#context;
    const cancel = clock.after(lookAgainMs, () => {
      void this.#watchAll();
      if (!signal.aborted) this.#lookLater();
    });
    signal.addEventListener('abort', cancel, { once: true });
  }

  /** Follows every kind that can be listed, watched and deleted; resolves when all have synced. */
  async #watchAll(): Promise<void> {
    const { client, informers, log } = this.#context;
    const look = ++this.#looks;
    try {
      this.#know(await discover(client));
    } catch (error) {
      log(`garbage-collector: discovery failed: ${messageOf(error)}`);
      return;
    }
    const followed = this.#resources
      .filter(({ verbs, resource }) => {
        const able = ['list', 'watch', 'delete'].every((verb) => verbs.includes(verb));
        return able && !ignored.has(resource);
      })
      .map((resource) => {
        const key = keyOfKind(resource);
        const ends = this.#watched.get(key) ?? new AbortController();
        const informer = informers.for<UnknownObject>(resource, { signal: ends.signal });
        if (!this.#watched.has(key)) {
          this.#watched.set(key, ends);
          informer.subscribe({
            added: (object) => this.#seen(resource, object),
            updated: (object) => this.#seen(resource, object),
            deleted: (object) => this.#gone(object),
          });
        }
        return informer.synced;
      });
    // Who looked first may know less.
    if (look === this.#looks) this.#leaveGone();
    await Promise.all(followed);
  }

  /** What could not be asked for is as it was: it is not gone, and others may share its informer. */
  #know({ resources, failures }: Discovery): void {
    const there = new Set(resources.map(keyOfKind));
    const before = failures.length === 0 ? [] : this.#resources;
    this.#resources = [...resources, ...before.filter((one) => !there.has(keyOfKind(one)))];
  }

  /** Kinds whose definitions are gone would be asked for in vain for ever. */
  #leaveGone(): void {
    const there = new Set(this.#resources.map(keyOfKind));
    for (const [key, ends] of this.#watched) {
      if (there.has(key)) continue;
      this.#watched.delete(key);
      ends.abort();
    }
  }

  #seen(resource: Resource, object: KubeObject): void {
    const { node, previous } = this.#graph.put(resource, object);
    if (node.foreground || node.orphaning) this.#loop.queue.add(node.uid);
    if (node.owners.length === 0) return;
    const unsure =
      previous === undefined ||
      previous.owners !== node.owners ||
      node.deleting !== previous.deleting;
    const doubtful = node.owners.some(({ uid }) => {
      const owner = this.#graph.get(uid);
      return owner === undefined || owner.foreground;
    });
    if (unsure && doubtful) this.#loop.queue.add(node.uid);
  }

  #gone(object: KubeObject): void {
    const uid = object.metadata.uid ?? '';
    const node = this.#graph.remove(uid);
    for (const dependent of this.#graph.dependentsOf(uid)) this.#loop.queue.add(dependent.uid);
    for (const owner of node?.owners ?? []) {
      if (this.#graph.get(owner.uid)?.foreground) this.#loop.queue.add(owner.uid);
    }
  }

  async #process(uid: string): Promise<void> {
    const node = this.#graph.get(uid);
    if (node === undefined) return;
    if (node.orphaning) return this.#orphanDependents(node);
    if (node.foreground) await this.#deleteDependentsFirst(node);
    await this.#deleteIfOwnerless(node);
  }

  #target({ resource, name, namespace }: GraphNode) {
    return at(resource, name, namespace);
  }

  /** The object as the server has it; undefined if it, or its name's bearer, is another by now. */
  async #live(node: GraphNode): Promise<UnknownObject | undefined> {
    const object = await tolerate(this.#context.client.get(this.#target(node)), 'NotFound');
    return object?.metadata.uid === node.uid ? object : undefined;
  }

  async #deleteIfOwnerless(node: GraphNode): Promise<void> {
    if (node.deleting && !node.foreground) return;
    const object = await this.#live(node);
    if (object === undefined) return;
    const owners = object.metadata.ownerReferences ?? [];
    if (owners.length === 0) return;
    const kept: OwnerReference[] = [];
    const waiting: OwnerReference[] = [];
    for (const owner of owners) {
      const state = await this.#stateOf(owner, node);
      if (state === 'there') kept.push(owner);
      else if (state === 'waiting') waiting.push(owner);
    }
    if (kept.length === owners.length) return;
    if (kept.length > 0) return this.#patchOwners(node, object, kept);
    if (object.metadata.deletionTimestamp !== undefined) return;
    // An owner waits for this object: if that has dependents of its own they go before it too.
    const dependents = this.#graph.dependentsOf(node.uid);
    const foreground = waiting.length > 0 && dependents.length > 0;
    if (foreground) await this.#breakCycles(node, dependents);
    await this.#delete(node, object, foreground ? 'Foreground' : policyOf(object));
  }

  /** `waiting`: the owner is being deleted and waits until its dependents are gone. */
  async #stateOf(owner: OwnerReference, node: GraphNode): Promise<'there' | 'absent' | 'waiting'> {
    const known = this.#graph.get(owner.uid);
    if (known !== undefined) {
      return known.foreground ? 'waiting' : 'there';
    }
    const resource = this.#resourceOf(owner);
    // A kind that we do not know may be served by somebody who is away: never delete on that.
    if (resource === undefined) return 'there';
    const namespace = resource.namespaced ? node.namespace : undefined;
    if (resource.namespaced && namespace === undefined) return 'there';
    try {
      const live = await this.#context.client.get(at(resource, owner.name, namespace));
      return live.metadata.uid === owner.uid ? 'there' : 'absent';
    } catch (error) {
      if (isApiError(error, 'NotFound')) return 'absent';
      throw error;
    }
  }

  #resourceOf({ apiVersion, kind }: OwnerReference): Discovered | undefined {
    const slash = apiVersion.indexOf('/');
    const group = slash < 0 ? '' : apiVersion.slice(0, slash);
    return this.#resources.find((resource) => resource.kind === kind && resource.group === group);
  }

  /** Two objects that wait for each other would wait for ever: one stops blocking. */
  async #breakCycles(node: GraphNode, dependents: readonly GraphNode[]): Promise<void> {
    if (!dependents.some((dependent) => dependent.foreground)) return;
    const object = await this.#live(node);
    if (object === undefined) return;
    const owners = (object.metadata.ownerReferences ?? []).map((owner) => ({
      ...owner,
      blockOwnerDeletion: false,
    }));
    await this.#patchOwners(node, object, owners);
  }

  async #patchOwners(
    node: GraphNode,
    { metadata }: UnknownObject,
    ownerReferences: OwnerReference[],
  ): Promise<void> {
    const { uid, resourceVersion } = metadata;
    const patch = { metadata: { uid, resourceVersion, ownerReferences } };
    await tolerate(this.#context.client.patch(this.#target(node), 'merge', patch), 'NotFound');
  }

  async #delete(
    node: GraphNode,
    { metadata }: UnknownObject,
    propagationPolicy: 'Orphan' | 'Background' | 'Foreground',
  ): Promise<void> {
    const preconditions = { uid: metadata.uid };
    await tolerate(
      this.#context.client.delete(this.#target(node), { propagationPolicy, preconditions }),
      'NotFound',
    );
  }

  async #deleteDependentsFirst(node: GraphNode): Promise<void> {
    const blocking = this.#graph
      .dependentsOf(node.uid)
      .filter(({ owners }) =>
        owners.some((owner) => owner.uid === node.uid && owner.blockOwnerDeletion === true),
      );
    if (blocking.length === 0) return this.#removeFinalizer(node, 'foregroundDeletion');
    for (const dependent of blocking) {
      if (!dependent.deleting) this.#loop.queue.add(dependent.uid);
    }
  }

  async #orphanDependents(node: GraphNode): Promise<void> {
    for (const dependent of this.#graph.dependentsOf(node.uid)) {
      const object = await this.#live(dependent);
      if (object === undefined) continue;
      const owners = (object.metadata.ownerReferences ?? []).filter(({ uid }) => uid !== node.uid);
      await this.#patchOwners(dependent, object, owners);
    }
    await this.#removeFinalizer(node, 'orphan');
  }

  async #removeFinalizer(node: GraphNode, finalizer: string): Promise<void> {
    const object = await this.#live(node);
    if (object === undefined) return;
    const { uid, resourceVersion, finalizers = [] } = object.metadata;
    if (!finalizers.includes(finalizer)) return;
    const patch = {
      metadata: {
        uid,
        resourceVersion,
        finalizers: finalizers.filter((name) => name !== finalizer),
      },
    };
    await tolerate(this.#context.client.patch(this.#target(node), 'merge', patch), 'NotFound');
  }
}

/** A deletion keeps the policy that the object's finalizers ask for. */
function policyOf({ metadata }: UnknownObject): 'Orphan' | 'Background' | 'Foreground' {
  if (metadata.finalizers?.includes('orphan')) return 'Orphan';
  return metadata.finalizers?.includes('foregroundDeletion') ? 'Foreground' : 'Background';
}
