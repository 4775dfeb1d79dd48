/**
 * Who owns which field: server-side apply, and the bookkeeping for every other write.
 * https://kubernetes.io/docs/reference/using-api/server-side-apply/
 */
import { type KubeObject, type ManagedFieldsEntry, parseApiVersion } from '../../../api/object.ts';
import type { Schema, SchemaSource } from '../../../api/schema.ts';
import { malformed, unexplained } from '../errors.ts';
import type { Json } from '../json.ts';
import { printProblems, typedProblems } from './check.ts';
import { type Change, compare } from './compare.ts';
import { type Conflict, conflictError } from './conflict.ts';
import {
  difference,
  emptySet,
  type FieldSet,
  intersection,
  isEmpty,
  recursiveDifference,
  setOf,
  union,
} from './field-set.ts';
import { fieldsOfLastApplied, kubectl, renewLastApplied } from './last-applied.ts';
import {
  type Manager,
  readManagers,
  sameManager,
  serverFields,
  writeManagers,
} from './managers.ts';
import { prune, pruneAcross, type Versions } from './prune.ts';
import { fieldsOf, mergeTyped } from './typed.ts';

interface Write {
  /** The name that the request gives, or the first part of its User-Agent. */
  manager: string;
  /** The kind's schema; undefined merges objects field by field and takes lists whole. */
  schema: Schema | undefined;
  source: SchemaSource;
  /** Of the request. */
  apiVersion: string;
  /** `status`, `scale`, …; left out for the object itself. */
  subresource?: string;
  /** RFC 3339: now. */
  time: string;
  /**
   * Fields that this endpoint does not let anyone set, as paths. Left out: `status` for the object
   * itself, `spec` for its `status`.
   */
  resetFields?: readonly (readonly string[])[];
  /**
   * The object before and after the write as other versions show it, by apiVersion: managers that have
   * written in one of these lose what has changed there. Left out: as if all versions were the same.
   */
  versions?: ReadonlyMap<string, InVersion>;
  /** Versions of the kind that there are; what managers have in others is forgotten. Left out: all. */
  isVersion?: (apiVersion: string) => boolean;
}

export interface InVersion {
  readonly before: KubeObject;
  readonly after: KubeObject;
  readonly schema: Schema | undefined;
}

export interface Update extends Write {
  /** Undefined on create. */
  previous: KubeObject | undefined;
  /** As it is to be stored, but for its managedFields. */
  next: KubeObject;
}

export interface Apply extends Write {
  /** Undefined if the object does not exist yet. */
  live: KubeObject | undefined;
  /** The configuration as it came. */
  applied: KubeObject;
  force: boolean;
}

/**
 * The managedFields of an object after a create, update or patch. Fields that the write changes go
 * from whoever had them to `manager`. Parts that `previous` and `next` share are not walked.
 */
export function trackUpdate(update: Update): ManagedFieldsEntry[] {
  const { previous, next } = update;
  const given = next.metadata.managedFields;
  // A single empty entry is how a client asks to forget all owners.
  if (given?.length === 1 && given[0] !== undefined && Object.keys(given[0]).length === 0)
    return [];
  // Clients that know nothing of managedFields leave them out; that must not lose them.
  const managers =
    managersIn(given, update) ?? managersIn(previous?.metadata.managedFields, update);
  // An object whose owners were never recorded stays without, until somebody applies it.
  if (managers === undefined && previous !== undefined) return [];
  const change = changeOf(previous, next, update);
  if (change === undefined) return writeManagers(managers ?? []);
  return writeManagers(take(managers ?? [], change, update));
}

/** The entries of versions that there still are. */
function managersIn(
  entries: readonly ManagedFieldsEntry[] | undefined,
  { apiVersion, isVersion }: Write,
): Manager[] | undefined {
  const managers = readManagers(entries);
  const isGone = (entry: Manager) =>
    entry.apiVersion !== apiVersion && !isVersion?.(entry.apiVersion);
  return isVersion !== undefined && managers?.some(isGone)
    ? managers.filter((entry) => !isGone(entry))
    : managers;
}

/** The managers after an update that made `change`. */
function take(managers: readonly Manager[], change: Change, write: Write): Manager[] {
  const left = withoutChanged(managers, change, write);
  if (isEmpty(change.set)) return left;
  const self: Manager = {
    manager: write.manager,
    operation: 'Update',
    apiVersion: write.apiVersion,
    subresource: write.subresource ?? '',
    time: write.time,
    fields: change.set,
  };
  const before = left.find((manager) => sameManager(manager, self));
  return [
    ...left.filter((manager) => manager !== before),
    { ...self, fields: union(before?.fields ?? emptySet, change.set) },
  ];
}

function withFields(manager: Manager, fields: FieldSet): Manager {
  return fields === manager.fields ? manager : { ...manager, fields };
}

