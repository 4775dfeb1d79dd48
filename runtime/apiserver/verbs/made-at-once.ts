/** Writes that make what is not there: server-side apply, and updates of some kinds. */
import { isApiError } from '../../api/status.ts';
import type { Place, Registry } from '../registry/registry.ts';
import type { ServedResource } from '../registry/served.ts';

const attempts = 5;

/**
 * Does `create` or `change`, whichever is due, and the other one if somebody else has made or removed the
 * object meanwhile. Throws what they throw.
 */
export async function createOrChange<T>(
  registry: Registry,
  served: ServedResource,
  place: Place,
  { create, change }: { create(): Promise<T>; change(): Promise<T> },
): Promise<T> {
  const key = served.key(place.namespace, place.name);
  for (let attempt = 1; ; attempt++) {
    await registry.cache.fresh();
    const isThere = registry.cache.resource(served.storageName).get(key) !== undefined;
    try {
      return await (isThere ? change() : create());
    } catch (error) {
      const isLate = isApiError(error, isThere ? 'NotFound' : 'AlreadyExists');
      const { name, kind } = (isLate && error.status.details) || {};
      const isOurs = name === place.name && kind === served.kind.resource;
      if (!isOurs || attempt === attempts) throw error;
    }
  }
}
