/** Requests about resources: from query and body to an operation, from its answer to bytes. */
import { apiError } from '../../api/status.ts';
import { kindWarning } from '../../api/warnings/deprecated-kinds.ts';
import type { User } from '../authentication/user.ts';
import { Breath } from '../registry/breath.ts';
import type { Call } from '../registry/registry.ts';
import type { ServedResource } from '../registry/served.ts';
import { deleteCollection } from '../verbs/delete-collection.ts';
import type { ListAnswer } from '../verbs/list.ts';
import type { Answer, Operations } from '../verbs/operations.ts';
import { Backlogs } from './backlogs.ts';
import { binaryType, listBinary, objectBinary } from './binary.ts';
import { callOf, connectCall, listRequestOf, watchRequestOf } from './call.ts';
import type { ConnectHandler } from './connect.ts';
import { readDeleteOptions } from './delete-options.ts';
import { listBody } from './list-body.ts';
import { checkStream, type Format, negotiate } from './negotiate.ts';
import { partialBytes } from './partial.ts';
import { readableList, readableTable } from './readable-list.ts';
import { readObjectBody, readPatch } from './request-bodies.ts';
import type { ResourceRequest } from './request-info.ts';
import {
  contentTypes,
  lineEnd,
  type Reply,
  sendBytes,
  sendChunks,
  sendJson,
  sendNoPage,
  sendObject,
} from './respond.ts';
import { includedObject, tablePieces } from './table/table.ts';
import { serveWatch } from './watch-handler.ts';

/** Lists with fewer items are sent in one piece. */
const onePiece = 500;
const onePieceBytes = 1024 * 1024;

export class ResourceHandler {
  readonly #operations: Operations;
  readonly #connect: ConnectHandler;
  readonly #backlogs: Backlogs;

  constructor(operations: Operations, connect: ConnectHandler) {
    this.#operations = operations;
    this.#connect = connect;
    this.#backlogs = new Backlogs(operations.registry.clock, operations.registry.report);
  }

  /** Throws ApiError for everything that goes wrong before the answer has begun. */
  async handle(info: ResourceRequest, user: User, reply: Reply, warnings: string[]): Promise<void> {
    if (!this.#knows(info.group)) return sendNoPage(reply);
    const served = this.find(info);
    // Nobody has made a way for it but to what is behind a proxy.
    if (reply.request.method === 'HEAD' && info.subresource !== 'proxy') throw notAllowed();
    checkName(info.name);
    if (this.#connect.isConnect(info)) {
      const call = connectCall(user, warnings, reply.audit);
      return this.#connect.serve(await this.#connect.admit(info, served, call), reply);
    }
    if (!isServed(served, info) || !isPlaced(served, info)) throw notAllowed();
    const format = negotiate(reply.request.headers.accept, {
      binary: served.custom === undefined || info.subresource === 'scale',
      watch: info.verb === 'watch',
      several: info.verb === 'list' || info.verb === 'watch',
      typeName: goTypeOf(served, info.verb === 'list'),
      answerOnly: served.kind.verbs.every((verb) => verb === 'create'),
    });
    const negotiated: Reply = { ...reply, encoding: format.encoding };
    const call = callOf(reply.request, info.query, user, warnings, reply.audit);
    const deprecation = served.custom?.warning ?? kindWarning(served.kind);
    if (deprecation !== undefined) call.warn(deprecation);
    await this.#perform(info, served, call, format, negotiated);
  }

  #knows(group: string): boolean {
    return this.#operations.registry.served.all.some(({ kind }) => kind.group === group);
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
        return send(
          await operations.get(served, place, subresource, info.query.get('resourceVersion')),
        );
      case 'list':
        return this.#sendList(served, info, await this.#list(served, info), format, reply);
      case 'watch':
        // Only of a request that makes sense otherwise.
        if (format.encoding === 'yaml') watchRequestOf(served, info, '');
        checkStream(format);
        return serveWatch(operations.registry, served, info, format, reply, this.#backlogs);
      case 'create':
        return send(
          await operations.create(
            call,
            served,
            place,
            subresource,
            await readObjectBody(served, info, reply),
          ),
        );
      case 'update':
        return send(
          await operations.update(
            call,
            served,
            place,
            subresource,
            await readObjectBody(served, info, reply),
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
        const { registry } = operations;
        const { options, dryRun } = await readDeleteOptions(registry, call, info, reply);
        return send(await operations.delete({ ...call, dryRun }, served, place, options));
      }
      case 'deletecollection': {
        const { registry } = operations;
        const which = listRequestOf(served, info);
        const { options, dryRun } = await readDeleteOptions(registry, call, info, reply);
        const list = await deleteCollection(registry, { ...call, dryRun }, served, which, options);
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
    const { encoding } = reply;
    if (encoding === 'yaml' || reply.pretty) {
      const text =
        format.as === 'Table'
          ? readableTable(served, answer, this.#tableForm(info, format), encoding)
          : readableList(served, answer, shape, encoding);
      return sendChunks(reply, 200, inSlices(text), contentTypes[encoding]);
    }
    const { pieces, length } =
      format.as === 'Table'
        ? {
            pieces: aLine(tablePieces(served, answer, this.#tableForm(info, format))),
            length: undefined,
          }
        : listBody(served, answer, shape);
    if (answer.views.length < onePiece && (length ?? 0) < onePieceBytes) {
      return sendBytes(reply, 200, Buffer.concat([...pieces]), 'application/json');
    }
    await sendChunks(reply, 200, inSlices(pieces), 'application/json', length);
  }

  #tableForm(info: ResourceRequest, format: Format) {
    return {
      format,
      includeObject: includedObject(info.query),
      nowMs: this.#operations.registry.clock.now(),
      report: this.#operations.registry.report,
    };
  }
}

/** As Go prints the type: the package is named for what the group's name begins with. */
function goTypeOf({ kind, custom, listKind }: ServedResource, isList: boolean): string {
  if (custom !== undefined) return `unstructured.Unstructured${isList ? 'List' : ''}`;
  const [label] = (kind.group || 'core').split('.');
  return `${label}.${isList ? listKind : kind.kind}`;
}

function* aLine(pieces: Iterable<Buffer>): Generator<Buffer> {
  yield* pieces;
  yield lineEnd;
}

async function joined(pieces: AsyncIterable<Buffer>): Promise<Buffer> {
  const all: Buffer[] = [];
  for await (const piece of pieces) all.push(piece);
  return Buffer.concat(all);
}

/** Lets other requests in while a long answer is put together. */
async function* inSlices(pieces: Iterable<Buffer>): AsyncGenerator<Buffer> {
  const breath = new Breath();
  for (const piece of pieces) {
    yield piece;
    if (breath.due) await breath.pause();
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
function isPlaced({ custom, kind }: ServedResource, info: ResourceRequest): boolean {
  const { verb, namespace, name, subresource } = info;
  // All namespaces can be looked at together, and nothing else.
  if (kind.namespaced && namespace === '' && verb !== 'list' && verb !== 'watch') {
    if (custom === undefined) return false;
    throw apiError('NotFound', 'the server could not find the requested resource', {});
  }
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

/** Names are parts of paths, in the store as well. */
function checkName(name: string): void {
  const why =
    name === '.' || name === '..'
      ? `may not be '${name}'`
      : ['/', '%'].filter((part) => name.includes(part)).map((part) => `may not contain '${part}'`);
  if (why.length === 0) return;
  throw apiError(
    'BadRequest',
    `Name parameter invalid: ${JSON.stringify(name)}: ${[why].flat().join(';')}`,
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
