/**
 * Server-side apply of a Scale: who has its replicas has those of the object, wherever that keeps them.
 *
 *   object   hpa (through scale) f:spec: f:replicas    editor f:spec: f:replicas, f:paused
 *   Scale    hpa (through scale) f:spec: f:replicas    editor f:spec: f:replicas
 */
import type { KubeObject, ManagedFieldsEntry, UnknownObject } from '../../api/object.ts';
import {
  difference,
  type FieldSet,
  intersection,
  isEmpty,
  setOf,
} from '../patching/apply/field-set.ts';
import {
  type Apply,
  checkConfiguration,
  serverSideApply,
} from '../patching/apply/managed-fields.ts';

const subresource = 'scale';
const inScale = setOf([['spec', 'replicas']]);

export interface ScaleApply
  extends Pick<Apply, 'manager' | 'force' | 'schema' | 'source' | 'time'> {
  /** The object whose replicas are meant, and the Scale of it as it is. */
  readonly parent: UnknownObject;
  readonly live: UnknownObject;
  readonly applied: UnknownObject;
  /** Where the object keeps its replicas: `['spec', 'replicas']`. */
  readonly path: readonly string[];
}

/** The Scale that comes of it, and who has what of the object then. Throws ApiError, Conflict too. */
export function applyToScale({ parent, live, applied, path, ...write }: ScaleApply): {
  scale: UnknownObject;
  managedFields: ManagedFieldsEntry[];
} {
  checkConfiguration(applied, write.schema, write.source);
  const { apiVersion } = live;
  const inParent = setOf([path]);
  const before = parent.metadata.managedFields ?? [];
  const owns = ({ fieldsV1 = {} }: ManagedFieldsEntry) =>
    !isEmpty(intersection(fieldsV1 as FieldSet, inParent));
  const managers = before.filter(owns).map((entry) => ({
    ...entry,
    apiVersion,
    fieldsV1: { ...inScale } as Record<string, unknown>,
  }));
  const scale = serverSideApply({
    ...write,
    live: { ...live, metadata: { ...live.metadata, managedFields: managers } } as KubeObject,
    ...{ applied, apiVersion, subresource, resetFields: [['status']] },
  }) as UnknownObject;
  const after = scale.metadata.managedFields ?? [];
  const stays = (entry: ManagedFieldsEntry) => after.some((other) => isSame(entry, other));
  const others = before
    .filter((entry) => entry.subresource !== subresource)
    .map((entry) => (owns(entry) && !stays(entry) ? without(entry, inParent) : entry))
    .filter(({ fieldsV1 = {} }) => !isEmpty(fieldsV1 as FieldSet));
  const own = after
    .filter((entry) => entry.subresource === subresource)
    .map((entry) => ({ ...entry, apiVersion: parent.apiVersion, fieldsV1: { ...inParent } }));
  return { scale, managedFields: [...others, ...own] };
}

function isSame(a: ManagedFieldsEntry, b: ManagedFieldsEntry): boolean {
  const part = ({ manager, operation, subresource: through = '' }: ManagedFieldsEntry) =>
    `${manager} ${operation} ${through}`;
  return part(a) === part(b);
}

function without(entry: ManagedFieldsEntry, set: FieldSet): ManagedFieldsEntry {
  const fieldsV1 = difference((entry.fieldsV1 ?? {}) as FieldSet, set) as Record<string, unknown>;
  return { ...entry, fieldsV1 };
}
