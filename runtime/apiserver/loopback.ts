/**
 * The client for parts in the same process: no JSON, no network, but the same authorization,
 * admission and checks as everyone. Objects come back frozen and shared.
 */
import type { KubeList, KubeObject, UnknownObject, WatchEvent } from '../api/object.ts';
import { apiError, type Status } from '../api/status.ts';
import type {
  Client,
  DeleteOptions,
  ListOptions,
  ObjectTarget,
  PatchOptions,
  PatchType,
  Target,
  WatchOptions,
  WriteOptions,
} from '../client/client.ts';
import type { Annotated } from './audit/audited-client.ts';
import type { User } from './authentication/user.ts';
import { refusal } from './authorization/attributes.ts';
import { nameInSelector } from './http/request-info.ts';
import { copyJson } from './registry/json.ts';
import type { Call } from './registry/registry.ts';
import { selectionOf } from './registry/selection.ts';
import type { ServedResource } from './registry/served.ts';
import type { DeleteRequest } from './verbs/delete.ts';
import { deleteCollection } from './verbs/delete-collection.ts';
import type { ListRequest } from './verbs/list.ts';
import type { Answer, Body, Operations } from './verbs/operations.ts';
import { openWatch, type ViewEvent, type WatchRequest } from './verbs/watch.ts';

/** Serves `raw` paths; the HTTP side does it too. */
export type RawHandler = (path: string, user: User, accept: string | undefined) => Promise<unknown>;

export class LoopbackClient implements Client {
  readonly #operations: Operations;
  readonly #user: User;
  readonly #raw: RawHandler;

  constructor(operations: Operations, user: User, raw: RawHandler) {
    this.#operations = operations;
    this.#user = user;
    this.#raw = raw;
  }

