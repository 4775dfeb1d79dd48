/**
 * Whether a definition's names are free, and the conditions that say so. Of two definitions that
 * want one name the first keeps it.
 */
import { approvalCondition } from '../../api/custom/approval.ts';
import {
  type Condition,
  type Definition,
  isTrue,
  type Names,
  withCondition,
} from '../../api/custom/definition.ts';

export interface Naming {
  readonly acceptedNames: Names;
  readonly conditions: readonly Condition[];
}

const noNames: Names = { plural: '', kind: '' };

/** Names and conditions as they should stand, given all other definitions. */
export function nameDefinition(
  definition: Definition,
  others: readonly Definition[],
  time: string,
): Naming {
  const { names, group } = definition.spec;
  const taken = takenNames(
    others.filter(({ spec, metadata }) => {
      return spec.group === group && metadata.name !== definition.metadata.name;
    }),
  );
  const before = definition.status?.acceptedNames ?? noNames;
  const refusals: { reason: string; message: string }[] = [];
  const resource = (name: string, reason: string): boolean => {
    if (!taken.resources.has(name)) return true;
    refusals.push({ reason, message: `${JSON.stringify(name)} is already in use` });
    return false;
  };
  const kind = (name: string, reason: string): boolean => {
    if (!taken.kinds.has(name)) return true;
    refusals.push({ reason, message: `${JSON.stringify(name)} is already in use` });
    return false;
  };
  const accepted = {
    plural: resource(names.plural, 'PluralConflict') ? names.plural : before.plural,
    ...pick('singular', names.singular, before.singular, (name) =>
      resource(name, 'SingularConflict'),
    ),
    ...((names.shortNames ?? []).every((name) => resource(name, 'ShortNamesConflict'))
      ? present('shortNames', names.shortNames)
      : present('shortNames', before.shortNames)),
    kind: kind(names.kind, 'KindConflict') ? names.kind : before.kind,
    ...pick('listKind', names.listKind, before.listKind, (name) => kind(name, 'ListKindConflict')),
    ...present('categories', names.categories),
  };
  const conditions = conditionsOf(definition, refusals[0], time);
  const approval = approvalCondition(definition);
  return {
    acceptedNames: accepted,
    conditions: approval === undefined ? conditions : withCondition(conditions, approval, time),
  };
}

function conditionsOf(
  definition: Definition,
  refusal: { reason: string; message: string } | undefined,
  time: string,
): Condition[] {
  const accepted: Condition = {
    type: 'NamesAccepted',
    ...(refusal === undefined
      ? { status: 'True', reason: 'NoConflicts', message: 'no conflicts found' }
      : { status: 'False', ...refusal }),
  };
  const conditions = withCondition(definition.status?.conditions ?? [], accepted, time);
  if (isTrue(definition, 'Established')) return conditions;
  const established: Condition = {
    type: 'Established',
    ...(refusal === undefined
      ? {
          status: 'True',
          reason: 'InitialNamesAccepted',
          message: 'the initial names have been accepted',
        }
      : { status: 'False', reason: 'NotAccepted', message: 'not all names are accepted' }),
  };
  return withCondition(conditions, established, time);
}

function takenNames(others: readonly Definition[]) {
  const resources = new Set<string>();
  const kinds = new Set<string>();
  for (const { status } of others) {
    const { plural, singular, shortNames, kind, listKind } = status?.acceptedNames ?? noNames;
    for (const name of [plural, singular, ...(shortNames ?? [])]) if (name) resources.add(name);
    for (const name of [kind, listKind]) if (name) kinds.add(name);
  }
  return { resources, kinds };
}

function pick<K extends string>(
  key: K,
  wanted: string | undefined,
  before: string | undefined,
  free: (name: string) => boolean,
): Partial<Record<K, string>> {
  if (wanted === undefined || wanted === '') return {};
  return present(key, free(wanted) ? wanted : before);
}

function present<K extends string, T>(key: K, value: T | undefined): Partial<Record<K, T>> {
  return value === undefined ? {} : ({ [key]: value } as Record<K, T>);
}
