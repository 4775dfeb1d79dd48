/** One watch on the fake store: replays, filters with selector transitions, and can be made to fail. */
import type { KubeObject, UnknownObject, WatchEvent } from '../../api/object.ts';
import type { WatchOptions } from '../client.ts';
import type { Change, FakeStore } from './fake-store.ts';

export interface WatchScope {
  collection: string;
  /** Selectors, namespace and name in one. */
  matches(object: KubeObject): boolean;
}

export class FakeWatch {
  /** Says nothing more, but stays open. */
  stalled = false;
  readonly #queue: WatchEvent<UnknownObject>[] = [];
  readonly #scope: WatchScope;
  #wake: () => void = () => {};
  #end: { error?: unknown } | undefined;

  constructor(scope: WatchScope) {
    this.#scope = scope;
  }

  deliver(change: Change): void {
    if (this.stalled || change.collection !== this.#scope.collection) return;
    const { object, previous, version } = change;
    const before = previous !== undefined && this.#scope.matches(previous);
    const after = object !== undefined && this.#scope.matches(object);
    if (after) this.push({ type: before ? 'MODIFIED' : 'ADDED', object });
    else if (before) {
      const last = structuredClone(previous);
      last.metadata.resourceVersion = String(version);
      this.push({ type: 'DELETED', object: last });
    }
  }

  push(event: WatchEvent<UnknownObject>): void {
    if (this.stalled) return;
    this.#queue.push(event);
    this.#wake();
  }

  /** Ends the iteration, with a throw if there is an error. */
  finish(end: { error?: unknown } = {}): void {
    this.#end ??= end;
    this.#wake();
  }

  async *events(
    store: FakeStore,
    options: WatchOptions,
  ): AsyncGenerator<WatchEvent<UnknownObject>> {
    const { signal, resourceVersion } = options;
    const onAbort = () => this.finish();
    if (signal?.aborted) return;
    signal?.addEventListener('abort', onAbort, { once: true });
    // Replay and subscription in one synchronous step, so that nothing falls in between.
    if (resourceVersion === undefined || resourceVersion === '' || resourceVersion === '0') {
      for (const object of store.readAll(this.#scope.collection)) {
        if (this.#scope.matches(object)) this.push({ type: 'ADDED', object });
      }
    } else {
      for (const change of store.since(Number(resourceVersion))) this.deliver(change);
    }
    const unlisten = store.listen((change) => this.deliver(change));
    try {
      for (;;) {
        const event = this.#queue.shift();
        if (event !== undefined) yield event;
        else if (this.#end !== undefined) {
          if (this.#end.error !== undefined) throw this.#end.error;
          return;
        } else {
          await new Promise<void>((resolve) => {
            this.#wake = resolve;
          });
        }
        if (signal?.aborted) return;
      }
    } finally {
      unlisten();
      signal?.removeEventListener('abort', onAbort);
    }
  }
}
