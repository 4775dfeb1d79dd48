/**
 * Changes of an object that exists: the loop under update, patch, scale, binding and all the other
 * ways of writing a part of it.
 */
import type { UnknownObject } from '../../api/object.ts';
import { apiError, type StatusCause } from '../../api/status.ts';
import type { Pod } from '../../api/types.ts';
import {
  validateEphemeralContainers,
  validatePodResize,
} from '../../api/validation/pod-subresources.ts';
import { validateStatusUpdate } from '../../api/validation/status.ts';
import { warningsOnUpdate } from '../../api/warnings/warnings.ts';
import type { Write } from '../../store/store.ts';
import type { Attributes } from '../admission/admission.ts';
import { Breath } from '../registry/breath.ts';
import type { Item } from '../registry/item.ts';
import { sameJson } from '../registry/json.ts';
import { type Call, type Place, type Registry, strategyContext } from '../registry/registry.ts';
import type { ServedResource, View } from '../registry/served.ts';
import { commitObject, commitRemoval } from './commit.ts';
import { causesOf, completeObject, giveSpec, warn } from './complete.ts';
import { matchNamespace } from './create.ts';
import { conflict, invalid, modified } from './errors.ts';
import { holding } from './hold.ts';
import { recordManager, unchanged } from './managers.ts';
import { namedVersion } from './named-version.ts';
import { onCurrent } from './on-current.ts';
import { dropRepeatedOwners } from './owners.ts';
import { mayChangeAnything, restrictTo } from './restrict.ts';

export interface Change {
  /** Empty: the object itself. Decides which parts a client may change. */
  readonly subresource: string;
  /**
   * Makes the next object out of the present one, which is frozen. What comes back is taken over and
   * written into. Called again after a lost race. A resourceVersion in it must be the present one.
   */
  build(previous: UnknownObject): UnknownObject | Promise<UnknownObject>;
  /** Server-side apply keeps the record of managers itself. */
  readonly managersRecorded?: boolean;
  /** What is built is the present object with changes, and says nothing by itself of which one is meant. */
  readonly patches?: boolean;
  /** How often to start over if somebody else was faster. */
  readonly attempts?: number;
}

/** Throws NotFound, Conflict, Invalid, Forbidden, BadRequest. */
export function changeObject(
  registry: Registry,
  call: Call,
  served: ServedResource,
  place: Place,
  change: Change,
): Promise<View> {
  const attempt = (item: Item) => tryChange(registry, call, served, place, change, item);
  return onCurrent(registry, served, place, attempt, change.attempts);
}

async function tryChange(
  registry: Registry,
  call: Call,
  served: ServedResource,
  place: Place,
  change: Change,
  item: Item,
): Promise<View | undefined> {
  const current = await served.read(item);
  const previous = current.object;
  const next = await change.build(previous);
  // Each step through an object of tens of thousands of members takes long enough by itself.
  const breath = new Breath();
  checkIdentity(served, next, previous, change.patches === true);
  dropRepeatedOwners(call, next);
  const { strategy } = served;
  const context = strategyContext(registry, call);
  giveSpec(registry, served, next);
  if (change.subresource === '') strategy.normalize?.(next);
  completeObject(served, next);
  const attributes: Attributes = {
    operation: 'UPDATE',
    served,
    subresource: change.subresource,
    place,
    object: next,
    previous,
    call,
  };
  const tampered = change.subresource === '' ? causesOfMetadata(next, previous) : [];
  protect(served, next, previous, change.subresource);
  // Before admission: what plug-ins fill in belongs to nobody.
  if (change.managersRecorded !== true) {
    const { subresource } = change;
    const record = recordManager(registry, call, served, next, previous, subresource);
    if (record !== undefined) await record;
  }
  if (breath.due) await breath.pause();
  const foreign = await registry.admission.mutate(attributes, registry);
  if (foreign) protect(served, next, previous, change.subresource);
  if (change.subresource === 'status') strategy.prepareForStatusUpdate?.(next, previous);
  else if (change.subresource === '') strategy.prepareForUpdate?.(next, previous, context);
  completeObject(served, next);
  const judged = { served, attributes, previous, next, tampered, item, breath };
  if (strategy.claim === undefined) {
    shareUnchanged(next, previous);
    return judgeAndStore(registry, judged, current, []);
  }
  const also = strategy.claim(next, previous, context);
  return holding(registry, call, also, () => judgeAndStore(registry, judged, current, also));
}

