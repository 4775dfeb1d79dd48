/** The entries of `metadata.managedFields`: who manages what, through which kind of request. */
import type { ManagedFieldsEntry } from '../../../api/object.ts';
import { emptySet, type FieldSet, isEmpty, isFieldSet, setOf, union } from './field-set.ts';

/** An entry as it is worked with; `entry` is the original where nothing has changed. */
export interface Manager {
  manager: string;
  operation: 'Apply' | 'Update';
  apiVersion: string;
  subresource: string;
  time: string | undefined;
  fields: FieldSet;
}

/** More entries of updates than this are folded together, the oldest first. */
const maxUpdateManagers = 10;
const foldedName = 'ancient-changes';

/** Fields that the server owns, whoever writes. */
export const serverFields = setOf([
  ['apiVersion'],
  ['kind'],
  ['metadata'],
  ...[
    'name',
    'namespace',
    'creationTimestamp',
    'selfLink',
    'uid',
    'clusterName',
    'generation',
    'managedFields',
    'resourceVersion',
  ].map((name) => ['metadata', name]),
]);

/** Reads entries; undefined if there are none or one is not understood. */
export function readManagers(
  entries: readonly ManagedFieldsEntry[] | undefined,
): Manager[] | undefined {
  if (!Array.isArray(entries) || entries.length === 0) return undefined;
  const managers: Manager[] = [];
  for (const entry of entries) {
    const { operation, fieldsV1 = {} } = entry;
    if (operation !== 'Apply' && operation !== 'Update') return undefined;
    if (!isFieldSet(fieldsV1)) return undefined;
    managers.push({
      manager: entry.manager ?? '',
      operation,
      apiVersion: entry.apiVersion ?? '',
      subresource: entry.subresource ?? '',
      time: entry.time,
      fields: fieldsV1,
    });
  }
  return managers;
}

/** Writes entries: appliers first, then by time and name; those that own nothing are left out. */
export function writeManagers(managers: readonly Manager[]): ManagedFieldsEntry[] {
  return foldOld(managers.filter(({ fields }) => !isEmpty(fields)))
    .sort(
      (a, b) =>
        order(a.operation, b.operation) ||
        order(a.time ?? '', b.time ?? '') ||
        order(a.manager, b.manager) ||
        order(a.apiVersion, b.apiVersion) ||
        order(a.subresource, b.subresource),
    )
    .map(({ manager, operation, apiVersion, time, fields, subresource }) => ({
      manager,
      operation,
      apiVersion,
      ...(time === undefined ? {} : { time }),
      fieldsType: 'FieldsV1',
      fieldsV1: fields as Record<string, unknown>,
      ...(subresource === '' ? {} : { subresource }),
    }));
}

function order(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** An applier is one whatever version it applies; an updater is one per version. */
export function sameManager(
  a: Pick<Manager, 'manager' | 'operation' | 'apiVersion' | 'subresource'>,
  b: Pick<Manager, 'manager' | 'operation' | 'apiVersion' | 'subresource'>,
): boolean {
  return (
    a.manager === b.manager &&
    a.operation === b.operation &&
    a.subresource === b.subresource &&
    (a.operation === 'Apply' || a.apiVersion === b.apiVersion)
  );
}

/** Folds the oldest updaters of each version into one, until few enough are left. */
function foldOld(managers: Manager[]): Manager[] {
  let excess =
    managers.filter(({ operation }) => operation === 'Update').length - maxUpdateManagers;
  if (excess <= 0) return managers;
  const oldest = managers
    .filter(({ operation }) => operation === 'Update')
    .sort((a, b) => order(a.time ?? '', b.time ?? '') || order(a.manager, b.manager));
  const gone = new Set<Manager>();
  const folded = new Map<string, Manager>();
  for (const manager of oldest) {
    if (excess <= 0) break;
    const { apiVersion, time } = manager;
    const bucket = folded.get(apiVersion);
    folded.set(apiVersion, {
      manager: foldedName,
      operation: 'Update',
      apiVersion,
      subresource: '',
      time,
      fields: union(bucket?.fields ?? emptySet, manager.fields),
    });
    gone.add(manager);
    if (bucket !== undefined) excess--;
  }
  return [...managers.filter((manager) => !gone.has(manager)), ...folded.values()];
}
