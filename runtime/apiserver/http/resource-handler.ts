/** Requests about resources: from query and body to an operation, from its answer to bytes. */
import type { UnknownObject } from '../../api/object.ts';
import { apiError, isApiError } from '../../api/status.ts';
import { kindWarning } from '../../api/warnings/deprecated-kinds.ts';
import type { User } from '../authentication/user.ts';
import { turn } from '../registry/breath.ts';
import type { Call } from '../registry/registry.ts';
import type { ServedResource } from '../registry/served.ts';
import type { DeleteRequest } from '../verbs/delete.ts';
import { deleteCollection } from '../verbs/delete-collection.ts';
import { invalidOption } from '../verbs/errors.ts';
import type { ListAnswer } from '../verbs/list.ts';
import type { Answer, Body, Operations } from '../verbs/operations.ts';
import type { PatchRequest } from '../verbs/patch.ts';
import { binaryType, listBinary, objectBinary } from './binary.ts';
import { decodeBody, decodeJson, decodeYaml, mediaTypeOf, readBody } from './body.ts';
import { callOf, connectCall, fieldValidationOf, isDryRun, isTrue, listRequestOf } from './call.ts';
import type { ConnectHandler } from './connect.ts';
import { listBody } from './list-body.ts';
import { type Format, negotiate } from './negotiate.ts';
import { partialBytes } from './partial.ts';
import type { ResourceRequest } from './request-info.ts';
import { type Reply, sendBytes, sendChunks, sendJson, sendObject } from './respond.ts';
import { type IncludeObject, tablePieces } from './table/table.ts';
import { serveWatch } from './watch-handler.ts';

const patchTypes: Record<string, PatchRequest['type']> = {
  'application/json-patch+json': 'json',
  'application/merge-patch+json': 'merge',
  'application/strategic-merge-patch+json': 'strategic',
  'application/apply-patch+yaml': 'apply',
};
/** Lists with fewer items are sent in one piece. */
const onePiece = 500;
const onePieceBytes = 1024 * 1024;

export class ResourceHandler {
  readonly #operations: Operations;
  readonly #connect: ConnectHandler;

  constructor(operations: Operations, connect: ConnectHandler) {
    this.#operations = operations;
    this.#connect = connect;
  }

  /** Throws ApiError for everything that goes wrong before the answer has begun. */
  async handle(info: ResourceRequest, user: User, reply: Reply, warnings: string[]): Promise<void> {
    const served = this.find(info);
    if (this.#connect.isConnect(info)) {
      const call = connectCall(user, warnings, reply.audit);
      return this.#connect.serve(await this.#connect.admit(info, served, call), reply);
    }
    if (!isServed(served, info) || !isPlaced(info)) throw notAllowed();
    const format = negotiate(reply.request.headers.accept, {
      binary: served.custom === undefined || info.subresource === 'scale',
      watch: info.verb === 'watch',
      answerOnly: served.kind.verbs.every((verb) => verb === 'create'),
    });
    const negotiated: Reply = {
      ...reply,
      encoding: format.encoding,
      pretty: isTrue(info.query.get('pretty')),
    };
    const call = callOf(reply.request, info.query, user, warnings, reply.audit);
    const deprecation = served.custom?.warning ?? kindWarning(served.kind);
    if (deprecation !== undefined) call.warn(deprecation);
    await this.#perform(info, served, call, format, negotiated);
  }

  /** Throws NotFound for what is not served at all. */
  find(info: ResourceRequest): ServedResource {
    const served = this.#operations.registry.served.find(info.group, info.version, info.resource);
    const scoped =
      served !== undefined &&
      (served.kind.namespaced
        ? info.namespace !== '' || info.name === '' || isSpread(info)
        : info.namespace === '');
    if (!scoped) throw apiError('NotFound', 'the server could not find the requested resource', {});
    return served;
  }

