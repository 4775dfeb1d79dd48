/**
 * What an object takes for itself (addresses, ports) is chosen before it is judged, and stored with it.
 * Meanwhile nobody else is to choose the same.
 */
import type { Write } from '../../store/store.ts';
import type { Call, Registry } from '../registry/registry.ts';

/**
 * Does `work`, which stores or refuses an object, while the keys that `claims` would make are held for it
 * in this process; what others choose elsewhere the transaction finds. A dry run holds nothing.
 */
export async function holding<T>(
  { held }: Registry,
  { dryRun }: Call,
  claims: readonly Write[],
  work: () => Promise<T>,
): Promise<T> {
  const keys = claims.flatMap(({ type, key }) => (type === 'put' && !dryRun ? [key] : []));
  for (const key of keys) held.add(key);
  try {
    return await work();
  } finally {
    for (const key of keys) held.delete(key);
  }
}
