/** What a request is about, read from its method, path and query. */
import { apiError } from '../../api/status.ts';
import type { Action } from '../authorization/attributes.ts';
import { isTrue } from './call.ts';

export interface ResourceRequest {
  readonly type: 'resource';
  /** create, get, list, watch, update, patch, delete, deletecollection. */
  readonly verb: string;
  readonly group: string;
  readonly version: string;
  readonly resource: string;
  /** Empty: the object or collection itself. */
  readonly subresource: string;
  /** What follows the subresource: the path behind a proxy. */
  readonly rest: string;
  readonly namespace: string;
  readonly name: string;
  readonly query: URLSearchParams;
}

export interface PathRequest {
  readonly type: 'path';
  readonly verb: string;
  readonly path: string;
  readonly query: URLSearchParams;
}

export type RequestInfo = ResourceRequest | PathRequest;

const verbs: Record<string, string> = {
  GET: 'get',
  HEAD: 'get',
  POST: 'create',
  PUT: 'update',
  PATCH: 'patch',
  DELETE: 'delete',
};

/** Parts of a namespace that are not resources in it. */
const namespaceParts = new Set(['status', 'finalize']);

/** Of the many requests that have none; nobody writes into a query. */
const noQuery = new URLSearchParams();

export function parseRequest(method: string, url: string): RequestInfo {
  const question = url.indexOf('?');
  const path = question < 0 ? url : url.slice(0, question);
  const query = question < 0 ? noQuery : queryOf(url.slice(question + 1));
  return (
    resourceRequest(method, path, query) ?? {
      type: 'path',
      verb: method.toLowerCase(),
      path,
      query,
    }
  );
}

/** As Go reads a query: what is badly escaped, or parted by semicolons, is not there at all. */
function queryOf(text: string): URLSearchParams {
  const isBad = (pair: string) => /%(?![0-9a-fA-F]{2})|;/.test(pair);
  if (!isBad(text)) return new URLSearchParams(text);
  const pairs = text.split('&').filter((pair) => !isBad(pair));
  return new URLSearchParams(pairs.join('&'));
}

function resourceRequest(
  method: string,
  path: string,
  query: URLSearchParams,
): ResourceRequest | undefined {
  const raw = path.split('/').slice(1);
  if (raw.at(-1) === '' && raw.length > 1) raw.pop();
  let parts = path.includes('%') ? raw.map(decode) : raw;
  let group = '';
  let version: string;
  if (parts[0] === 'api') {
    version = parts[1] ?? '';
    parts = parts.slice(2);
  } else if (parts[0] === 'apis') {
    group = parts[1] ?? '';
    version = parts[2] ?? '';
    parts = parts.slice(3);
  } else {
    return undefined;
  }
  // The oldest way to ask for a watch.
  const watchPath = parts[0] === 'watch' && parts.length > 1;
  if (watchPath) parts = parts.slice(1);
  if (version === '' || parts.length === 0) return undefined;
  let namespace = '';
  if (parts[0] === 'namespaces' && parts.length > 1) {
    if (parts.length > 2 && !namespaceParts.has(parts[2] ?? '')) {
      namespace = parts[1] ?? '';
      parts = parts.slice(2);
    } else {
      namespace = parts[1] ?? '';
    }
  }
  const [resource = '', name = '', subresource = '', ...rest] = parts;
  const isNamespace = group === '' && resource === 'namespaces';
  const verb = verbOf(method, name !== '' && !watchPath, query, subresource, watchPath);
  return {
    type: 'resource',
    verb,
    group,
    version,
    resource,
    subresource,
    rest: restOf(path, raw.length - rest.length, rest.length),
    namespace: isNamespace ? '' : namespace,
    name: name !== '' ? name : selectedName(verb, query),
    query,
  };
}

function verbOf(
  method: string,
  named: boolean,
  query: URLSearchParams,
  subresource: string,
  watchPath: boolean,
): string {
  const verb = verbs[method] ?? method.toLowerCase();
  if (subresource !== '' && !watchPath) return verb;
  const watch = query.get('watch');
  const watches = watchPath || isTrue(watch);
  if (verb === 'get') return watches ? 'watch' : named ? 'get' : 'list';
  return verb === 'delete' && !named ? 'deletecollection' : verb;
}

/** A list of one name is authorized as if the name stood in the path. */
function selectedName(verb: string, query: URLSearchParams): string {
  if (verb !== 'list' && verb !== 'watch' && verb !== 'deletecollection') return '';
  return nameInSelector(query.get('fieldSelector') ?? '');
}

/** The one name that a field selector leaves; empty if it leaves more. */
export function nameInSelector(fieldSelector: string): string {
  return /(?:^|,)metadata\.name==?([^,=!]+)(?:,|$)/.exec(fieldSelector)?.[1] ?? '';
}

/** What follows the first `before` parts of the path; a lone slash at the end counts. */
function restOf(path: string, before: number, count: number): string {
  if (count === 0) return path.endsWith('/') ? '/' : '';
  return path.slice(indexOfPart(path, before));
}

/** Where the n-th part of a path begins, its slash included. */
function indexOfPart(path: string, n: number): number {
  let at = 0;
  for (let count = 0; count < n; count++) at = path.indexOf('/', at + 1);
  return at;
}

/** Throws BadRequest for what is no percent-encoding of UTF-8. */
function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    throw apiError('BadRequest', `invalid URL escape in ${JSON.stringify(part)}`);
  }
}

/** The request as an authorizer sees it. */
export function actionOf(info: RequestInfo): Action {
  if (info.type === 'path') return { type: 'path', verb: info.verb, path: info.path };
  const { verb, group, version, resource, subresource, namespace, name, query } = info;
  // Namespaces are cluster-scoped, but rights inside of one reach the namespace object itself.
  const within = group === '' && resource === 'namespaces' ? name : namespace;
  const fieldSelector = query.get('fieldSelector') ?? undefined;
  return {
    type: 'resource',
    verb,
    group,
    version,
    resource,
    subresource,
    namespace: within,
    name,
    fieldSelector,
  };
}