  async #perform(
    info: ResourceRequest,
    served: ServedResource,
    call: Call,
    format: Format,
    reply: Reply,
  ): Promise<void> {
    const operations = this.#operations;
    const place = { namespace: info.namespace, name: info.name };
    const { subresource } = info;
    const send = (answer: Answer) => this.#sendAnswer(served, info, answer, format, reply);
    switch (info.verb) {
      case 'get':
        return send(await operations.get(served, place, subresource));
      case 'list':
        return this.#sendList(served, info, await this.#list(served, info), format, reply);
      case 'watch':
        return serveWatch(operations.registry, served, info, format, reply);
      case 'create':
        return send(
          await operations.create(
            call,
            served,
            place,
            subresource,
            await readObjectBody(info, reply),
          ),
        );
      case 'update':
        return send(
          await operations.update(
            call,
            served,
            place,
            subresource,
            await readObjectBody(info, reply),
          ),
        );
      case 'patch':
        return send(
          await operations.patch(
            call,
            served,
            place,
            subresource,
            await readPatch(served, info, reply),
          ),
        );
      case 'delete': {
        const request = await readDeleteOptions(info, reply);
        return send(
          await operations.delete({ ...call, ...request.call }, served, place, request.options),
        );
      }
      case 'deletecollection': {
        const request = await readDeleteOptions(info, reply);
        const list = await deleteCollection(
          operations.registry,
          { ...call, ...request.call },
          served,
          listRequestOf(served, info),
          request.options,
        );
        return this.#sendList(served, info, list, format, reply);
      }
      default:
        throw notAllowed();
    }
  }

  #list(served: ServedResource, info: ResourceRequest): Promise<ListAnswer> {
    return this.#operations.list(served, listRequestOf(served, info));
  }

  #sendAnswer(
    served: ServedResource,
    info: ResourceRequest,
    answer: Answer,
    format: Format,
    reply: Reply,
  ): void {
    const code = answer.created ? 201 : 200;
    if ('made' in answer) {
      sendObject(reply, codeOf(answer.made) ?? code, answer.made);
    } else if (format.encoding === 'protobuf') {
      sendBytes(reply, code, objectBinary(answer.view, format), binaryType);
    } else if (format.as === 'Table') {
      const list = { revision: answer.view.revision, views: [answer.view] };
      const pieces = tablePieces(served, list, this.#tableForm(info, format));
      sendJson(reply, code, Buffer.concat([...pieces]));
    } else if (format.as === 'PartialObjectMetadata') {
      sendJson(reply, code, partialBytes(answer.view, format.version));
    } else {
      sendJson(reply, code, answer.view.wire);
    }
  }

  async #sendList(
    served: ServedResource,
    info: ResourceRequest,
    answer: ListAnswer,
    format: Format,
    reply: Reply,
  ): Promise<void> {
    if (format.encoding === 'protobuf') {
      const binary = listBinary(served, answer, format);
      if (answer.views.length >= onePiece) return sendChunks(reply, 200, binary, binaryType);
      return sendBytes(reply, 200, await joined(binary), binaryType);
    }
    const shape = format.as === 'object' ? 'object' : { partial: format.version };
    const { pieces, length } =
      format.as === 'Table'
        ? {
            pieces: tablePieces(served, answer, this.#tableForm(info, format)),
            length: undefined,
          }
        : listBody(served, answer, shape);
    if (reply.encoding === 'yaml' || reply.pretty)
      return sendJson(reply, 200, Buffer.concat([...pieces]));
    if (answer.views.length < onePiece && (length ?? 0) < onePieceBytes) {
      return sendBytes(reply, 200, Buffer.concat([...pieces]), 'application/json');
    }
    await sendChunks(reply, 200, inSlices(pieces), 'application/json', length);
  }

  #tableForm(info: ResourceRequest, format: Format) {
    const include = info.query.get('includeObject') ?? 'Metadata';
    return {
      format,
      includeObject: (include === 'None' || include === 'Object'
        ? include
        : 'Metadata') as IncludeObject,
      nowMs: this.#operations.registry.clock.now(),
    };
  }
}

async function joined(pieces: AsyncIterable<Buffer>): Promise<Buffer> {
  const all: Buffer[] = [];
  for await (const piece of pieces) all.push(piece);
  return Buffer.concat(all);
}

/** Lets other requests in while a long answer is put together. */
async function* inSlices(pieces: Iterable<Buffer>): AsyncGenerator<Buffer> {
  let since = performance.now();
  for (const piece of pieces) {
    yield piece;
    if (performance.now() - since < 8) continue;
    await new Promise((resolve) => setImmediate(resolve));
    since = performance.now();
  }
}

/** Does the kinds table offer this verb here? */
function isServed(served: ServedResource, info: ResourceRequest): boolean {
  const { kind } = served;
  if (info.subresource === '') return kind.verbs.some((verb) => verb === info.verb);
  const subresource = kind.subresources.find(({ name }) => name === info.subresource);
  if (subresource === undefined) {
    throw apiError('NotFound', 'the server could not find the requested resource', {});
  }
  return subresource.verbs.some((verb) => verb === info.verb);
}

/** What is made has no name in the path yet; what is changed has one. */
function isPlaced({ verb, name, subresource }: ResourceRequest): boolean {
  if (verb === 'create') return name === '' || subresource !== '';
  return name !== '' || (verb !== 'update' && verb !== 'patch');
}

