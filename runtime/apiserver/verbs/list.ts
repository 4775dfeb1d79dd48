import { ApiError, apiError, type StatusCause } from '../../api/status.ts';
import { CompactedError, type Entry, FutureRevisionError } from '../../store/store.ts';
import { Breath } from '../registry/breath.ts';
import type { ResourceCache } from '../registry/cache.ts';
import { formatContinue, parseContinue } from '../registry/continue-token.ts';
import { Item } from '../registry/item.ts';
import type { Registry } from '../registry/registry.ts';
import type { Selection } from '../registry/selection.ts';
import type { ServedResource, View } from '../registry/served.ts';
import { invalidOptions } from './errors.ts';

export interface ListRequest {
  /** Empty: all namespaces. */
  namespace: string;
  selection: Selection | undefined;
  /** 0: no limit. */
  limit: number;
  continue: string;
  resourceVersion: string;
  resourceVersionMatch: string;
  /** An option of watches was sent along. */
  sendsInitialEvents?: boolean;
}

export interface ListAnswer {
  readonly revision: number;
  readonly views: readonly View[];
  readonly continue?: string;
  readonly remaining?: number;
}

/** Objects that are read from the store, or converted, at a time. */
const pageSize = 500;
/** How long a request waits for a revision that this server has not seen yet. */
const patienceMs = 3000;

export async function listObjects(
  registry: Registry,
  served: ServedResource,
  request: ListRequest,
): Promise<ListAnswer> {
  checkList(request);
  if (request.continue !== '') {
    const token = parseContinue(request.continue);
    if (token.revision < 0) {
      await registry.cache.fresh();
      return listCache(registry, served, request, token.after);
    }
    return listStore(registry, served, request, token.revision, token.after);
  }
  if (request.resourceVersionMatch === 'Exact') {
    return listStore(registry, served, request, Number(request.resourceVersion), '');
  }
  await awaitRevision(registry, request.resourceVersion);
  return listCache(registry, served, request, '');
}

/** Waits until the cache is as new as the request demands. Throws Timeout for a far future. */
export async function awaitRevision(registry: Registry, resourceVersion: string): Promise<void> {
  if (resourceVersion === '0') return;
  if (resourceVersion === '') return registry.cache.fresh();
  const wanted = parseRevision(resourceVersion);
  if (registry.cache.revision >= wanted) return;
  const current = registry.cache.revision;
  await new Promise<void>((resolve, reject) => {
    const cancel = registry.clock.after(patienceMs, () => {
      reject(tooLarge(wanted, current));
    });
    void registry.cache.reached(wanted).then(() => {
      cancel();
      resolve();
    });
  });
}

export function parseRevision(resourceVersion: string): number {
  if (!/^\d+$/.test(resourceVersion)) {
    const value = JSON.stringify(resourceVersion);
    const why = `strconv.ParseUint: parsing ${value}: invalid syntax`;
    throw apiError(
      'BadRequest',
      `invalid resource version: resourceVersion: Invalid value: ${value}: ${why}`,
    );
  }
  return Number(resourceVersion);
}

/** A revision that nobody has written yet, and which was not waited for any longer. */
function tooLarge(wanted: number | string, current: number): ApiError {
  const why = 'Too large resource version';
  return apiError('Timeout', `Timeout: ${why}: ${wanted}, current: ${current}`, {
    causes: [{ reason: 'ResourceVersionTooLarge', message: why }],
    retryAfterSeconds: 1,
  });
}

function checkList(request: ListRequest): void {
  const { resourceVersion, resourceVersionMatch: match } = request;
  const causes = match === '' ? [] : matchProblems(request);
  if (request.sendsInitialEvents) {
    const field = 'sendInitialEvents';
    const message = `Forbidden: ${field} is forbidden for list`;
    causes.push({ reason: 'FieldValueForbidden', message, field });
  }
  if (causes.length > 0) throw invalidOptions('ListOptions', causes);
  if (resourceVersion === '' || resourceVersion === '0') return;
  parseRevision(resourceVersion);
  if (request.continue !== '') {
    throw apiError('BadRequest', 'specifying resource version is not allowed when using continue');
  }
}

/** Why a `resourceVersionMatch` cannot be. */
function matchProblems(request: ListRequest): StatusCause[] {
  const { resourceVersion, resourceVersionMatch: match } = request;
  const field = 'resourceVersionMatch';
  const causes: StatusCause[] = [];
  const forbid = (why: string) =>
    causes.push({ reason: 'FieldValueForbidden', message: `Forbidden: ${field} ${why}`, field });
  if (resourceVersion === '') forbid('is forbidden unless resourceVersion is provided');
  if (request.continue !== '') forbid('is forbidden when continue is provided');
  if (match !== 'Exact' && match !== 'NotOlderThan') {
    const supported = '"Exact", "NotOlderThan", ""';
    const message = `Unsupported value: ${JSON.stringify(match)}: supported values: ${supported}`;
    causes.push({ reason: 'FieldValueNotSupported', message, field });
  }
  if (match === 'Exact' && resourceVersion === '0') {
    forbid('"exact" is forbidden for resourceVersion "0"');
  }
  return causes;
}

