/** What tests do with the fake server beside calling it: see ../README.md. */
import { type Clock, systemClock } from '../../api/clock.ts';
import type { KubeObject, UnknownObject } from '../../api/object.ts';
import type { ApiError } from '../../api/status.ts';
import type { Resource } from '../client.ts';
import { keyOf, resourceOfKind } from '../resources.ts';
import { collectionOf, FakeStore } from './fake-store.ts';
import type { FakeWatch } from './fake-watch.ts';

export interface FakeAction {
  verb:
    | 'get'
    | 'list'
    | 'watch'
    | 'create'
    | 'update'
    | 'patch'
    | 'delete'
    | 'deletecollection'
    | 'raw';
  group: string;
  resource: string;
  subresource?: string;
  namespace?: string;
  name?: string;
  /** What was sent: an object or a patch. */
  object?: unknown;
  options?: unknown;
}

export interface FakeClientConfig {
  clock?: Clock;
  /** Stored as they are; metadata that is missing is filled in. */
  objects?: readonly KubeObject[];
  /** Answers to `raw(path)`. */
  raw?: Readonly<Record<string, unknown>>;
}

type Reactor = (action: FakeAction) => ApiError | undefined;

export class FakeServer {
  readonly actions: FakeAction[] = [];
  protected readonly clock: Clock;
  protected readonly store = new FakeStore();
  protected readonly answers: Readonly<Record<string, unknown>>;
  protected readonly reactors = new Set<Reactor>();
  protected readonly watches = new Set<FakeWatch>();
  protected serial = 0;

  constructor({ clock = systemClock, objects = [], raw = {} }: FakeClientConfig = {}) {
    this.clock = clock;
    this.answers = raw;
    for (const object of objects) this.put(object);
  }

  /** Stores an object whole, as if another writer had made it so. `resource` for kinds not ours. */
  put<T extends KubeObject>(object: T, resource?: Resource): T {
    const known = resource ?? resourceOfKind(object.apiVersion, object.kind);
    if (known === undefined) {
      throw new Error(`put: pass the resource of ${object.apiVersion} ${object.kind}`);
    }
    const made = structuredClone(object) as unknown as UnknownObject;
    const previous = this.store.read(collectionOf(known), keyOf(made));
    made.metadata = {
      uid: previous?.metadata.uid ?? this.uid(),
      creationTimestamp: previous?.metadata.creationTimestamp ?? this.now(),
      ...made.metadata,
    };
    return this.store.write(collectionOf(known), keyOf(made), made) as unknown as T;
  }

  /** Removes an object at once, finalizers or not. */
  drop(resource: Resource, name: string, namespace?: string): void {
    this.store.remove(collectionOf(resource), keyOf({ metadata: { name, namespace } }));
  }

  all<T extends KubeObject = UnknownObject>(resource: Resource, namespace?: string): T[] {
    const objects = this.store.readAll(collectionOf(resource)) as unknown as T[];
    return objects.filter((o) => namespace === undefined || o.metadata.namespace === namespace);
  }

  find<T extends KubeObject = UnknownObject>(
    resource: Resource,
    name: string,
    namespace?: string,
  ): T | undefined {
    const key = keyOf({ metadata: { name, namespace } });
    return this.store.read(collectionOf(resource), key) as unknown as T | undefined;
  }

  /** Actions that change something. */
  writes(): FakeAction[] {
    const reads = new Set(['get', 'list', 'watch', 'raw']);
    return this.actions.filter((action) => !reads.has(action.verb));
  }

  /** Makes calls throw what the reactor returns; the result takes it back. */
  fail(reactor: Reactor): () => void {
    this.reactors.add(reactor);
    return () => this.reactors.delete(reactor);
  }

  /** Resolves once the condition holds; rejects after two seconds of real time. */
  async until(condition: () => unknown, what = 'the condition'): Promise<void> {
    const deadline = Date.now() + 2_000;
    while (!(await condition())) {
      if (Date.now() > deadline) throw new Error(`waited in vain for ${what}`);
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  /** Forgets history: resuming from an older version answers 410. */
  compact(): void {
    this.store.compact();
  }

  endWatches(): void {
    for (const watch of [...this.watches]) watch.finish();
  }

  breakWatches(error: unknown): void {
    for (const watch of [...this.watches]) watch.finish({ error });
  }

  /** Open watches stay open and never say anything again. */
  stallWatches(): void {
    for (const watch of this.watches) watch.stalled = true;
  }

  bookmark(): void {
    const metadata = { resourceVersion: String(this.store.version) };
    for (const watch of this.watches) {
      watch.push({ type: 'BOOKMARK', object: { apiVersion: 'v1', kind: 'Bookmark', metadata } });
    }
  }

  get watchCount(): number {
    return this.watches.size;
  }

  protected now(): string {
    return `${new Date(this.clock.now()).toISOString().slice(0, 19)}Z`;
  }

  protected uid(): string {
    this.serial += 1;
    return `00000000-0000-4000-8000-${String(this.serial).padStart(12, '0')}`;
  }
}
