/** `Client` over HTTPS, for any Kubernetes API server. */
import type { Clock } from '../api/clock.ts';
import {
  apiVersionOf,
  type KubeList,
  type KubeObject,
  type UnknownObject,
  type WatchEvent,
} from '../api/object.ts';
import { ApiError, apiError, type Status } from '../api/status.ts';
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
} from './client.ts';
import type { Connection } from './connection.ts';
import { pathOf, queryOf } from './paths.ts';
import { type Call, createTransport, type Transport, unreachable } from './transport.ts';

export interface HttpClient extends Client {
  readonly connection: Connection;
  /** Closes idle connections; watches end by their own signals. */
  close(): void;
}

const patchTypes: Record<PatchType, string> = {
  json: 'application/json-patch+json',
  merge: 'application/merge-patch+json',
  strategic: 'application/strategic-merge-patch+json',
  // JSON is YAML.
  apply: 'application/apply-patch+yaml',
};

/** Makes a client; nothing is dialled before the first call. */
export function createHttpClient(connection: Connection, clock?: Clock): HttpClient {
  return new HttpsClient(connection, createTransport(connection, clock));
}

class HttpsClient implements HttpClient {
  readonly connection: Connection;
  readonly #transport: Transport;

  constructor(connection: Connection, transport: Transport) {
    this.connection = connection;
    this.#transport = transport;
  }

  close(): void {
    this.#transport.close();
  }

  get<T extends KubeObject = UnknownObject>(target: ObjectTarget): Promise<T> {
    return this.#json<T>({ method: 'GET', path: pathOf(target) });
  }

  async list<T extends KubeObject = UnknownObject>(
    target: Target,
    options: ListOptions = {},
  ): Promise<KubeList<T>> {
    const path = pathOf(target) + queryOf({ ...options });
    const list = await this.#json<KubeList<T>>({ method: 'GET', path });
    // Servers leave these out of the items of a list.
    const kind = list.kind.replace(/List$/, '');
    list.items ??= [];
    for (const item of list.items) {
      item.apiVersion ??= apiVersionOf(target);
      item.kind ??= kind;
    }
    return list;
  }

  async *watch<T extends KubeObject = UnknownObject>(
    target: Target & { name?: string },
    options: WatchOptions = {},
  ): AsyncGenerator<WatchEvent<T>> {
    const { signal, ...parameters } = options;
    const { name, ...collection } = target;
    // Servers watch one object through its collection.
    const only = name === undefined ? undefined : `metadata.name=${name}`;
    const fieldSelector = [parameters.fieldSelector, only].filter(Boolean).join(',');
    const path = pathOf(collection) + queryOf({ ...parameters, fieldSelector, watch: true });
    try {
      const response = await this.#transport.open({
        method: 'GET',
        path,
        idleTimeoutMs: 0,
        ...(signal === undefined ? {} : { signal }),
      });
      for await (const line of linesOf(response)) {
        const event = JSON.parse(line) as WatchEvent<T>;
        if (event.type === 'ERROR') throw new ApiError(event.object);
        yield event;
        if (signal?.aborted) return;
      }
    } catch (error) {
      if (signal?.aborted) return;
      throw unreachable(this.connection.server, error);
    }
  }

  create<T extends KubeObject = UnknownObject>(
    target: Target & { name?: string; subresource?: string },
    object: KubeObject,
    options: WriteOptions = {},
  ): Promise<T> {
    // A name without a subresource is the object's own; it is posted to the collection.
    const { name, subresource, ...collection } = target;
    const path = pathOf(subresource === undefined ? collection : target);
    return this.#send<T>('POST', path + queryOf(writeParameters(options)), object);
  }

  update<T extends KubeObject = UnknownObject>(
    target: ObjectTarget,
    object: KubeObject,
    options: WriteOptions = {},
  ): Promise<T> {
    return this.#send<T>('PUT', pathOf(target) + queryOf(writeParameters(options)), object);
  }

  patch<T extends KubeObject = UnknownObject>(
    target: ObjectTarget,
    type: PatchType,
    patch: unknown,
    options: PatchOptions = {},
  ): Promise<T> {
    const parameters = {
      ...writeParameters(options),
      ...(type === 'apply' ? { fieldManager: options.fieldManager ?? 'skiff' } : {}),
      force: options.force,
    };
    return this.#send<T>('PATCH', pathOf(target) + queryOf(parameters), patch, patchTypes[type]);
  }

  delete(target: ObjectTarget, options: DeleteOptions = {}): Promise<UnknownObject | Status> {
    return this.#send('DELETE', pathOf(target), deleteBody(options));
  }

  async deleteCollection(target: Target, options: DeleteOptions & ListOptions = {}): Promise<void> {
    const { labelSelector, fieldSelector } = options;
    const path = pathOf(target) + queryOf({ labelSelector, fieldSelector });
    await this.#send('DELETE', path, deleteBody(options));
  }

  async raw<T = unknown>(path: string, options: { accept?: string } = {}): Promise<T> {
    const accept = options.accept ?? 'application/json';
    return this.#json<T>({ method: 'GET', path, headers: { accept } });
  }

  #send<T>(
    method: Call['method'],
    path: string,
    body: unknown,
    contentType = 'application/json',
  ): Promise<T> {
    return this.#json<T>({
      method,
      path,
      headers: { 'content-type': contentType },
      body: JSON.stringify(body),
    });
  }

  async #json<T>(call: Call): Promise<T> {
    const { body } = await this.#transport.text(call);
    try {
      return JSON.parse(body) as T;
    } catch {
      // A proxy's login page, most often.
      throw apiError(
        'InternalError',
        `${this.connection.server}${call.path} did not answer in JSON: ${body.slice(0, 100)}`,
      );
    }
  }
}

function writeParameters({ fieldManager, dryRun, fieldValidation }: WriteOptions) {
  return { fieldManager, fieldValidation, dryRun: dryRun ? 'All' : undefined };
}

function deleteBody(options: DeleteOptions): unknown {
  const { gracePeriodSeconds, propagationPolicy, preconditions, dryRun } = options;
  return {
    apiVersion: 'v1',
    kind: 'DeleteOptions',
    gracePeriodSeconds,
    propagationPolicy,
    preconditions,
    ...(dryRun ? { dryRun: ['All'] } : {}),
  };
}

/**
 * The lines of a stream that are not empty. Chunks end anywhere, also inside a character, so bytes
 * are kept until their line is whole. A last line without an end was cut off: it is left out.
 */
export async function* linesOf(chunks: AsyncIterable<Buffer>): AsyncGenerator<string> {
  let parts: Buffer[] = [];
  for await (const chunk of chunks) {
    let start = 0;
    for (let end = chunk.indexOf(10); end >= 0; end = chunk.indexOf(10, start)) {
      parts.push(chunk.subarray(start, end));
      start = end + 1;
      const line = Buffer.concat(parts).toString('utf8');
      parts = [];
      if (line.trim() !== '') yield line;
    }
    if (start < chunk.length) parts.push(chunk.subarray(start));
  }
}
