/**
 * Everything that can be asked of a resource, whoever asks: the HTTP side and the loopback client
 * both end here, after authentication and authorization.
 */
import { timestamp } from '../../api/clock.ts';
import { dropEmpties } from '../../api/empties.ts';
import type { KubeObject, UnknownObject } from '../../api/object.ts';
import type { Status } from '../../api/status.ts';
import type { Attributes } from '../admission/admission.ts';
import type { Tokens } from '../authentication/tokens.ts';
import type { Authorizer } from '../authorization/authorizer.ts';
import { Breath } from '../registry/breath.ts';
import type { Call, Place, Registry } from '../registry/registry.ts';
import type { ServedResource, View } from '../registry/served.ts';
import { checkBodyKind } from './body.ts';
import { getComputed, listComputed } from './computed.ts';
import { createObject } from './create.ts';
import { type DeleteRequest, deleteObject } from './delete.ts';
import { missing } from './errors.ts';
import { checkAgainst, checkFields, type FieldValidation } from './field-validation.ts';
import { awaitRevision, type ListAnswer, type ListRequest, listObjects } from './list.ts';
import { type PatchRequest, patchObject } from './patch.ts';
import { bindPod, evictPod } from './pod-actions.ts';
import { reviews } from './reviews.ts';
import { readScale, writeScale } from './scale.ts';
import { issueToken } from './token.ts';
import { updateObject } from './update.ts';

/** An object in the store, or one that was made for this answer. */
export type Answer =
  | { readonly view: View; readonly created: boolean }
  | { readonly made: KubeObject | Status; readonly created: boolean };

/** A decoded body, taken over. */
export interface Body {
  readonly object: UnknownObject;
  /** Members that the text had twice. */
  readonly duplicates: readonly string[];
  readonly fieldValidation: FieldValidation;
  /** Bodies from within this process are not checked against the schema. */
  readonly trusted: boolean;
}

/** What is gone at once was marked for that before, though nobody else has seen it so. */
function withoutGrace({ clock }: Registry, object: UnknownObject): UnknownObject {
  const { deletionTimestamp = timestamp(clock.now()), ...metadata } = object.metadata;
  return { ...object, metadata: { ...metadata, deletionTimestamp, deletionGracePeriodSeconds: 0 } };
}

export class Operations {
  readonly registry: Registry;
  readonly authorizer: Authorizer;
  readonly tokens: Tokens;

  constructor(registry: Registry, authorizer: Authorizer, tokens: Tokens) {
    this.registry = registry;
    this.authorizer = authorizer;
    this.tokens = tokens;
  }

  /** With a `resourceVersion`: as it was then, or later. */
  async get(
    served: ServedResource,
    place: Place,
    subresource: string,
    resourceVersion?: string | null,
  ): Promise<Answer> {
    const { registry } = this;
    if (served.computed !== undefined) {
      return { view: await getComputed(served, served.computed, place), created: false };
    }
    if (subresource === 'scale') {
      return { made: await readScale(registry, served, place), created: false };
    }
    await awaitRevision(registry, resourceVersion ?? '');
    const key = served.key(place.namespace, place.name);
    const item = registry.cache.resource(served.storageName).get(key);
    if (item === undefined) throw missing(served, place.name);
    return { view: await served.read(item), created: false };
  }

  list(served: ServedResource, request: ListRequest): Promise<ListAnswer> {
    return served.computed === undefined
      ? listObjects(this.registry, served, request)
      : listComputed(this.registry, served, served.computed, request);
  }

