/**
 * What a real server does to objects on their way in and out, as far as controllers notice it.
 * Pure: objects in, fresh objects out.
 */
import { timestamp } from '../../api/clock.ts';
import type { UnknownObject } from '../../api/object.ts';
import { apiError, qualifiedResource } from '../../api/status.ts';
import type { DeleteOptions, Resource } from '../client.ts';

/** Kinds of ours that have no status subresource; any other kind that has `status` has one. */
const withoutStatus = new Set([
  'bindings',
  'configmaps',
  'endpoints',
  'endpointslices',
  'events',
  'leases',
  'limitranges',
  'secrets',
  'serviceaccounts',
  'controllerrevisions',
  'priorityclasses',
  'storageclasses',
  'roles',
  'rolebindings',
  'clusterroles',
  'clusterrolebindings',
]);

const firstStatus: Record<string, unknown> = {
  pods: { phase: 'Pending' },
  namespaces: { phase: 'Active' },
  persistentvolumes: { phase: 'Pending' },
  persistentvolumeclaims: { phase: 'Pending' },
};

export interface Fresh {
  uid: string;
  name: string;
  nowMs: number;
}

/** An object as it is first stored through `create`. */
export function fresh(
  resource: Resource,
  object: UnknownObject,
  { uid, name, nowMs }: Fresh,
): UnknownObject {
  const made = structuredClone(object);
  made.metadata = { ...made.metadata, name, uid, creationTimestamp: timestamp(nowMs) };
  if (made.spec !== undefined) made.metadata.generation = 1;
  if (!withoutStatus.has(resource.resource)) {
    delete made.status;
    const status = firstStatus[resource.resource];
    if (status !== undefined) made.status = status;
  }
  if (isNamespace(resource)) {
    made.spec = { ...(made.spec as object | undefined), finalizers: ['kubernetes'] };
  }
  return made;
}

/** What `next` sent to `subresource` (none: the object itself) makes of `previous`. */
export function replaced(
  resource: Resource,
  previous: UnknownObject,
  next: UnknownObject,
  subresource: string | undefined,
): UnknownObject {
  checkVersion(resource, previous, next);
  if (subresource === 'status') return { ...previous, status: next.status };
  if (subresource === 'scale') return withReplicas(previous, scaleReplicas(next));
  if (subresource === 'finalize') return { ...previous, spec: next.spec };
  const made: UnknownObject = structuredClone(next);
  const kept = previous.metadata;
  made.metadata = { ...made.metadata };
  for (const field of [
    'uid',
    'creationTimestamp',
    'deletionTimestamp',
    'deletionGracePeriodSeconds',
    'generation',
  ] as const) {
    if (kept[field] === undefined) delete made.metadata[field];
    else Object.assign(made.metadata, { [field]: kept[field] });
  }
  if (!withoutStatus.has(resource.resource)) {
    if (previous.status === undefined) delete made.status;
    else made.status = previous.status;
  }
  if (made.spec !== undefined && !sameJson(made.spec, previous.spec)) {
    made.metadata.generation = (kept.generation ?? 0) + 1;
  }
  return made;
}

function checkVersion(resource: Resource, previous: UnknownObject, next: UnknownObject): void {
  const { name = '', uid, resourceVersion } = next.metadata ?? {};
  const stale =
    resourceVersion !== undefined && resourceVersion !== previous.metadata.resourceVersion;
  if (!stale && (uid === undefined || uid === previous.metadata.uid)) return;
  const what = qualifiedResource(resource.group, resource.resource);
  throw apiError(
    'Conflict',
    `Operation cannot be fulfilled on ${what} "${name}": the object has been modified; please apply your changes to the latest version and try again`,
    { name, kind: resource.resource, ...(resource.group === '' ? {} : { group: resource.group }) },
  );
}

