/**
 * An API server in memory for unit tests; what it does and does not do is in ../README.md.
 */
import {
  apiVersionOf,
  type KubeList,
  type KubeObject,
  type UnknownObject,
  type WatchEvent,
} from '../../api/object.ts';
import { apiError, notFound, qualifiedResource, type Status } from '../../api/status.ts';
import type {
  Client,
  DeleteOptions,
  ListOptions,
  ObjectTarget,
  PatchType,
  Target,
  WatchOptions,
  WriteOptions,
} from '../client.ts';
import { at, findKnown, keyOf, pods, targetOf } from '../resources.ts';
import { checkPreconditions, fresh, marked, released, replaced, scaleOf } from './fake-rules.ts';
import { type FakeAction, FakeServer } from './fake-server.ts';
import { collectionOf } from './fake-store.ts';
import { FakeWatch } from './fake-watch.ts';
import { jsonPatchLight, mergeLight, strategicLight } from './patches.ts';
import { fieldsMatch, labelsMatch } from './selectors.ts';

export class FakeClient extends FakeServer implements Client {
  // Client ───────────────────────────────────────────────────────────────────────────────────────

  async get<T extends KubeObject = UnknownObject>(target: ObjectTarget): Promise<T> {
    await this.#begin('get', target);
    const object = this.#require(target);
    return (target.subresource === 'scale' ? scaleOf(object) : object) as unknown as T;
  }

  async list<T extends KubeObject = UnknownObject>(
    target: Target,
    options: ListOptions = {},
  ): Promise<KubeList<T>> {
    await this.#begin('list', target, undefined, options);
    const { limit, continue: token } = options;
    const matching = this.#matching(target, options);
    // A continue token is the version of the first page and the place in the list.
    const [version = String(this.store.version), start = '0'] = token?.split(':') ?? [];
    if (token !== undefined) this.store.since(Number(version));
    const end = limit === undefined ? matching.length : Number(start) + limit;
    const items = matching.slice(Number(start), end) as unknown as T[];
    const kind = findKnown(target)?.kind ?? items[0]?.kind ?? 'Object';
    return {
      apiVersion: apiVersionOf(target),
      kind: `${kind}List`,
      metadata: {
        resourceVersion: version,
        ...(end < matching.length
          ? { continue: `${version}:${end}`, remainingItemCount: matching.length - end }
          : {}),
      },
      items,
    };
  }

  async *watch<T extends KubeObject = UnknownObject>(
    target: Target & { name?: string },
    options: WatchOptions = {},
  ): AsyncGenerator<WatchEvent<T>> {
    await this.#begin('watch', target, undefined, options);
    const watch = new FakeWatch({
      collection: collectionOf(target),
      matches: (object) => this.#matches(target, options, object),
    });
    this.watches.add(watch);
    try {
      yield* watch.events(this.store, options) as AsyncGenerator<WatchEvent<T>>;
    } finally {
      this.watches.delete(watch);
    }
  }

  async create<T extends KubeObject = UnknownObject>(
    target: Target & { name?: string; subresource?: string },
    object: KubeObject,
    options: WriteOptions = {},
  ): Promise<T> {
    await this.#begin('create', target, object, options);
    const sent = structuredClone(object) as UnknownObject;
    if (target.subresource !== undefined) {
      return this.#connect(target as ObjectTarget, sent) as unknown as T;
    }
    const namespace = target.namespace ?? sent.metadata.namespace;
    if (sent.metadata.namespace !== undefined && sent.metadata.namespace !== namespace) {
      throw apiError(
        'BadRequest',
        `the namespace of the provided object does not match the namespace sent on the request`,
      );
    }
    const known = findKnown(target);
    if (known?.namespaced && namespace === undefined) {
      throw apiError('BadRequest', 'an empty namespace may not be set during creation');
    }
    const name = sent.metadata.name ?? this.#generate(sent.metadata.generateName ?? '');
    if (namespace !== undefined) sent.metadata.namespace = namespace;
    delete sent.metadata.resourceVersion;
    const key = keyOf({ metadata: { name, namespace } });
    if (this.store.read(collectionOf(target), key) !== undefined) {
      throw apiError(
        'AlreadyExists',
        `${qualifiedResource(target.group, target.resource)} "${name}" already exists`,
        { name, kind: target.resource },
      );
    }
    const made = fresh(target, sent, { uid: this.uid(), name, nowMs: this.clock.now() });
    if (options.dryRun) return made as unknown as T;
    return this.store.write(collectionOf(target), key, made) as unknown as T;
  }

