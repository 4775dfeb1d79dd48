/** The options that a request's query carries. */
import type { IncomingMessage } from 'node:http';
import { goQuote } from '../../api/go-text.ts';
import { apiError } from '../../api/status.ts';
import type { Trail } from '../audit/auditor.ts';
import type { User } from '../authentication/user.ts';
import type { Call } from '../registry/registry.ts';
import { selectionOf } from '../registry/selection.ts';
import type { ServedResource } from '../registry/served.ts';
import { invalidOption } from '../verbs/errors.ts';
import type { FieldValidation } from '../verbs/field-validation.ts';
import type { ListRequest } from '../verbs/list.ts';
import type { WatchRequest } from '../verbs/watch.ts';
import type { ResourceRequest } from './request-info.ts';
import { addWarning } from './warnings.ts';

const maxManager = 128;

/** Of a deletion its options say how it is carried out, and those may stand in its body. */
export function callOf(
  request: IncomingMessage,
  query: URLSearchParams,
  user: User,
  warnings: string[],
  audit?: Trail,
): Call {
  const own = managerOf(request.headers['user-agent']);
  const call = { ...connectCall(user, warnings, audit), fieldManager: own };
  if (request.method === 'DELETE') return call;
  const options = optionsOf[request.method ?? ''] ?? 'CreateOptions';
  const manager = query.get('fieldManager') ?? '';
  if (manager.length > maxManager) {
    const why = `Too long: may not be more than ${maxManager} bytes`;
    throw invalidOption(options, 'fieldManager', 'FieldValueTooLong', why);
  }
  const at = manager.search(/[^\p{L}\p{M}\p{N}\p{P}\p{S} ]/u);
  if (at >= 0) {
    const code = (manager.codePointAt(at) ?? 0).toString(16).toUpperCase().padStart(4, '0');
    const why = `Invalid value: ${goQuote(manager)}: invalid character U+${code} (at position ${at})`;
    throw invalidOption(options, 'fieldManager', 'FieldValueInvalid', why);
  }
  return {
    ...call,
    fieldManager: manager || own,
    dryRun: isDryRun(query.getAll('dryRun'), options),
  };
}

/** Of a request whose query is not about how it is carried out: it may be for somebody else. */
export function connectCall(user: User, warnings: string[], audit: Trail | undefined): Call {
  return {
    user,
    fieldManager: '',
    dryRun: false,
    warn(text) {
      addWarning(warnings, text);
    },
    annotate: (key, value) => audit?.annotate(key, value),
  };
}

/** Whether JSON is to be indented: as the query has it, else for what people type into and browse with. */
export function isPretty({ url = '', headers }: IncomingMessage): boolean {
  const asked = url.includes('pretty=') && new URL(url, 'http://x').searchParams.get('pretty');
  if (asked) return ['1', 't', 'T', 'true', 'TRUE', 'True'].includes(asked);
  return /^(?:curl|Wget|Mozilla\/5\.0)/.test(headers['user-agent'] ?? '');
}

/** What a client calls itself: all before the first slash of its User-Agent. */
export function managerOf(userAgent: string | undefined): string {
  return (userAgent ?? 'unknown').split('/')[0]?.slice(0, maxManager) || 'unknown';
}

/** Which options the query of a method holds. */
const optionsOf: Readonly<Record<string, string>> = {
  POST: 'CreateOptions',
  PUT: 'UpdateOptions',
  PATCH: 'PatchOptions',
};

/** Throws Invalid for anything but `All`. */
export function isDryRun(values: readonly string[], options = 'DeleteOptions'): boolean {
  if (values.some((value) => value !== 'All')) {
    const why = `Unsupported value: ${JSON.stringify(values)}: supported values: "All"`;
    throw invalidOption(options, 'dryRun', 'FieldValueNotSupported', why);
  }
  return values.length > 0;
}

export function fieldValidationOf(query: URLSearchParams): FieldValidation {
  const value = query.get('fieldValidation') || 'Warn';
  if (value === 'Strict' || value === 'Warn' || value === 'Ignore') return value;
  const why = `Unsupported value: "${value}": supported values: "Ignore", "Strict", "Warn"`;
  throw invalidOption('CreateOptions', 'fieldValidation', 'FieldValueNotSupported', why);
}

export function listRequestOf(served: ServedResource, info: ResourceRequest): ListRequest {
  const { query } = info;
  const text = (name: string) => query.get(name) ?? '';
  // Lists are answered at once, but what makes no sense is refused.
  integerOf(query, 'timeoutSeconds');
  return {
    namespace: info.namespace,
    selection: selectionOf(served.kind, text('labelSelector'), text('fieldSelector')),
    // Below zero is as good as none.
    limit: Math.max(0, integerOf(query, 'limit') ?? 0),
    continue: text('continue'),
    resourceVersion: text('resourceVersion'),
    resourceVersionMatch: text('resourceVersionMatch'),
    sendsInitialEvents: text('sendInitialEvents') !== '',
  };
}

export function watchRequestOf(
  served: ServedResource,
  info: ResourceRequest,
  pathName: string,
): WatchRequest {
  const { query } = info;
  const text = (name: string) => query.get(name) ?? '';
  const initial = query.get('sendInitialEvents');
  return {
    namespace: info.namespace,
    name: pathName,
    selection: selectionOf(served.kind, text('labelSelector'), text('fieldSelector')),
    resourceVersion: text('resourceVersion'),
    resourceVersionMatch: text('resourceVersionMatch'),
    bookmarks: isTrue(query.get('allowWatchBookmarks')),
    sendInitialEvents: initial === null || initial === '' ? undefined : isTrue(initial),
    continues: text('continue') !== '',
  };
}

/** A whole number of the query; undefined if it is not there. Throws BadRequest, in Go's words. */
export function integerOf(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name);
  if (text === null) return undefined;
  const refuse = (why: string) =>
    apiError('BadRequest', `strconv.ParseInt: parsing ${JSON.stringify(text)}: ${why}`);
  if (!/^[+-]?\d+$/.test(text)) throw refuse('invalid syntax');
  const number = Number(text);
  if (Math.abs(number) >= 2 ** 63) throw refuse('value out of range');
  return number;
}

export function isTrue(value: string | null): boolean {
  return value !== null && value !== '0' && value.toLowerCase() !== 'false';
}