interface Judged {
  readonly served: ServedResource;
  readonly attributes: Attributes;
  readonly previous: UnknownObject;
  readonly next: UnknownObject;
  /** What is wrong with the metadata that came. */
  readonly tampered: readonly StatusCause[];
  /** What `previous` was read from. */
  readonly item: Item;
  readonly breath: Breath;
}

/** Undefined if somebody else was faster. */
async function judgeAndStore(
  registry: Registry,
  { served, attributes, previous, next, tampered, item, breath }: Judged,
  current: View,
  also: readonly Write[],
): Promise<View | undefined> {
  const { call, place, subresource } = attributes;
  if (breath.due) await breath.pause();
  // Putting a pod on its node is no change of what is wanted of it.
  if (subresource !== 'status' && subresource !== 'binding') {
    countGeneration(served, next, previous);
  }
  const causes = [...tampered, ...causesOfChange(subresource, served, next, previous)];
  if (causes.length > 0) throw invalid(served, place.name, causes);
  // Of the object as its makers write it; who writes its status could not help it.
  if (subresource === '') {
    warn(call, warningsOnUpdate(next, previous, served.custom !== undefined));
  }
  if (breath.due) await breath.pause();
  await registry.admission.validate(attributes, registry);
  // Only now: what changes nothing may be refused all the same.
  if (unchanged(next, previous)) return current;
  const key = served.key(place.namespace, place.name);
  const options = { key, expect: item.revision, also };
  if (isFinished(next)) return removeFinished(registry, call, served, next, previous, options);
  const result = await commitObject(registry, call, served, next, options);
  return result.ok ? result.view : undefined;
}

function causesOfChange(
  subresource: string,
  served: ServedResource,
  next: UnknownObject,
  previous: UnknownObject,
): StatusCause[] {
  if (subresource === 'resize') {
    return validatePodResize(next as unknown as Pod, previous as unknown as Pod);
  }
  if (subresource === 'ephemeralcontainers') {
    return validateEphemeralContainers(next as unknown as Pod);
  }
  if (mayChangeAnything(subresource)) return [];
  const causes = causesOf(served, next, previous);
  return subresource === 'status' ? [...causes, ...validateStatusUpdate(next, previous)] : causes;
}

/** The last finalizer is gone: the object that was only waiting for it goes too. */
async function removeFinished(
  registry: Registry,
  call: Call,
  served: ServedResource,
  next: UnknownObject,
  previous: UnknownObject,
  options: { key: string; expect: number },
): Promise<View | undefined> {
  const also = served.strategy.claim?.(undefined, previous, strategyContext(registry, call)) ?? [];
  const removed = await commitRemoval(registry, call, { ...options, also });
  if (!removed.ok) return undefined;
  next.metadata.resourceVersion = String(removed.revision);
  return { revision: removed.revision, object: next, wire: Buffer.from(JSON.stringify(next)) };
}

/** True if an object that is being deleted waits for nothing any more. */
export function isFinished(object: UnknownObject): boolean {
  const { deletionTimestamp, deletionGracePeriodSeconds, finalizers } = object.metadata;
  if (deletionTimestamp === undefined || (finalizers ?? []).length > 0) return false;
  if (object.kind === 'Namespace' && object.apiVersion === 'v1') {
    const own = (object.spec as { finalizers?: string[] } | undefined)?.finalizers ?? [];
    return own.length === 0;
  }
  return (deletionGracePeriodSeconds ?? 0) === 0;
}

/** As the original's storage tells it, with the key there. */
function storageError(
  { custom, kind: { resource } }: ServedResource,
  { namespace, name }: UnknownObject['metadata'],
  why: string,
): string {
  const at = [
    ...(custom === undefined ? [] : [custom.definitionName.split('.').slice(1).join('.')]),
    resource,
    namespace,
    name,
  ];
  const key = `/registry/${at.filter(Boolean).join('/')}`;
  return `StorageError: invalid object, Code: 4, Key: ${key}, ResourceVersion: 0, AdditionalErrorMsg: ${why}`;
}

