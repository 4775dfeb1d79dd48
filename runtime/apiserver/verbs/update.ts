import type { UnknownObject } from '../../api/object.ts';
import { apiError } from '../../api/status.ts';
import { takeForm } from '../protobuf/same-form.ts';
import { copyJson } from '../registry/json.ts';
import type { Call, Place, Registry } from '../registry/registry.ts';
import type { ServedResource, View } from '../registry/served.ts';
import { checkBodyKind } from './body.ts';
import { changeObject } from './change.ts';
import { createObject, matchNamespace } from './create.ts';
import { createOrChange } from './made-at-once.ts';
import { namedVersion } from './named-version.ts';

/**
 * Replaces an object, or with a subresource the part of it that the subresource is. `body` is taken
 * over. Throws NotFound, Conflict, Invalid, Forbidden, BadRequest.
 */
export async function updateObject(
  registry: Registry,
  call: Call,
  served: ServedResource,
  place: Place,
  body: UnknownObject,
  subresource = '',
): Promise<{ view: View; created: boolean }> {
  checkBodyKind(served, body);
  const { metadata } = body;
  matchNamespace(metadata, place.namespace);
  if (metadata.name && metadata.name !== place.name) {
    throw apiError(
      'BadRequest',
      `the name of the object (${metadata.name}) does not match the name on the URL (${place.name})`,
    );
  }
  if (!metadata.name) {
    const why = `the name of the object (${place.name} based on URL) was undeterminable: name must be provided`;
    throw apiError('BadRequest', why);
  }
  const change = async () => {
    const view = await changeObject(registry, call, served, place, {
      subresource,
      build(previous) {
        // Only of what exists; what does not is missing, or made.
        const isNamed = namedVersion(metadata.resourceVersion) !== '';
        if (!isNamed && served.strategy.needsResourceVersion === true) {
          throw versionMissing(served, place.name);
        }
        const next = copyJson(body);
        if (served.custom === undefined) takeForm(next, previous);
        return next;
      },
    });
    return { view, created: false };
  };
  if (subresource !== '' || served.strategy.createsOnUpdate !== true) return change();
  // Of what is meant to be there already nothing is made.
  const isKnown = Boolean(metadata.uid) || namedVersion(metadata.resourceVersion) !== '';
  if (isKnown) return change();
  const create = async () => {
    const view = await createObject(registry, call, served, place.namespace, copyJson(body));
    return { view, created: true };
  };
  return createOrChange(registry, served, place, { create, change });
}

/** Of this the original tells the resource where it tells the kind of all else that is invalid. */
function versionMissing(
  { kind: { group, resource }, qualifiedName }: ServedResource,
  name: string,
) {
  const message = 'Invalid value: 0x0: must be specified for an update';
  const field = 'metadata.resourceVersion';
  return apiError('Invalid', `${qualifiedName} "${name}" is invalid: ${field}: ${message}`, {
    ...{ name, ...(group === '' ? {} : { group }), kind: resource },
    causes: [{ reason: 'FieldValueInvalid', message, field }],
  });
}
