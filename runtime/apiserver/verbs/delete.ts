/**
 * Deletion. An object goes at once, or is marked (deletionTimestamp) and goes later: after its grace
 * period, or once the last finalizer is taken off.
 * https://kubernetes.io/docs/concepts/architecture/garbage-collection/
 */
import { timestamp } from '../../api/clock.ts';
import type { UnknownObject } from '../../api/object.ts';
import { apiError, qualifiedResource } from '../../api/status.ts';
import type { Attributes } from '../admission/admission.ts';
import type { Item } from '../registry/item.ts';
import { copyJson } from '../registry/json.ts';
import { type Call, type Place, type Registry, strategyContext } from '../registry/registry.ts';
import type { ServedResource, View } from '../registry/served.ts';
import type { StrategyContext } from '../strategies/strategy.ts';
import { commitObject, commitRemoval } from './commit.ts';
import { invalidOption } from './errors.ts';
import { onCurrent } from './on-current.ts';

export interface DeleteRequest {
  gracePeriodSeconds?: number | undefined;
  propagationPolicy?: string | undefined;
  /** The older way to say Orphan (true) or Background (false). */
  orphanDependents?: boolean | undefined;
  preconditions?: { uid?: string; resourceVersion?: string } | undefined;
}

export interface Deleted {
  /** The object as it stood, or as it now stands if it is still there. */
  readonly view: View;
  readonly gone: boolean;
}

const orphan = 'orphan';
const foreground = 'foregroundDeletion';

/** Throws NotFound, Conflict (preconditions), Forbidden, BadRequest. */
export async function deleteObject(
  registry: Registry,
  call: Call,
  served: ServedResource,
  place: Place,
  request: DeleteRequest,
): Promise<Deleted> {
  checkRequest(request);
  return onCurrent(registry, served, place, (item) =>
    tryDelete(registry, call, served, place, request, item),
  );
}

async function tryDelete(
  registry: Registry,
  call: Call,
  served: ServedResource,
  place: Place,
  request: DeleteRequest,
  item: Item,
): Promise<Deleted | undefined> {
  const view = await served.read(item);
  const previous = view.object;
  checkPreconditions(served, previous, request);
  const attributes: Attributes = {
    operation: 'DELETE',
    served,
    subresource: '',
    place,
    object: undefined,
    previous,
    call,
  };
  await registry.admission.mutate(attributes, registry);
  await registry.admission.validate(attributes, registry);
  const context = strategyContext(registry, call);
  const key = served.key(place.namespace, place.name);
  const marked = mark(registry, served, previous, request, context);
  if (marked === 'as it is') return { view, gone: false };
  if (marked === 'now') {
    const also = served.strategy.claim?.(undefined, previous, context) ?? [];
    const removed = await commitRemoval(registry, call, { key, expect: item.revision, also });
    return removed.ok ? { view: served.view(item.at(removed.revision)), gone: true } : undefined;
  }
  const options = { key, expect: item.revision, also: [] };
  const result = await commitObject(registry, call, served, marked, options);
  return result.ok ? { view: result.view, gone: false } : undefined;
}