/** What the managers are left with: each loses what has changed in the version that it wrote in. */
function withoutChanged(managers: readonly Manager[], change: Change, write: Write): Manager[] {
  return managers.map((manager) => {
    const { set, removed } = changeIn(manager.apiVersion, change, write);
    return withFields(manager, difference(manager.fields, union(set, removed)));
  });
}

/** The write's change as another version shows it. */
function changeIn(apiVersion: string, change: Change, write: Write): Change {
  const shown = write.versions?.get(apiVersion);
  if (shown === undefined || apiVersion === write.apiVersion) return change;
  const { before, after, schema } = shown;
  return changeOf(before, after, { ...write, apiVersion, schema }) ?? nothing;
}

const nothing: Change = { set: emptySet, removed: emptySet };

/** The change that counts: without the server's fields and what the endpoint resets. */
function changeOf(
  before: KubeObject | undefined,
  after: KubeObject,
  write: Write,
): Change | undefined {
  const change = compare((before ?? {}) as Json, after as unknown as Json, write.schema, {
    source: write.source,
    builtIn: isBuiltIn(write.apiVersion),
  });
  if (change === undefined) return undefined;
  return { set: countable(change.set, write), removed: countable(change.removed, write) };
}

function countable(set: FieldSet, write: Write): FieldSet {
  return recursiveDifference(difference(set, serverFields), resetSet(write));
}

const resetByDefault = { object: setOf([['status']]), status: setOf([['spec']]) };

/** Sets of the paths that callers hand in, by the lists themselves: most are the same each time. */
const resetSets = new WeakMap<NonNullable<Write['resetFields']>, FieldSet>();

function resetSet({ resetFields, subresource }: Write): FieldSet {
  if (resetFields !== undefined) {
    let set = resetSets.get(resetFields);
    if (set === undefined) {
      set = setOf(resetFields);
      resetSets.set(resetFields, set);
    }
    return set;
  }
  if (subresource === undefined || subresource === '') return resetByDefault.object;
  return subresource === 'status' ? resetByDefault.status : emptySet;
}

const builtInGroups = new Set(['', 'apps', 'autoscaling', 'batch', 'policy']);
const builtInSuffix =
  /^(admissionregistration|apiextensions|apiregistration|authentication|authorization|certificates|coordination|discovery|events|flowcontrol\.apiserver|internal\.apiserver|networking|node|rbac\.authorization|resource|scheduling|storage|storagemigration)\.k8s\.io$/;

const builtIn = new Map<string, boolean>();

function isBuiltIn(apiVersion: string): boolean {
  let known = builtIn.get(apiVersion);
  if (known === undefined) {
    const { group } = parseApiVersion(apiVersion);
    known = builtInGroups.has(group) || builtInSuffix.test(group);
    // Only what is served is asked for, so there are few.
    builtIn.set(apiVersion, known);
  }
  return known;
}

/**
 * Must be asked before a configuration is applied. Throws ApiError, 500 in the original's words, if it
 * does not fit its schema: fields that are not declared, values of other types, keys that come twice.
 */
export function checkConfiguration(
  applied: KubeObject,
  schema: Schema | undefined,
  source: SchemaSource,
): void {
  const problems = typedProblems(applied, schema, source);
  if (problems.length === 0) return;
  const why = printProblems(problems);
  throw unexplained(`failed to create typed patch object (${describe(applied)}): ${why}`);
}

/**
 * Lays an applied configuration over an object and gives the object as it is to be stored, with its
 * managedFields. Fields that the manager applied before and does not any more go, unless somebody
 * else has them, too. Throws ApiError: Conflict, with a cause for each field that another manager has
 * with another value, unless `force`; BadRequest for a configuration with managedFields.
 */
export function serverSideApply(request: Apply): KubeObject {
  const steps = stepsOfApply(request);
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
  }
}

/** As `serverSideApply`, in pieces: of a large object each takes long enough by itself. */
export function* stepsOfApply(request: Apply): Generator<void, KubeObject> {
  const attempt = yield* merge(request);
  const { merged, last, owned } = attempt;
  yield;
  const pruned = yield* prune(merged, last?.fields ?? emptySet, allOf(owned), request);
  yield;
  return yield* record(request, attempt, pruned);
}

/**
 * As `serverSideApply`, for an object that managers know in several versions. `inSteps` runs what comes
 * in pieces.
 */
export async function applyAcrossVersions(
  request: Apply,
  versions: Versions,
  inSteps: <T>(steps: Generator<void, T>) => Promise<T>,
): Promise<KubeObject> {
  const attempt = await inSteps(merge(request));
  const { merged, last, owned } = attempt;
  const object = last === undefined ? merged : await pruneAcross(merged, last, owned, versions);
  const shown = new Map<string, InVersion>();
  const others = new Set(attempt.others.map(({ apiVersion }) => apiVersion));
  others.delete(request.apiVersion);
  for (const apiVersion of request.live === undefined ? [] : others) {
    const [before, after] = await Promise.all([
      versions.convert(request.live as KubeObject, apiVersion),
      versions.convert(object, apiVersion),
    ]);
    shown.set(apiVersion, { before, after, schema: versions.version(apiVersion).schema });
  }
  return inSteps(record({ ...request, versions: shown }, attempt, object));
}