  async create(
    call: Call,
    served: ServedResource,
    place: Place,
    subresource: string,
    body: Body,
  ): Promise<Answer> {
    if (subresource !== '') return this.#act(call, served, place, subresource, body);
    const breath = new Breath();
    this.#check(call, served, body);
    if (breath.due) await breath.pause();
    const { group, kind } = served.kind;
    const review = reviews[`${group}/${kind}`];
    if (review !== undefined) {
      checkBodyKind(served, body.object);
      return { made: await review(this, call, place, body.object), created: true };
    }
    if (group === '' && kind === 'Binding') {
      const pod = { namespace: place.namespace, name: body.object.metadata?.name ?? '' };
      return { made: await bindPod(this.registry, call, pod, body.object), created: true };
    }
    const view = await createObject(this.registry, call, served, place.namespace, body.object);
    return { view, created: true };
  }

  async update(
    call: Call,
    served: ServedResource,
    place: Place,
    subresource: string,
    body: Body,
  ): Promise<Answer> {
    if (subresource === 'scale') {
      const change = { body: body.object };
      const made = await writeScale(this.registry, call, served, place, change);
      return { made, created: false };
    }
    const breath = new Breath();
    this.#check(call, served, body);
    if (breath.due) await breath.pause();
    return updateObject(this.registry, call, served, place, body.object, subresource);
  }

  async patch(
    call: Call,
    served: ServedResource,
    place: Place,
    subresource: string,
    request: PatchRequest,
  ): Promise<Answer> {
    if (subresource === 'scale') {
      const made = await writeScale(this.registry, call, served, place, { patch: request });
      return { made, created: false };
    }
    return patchObject(this.registry, call, served, place, request, subresource);
  }

  async delete(
    call: Call,
    served: ServedResource,
    place: Place,
    request: DeleteRequest,
  ): Promise<Answer> {
    const { view, gone } = await deleteObject(this.registry, call, served, place, request);
    if (gone && served.strategy.gracePeriod !== undefined) {
      return { made: withoutGrace(this.registry, view.object), created: false };
    }
    if (!gone || served.strategy.returnsDeleted === true) return { view, created: false };
    const { group, resource } = served.kind;
    const { uid } = view.object.metadata;
    const details = {
      name: place.name,
      ...(group === '' ? {} : { group }),
      kind: resource,
      ...(uid === undefined ? {} : { uid }),
    };
    const made: Status = {
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Success',
      details,
    };
    return { made, created: false };
  }

  /** POST to a subresource. */
  async #act(
    call: Call,
    served: ServedResource,
    place: Place,
    subresource: string,
    body: Body,
  ): Promise<Answer> {
    const declared = served.kind.subresources.find(({ name }) => name === subresource);
    const gvk = declared?.kind;
    if (gvk === undefined) throw missing(served, place.name);
    if (!body.trusted) {
      const schema = this.registry.schemas.forKind(gvk);
      const named = { kind: gvk };
      const { object, fieldValidation, duplicates } = body;
      checkAgainst(this.registry, call, named, object, schema, fieldValidation, duplicates);
    }
    body.object.metadata ??= {};
    // A binding is admitted as the change of the pod that it is.
    if (subresource !== 'binding') {
      const { object } = body;
      const attributes: Attributes = {
        ...{ operation: 'CREATE', served, subresource, place, object, previous: undefined, call },
        optionsKind: gvk,
      };
      await this.registry.admission.mutate(attributes, this.registry);
      await this.registry.admission.validate(attributes, this.registry);
    }
    switch (subresource) {
      case 'binding':
        return { made: await bindPod(this.registry, call, place, body.object), created: true };
      case 'eviction':
        return { made: await evictPod(this.registry, call, place, body.object), created: true };
      case 'token':
        return { made: await issueToken(this, call, place, body.object), created: true };
      default:
        throw missing(served, place.name);
    }
  }

  #check(call: Call, served: ServedResource, body: Body): void {
    const { object, fieldValidation, duplicates } = body;
    if (body.trusted) {
      const schema = served.custom === undefined ? served.schema(this.registry.schemas) : undefined;
      if (schema !== undefined) dropEmpties(object, schema, this.registry.schemas);
      return;
    }
    checkFields(this.registry, call, served, object, fieldValidation, duplicates);
  }
}