/** Name, place, uid and version that the client gives must be those of the object; others are filled in. */
function checkIdentity(
  served: ServedResource,
  next: UnknownObject,
  previous: UnknownObject,
  patches: boolean,
): void {
  const given = next.metadata;
  const own = previous.metadata;
  const name = own.name ?? '';
  matchNamespace(given, own.namespace ?? '');
  if (given.name !== name) {
    throw apiError(
      'BadRequest',
      given.name
        ? `the name of the object (${given.name}) does not match the name on the URL (${name})`
        : `the name of the object (${name} based on URL) was undeterminable: name must be provided`,
    );
  }
  // Whoever sends a whole object means that one; a patch means whatever is there.
  if (!patches && given.uid && given.uid !== own.uid) {
    const why = `Precondition failed: UID in precondition: ${given.uid}, UID in object meta: ${own.uid}`;
    throw conflict(served, name, storageError(served, own, why));
  }
  const version = namedVersion(given.resourceVersion);
  if (version !== '' && version !== own.resourceVersion) throw modified(served, name);
}

/** What a client says of `metadata` that only the server says; what it leaves out is filled in. */
function causesOfMetadata({ metadata: given }: UnknownObject, own: UnknownObject): StatusCause[] {
  const { uid, deletionTimestamp, deletionGracePeriodSeconds: grace } = own.metadata;
  const causes: StatusCause[] = [];
  const immutable = (field: string, value: string) =>
    causes.push({
      reason: 'FieldValueInvalid',
      message: `Invalid value: ${value}: field is immutable`,
      field: `metadata.${field}`,
    });
  if (given.uid && given.uid !== uid) immutable('uid', JSON.stringify(given.uid));
  if (given.deletionTimestamp && deletionTimestamp === undefined) {
    const value = String(given.deletionTimestamp).replace('T', ' ').replace('Z', ' +0000 UTC');
    immutable('deletionTimestamp', value);
  }
  const wanted = given.deletionGracePeriodSeconds ?? grace;
  if (wanted !== grace) immutable('deletionGracePeriodSeconds', String(wanted));
  return causes;
}

/** Puts back everything that this way of writing may not change. */
function protect(
  served: ServedResource,
  next: UnknownObject,
  previous: UnknownObject,
  subresource: string,
): void {
  const own = previous.metadata;
  const metadata = next.metadata;
  next.apiVersion = previous.apiVersion;
  next.kind = previous.kind;
  for (const field of [
    'name',
    'namespace',
    'uid',
    'creationTimestamp',
    'deletionTimestamp',
    'deletionGracePeriodSeconds',
    'generation',
    'resourceVersion',
  ] as const) {
    if (own[field] === undefined) delete metadata[field];
    else Object.assign(metadata, { [field]: own[field] });
  }
  delete (metadata as { selfLink?: unknown }).selfLink;
  restrictTo(subresource, served, next, previous);
}

/**
 * Puts the previous object's own spec, status and the like into the next one where they are the same:
 * nothing writes into them any more, and they need not be compared, frozen and kept a second time. A
 * strategy with claims may still write, so its objects stay apart.
 */
function shareUnchanged(next: UnknownObject, previous: UnknownObject): void {
  for (const name of Object.keys(next)) {
    const before = previous[name];
    if (name === 'metadata' || typeof before !== 'object') continue;
    if (sameJson(next[name], before)) next[name] = before;
  }
}

/** Counts changes of anything but metadata and status. */
function countGeneration(
  served: ServedResource,
  next: UnknownObject,
  previous: UnknownObject,
): void {
  const { strategy } = served;
  if (strategy.generation !== true) return;
  const changed =
    !sameJson(specificationOf(next), specificationOf(previous)) ||
    (strategy.generationOfStatus === true && !sameJson(next.status, previous.status)) ||
    (strategy.generationOfAnnotations === true &&
      !sameJson(next.metadata.annotations ?? {}, previous.metadata.annotations ?? {}));
  if (changed) next.metadata.generation = (previous.metadata.generation ?? 0) + 1;
}

function specificationOf(object: UnknownObject): unknown {
  const { metadata: _, status: __, ...rest } = object;
  return rest;
}