function notAllowed() {
  return apiError(
    'MethodNotAllowed',
    'the server does not allow this method on the requested resource',
    {},
  );
}

/** Lists and watches of one name across namespaces have a name but no namespace. */
function isSpread(info: ResourceRequest): boolean {
  return info.verb === 'list' || info.verb === 'watch' || info.verb === 'deletecollection';
}

function codeOf(made: object): number | undefined {
  const { kind, code } = made as { kind?: string; code?: number };
  return kind === 'Status' ? code : undefined;
}

/** The body, when there is time for what follows from it. */
async function bodyInTurn({ request }: Reply): Promise<Buffer> {
  const bytes = await readBody(request);
  const wait = turn();
  if (wait !== undefined) await wait;
  return bytes;
}

async function readObjectBody(info: ResourceRequest, reply: Reply): Promise<Body> {
  const fieldValidation = fieldValidationOf(info.query);
  const bytes = await bodyInTurn(reply);
  const mediaType = mediaTypeOf(reply.request);
  const { value, duplicates } = decodeBody(bytes, mediaType, fieldValidation !== 'Ignore');
  reply.audit?.requestObject(value);
  return { object: asObject(value), duplicates, fieldValidation, trusted: false };
}

async function readPatch(
  served: ServedResource,
  info: ResourceRequest,
  reply: Reply,
): Promise<PatchRequest> {
  const mediaType = mediaTypeOf(reply.request);
  const type = patchTypes[mediaType];
  // How the lists of custom kinds merge is said in their schema, for server-side apply alone.
  const accepted = Object.keys(patchTypes).filter(
    (name) => served.custom === undefined || patchTypes[name] !== 'strategic',
  );
  if (type === undefined || !accepted.includes(mediaType)) {
    throw apiError(
      'UnsupportedMediaType',
      'the body of the request was in an unknown format - accepted media types include: ' +
        accepted.join(', '),
      {},
    );
  }
  const force = info.query.get('force');
  if (force !== null && type !== 'apply') {
    const why = 'Forbidden: may not be specified for non-apply patch';
    throw invalidOption('PatchOptions', 'force', 'FieldValueForbidden', why);
  }
  if (type === 'apply' && !info.query.get('fieldManager')) {
    const why = 'Required value: is required for apply patch';
    throw invalidOption('PatchOptions', 'fieldManager', 'FieldValueRequired', why);
  }
  const text = (await bodyInTurn(reply)).toString();
  const decoded = type === 'apply' ? decodeApplied(text) : decodeJson(text, false);
  const fieldValidation = fieldValidationOf(info.query);
  const { value: patch, duplicates } = decoded;
  reply.audit?.requestObject(patch);
  return { type, patch, duplicates, force: isTrue(force), fieldValidation };
}

function decodeApplied(text: string) {
  try {
    return decodeYaml(text);
  } catch (error) {
    if (!isApiError(error, 'BadRequest')) throw error;
    throw apiError('BadRequest', `error decoding YAML: ${error.message}`);
  }
}

interface DeleteBody {
  gracePeriodSeconds?: number | null;
  propagationPolicy?: string | null;
  orphanDependents?: boolean | null;
  preconditions?: { uid?: string; resourceVersion?: string };
  dryRun?: string[];
}

/** DELETE takes its options from the body or from the query. */
async function readDeleteOptions(
  info: ResourceRequest,
  reply: Reply,
): Promise<{ options: DeleteRequest; call: { dryRun?: true } }> {
  const bytes = await bodyInTurn(reply);
  const { query } = info;
  const body =
    bytes.length === 0
      ? {}
      : (asObject(decodeBody(bytes, mediaTypeOf(reply.request), false).value) as DeleteBody);
  if (bytes.length > 0) reply.audit?.requestObject(body);
  const grace = query.get('gracePeriodSeconds');
  const orphan = query.get('orphanDependents');
  const options: DeleteRequest = {
    gracePeriodSeconds: body.gracePeriodSeconds ?? (grace === null ? undefined : Number(grace)),
    propagationPolicy: body.propagationPolicy ?? query.get('propagationPolicy') ?? undefined,
    orphanDependents: body.orphanDependents ?? (orphan === null ? undefined : isTrue(orphan)),
    preconditions: body.preconditions,
  };
  return { options, call: isDryRun(body.dryRun ?? []) ? { dryRun: true } : {} };
}

function asObject(value: unknown): UnknownObject {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) {
    throw apiError('BadRequest', 'the object provided is unrecognized: the body must be an object');
  }
  return value as UnknownObject;
}