/** The object marked for deletion, or what else is to happen. */
function mark(
  registry: Registry,
  served: ServedResource,
  previous: UnknownObject,
  request: DeleteRequest,
  context: StrategyContext,
): UnknownObject | 'now' | 'as it is' {
  const own = previous.metadata;
  const finalizers = finalizersFor(served, previous, request);
  const grace = served.strategy.gracePeriod?.(previous, request.gracePeriodSeconds) ?? 0;
  const isNamespace = served.kind.kind === 'Namespace' && served.kind.group === '';
  const prepare = served.strategy.prepareForDeletion;
  const waits = grace > 0 || finalizers.length > 0 || isNamespace || prepare !== undefined;
  const marking = own.deletionTimestamp === undefined;
  if (!waits) return 'now';
  const next = copyJson(previous);
  const { metadata } = next;
  if (marking) {
    metadata.deletionTimestamp = timestamp(registry.clock.now() + grace * 1000);
    metadata.deletionGracePeriodSeconds = grace;
    if (isNamespace) {
      delete metadata.deletionGracePeriodSeconds;
      next.status = { ...(next.status as object | undefined), phase: 'Terminating' };
    }
    if (metadata.generation !== undefined) metadata.generation++;
  } else if (grace < (own.deletionGracePeriodSeconds ?? 0)) {
    // A second, more impatient wish: counted from when the first one was made.
    const began =
      Date.parse(own.deletionTimestamp ?? '') - (own.deletionGracePeriodSeconds ?? 0) * 1000;
    metadata.deletionTimestamp = timestamp(began + grace * 1000);
    metadata.deletionGracePeriodSeconds = grace;
  } else if (finalizers.join() === (own.finalizers ?? []).join()) {
    return 'as it is';
  }
  if (finalizers.length > 0) metadata.finalizers = finalizers;
  else delete metadata.finalizers;
  if (marking) prepare?.(next, context);
  return next;
}

/** The finalizers that hold the object, with those of the garbage collector as the request asks. */
function finalizersFor(
  served: ServedResource,
  previous: UnknownObject,
  request: DeleteRequest,
): string[] {
  const own = previous.metadata.finalizers ?? [];
  const isFirst = previous.metadata.deletionTimestamp === undefined;
  if (served.strategy.policies === 'later' && isFirst) return own;
  const policy = policyOf(served, own, request);
  const others = own.filter((name) => name !== orphan && name !== foreground);
  if (policy === 'Orphan') return [...others, orphan];
  return policy === 'Foreground' ? [...others, foreground] : others;
}

function policyOf(served: ServedResource, own: readonly string[], request: DeleteRequest): string {
  if (served.strategy.policies === 'none') return 'Background';
  if (request.orphanDependents !== undefined) {
    return request.orphanDependents ? 'Orphan' : 'Background';
  }
  if (request.propagationPolicy !== undefined) return request.propagationPolicy;
  if (own.includes(orphan)) return 'Orphan';
  if (own.includes(foreground)) return 'Foreground';
  return served.strategy.orphansByDefault === true ? 'Orphan' : 'Background';
}

function checkRequest(request: DeleteRequest): void {
  const { propagationPolicy: policy } = request;
  if (policy === undefined) return;
  if (request.orphanDependents !== undefined) {
    const why = `Invalid value: "${policy}": orphanDependents and deletionPropagation cannot be both set`;
    throw invalidOption('DeleteOptions', 'propagationPolicy', 'FieldValueInvalid', why);
  }
  if (!['Orphan', 'Background', 'Foreground'].includes(policy)) {
    const why = `Unsupported value: "${policy}": supported values: "Foreground", "Background", "Orphan", "nil"`;
    throw invalidOption('DeleteOptions', 'propagationPolicy', 'FieldValueNotSupported', why);
  }
}

function checkPreconditions(
  served: ServedResource,
  previous: UnknownObject,
  { preconditions }: DeleteRequest,
): void {
  const { name = '', uid, resourceVersion } = previous.metadata;
  // The original names the kind here, not the resource.
  const { group, kind } = served.kind;
  const refuse = (why: string) =>
    apiError(
      'Conflict',
      `Operation cannot be fulfilled on ${qualifiedResource(group, kind)} "${name}": ${why}`,
      { name, ...(group === '' ? {} : { group }), kind },
    );
  if (preconditions?.uid !== undefined && preconditions.uid !== uid) {
    throw refuse(
      `the UID in the precondition (${preconditions.uid}) does not match the UID in record (${uid}). ` +
        'The object might have been deleted and then recreated',
    );
  }
  const wanted = preconditions?.resourceVersion;
  if (wanted !== undefined && wanted !== resourceVersion) {
    throw refuse(
      `the ResourceVersion in the precondition (${wanted}) does not match the ResourceVersion in record ` +
        `(${resourceVersion}). The object might have been modified`,
    );
  }
}