  async get<T extends KubeObject = UnknownObject>(target: ObjectTarget): Promise<T> {
    const served = this.#admit('get', target);
    return objectOf(await this.#operations.get(served, placeOf(target), target.subresource ?? ''));
  }

  async list<T extends KubeObject = UnknownObject>(
    target: Target,
    options: ListOptions = {},
  ): Promise<KubeList<T>> {
    const served = this.#admit('list', target, options.fieldSelector);
    const answer = await this.#operations.list(served, listRequest(served, target, options));
    return {
      apiVersion: served.apiVersion,
      kind: served.listKind,
      metadata: {
        resourceVersion: String(answer.revision),
        ...(answer.continue === undefined ? {} : { continue: answer.continue }),
        ...(answer.remaining === undefined ? {} : { remainingItemCount: answer.remaining }),
      },
      items: answer.views.map((view) => view.object as unknown as T),
    };
  }

  async *watch<T extends KubeObject = UnknownObject>(
    target: Target & { name?: string },
    options: WatchOptions = {},
  ): AsyncGenerator<WatchEvent<T>> {
    const served = this.#admit('watch', target, options.fieldSelector);
    const { signal, timeoutSeconds } = options;
    if (signal?.aborted) return;
    const queue: ViewEvent[] = [];
    let wake: (() => void) | undefined;
    let ended = false;
    const end = () => {
      ended = true;
      wake?.();
    };
    const stop = await openWatch(
      this.#operations.registry,
      served,
      watchRequest(served, target, options),
      (events) => {
        for (const event of events) queue.push(event);
        wake?.();
      },
    );
    signal?.addEventListener('abort', end, { once: true });
    const { clock } = this.#operations.registry;
    const cancel = timeoutSeconds ? clock.after(timeoutSeconds * 1000, end) : () => {};
    const keep = served.onRetired(end);
    try {
      while (!ended) {
        const events = queue.splice(0);
        for (const event of events) {
          if (signal?.aborted) return;
          yield watchEvent<T>(served, event);
          if (event.type === 'ERROR') return;
        }
        if (queue.length > 0 || ended) continue;
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
        wake = undefined;
      }
    } finally {
      stop();
      keep();
      cancel();
      signal?.removeEventListener('abort', end);
    }
  }

  async create<T extends KubeObject = UnknownObject>(
    target: Target & { name?: string; subresource?: string },
    object: KubeObject,
    options: WriteOptions = {},
  ): Promise<T> {
    const served = this.#admit('create', target);
    const subresource = target.subresource ?? '';
    const call = this.#call(options);
    return objectOf(
      await this.#operations.create(call, served, placeOf(target), subresource, trusted(object)),
    );
  }

  async update<T extends KubeObject = UnknownObject>(
    target: ObjectTarget,
    object: KubeObject,
    options: WriteOptions = {},
  ): Promise<T> {
    const served = this.#admit('update', target);
    const subresource = target.subresource ?? '';
    const call = this.#call(options);
    return objectOf(
      await this.#operations.update(call, served, placeOf(target), subresource, trusted(object)),
    );
  }

  async patch<T extends KubeObject = UnknownObject>(
    target: ObjectTarget,
    type: PatchType,
    patch: unknown,
    options: PatchOptions = {},
  ): Promise<T> {
    const served = this.#admit('patch', target);
    const request = {
      type,
      patch: copyJson(patch),
      force: options.force === true,
      fieldValidation: options.fieldValidation ?? 'Ignore',
    };
    const subresource = target.subresource ?? '';
    const call = this.#call(options);
    return objectOf(
      await this.#operations.patch(call, served, placeOf(target), subresource, request),
    );
  }

  async delete(target: ObjectTarget, options: DeleteOptions = {}): Promise<UnknownObject | Status> {
    const served = this.#admit('delete', target);
    const call = this.#call(options);
    const answer = await this.#operations.delete(call, served, placeOf(target), deletion(options));
    return 'view' in answer ? answer.view.object : (answer.made as Status);
  }

  async deleteCollection(target: Target, options: DeleteOptions & ListOptions = {}): Promise<void> {
    const served = this.#admit('deletecollection', target, options.fieldSelector);
    const list = listRequest(served, target, options);
    const call = this.#call(options);
    await deleteCollection(this.#operations.registry, call, served, list, deletion(options));
  }

  async raw<T = unknown>(path: string, options: { accept?: string } = {}): Promise<T> {
    return (await this.#raw(path, this.#user, options.accept)) as T;
  }

  #admit(
    verb: string,
    target: Target & { name?: string; subresource?: string },
    fieldSelector?: string,
  ): ServedResource {
    const { group, version, resource, namespace = '', name = '', subresource = '' } = target;
    const served = this.#operations.registry.served.find(group, version, resource);
    if (served === undefined) {
      throw apiError('NotFound', 'the server could not find the requested resource', {});
    }
    const action = {
      ...({ type: 'resource', verb, group, version, resource, subresource } as const),
      // Namespaces are cluster-scoped, but rights inside of one reach the namespace object itself.
      namespace: group === '' && resource === 'namespaces' ? name : namespace,
      name: name || nameInSelector(fieldSelector ?? ''),
      fieldSelector,
    };
    const { allowed, reason } = this.#operations.authorizer.authorize(this.#user, action);
    if (!allowed) throw refusal(this.#user, action, reason);
    return served;
  }

  #call(options: { fieldManager?: string; dryRun?: boolean } & Annotated): Call {
    return {
      user: this.#user,
      fieldManager: options.fieldManager ?? 'skiff',
      dryRun: options.dryRun === true,
      warn: () => {},
      ...(options.annotate === undefined ? {} : { annotate: options.annotate }),
    };
  }
}

function placeOf(target: Target & { name?: string }) {
  return { namespace: target.namespace ?? '', name: target.name ?? '' };
}

/** Callers keep their objects: what is stored is a copy. */
function trusted(object: KubeObject): Body {
  return {
    object: copyJson(object) as UnknownObject,
    duplicates: [],
    fieldValidation: 'Ignore',
    trusted: true,
  };
}

function objectOf<T extends KubeObject>(answer: Answer): T {
  return ('view' in answer ? answer.view.object : answer.made) as unknown as T;
}

function deletion(options: DeleteOptions): DeleteRequest {
  const { gracePeriodSeconds, propagationPolicy, preconditions } = options;
  return { gracePeriodSeconds, propagationPolicy, preconditions };
}

function listRequest(served: ServedResource, target: Target, options: ListOptions): ListRequest {
  return {
    namespace: target.namespace ?? '',
    selection: selectionOf(served.kind, options.labelSelector, options.fieldSelector),
    limit: options.limit ?? 0,
    continue: options.continue ?? '',
    resourceVersion: options.resourceVersion ?? '',
    resourceVersionMatch: options.resourceVersionMatch ?? '',
  };
}

function watchRequest(
  served: ServedResource,
  target: Target & { name?: string },
  options: WatchOptions,
): WatchRequest {
  return {
    namespace: target.namespace ?? '',
    name: target.name ?? '',
    selection: selectionOf(served.kind, options.labelSelector, options.fieldSelector),
    resourceVersion: options.resourceVersion ?? '',
    resourceVersionMatch: '',
    bookmarks: options.allowWatchBookmarks === true,
    sendInitialEvents: undefined,
  };
}

function watchEvent<T extends KubeObject>(served: ServedResource, event: ViewEvent): WatchEvent<T> {
  if (event.type === 'ERROR') return { type: 'ERROR', object: event.status };
  if (event.type !== 'BOOKMARK') {
    return { type: event.type, object: event.view.object as unknown as T };
  }
  const metadata = { resourceVersion: String(event.revision) };
  return {
    type: 'BOOKMARK',
    object: { apiVersion: served.apiVersion, kind: served.kind.kind, metadata },
  };
}
