/**
 * The lists that the tree has asked for, live. A list of all namespaces that is refused is asked for
 * in the one namespace that is looked at; one that stays refused must not look like an endless wait:
 * who waits for it is told why.
 */
import type { KubeObject } from '../../runtime/api/object.ts';
import { isApiError } from '../../runtime/api/status.ts';
import type { Resource } from '../../runtime/client/client.ts';
import type { Informer, Informers } from '../../runtime/client/informer.ts';
import type { KnownResource } from '../../runtime/client/resources.ts';

export interface ListsConfig {
  informers: Informers;
  /** An object came (no `previous`) or is another than before. */
  onPut: (resource: KnownResource, object: KubeObject, previous: KubeObject | undefined) => void;
  onDeleted: (resource: KnownResource, object: KubeObject) => void;
  /** A list that had failed is there. */
  onRecovered: (resource: KnownResource) => void;
}

interface Watched {
  informer: Informer<KubeObject>;
  stop: () => void;
}

export class Lists {
  readonly #config: ListsConfig;
  readonly #watched = new Map<string, Watched>();
  readonly #failures = new Map<string, unknown>();
  readonly #waiting = new Map<string, Set<() => void>>();

  constructor(config: ListsConfig) {
    this.#config = config;
  }

  dispose(): void {
    for (const { stop } of this.#watched.values()) stop();
    this.#watched.clear();
  }

  /** For `InformersConfig.onError`. */
  failed(error: unknown, { resource }: Resource, namespace?: string): void {
    const key = listKey(resource, namespace);
    this.#failures.set(key, error);
    for (const tell of this.#waiting.get(key) ?? []) tell();
    this.#waiting.delete(key);
  }

  /** Waits for the first list; says why there is none if it is refused. */
  async synced(resource: KnownResource, namespace?: string): Promise<string | undefined> {
    const error = await this.#first(resource, undefined);
    if (error === undefined) return undefined;
    const isRefused = isApiError(error, 'Forbidden');
    if (!isRefused || namespace === undefined) return reasonOf(error, resource);
    const again = await this.#first(resource, namespace);
    return again === undefined ? undefined : reasonOf(again, resource);
  }

  hasSynced(resource: KnownResource, namespace?: string): boolean {
    return this.#informer(resource, namespace)?.hasSynced === true;
  }

  /** What is known of a resource; nothing where nobody has waited for it. */
  list(resource: KnownResource, namespace?: string): KubeObject[] {
    return this.#informer(resource, namespace)?.list(namespace) ?? [];
  }

  #informer({ resource }: KnownResource, namespace?: string): Informer<KubeObject> | undefined {
    const all = this.#watched.get(listKey(resource))?.informer;
    if (all?.hasSynced === true || namespace === undefined) return all;
    return this.#watched.get(listKey(resource, namespace))?.informer;
  }

  #watch(resource: KnownResource, namespace: string | undefined): Informer<KubeObject> {
    const key = listKey(resource.resource, namespace);
    const known = this.#watched.get(key);
    if (known !== undefined) return known.informer;
    const { informers, onPut, onDeleted } = this.#config;
    const where = namespace === undefined ? {} : { namespace };
    const informer = informers.for<KubeObject>(resource, where);
    // Before it is subscribed to: the handlers ask for what is listed here.
    const watched: Watched = { informer, stop: () => {} };
    this.#watched.set(key, watched);
    watched.stop = informer.subscribe({
      added: (object) => onPut(resource, object, undefined),
      updated: (object, previous) => onPut(resource, object, previous),
      deleted: (object) => onDeleted(resource, object),
    });
    return informer;
  }

  /** Waits for the first list or the first failure, which is the result. */
  async #first(resource: KnownResource, namespace: string | undefined): Promise<unknown> {
    const informer = this.#watch(resource, namespace);
    const key = listKey(resource.resource, namespace);
    if (!informer.hasSynced && !this.#failures.has(key)) {
      const waiting = this.#waiting.get(key) ?? new Set();
      this.#waiting.set(key, waiting);
      const failed = new Promise<void>((resolve) => waiting.add(resolve));
      await Promise.race([informer.synced, failed]);
    }
    if (informer.hasSynced) return undefined;
    // It is tried again all the while: when that succeeds, what says otherwise is drawn anew.
    void informer.synced.then(() => {
      if (this.#failures.delete(key)) this.#config.onRecovered(resource);
    });
    return this.#failures.get(key);
  }
}

function listKey(resource: string, namespace?: string): string {
  return namespace === undefined ? resource : `${resource}/${namespace}`;
}

function reasonOf(error: unknown, { resource }: KnownResource): string {
  if (isApiError(error, 'Forbidden')) return `Not allowed to list ${resource}`;
  if (isApiError(error, 'NotFound')) return `This server has no ${resource}`;
  return error instanceof Error ? error.message : String(error);
}

/** Several lists that are refused in the same words are one row of the tree. */
export function inOneRow(reasons: readonly string[]): string[] {
  const whats = new Map<string, string[]>();
  for (const reason of reasons) {
    const [, words = reason, what] =
      /^(Not allowed to list|This server has no) (\S+)$/.exec(reason) ?? [];
    whats.set(words, [...(whats.get(words) ?? []), ...(what === undefined ? [] : [what])]);
  }
  return [...whats].map(([words, what]) =>
    what.length === 0 ? words : `${words} ${what.sort().join(', ')}`,
  );
}
