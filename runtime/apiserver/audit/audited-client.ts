/** A client of this process whose calls are audited like everybody's. Only made where there is a policy. */
import type { KubeList, KubeObject, UnknownObject, WatchEvent } from '../../api/object.ts';
import { isApiError, type Status } from '../../api/status.ts';
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
} from '../../client/client.ts';
import type { User } from '../authentication/user.ts';
import type { ResourceRequest } from '../http/request-info.ts';
import type { Auditor, Trail } from './auditor.ts';

type AnyTarget = Target & { name?: string; subresource?: string };

export class AuditedClient implements Client {
  readonly #client: Client;
  readonly #user: User;
  readonly #auditor: Auditor;

  constructor(client: Client, user: User, auditor: Auditor) {
    this.#client = client;
    this.#user = user;
    this.#auditor = auditor;
  }

  get<T extends KubeObject = UnknownObject>(target: ObjectTarget): Promise<T> {
    return this.#follow('get', target, () => this.#client.get<T>(target));
  }

  list<T extends KubeObject = UnknownObject>(
    target: Target,
    options?: ListOptions,
  ): Promise<KubeList<T>> {
    return this.#follow('list', target, () => this.#client.list<T>(target, options));
  }

  async *watch<T extends KubeObject = UnknownObject>(
    target: Target & { name?: string },
    options?: WatchOptions,
  ): AsyncGenerator<WatchEvent<T>> {
    const trail = this.#begin('watch', target);
    trail.started(200);
    try {
      yield* this.#client.watch<T>(target, options);
      trail.complete(200);
    } catch (error) {
      fail(trail, error);
      throw error;
    } finally {
      // Whoever stops to read ends a watch as it should end.
      trail.complete(200);
    }
  }

  create<T extends KubeObject = UnknownObject>(
    target: AnyTarget,
    object: KubeObject,
    options?: WriteOptions,
  ): Promise<T> {
    const send = (trail: Trail) =>
      this.#client.create<T>(target, object, annotated(options, trail));
    return this.#follow('create', target, send, object, 201);
  }

  update<T extends KubeObject = UnknownObject>(
    target: ObjectTarget,
    object: KubeObject,
    options?: WriteOptions,
  ): Promise<T> {
    const send = (trail: Trail) =>
      this.#client.update<T>(target, object, annotated(options, trail));
    return this.#follow('update', target, send, object);
  }

  patch<T extends KubeObject = UnknownObject>(
    target: ObjectTarget,
    type: PatchType,
    patch: unknown,
    options?: PatchOptions,
  ): Promise<T> {
    const send = (trail: Trail) =>
      this.#client.patch<T>(target, type, patch, annotated(options, trail));
    return this.#follow('patch', target, send, patch);
  }

  delete(target: ObjectTarget, options?: DeleteOptions): Promise<UnknownObject | Status> {
    const send = (trail: Trail) => this.#client.delete(target, annotated(options, trail));
    return this.#follow('delete', target, send, options);
  }

  deleteCollection(target: Target, options?: DeleteOptions & ListOptions): Promise<void> {
    const send = (trail: Trail) => this.#client.deleteCollection(target, annotated(options, trail));
    return this.#follow('deletecollection', target, send, options);
  }

  /** Discovery and the like by this process is no news. */
  raw<T = unknown>(path: string, options?: { accept?: string }): Promise<T> {
    return this.#client.raw<T>(path, options);
  }

  async #follow<T>(
    verb: string,
    target: AnyTarget,
    send: (trail: Trail) => Promise<T>,
    body?: unknown,
    code = 200,
  ): Promise<T> {
    const trail = this.#begin(verb, target);
    if (body !== undefined) trail.requestObject(body);
    try {
      const answer = await send(trail);
      trail.responseObject(answer);
      trail.complete(code);
      return answer;
    } catch (error) {
      fail(trail, error);
      throw error;
    }
  }

  #begin(verb: string, target: AnyTarget): Trail {
    const trail = this.#auditor.begin({
      uri: uriOf(target),
      sourceIPs: ['127.0.0.1'],
      userAgent: 'skiff',
    });
    trail.received(this.#user, requestOf(verb, target));
    return trail;
  }
}

/** What the loopback client takes beside a client's options: where admission's annotations go. */
export interface Annotated {
  readonly annotate?: (key: string, value: string) => void;
}

function annotated<O extends object>(options: O | undefined, trail: Trail): O & Annotated {
  const annotate = (key: string, value: string) => trail.annotate(key, value);
  return { ...(options ?? ({} as O)), annotate };
}

function fail(trail: Trail, error: unknown): void {
  if (isApiError(error)) {
    trail.failed(error.status);
    trail.complete(error.status.code ?? 500);
  } else {
    trail.panicked(error instanceof Error ? error : new Error(String(error)));
  }
}

function requestOf(verb: string, target: AnyTarget): ResourceRequest {
  const { group, version, resource, namespace = '', name = '', subresource = '' } = target;
  return {
    ...{ type: 'resource', verb, group, version, resource, subresource, namespace, name },
    rest: '',
    query: new URLSearchParams(),
  };
}

function uriOf({ group, version, resource, namespace, name, subresource }: AnyTarget): string {
  const root = group === '' ? `/api/${version}` : `/apis/${group}/${version}`;
  const place = namespace ? `/namespaces/${namespace}` : '';
  const object = name ? `/${name}${subresource ? `/${subresource}` : ''}` : '';
  return `${root}${place}/${resource}${object}`;
}