/** Throws Conflict unless the preconditions hold. */
export function checkPreconditions(object: UnknownObject, { preconditions }: DeleteOptions): void {
  const { uid, resourceVersion } = preconditions ?? {};
  const { metadata } = object;
  if (uid !== undefined && uid !== metadata.uid) {
    throw apiError(
      'Conflict',
      `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${metadata.uid}`,
    );
  }
  if (resourceVersion !== undefined && resourceVersion !== metadata.resourceVersion) {
    throw apiError(
      'Conflict',
      `Precondition failed: ResourceVersion in precondition: ${resourceVersion}, ResourceVersion in object meta: ${metadata.resourceVersion}`,
    );
  }
}

/**
 * The object as a delete leaves it: marked, if something keeps it; undefined if it goes at once.
 */
export function marked(
  resource: Resource,
  object: UnknownObject,
  options: DeleteOptions,
  nowMs: number,
): UnknownObject | undefined {
  const finalizers = new Set(object.metadata.finalizers ?? []);
  if (options.propagationPolicy === 'Foreground') finalizers.add('foregroundDeletion');
  if (options.propagationPolicy === 'Orphan') finalizers.add('orphan');
  const grace = graceOf(resource, object, options);
  if (finalizers.size === 0 && grace === 0 && !namespaceFinalizers(resource, object)) {
    return undefined;
  }
  const made = structuredClone(object);
  if (finalizers.size > 0) made.metadata.finalizers = [...finalizers];
  made.metadata.deletionTimestamp ??= timestamp(nowMs + grace * 1000);
  made.metadata.deletionGracePeriodSeconds = grace;
  if (isNamespace(resource)) made.status = { ...(made.status as object), phase: 'Terminating' };
  return made;
}

/** Whether a stored object that is being deleted has nothing left that keeps it. */
export function released(resource: Resource, object: UnknownObject): boolean {
  const { deletionTimestamp, deletionGracePeriodSeconds = 0, finalizers = [] } = object.metadata;
  return (
    deletionTimestamp !== undefined &&
    finalizers.length === 0 &&
    deletionGracePeriodSeconds === 0 &&
    !namespaceFinalizers(resource, object)
  );
}

/** Seconds. Only a pod that a kubelet may be running is given time. */
function graceOf(resource: Resource, object: UnknownObject, options: DeleteOptions): number {
  if (resource.group !== '' || resource.resource !== 'pods') return 0;
  const spec = object.spec as { nodeName?: string; terminationGracePeriodSeconds?: number };
  const { phase } = (object.status ?? {}) as { phase?: string };
  if (!spec?.nodeName || phase === 'Succeeded' || phase === 'Failed') return 0;
  const asked = options.gracePeriodSeconds ?? spec.terminationGracePeriodSeconds ?? 30;
  return Math.min(asked, object.metadata.deletionGracePeriodSeconds ?? asked);
}

function isNamespace({ group, resource }: Resource): boolean {
  return group === '' && resource === 'namespaces';
}

function namespaceFinalizers(resource: Resource, object: UnknownObject): boolean {
  if (!isNamespace(resource)) return false;
  const { finalizers = [] } = (object.spec ?? {}) as { finalizers?: string[] };
  return finalizers.length > 0;
}

/** The `Scale` view (autoscaling/v1) of a workload. */
export function scaleOf(object: UnknownObject): UnknownObject {
  const spec = (object.spec ?? {}) as { replicas?: number };
  const status = (object.status ?? {}) as { replicas?: number };
  const { name, namespace, uid, resourceVersion, creationTimestamp } = object.metadata;
  return JSON.parse(
    JSON.stringify({
      apiVersion: 'autoscaling/v1',
      kind: 'Scale',
      metadata: { name, namespace, uid, resourceVersion, creationTimestamp },
      spec: { replicas: spec.replicas ?? 0 },
      status: { replicas: status.replicas ?? 0 },
    }),
  ) as UnknownObject;
}

function scaleReplicas(scale: UnknownObject): number {
  return ((scale.spec ?? {}) as { replicas?: number }).replicas ?? 0;
}

function withReplicas(object: UnknownObject, replicas: number): UnknownObject {
  const made = structuredClone(object);
  const spec = made.spec as { replicas?: number };
  if (spec.replicas !== replicas) made.metadata.generation = (made.metadata.generation ?? 0) + 1;
  made.spec = { ...spec, replicas };
  return made;
}

function sameJson(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
