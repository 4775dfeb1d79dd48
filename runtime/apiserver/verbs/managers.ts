import { timestamp } from '../../api/clock.ts';
import type { ManagedFieldsEntry, UnknownObject } from '../../api/object.ts';
import { type InVersion, trackUpdate } from '../patching/apply/managed-fields.ts';
import { sameBut, sameJson } from '../registry/json.ts';
import type { Call, Registry } from '../registry/registry.ts';
import type { ServedResource } from '../registry/served.ts';

/**
 * Writes down in `next.metadata.managedFields` which fields this call has set. Undefined if that is
 * done; a promise if somebody has to be asked what the change looks like in other versions.
 */
export function recordManager(
  registry: Registry,
  call: Call,
  served: ServedResource,
  next: UnknownObject,
  previous: UnknownObject | undefined,
  subresource: string,
): Promise<void> | undefined {
  const schema = served.schema(registry.schemas);
  if (schema === undefined) return undefined;
  const record = (versions?: ReadonlyMap<string, InVersion>) => {
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
      isVersion: (apiVersion) => isVersionOf(registry, served, apiVersion),
      ...(versions === undefined ? {} : { versions }),
    });
    if (managedFields.length > 0) next.metadata.managedFields = [...managedFields];
    else delete next.metadata.managedFields;
  };
  const versions = previous && inOtherVersions(registry, served, previous, next);
  if (versions !== undefined) return versions.then(record);
  record();
  return undefined;
}

/** True if there is such a version of the kind, be it that nobody serves it just now. */
export function isVersionOf(
  registry: Registry,
  served: ServedResource,
  apiVersion: string,
): boolean {
  if (served.custom !== undefined) return served.custom.hasVersion(apiVersion);
  return othersOf(registry, served).some((other) => other.apiVersion === apiVersion);
}

/** The served versions of the kind but for `served`. */
function othersOf(registry: Registry, served: ServedResource): ServedResource[] {
  return registry.served.all.filter(
    (other) => other.storageName === served.storageName && other !== served,
  );
}

/** The other served versions that managers of the object have written in. */
export function writtenVersions(
  registry: Registry,
  served: ServedResource,
  { metadata: { managedFields = [] } }: UnknownObject,
): ServedResource[] {
  if (managedFields.every((entry) => entry.apiVersion === served.apiVersion)) return [];
  const written = new Set(managedFields.map((entry) => entry.apiVersion));
  return othersOf(registry, served).filter((other) => written.has(other.apiVersion));
}

/**
 * An object before and after a write in the other versions that managers of it have written in.
 * Undefined if there are none. Throws ApiError if it cannot be converted.
 */
function inOtherVersions(
  registry: Registry,
  served: ServedResource,
  before: UnknownObject,
  next: UnknownObject,
): Promise<Map<string, InVersion>> | undefined {
  const others = writtenVersions(registry, served, before);
  if (others.length === 0 || unchanged(next, before)) return undefined;
  return Promise.all(
    others.map(async (other): Promise<[string, InVersion]> => {
      const [left, right] = [served.convertTo(other, before), served.convertTo(other, next)];
      const schema = other.schema(registry.schemas);
      return [other.apiVersion, { before: await left, after: await right, schema }];
    }),
  ).then((entries) => new Map(entries));
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
    sameBut(next.metadata, previous.metadata, ['resourceVersion', 'managedFields']) &&
    sameBut(next, previous, ['metadata']) &&
    sameJson(entries(next), entries(previous))
  );
}

function entries(object: UnknownObject): unknown {
  return (object.metadata.managedFields ?? []).map(
    ({ time: _, ...entry }: ManagedFieldsEntry) => entry,
  );
}
