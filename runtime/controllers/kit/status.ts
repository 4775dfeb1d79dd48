/** Writes of `status`. */
import type { KubeObject } from '../../api/object.ts';
import type { Client, Resource } from '../../client/client.ts';
import { at } from '../../client/resources.ts';
import { sameValue } from './equality.ts';

/**
 * Writes the status through its subresource, unless it is what is there already. The result is the
 * object as it then is. Throws ApiError; Conflict if the object has changed since it was read.
 */
export async function updateStatus<T extends KubeObject & { status?: unknown }>(
  client: Client,
  resource: Resource,
  object: T,
  status: NonNullable<T['status']>,
): Promise<T> {
  if (sameValue(object.status, status)) return object;
  const { name = '', namespace } = object.metadata;
  const next: T = { ...object, status };
  return client.update<T>(at(resource, name, namespace, 'status'), next);
}

/** Leaves out counts of zero, as the API's own encoders do, but for those in `keep`. */
export function omitZeros<S extends object>(status: S, ...keep: (keyof S)[]): S {
  const entries = Object.entries(status).filter(
    ([key, value]) => value !== 0 || keep.includes(key as keyof S),
  );
  return Object.fromEntries(entries) as S;
}
