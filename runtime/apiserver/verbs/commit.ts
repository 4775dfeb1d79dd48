/** The one place where objects reach the store. */
import type { UnknownObject } from '../../api/object.ts';
import { apiError } from '../../api/status.ts';
import { type CommitResult, ReadOnlyError, type Write } from '../../store/store.ts';
import { encodeObject, Item } from '../registry/item.ts';
import type { Call, Registry } from '../registry/registry.ts';
import type { ServedResource, View } from '../registry/served.ts';
import type { StoreOperation } from '../registry/store-times.ts';
import { checkStoredSize } from './size.ts';

export type Committed =
  | { readonly ok: true; readonly view: View }
  /** Somebody else was faster; `key` is where. */
  | { readonly ok: false; readonly key: string };

/**
 * Writes an object (in its served version) and what belongs to it as one transaction. `expect` is
 * the revision that must stand at the key, 0 for none. On a dry run nothing is written. Throws ApiError
 * if the object cannot be converted, or is too large.
 */
export async function commitObject(
  registry: Registry,
  call: Call,
  served: ServedResource,
  object: UnknownObject,
  options: { key: string; expect: number; also: readonly Write[] },
): Promise<Committed> {
  const stored = await served.toStorage(object);
  if (call.dryRun) return { ok: true, view: dryView(object, options.expect) };
  const bytes = encodeObject(stored);
  checkStoredSize(stored, bytes.length);
  const value = registry.seal(options.key, bytes);
  const { key, expect, also } = options;
  const result = await commit(registry, [{ type: 'put', key, value, expect }, ...also]);
  if (!result.ok) return { ok: false, key: result.key };
  // The cache has mostly heard of it by now, and its item is what everybody else will use.
  const cached = registry.cache.resource(served.storageName).get(key);
  const { revision } = result;
  const item = cached?.revision === revision ? cached : new Item(bytes, revision);
  return { ok: true, view: await served.read(item) };
}

/** Removes an object and what belongs to it. `revision` is that of the removal. */
export async function commitRemoval(
  registry: Registry,
  call: Pick<Call, 'dryRun'>,
  options: { key: string; expect: number; also: readonly Write[] },
): Promise<{ ok: true; revision: number } | { ok: false }> {
  if (call.dryRun) return { ok: true, revision: options.expect };
  const { key, expect, also } = options;
  const result = await commit(registry, [{ type: 'delete', key, expect }, ...also]);
  return result.ok ? { ok: true, revision: result.revision } : { ok: false };
}

/** The first write is of the object itself; the others are what belongs to it. */
async function commit(
  registry: Registry,
  writes: readonly [Write, ...Write[]],
): Promise<CommitResult> {
  const [first] = writes;
  try {
    const request = registry.store.commit(writes);
    const result = await registry.storeTimes.of(operationOf(first), first.key, request);
    registry.storeFailure = undefined;
    return result;
  } catch (error) {
    if (!(error instanceof ReadOnlyError)) throw error;
    registry.storeFailure = error;
    throw apiError('InternalError', error.message);
  }
}

function operationOf({ type, expect }: Write): StoreOperation {
  if (type === 'delete') return 'delete';
  return expect === 0 ? 'create' : 'update';
}

/** What a write would have made. */
function dryView(object: UnknownObject, revision: number): View {
  const metadata = { ...object.metadata };
  if (revision === 0) delete metadata.resourceVersion;
  else metadata.resourceVersion = String(revision);
  const shown = { ...object, metadata };
  return { revision, object: shown, wire: Buffer.from(JSON.stringify(shown)) };
}