interface Attempt {
  /** The configuration over the live object, before anything goes. */
  merged: KubeObject;
  self: Manager;
  /** The manager's own entry from the last time. */
  last: Manager | undefined;
  others: Manager[];
  /** What anybody has now, by apiVersion. */
  owned: Map<string, FieldSet>;
}

function* merge(request: Apply): Generator<void, Attempt> {
  const { live, applied, schema, source, apiVersion } = request;
  if (applied.metadata?.managedFields !== undefined) {
    throw malformed('metadata.managedFields must be nil');
  }
  const whole = fieldsOf(applied, schema, source);
  yield;
  const self: Manager = {
    manager: request.manager,
    operation: 'Apply',
    apiVersion,
    subresource: request.subresource ?? '',
    time: undefined,
    fields: countable(whole, request),
  };
  const managers = managersOf(request);
  const last = managers.find((manager) => sameManager(manager, self));
  const others = managers.filter((manager) => manager !== last);
  yield;
  const merged = mergeTyped(live ?? {}, applied, schema, source) as KubeObject;
  yield;
  const owned = new Map([[apiVersion, recursiveDifference(whole, resetSet(request))]]);
  for (const other of others) {
    const before = owned.get(other.apiVersion) ?? emptySet;
    owned.set(other.apiVersion, union(before, other.fields));
  }
  return { merged, self, last, others, owned };
}

function allOf(owned: ReadonlyMap<string, FieldSet>): FieldSet {
  return [...owned.values()].reduce(union, emptySet);
}

/** `default/web; apps/v1, Kind=Deployment` */
export function describe({ apiVersion, kind, metadata }: KubeObject): string {
  const { namespace = '', name = '' } = (metadata ?? {}) as Partial<KubeObject['metadata']>;
  const { group, version } = parseApiVersion(apiVersion);
  return `${namespace}/${name}; ${group}/${version}, Kind=${kind}`;
}

/** The pruned object with its managers, unless others are in the way. */
function* record(
  request: Apply,
  attempt: Attempt,
  object: KubeObject,
): Generator<void, KubeObject> {
  const { live, applied, manager, force } = request;
  const { self, last, others } = attempt;
  const change = changeOf(live, object, request) ?? nothing;
  yield;
  const conflicts = force ? [] : tolerate(conflictsOf(others, change, request), request);
  if (conflicts.length > 0) throw conflictError(conflicts);
  yield;
  const stored = manager === kubectl ? renewLastApplied(object, applied) : object;
  const touched = union(change.set, change.removed);
  const changed = !isEmpty(touched) || live === undefined || last === undefined;
  const own = { ...self, time: changed ? request.time : last?.time };
  const managedFields = writeManagers([...withoutChanged(others, change, request), own]);
  const { managedFields: _old, ...metadata } = stored.metadata;
  return {
    ...stored,
    metadata: managedFields.length === 0 ? metadata : { ...metadata, managedFields },
  };
}

function conflictsOf(others: readonly Manager[], change: Change, request: Apply): Conflict[] {
  return others
    .map((other) => {
      const { set } = changeIn(other.apiVersion, change, request);
      return { with: other, fields: intersection(other.fields, set) };
    })
    .filter((conflict) => !isEmpty(conflict.fields));
}

/** Who owns the live object; what nobody is known to own belongs to `before-first-apply`. */
function managersOf(request: Apply): Manager[] {
  const { live } = request;
  if (live === undefined) return [];
  const known = managersIn(live.metadata.managedFields, request);
  if (known !== undefined) return known;
  const { managedFields: _none, ...metadata } = live.metadata;
  const next = { ...live, metadata };
  const entries = trackUpdate({
    ...request,
    previous: undefined,
    next,
    manager: 'before-first-apply',
  });
  return readManagers(entries) ?? [];
}

/**
 * The conflicts that are left when kubectl may take what its client-side apply set. All or nothing:
 * if one is left, the others stand, too.
 */
function tolerate(conflicts: Conflict[], request: Apply): Conflict[] {
  if (conflicts.length === 0 || request.manager !== kubectl || request.live === undefined) {
    return conflicts;
  }
  const allowed = fieldsOfLastApplied(request.live, request.schema, request.source);
  return conflicts
    .map((conflict) => ({ ...conflict, fields: difference(conflict.fields, allowed) }))
    .filter((conflict) => !isEmpty(conflict.fields));
}
