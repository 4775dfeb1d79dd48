import { timestamp } from '../../api/clock.ts';
import type { ManagedFieldsEntry, UnknownObject } from '../../api/object.ts';
import { trackUpdate } from '../patching/apply/managed-fields.ts';
import { sameJson } from '../registry/json.ts';
import type { Call, Registry } from '../registry/registry.ts';
import type { ServedResource } from '../registry/served.ts';

/** Writes down in `next.metadata.managedFields` which fields this call has set. */
export function recordManager(
  registry: Registry,
  call: Call,
  served: ServedResource,
  next: UnknownObject,
  previous: UnknownObject | undefined,
  subresource: string,
): void {
  const schema = served.schema(registry.schemas);
  if (schema === undefined) return;
  const managedFields = trackUpdate({
    previous,
    next,
    manager: call.fieldManager,
    schema,
    source: registry.schemas,
    apiVersion: served.apiVersion,
    ...(subresource === '' ? {} : { subresource }),
    time: timestamp(registry.clock.now()),
    resetFields: resetFields(served, subresource),
  });
  if (managedFields.length > 0) next.metadata.managedFields = [...managedFields];
  else delete next.metadata.managedFields;
}

const statusParts = ['apiVersion', 'kind', 'metadata', 'status'];
// The same lists each time: what follows from them is kept by them.
const onlyStatus = [['status']];
const onlySpec = [['spec']];
const nothing: string[][] = [];

/** The fields that nobody can set through this way of writing, and so nobody owns for it. */
export function resetFields(
  served: ServedResource,
  subresource: string,
): readonly (readonly string[])[] {
  if (subresource === 'status') {
    const kept = served.strategy.keptByStatus ?? [];
    const parts = Object.keys(served.custom?.schema.properties ?? { spec: {} });
    const others = parts.filter((name) => !statusParts.includes(name));
    return [...others.map((name) => [name]), ...kept.map((name) => ['metadata', name])];
  }
  if (subresource === 'approval') return onlySpec;
  return served.hasSubresource('status') ? onlyStatus : nothing;
}

/** True if nothing but the times in managedFields differs: such a write is not made. */
export function unchanged(next: UnknownObject, previous: UnknownObject): boolean {
  return (
    sameJson(withoutTimes(next), withoutTimes(previous)) &&
    sameJson(entries(next), entries(previous))
  );
}

function withoutTimes(object: UnknownObject): unknown {
  const { resourceVersion: _, managedFields: __, ...metadata } = object.metadata;
  return { ...object, metadata };
}

function entries(object: UnknownObject): unknown {
  return (object.metadata.managedFields ?? []).map(
    ({ time: _, ...entry }: ManagedFieldsEntry) => entry,
  );
}
