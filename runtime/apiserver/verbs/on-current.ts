import type { Item } from '../registry/item.ts';
import type { Place, Registry } from '../registry/registry.ts';
import type { ServedResource } from '../registry/served.ts';
import { missing, modified } from './errors.ts';

const defaultAttempts = 20;

/**
 * Works on the object as it now stands, and again as long as somebody else is faster, which `work` says
 * with undefined. Throws NotFound, and Conflict after too many attempts.
 */
export async function onCurrent<T>(
  registry: Registry,
  served: ServedResource,
  place: Place,
  work: (item: Item) => Promise<T | undefined>,
  attempts = defaultAttempts,
): Promise<T> {
  const key = served.key(place.namespace, place.name);
  const cache = registry.cache.resource(served.storageName);
  for (let attempt = 0; attempt < attempts; attempt++) {
    await registry.cache.fresh();
    const item = cache.get(key);
    if (item === undefined) throw missing(served, place.name);
    const result = await work(item);
    if (result !== undefined) return result;
  }
  throw modified(served, place.name);
}