async function listCache(
  registry: Registry,
  served: ServedResource,
  request: ListRequest,
  after: string,
): Promise<ListAnswer> {
  const cache = registry.cache.resource(served.storageName);
  const revision = registry.cache.revision;
  const { selection, limit } = request;
  const prefix = served.key(request.namespace);
  if (selection?.name !== undefined && (request.namespace !== '' || !served.kind.namespaced)) {
    const item = cache.get(served.key(request.namespace, selection.name));
    const view = item === undefined ? undefined : await served.read(item);
    return { revision, views: view !== undefined && selection.matches(view.object) ? [view] : [] };
  }
  const keys = cache.keys(prefix, after === '' ? '' : cache.prefix + after);
  // The items are taken at once, before anything can change; they are looked at in slices.
  const items = keys.map((key) => cache.get(key));
  const breath = new Breath();
  const views: View[] = [];
  const slice = limit > 0 ? Math.min(limit, pageSize) : pageSize;
  for (const [index, item] of items.entries()) {
    if (index % slice === 0) {
      const preparation = served.prepare(items.slice(index, index + slice));
      if (preparation !== undefined) await preparation;
    }
    if (item === undefined) continue;
    const view = served.view(item);
    if (selection === undefined || selection.matches(view.object)) views.push(view);
    if (limit > 0 && views.length === limit && index + 1 < items.length) {
      return chunk(
        views,
        revision,
        (keys[index] as string).slice(cache.prefix.length),
        items.length - index - 1,
        selection,
      );
    }
    // To look at the time for each would be a tenth of the work.
    if (index % 64 === 63 && breath.due) await breath.pause();
  }
  return { revision, views };
}

async function listStore(
  registry: Registry,
  served: ServedResource,
  request: ListRequest,
  revision: number,
  after: string,
): Promise<ListAnswer> {
  const { selection, limit } = request;
  const cache = registry.cache.resource(served.storageName);
  const views: View[] = [];
  const breath = new Breath();
  let last = after === '' ? undefined : cache.prefix + after;
  try {
    for (;;) {
      const prefix = served.key(request.namespace);
      const reading = registry.store.list(prefix, {
        revision,
        limit: limit > 0 ? Math.min(limit, pageSize) : pageSize,
        ...(last === undefined ? {} : { after: last }),
      });
      const page = await registry.storeTimes.of('list', prefix, reading);
      const items = page.entries.map((entry) => itemOf(registry, cache, entry));
      await served.prepare(items);
      for (const [index, entry] of page.entries.entries()) {
        const view = served.view(items[index] as Item);
        last = entry.key;
        if (selection === undefined || selection.matches(view.object)) views.push(view);
        const remaining = page.entries.length - index - 1 + page.remaining;
        if (limit > 0 && views.length === limit && remaining > 0) {
          return chunk(views, revision, last.slice(cache.prefix.length), remaining, selection);
        }
        if (breath.due) await breath.pause();
      }
      if (page.remaining === 0) return { revision, views };
    }
  } catch (error) {
    throw translate(error, request, after, registry.cache.revision);
  }
}

/** Most entries have not changed since: their parsed form is in the cache. */
function itemOf(registry: Registry, cache: ResourceCache, entry: Entry): Item {
  const cached = cache.get(entry.key);
  if (cached?.revision === entry.revision) return cached;
  return new Item(registry.unseal(entry.key, entry.value), entry.revision);
}

function chunk(
  views: View[],
  revision: number,
  after: string,
  remaining: number,
  selection: Selection | undefined,
): ListAnswer {
  const answer = { revision, views, continue: formatContinue({ revision, after }) };
  // With a selector nobody knows how many of the rest would match.
  return selection === undefined ? { ...answer, remaining } : answer;
}

function translate(error: unknown, request: ListRequest, after: string, current: number): unknown {
  if (error instanceof FutureRevisionError) {
    return tooLarge(request.resourceVersion, current);
  }
  if (!(error instanceof CompactedError)) return error;
  if (request.continue === '')
    return apiError('Expired', `The resourceVersion for the provided list is too old.`);
  const expired = apiError(
    'Expired',
    'The provided continue parameter is too old to display a consistent list result. You can ' +
      'start a new list without the continue parameter, or use the continue token in this ' +
      'response to retrieve the remainder of the results. Continuing with the provided token ' +
      'results in an inconsistent list - objects that were created, modified, or deleted between ' +
      'the time the first chunk was returned and now may show up in the list.',
  );
  return new ApiError({
    ...expired.status,
    metadata: { continue: formatContinue({ revision: -1, after }) },
  });
}
