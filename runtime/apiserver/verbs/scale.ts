/** The scale subresource: the number of replicas of any kind that has one, in one shape. */
import { timestamp } from '../../api/clock.ts';
import { parseApiVersion, type UnknownObject } from '../../api/object.ts';
import { formatLabelSelector, labelSelectorOf } from '../../api/selector.ts';
import { apiError } from '../../api/status.ts';
import { copyJson, textAt, valueAt } from '../registry/json.ts';
import type { Call, Place, Registry } from '../registry/registry.ts';
import type { ServedResource } from '../registry/served.ts';
import { applyToScale } from './apply-scale.ts';
import { checkBodyKind } from './body.ts';
import { changeObject } from './change.ts';
import { missing } from './errors.ts';
import { type PatchRequest, patchDocument } from './patch.ts';

const apiVersion = 'autoscaling/v1';

/** Throws NotFound. */
export async function readScale(
  registry: Registry,
  served: ServedResource,
  place: Place,
): Promise<UnknownObject> {
  await registry.cache.fresh();
  const key = served.key(place.namespace, place.name);
  const item = registry.cache.resource(served.storageName).get(key);
  if (item === undefined) throw missing(served, place.name);
  return scaleOf(served, (await served.read(item)).object);
}

/** Takes a whole Scale, or a patch of one. Throws NotFound, Conflict, Invalid, BadRequest. */
export async function writeScale(
  registry: Registry,
  call: Call,
  served: ServedResource,
  place: Place,
  change: { body: UnknownObject } | { patch: PatchRequest },
): Promise<UnknownObject> {
  const applies = 'patch' in change && change.patch.type === 'apply';
  const view = await changeObject(registry, call, served, place, {
    subresource: 'scale',
    managersRecorded: applies,
    build(previous) {
      const before = scaleOf(served, previous);
      const applied = applies
        ? applyPatch(registry, call, served, previous, before, change.patch)
        : undefined;
      const scale =
        applied?.scale ??
        ('body' in change
          ? copyJson(change.body)
          : patchDocument(registry, served, before, asMerge(change.patch)));
      checkBodyKind(served, scale, { apiVersion, kind: 'Scale' });
      const { name = place.name } = scale.metadata;
      if (name !== place.name) {
        const why = `the name of the object (${name}) does not match the name on the URL (${place.name})`;
        throw apiError('BadRequest', why);
      }
      const replicas = valueAt(scale, 'spec', 'replicas') ?? 0;
      if (typeof replicas !== 'number' || !Number.isInteger(replicas)) {
        throw apiError('BadRequest', 'spec.replicas of a Scale must be a whole number');
      }
      if (replicas < 0) {
        const message = `Invalid value: ${replicas}: must be greater than or equal to 0`;
        const field = 'spec.replicas';
        throw apiError(
          'Invalid',
          `Scale.autoscaling "${place.name}" is invalid: ${field}: ${message}`,
          {
            ...{ name: place.name, group: 'autoscaling', kind: 'Scale' },
            causes: [{ reason: 'FieldValueInvalid', message, field }],
          },
        );
      }
      const next = copyJson(previous);
      setAt(next, replicasPath(served), replicas);
      const version = scale.metadata.resourceVersion;
      const named = 'body' in change || version !== before.metadata.resourceVersion;
      if (named && version) next.metadata.resourceVersion = version;
      else delete next.metadata.resourceVersion;
      if (scale.metadata.uid) next.metadata.uid = scale.metadata.uid;
      if (applied !== undefined) next.metadata.managedFields = applied.managedFields;
      return next;
    },
  });
  return scaleOf(served, view.object);
}

/** A Scale that is applied, and who has the replicas then. Throws ApiError. */
function applyPatch(
  registry: Registry,
  call: Call,
  served: ServedResource,
  parent: UnknownObject,
  live: UnknownObject,
  { patch, force }: PatchRequest,
) {
  const applied = copyJson((patch ?? {}) as UnknownObject);
  if (applied.apiVersion !== apiVersion || applied.kind !== 'Scale') {
    const { group, version } = parseApiVersion(String(applied.apiVersion ?? ''));
    const type = `${group}/${version}, Kind=${applied.kind ?? ''}`;
    throw apiError('BadRequest', `invalid object type: ${type}`);
  }
  return applyToScale({
    ...{ parent, live, applied, force, path: replicasPath(served), manager: call.fieldManager },
    schema: registry.schemas.forKind({ group: 'autoscaling', version: 'v1', kind: 'Scale' }),
    source: registry.schemas,
    time: timestamp(registry.clock.now()),
  });
}

/** Lists in a Scale are none, so that a strategic patch of it is a merge patch. */
function asMerge(patch: PatchRequest): PatchRequest {
  return patch.type === 'json' ? patch : { ...patch, type: 'merge' };
}

function replicasPath({ custom }: ServedResource): string[] {
  return pathOf(custom?.scale?.specReplicasPath ?? '.spec.replicas');
}

/** The names in `.spec.replicas`; paths of definitions are of this form only. */
function pathOf(text: string): string[] {
  return text.split('.').filter((name) => name !== '');
}

function setAt(object: object, path: readonly string[], value: unknown): void {
  let at = object as Record<string, unknown>;
  for (const name of path.slice(0, -1)) {
    const child = at[name];
    const next = typeof child === 'object' && child !== null ? child : {};
    at[name] = next;
    at = next as Record<string, unknown>;
  }
  at[path.at(-1) ?? ''] = value;
}

/** Sets an object's replicas as a Scale of it asks. */
export function applyScale(
  served: ServedResource,
  object: UnknownObject,
  scale: UnknownObject,
): void {
  setAt(object, replicasPath(served), valueAt(scale, 'spec', 'replicas') ?? 0);
}

/** The Scale of an object. */
export function scaleOf(served: ServedResource, object: UnknownObject): UnknownObject {
  const { name, namespace, uid, resourceVersion, creationTimestamp } = object.metadata;
  const paths = served.custom?.scale;
  const text = selectorOf(served, object);
  const statusPath = pathOf(paths?.statusReplicasPath ?? '.status.replicas');
  return {
    kind: 'Scale',
    apiVersion,
    metadata: Object.fromEntries(
      Object.entries({ name, namespace, uid, resourceVersion, creationTimestamp }).filter(
        ([, value]) => value !== undefined,
      ),
    ),
    spec: { replicas: valueAt(object, ...replicasPath(served)) ?? 0 },
    status: {
      replicas: valueAt(object, ...statusPath) ?? 0,
      ...(text === '' ? {} : { selector: text }),
    },
  };
}

/** The pods' selector as text; custom kinds hold it as text already. */
function selectorOf({ custom }: ServedResource, object: UnknownObject): string {
  if (custom !== undefined) {
    const path = custom.scale?.labelSelectorPath;
    return path === undefined ? '' : textAt(object, ...pathOf(path));
  }
  const selector = valueAt(object, 'spec', 'selector');
  if (object.kind === 'ReplicationController') return labelsAsSelector(selector);
  return selector === undefined ? '' : formatLabelSelector(labelSelectorOf(selector as object));
}

function labelsAsSelector(labels: unknown): string {
  return Object.entries((labels ?? {}) as Record<string, string>)
    .map(([name, value]) => `${name}=${value}`)
    .sort()
    .join(',');
}
