import { ApiError, apiError, type StatusCause } from '../../api/status.ts';
import { CompactedError, type Entry, FutureRevisionError } from '../../store/store.ts';
import { Breath } from '../registry/breath.ts';
import type { ResourceCache } from '../registry/cache.ts';
import { formatContinue, parseContinue } from '../registry/continue-token.ts';
import { Item } from '../registry/item.ts';
import type { Registry } from '../registry/registry.ts';
import type { Selection } from '../registry/selection.ts';
import type { ServedResource, View } from '../registry/served.ts';
import { invalidOption } from './errors.ts';

export interface ListRequest {
  /** Empty: all namespaces. */
  namespace: string;
  selection: Selection | undefined;
  /** 0: no limit. */
  limit: number;
  continue: string;
  resourceVersion: string;
  resourceVersionMatch: string;
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
      reject(
        apiError('Timeout', `Too large resource version: ${wanted}, current: ${current}`, {
          causes: [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }],
          retryAfterSeconds: 1,
        }),
      );
    });
    void registry.cache.reached(wanted).then(() => {
      cancel();
      resolve();
    });
  });
}

export function parseRevision(resourceVersion: string): number {
  if (!/^\d+$/.test(resourceVersion)) {
    throw apiError('BadRequest', `Invalid value: "${resourceVersion}": invalid resource version`);
  }
  return Number(resourceVersion);
}

function checkList(request: ListRequest): void {
  const { resourceVersion, resourceVersionMatch: match } = request;
  if (match !== '' && match !== 'Exact' && match !== 'NotOlderThan') {
    const supported = ['Exact', 'NotOlderThan', '']
      .map((value) => JSON.stringify(value))
      .join(', ');
    throw refused(
      'FieldValueNotSupported',
      `Unsupported value: "${match}": supported values: ${supported}`,
    );
  }
  if (match !== '' && request.continue !== '') {
    throw refused(
      'FieldValueForbidden',
      'Forbidden: resourceVersionMatch is forbidden when continue is provided',
    );
  }
  if (match !== '' && resourceVersion === '') {
    throw refused(
      'FieldValueForbidden',
      'Forbidden: resourceVersionMatch is forbidden unless resourceVersion is provided',
    );
  }
  if (match === 'Exact' && resourceVersion === '0') {
    throw refused(
      'FieldValueForbidden',
      'Forbidden: resourceVersionMatch "exact" is forbidden for resourceVersion "0"',
    );
  }
  if (resourceVersion !== '') parseRevision(resourceVersion);
}

function refused(reason: StatusCause['reason'], message: string): ApiError {
  return invalidOption('ListOptions', 'resourceVersionMatch', reason, message);
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
      const page = await registry.store.list(served.key(request.namespace), {
        revision,
        limit: limit > 0 ? Math.min(limit, pageSize) : pageSize,
        ...(last === undefined ? {} : { after: last }),
      });
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
    throw translate(error, request, after);
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

function translate(error: unknown, request: ListRequest, after: string): unknown {
  if (error instanceof FutureRevisionError) {
    return apiError('Timeout', `Too large resource version: ${request.resourceVersion}`, {
      causes: [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }],
      retryAfterSeconds: 1,
    });
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
