/** Owners that an object names twice over. */
import type { UnknownObject } from '../../api/object.ts';
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
  // By what they say, so that thousands of one UID are not compared each with each.
  const seen = new Set<string>();
  for (const owner of owners as { uid?: unknown }[]) {
    const text = JSON.stringify(Object.entries(owner ?? {}).sort());
    if (seen.has(text)) repeated.push(String(owner?.uid));
    else kept.push(owner);
    seen.add(text);
  }
  if (repeated.length === 0) return;
  metadata.ownerReferences = kept as NonNullable<typeof metadata.ownerReferences>;
  call.warn(
    `.metadata.ownerReferences contains duplicate entries; API server dedups owner references in 1.20+, and may reject such requests as early as 1.24; please fix your requests; duplicate UID(s) observed: ${repeated.join(', ')}`,
  );
}
