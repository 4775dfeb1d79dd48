/**
 * The one way to a Kubernetes API, whether the server is in this process (loopback transport, no
 * JSON) or anywhere else (HTTPS). Controllers, scheduler, kubelet, network and the editor all take
 * a `Client`. Every method throws `ApiError`.
 *
 * Objects that come back may be shared with other readers: treat them as frozen, copy to change.
 */
import type { KubeList, KubeObject, UnknownObject, WatchEvent } from '../api/object.ts';
import type { Status } from '../api/status.ts';

/** Names a collection: `{group: 'apps', version: 'v1', resource: 'deployments'}`. */
export interface Resource {
  readonly group: string;
  readonly version: string;
  /** The plural, as in URLs. */
  readonly resource: string;
}

/** Where in a collection. Left out `namespace`: cluster-scoped, or all namespaces of a list. */
export interface Target extends Resource {
  readonly namespace?: string;
}

/** One object, or one of its subresources (`status`, `scale`, `binding`, …). */
export interface ObjectTarget extends Target {
  readonly name: string;
  readonly subresource?: string;
}

export interface WriteOptions {
  fieldManager?: string;
  dryRun?: boolean;
  fieldValidation?: 'Strict' | 'Warn' | 'Ignore';
}

export interface ListOptions {
  labelSelector?: string;
  fieldSelector?: string;
  limit?: number;
  continue?: string;
  resourceVersion?: string;
  resourceVersionMatch?: 'Exact' | 'NotOlderThan';
}

export interface WatchOptions {
  labelSelector?: string;
  fieldSelector?: string;
  /** Deliver what happened after this version; left out: begin with the present state. */
  resourceVersion?: string;
  allowWatchBookmarks?: boolean;
  timeoutSeconds?: number;
  /** Ends the watch. */
  signal?: AbortSignal;
}

export interface DeleteOptions {
  gracePeriodSeconds?: number;
  propagationPolicy?: 'Orphan' | 'Background' | 'Foreground';
  preconditions?: { uid?: string; resourceVersion?: string };
  dryRun?: boolean;
}

export type PatchType = 'json' | 'merge' | 'strategic' | 'apply';

export interface PatchOptions extends WriteOptions {
  /** Server-side apply only: take fields over from other managers. */
  force?: boolean;
}

export interface Client {
  get<T extends KubeObject = UnknownObject>(target: ObjectTarget): Promise<T>;
  list<T extends KubeObject = UnknownObject>(
    target: Target,
    options?: ListOptions,
  ): Promise<KubeList<T>>;
  /**
   * Yields events until the server ends the watch, the signal aborts (both end the iteration
   * quietly) or something fails (throws). An ERROR event is thrown as ApiError.
   */
  watch<T extends KubeObject = UnknownObject>(
    target: Target & { name?: string },
    options?: WatchOptions,
  ): AsyncIterable<WatchEvent<T>>;
  /** With `subresource` and `name` in the target: POST to the subresource (binding, eviction, token). */
  create<T extends KubeObject = UnknownObject>(
    target: Target & { name?: string; subresource?: string },
    object: KubeObject,
    options?: WriteOptions,
  ): Promise<T>;
  update<T extends KubeObject = UnknownObject>(
    target: ObjectTarget,
    object: KubeObject,
    options?: WriteOptions,
  ): Promise<T>;
  /** `json` takes an array of operations, the others take a partial object. */
  patch<T extends KubeObject = UnknownObject>(
    target: ObjectTarget,
    type: PatchType,
    patch: unknown,
    options?: PatchOptions,
  ): Promise<T>;
  /** The object as it stood or now stands (if finalizers or grace keep it), or a Status. */
  delete(target: ObjectTarget, options?: DeleteOptions): Promise<UnknownObject | Status>;
  deleteCollection(target: Target, options?: DeleteOptions & ListOptions): Promise<void>;
  /** A path that is no resource: /version, /apis, /openapi/v3, … JSON answers only. */
  raw<T = unknown>(path: string, options?: { accept?: string }): Promise<T>;
}
