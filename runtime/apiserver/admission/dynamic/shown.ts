/**
 * A request as a webhook or policy is shown it: in the version that it asked for, and subresources
 * that have a kind of their own in that.
 */
import type { GroupVersionKind, UnknownObject } from '../../../api/object.ts';
import { copyJson } from '../../registry/json.ts';
import type { Registry } from '../../registry/registry.ts';
import type { ServedResource } from '../../registry/served.ts';
import { completeObject } from '../../verbs/complete.ts';
import { checkFields } from '../../verbs/field-validation.ts';
import { applyScale, scaleOf } from '../../verbs/scale.ts';
import type { Attributes } from '../admission.ts';

export interface Shown {
  readonly kind: GroupVersionKind;
  /** Of the object itself, whatever the subresource. */
  readonly target: ServedResource;
  readonly object: UnknownObject | undefined;
  readonly previous: UnknownObject | undefined;
}

export function kindShown(attributes: Attributes, target: ServedResource): GroupVersionKind {
  const { subresource, optionsKind } = attributes;
  if (optionsKind !== undefined) return optionsKind;
  if (subresource === 'scale') return { group: 'autoscaling', version: 'v1', kind: 'Scale' };
  if (subresource === 'binding') return { group: '', version: 'v1', kind: 'Binding' };
  const { group, version, kind } = target.kind;
  return { group, version, kind };
}

/** `object` is the request's own where nothing has to be converted: it may change afterwards. */
export async function show(attributes: Attributes, target: ServedResource): Promise<Shown> {
  const { object, previous } = attributes;
  return {
    kind: kindShown(attributes, target),
    target,
    object: object && (await inForm(attributes, target, object)),
    previous: previous && (await inForm(attributes, target, previous)),
  };
}

async function inForm(
  attributes: Attributes,
  target: ServedResource,
  object: UnknownObject,
): Promise<UnknownObject> {
  const { served, subresource, place, optionsKind } = attributes;
  if (optionsKind !== undefined) return object;
  if (subresource === 'scale') return scaleOf(served, object);
  if (subresource === 'binding') return bindingOf(place, object);
  return served.convertTo(target, object);
}

function bindingOf(place: { namespace: string; name: string }, object: UnknownObject) {
  const { nodeName } = (object.spec ?? {}) as { nodeName?: string };
  return {
    apiVersion: 'v1',
    kind: 'Binding',
    metadata: { name: place.name, namespace: place.namespace },
    target: { kind: 'Node', name: nodeName ?? '' },
  };
}

/**
 * Takes over what has become of an object that was shown. Writes into the request's object. Unknown fields
 * are left out, as of any body. Throws BadRequest if it can be no such object any more.
 */
export async function takeOver(
  registry: Registry,
  attributes: Attributes,
  shown: Shown,
  changed: UnknownObject,
): Promise<void> {
  const { object, served, subresource, optionsKind, call } = attributes;
  if (object === undefined || subresource === 'binding') return;
  if (optionsKind !== undefined) {
    replace(object, copyJson(changed));
    return;
  }
  if (subresource === 'scale') {
    applyScale(served, object, changed);
    return;
  }
  const next = copyJson(await shown.target.convertTo(served, changed));
  if (next.kind === served.kind.kind) checkFields(registry, call, served, next, 'Ignore');
  replace(object, next);
  completeObject(served, object);
}

/** Others hold on to the object, so it has to stay the same one. */
function replace(object: UnknownObject, next: UnknownObject): void {
  for (const name of Object.keys(object)) delete object[name];
  Object.assign(object, next);
}
