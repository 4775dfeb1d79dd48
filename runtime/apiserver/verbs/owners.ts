/** Owners that an object names twice over. */
import type { UnknownObject } from '../../api/object.ts';
import { sameJson } from '../registry/json.ts';
import type { Call } from '../registry/registry.ts';

/**
 * Leaves one of each owner reference that is there more than once, field by field the same, and warns
 * the client: handlers/create.go, dedupOwnerReferencesAndAddWarning. Two with one UID that differ stay.
 */
export function dropRepeatedOwners(call: Call, { metadata }: UnknownObject): void {
  const owners: unknown = metadata.ownerReferences;
  if (!Array.isArray(owners) || owners.length < 2) return;
  const kept: { uid?: unknown }[] = [];
  const repeated: string[] = [];
  const seen = new Set<unknown>();
  for (const owner of owners as { uid?: unknown }[]) {
    const uid = owner?.uid;
    if (seen.has(uid) && kept.some((each) => sameJson(each, owner))) repeated.push(String(uid));
    else kept.push(owner);
    seen.add(uid);
  }
  if (repeated.length === 0) return;
  metadata.ownerReferences = kept as NonNullable<typeof metadata.ownerReferences>;
  call.warn(
    `.metadata.ownerReferences contains duplicate entries; API server dedups owner references in 1.20+, and may reject such requests as early as 1.24; please fix your requests; duplicate UID(s) observed: ${repeated.join(', ')}`,
  );
}