  async update<T extends KubeObject = UnknownObject>(
    target: ObjectTarget,
    object: KubeObject,
    options: WriteOptions = {},
  ): Promise<T> {
    await this.#begin('update', target, object, options);
    return this.#replace(target, object as UnknownObject, options) as unknown as T;
  }

  async patch<T extends KubeObject = UnknownObject>(
    target: ObjectTarget,
    type: PatchType,
    patch: unknown,
    options: WriteOptions = {},
  ): Promise<T> {
    await this.#begin('patch', target, patch, { type, ...options });
    const current = this.#read(target);
    if (current === undefined && type === 'apply' && target.subresource === undefined) {
      const { name: _, ...collection } = target;
      this.actions.pop();
      return this.create<T>(collection, patch as KubeObject, options);
    }
    const object = this.#require(target);
    const view = target.subresource === 'scale' ? scaleOf(object) : object;
    let next: unknown;
    if (type === 'json') next = jsonPatchLight(view, patch as Parameters<typeof jsonPatchLight>[1]);
    else if (type === 'merge') next = mergeLight(view, structuredClone(patch));
    else next = strategicLight(view, structuredClone(patch));
    return this.#replace(target, next as UnknownObject, options) as unknown as T;
  }

  async delete(target: ObjectTarget, options: DeleteOptions = {}): Promise<UnknownObject | Status> {
    await this.#begin('delete', target, undefined, options);
    return this.#delete(target, options);
  }

  async deleteCollection(target: Target, options: DeleteOptions & ListOptions = {}): Promise<void> {
    await this.#begin('deletecollection', target, undefined, options);
    for (const object of this.#matching(target, options)) {
      this.#delete(targetOf(target, object), options);
    }
  }

  async raw<T = unknown>(path: string): Promise<T> {
    await this.#begin('raw', { group: '', version: '', resource: path });
    if (!(path in this.answers)) {
      throw apiError('NotFound', 'the server could not find the requested resource');
    }
    return this.answers[path] as T;
  }

  // ──────────────────────────────────────────────────────────────────────────────────────────────

  /** Records the call, lets others run as a network would, then lets reactors refuse it. */
  async #begin(
    verb: FakeAction['verb'],
    target: Target & { name?: string; subresource?: string },
    object?: unknown,
    options?: unknown,
  ): Promise<void> {
    const { group, resource, subresource, namespace, name } = target;
    const action: FakeAction = {
      verb,
      group,
      resource,
      ...(subresource === undefined ? {} : { subresource }),
      ...(namespace === undefined ? {} : { namespace }),
      ...(name === undefined ? {} : { name }),
      ...(object === undefined ? {} : { object: structuredClone(object) }),
      ...(options === undefined ? {} : { options }),
    };
    this.actions.push(action);
    for (const reactor of this.reactors) {
      const error = reactor(action);
      if (error !== undefined) throw error;
    }
    await undefined;
  }

  #read(target: ObjectTarget): UnknownObject | undefined {
    return this.store.read(collectionOf(target), keyOf({ metadata: target }));
  }

  #require(target: ObjectTarget): UnknownObject {
    const object = this.#read(target);
    if (object === undefined) throw notFound(target.group, target.resource, target.name);
    return object;
  }

  #matches(
    { namespace, name }: Target & { name?: string },
    { labelSelector, fieldSelector }: { labelSelector?: string; fieldSelector?: string },
    object: KubeObject,
  ): boolean {
    return (
      (namespace === undefined || object.metadata.namespace === namespace) &&
      (name === undefined || object.metadata.name === name) &&
      labelsMatch(labelSelector, object) &&
      fieldsMatch(fieldSelector, object)
    );
  }

  #matching(target: Target, options: ListOptions): UnknownObject[] {
    const all = this.store.readAll(collectionOf(target));
    return all.filter((object) => this.#matches(target, options, object));
  }

  #replace(target: ObjectTarget, next: UnknownObject, options: WriteOptions): UnknownObject {
    const previous = this.#require(target);
    const made = replaced(target, previous, next, target.subresource);
    if (options.dryRun) return made;
    const key = keyOf({ metadata: target });
    // A write that changes nothing makes no new version and wakes nobody.
    if (sameButForVersion(made, previous)) {
      return target.subresource === 'scale' ? scaleOf(previous) : previous;
    }
    const stored = this.store.write(collectionOf(target), key, made);
    if (released(target, stored)) this.store.remove(collectionOf(target), key);
    return target.subresource === 'scale' ? scaleOf(stored) : stored;
  }

  #delete(target: ObjectTarget, options: DeleteOptions): UnknownObject | Status {
    const object = this.#require(target);
    checkPreconditions(object, options);
    const kept = marked(target, object, options, this.clock.now());
    if (options.dryRun) return object;
    const key = keyOf({ metadata: target });
    if (kept !== undefined) {
      return sameButForVersion(kept, object)
        ? object
        : this.store.write(collectionOf(target), key, kept);
    }
    this.store.remove(collectionOf(target), key);
    const { name, uid = '' } = object.metadata;
    return {
      apiVersion: 'v1',
      kind: 'Status',
      metadata: {},
      status: 'Success',
      details: { name: name ?? '', kind: target.resource, uid },
    };
  }

  /** POST to a subresource. */
  #connect(target: ObjectTarget, sent: UnknownObject): UnknownObject {
    const { name, namespace } = target;
    if (target.subresource === 'binding') {
      this.#bind(target, sent);
    } else if (target.subresource === 'eviction') {
      this.#delete(at(pods, name, namespace), (sent.deleteOptions ?? {}) as DeleteOptions);
    } else if (target.subresource === 'token') {
      const expires = this.clock.now() + 3_600_000;
      const status = {
        token: `token-of-${name}`,
        expirationTimestamp: new Date(expires).toISOString(),
      };
      return { ...sent, status };
    } else {
      throw apiError('NotFound', 'the server could not find the requested resource');
    }
    return { apiVersion: 'v1', kind: 'Status', metadata: {}, status: 'Success' };
  }

  #bind(target: ObjectTarget, binding: UnknownObject): void {
    const pod = structuredClone(this.#require(target)) as UnknownObject & {
      spec: { nodeName?: string };
      status?: { conditions?: { type: string }[] };
    };
    if (pod.spec.nodeName) {
      const message = `Operation cannot be fulfilled on pods/binding "${target.name}": pod ${target.name} is already assigned to node "${pod.spec.nodeName}"`;
      throw apiError('Conflict', message);
    }
    pod.spec.nodeName = (binding.target as { name: string }).name;
    const others = (pod.status?.conditions ?? []).filter(({ type }) => type !== 'PodScheduled');
    const scheduled = { type: 'PodScheduled', status: 'True', lastTransitionTime: this.now() };
    pod.status = { ...pod.status, conditions: [...others, scheduled] };
    this.store.write(collectionOf(target), keyOf({ metadata: target }), pod);
  }

  #generate(prefix: string): string {
    this.serial += 1;
    return `${prefix}${this.serial.toString(36).padStart(5, 'x')}`;
  }
}

function sameButForVersion(a: UnknownObject, b: UnknownObject): boolean {
  const plain = (object: UnknownObject) =>
    JSON.stringify({ ...object, metadata: { ...object.metadata, resourceVersion: '' } });
  return plain(a) === plain(b);
}
