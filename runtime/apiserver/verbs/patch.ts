import { timestamp } from '../../api/clock.ts';
import { dropEmpties } from '../../api/empties.ts';
import { type KubeObject, parseApiVersion, type UnknownObject } from '../../api/object.ts';
import { apiError, isApiError } from '../../api/status.ts';
import {
  type Apply,
  applyAcrossVersions,
  checkConfiguration,
  describe,
  stepsOfApply,
} from '../patching/apply/managed-fields.ts';
import { unexplained } from '../patching/errors.ts';
import { jsonPatch } from '../patching/json-patch.ts';
import { mergePatch } from '../patching/merge-patch.ts';
import { strategicMergePatch } from '../patching/strategic.ts';
import { Breath, inSteps, turn } from '../registry/breath.ts';
import { copyJson } from '../registry/json.ts';
import type { Call, Place, Registry } from '../registry/registry.ts';
import type { ServedResource, View } from '../registry/served.ts';
import { changeObject } from './change.ts';
import { createObject, matchNamespace } from './create.ts';
import { conflict } from './errors.ts';
import { checkFields, type FieldValidation } from './field-validation.ts';
import { createOrChange } from './made-at-once.ts';
import { isVersionOf, resetFields, writtenVersions } from './managers.ts';
import { checkPatched } from './patch-validation.ts';

export interface PatchRequest {
  readonly type: 'json' | 'merge' | 'strategic' | 'apply';
  /** Parsed; an array for `json`, else an object. */
  readonly patch: unknown;
  /** Members that the text of the patch had twice. */
  readonly duplicates?: readonly string[];
  /** Apply only: take over fields that others own. */
  readonly force: boolean;
  readonly fieldValidation: FieldValidation;
}

/** Throws NotFound, Conflict, Invalid, Forbidden, BadRequest. */
export async function patchObject(
  registry: Registry,
  call: Call,
  served: ServedResource,
  place: Place,
  request: PatchRequest,
  subresource = '',
): Promise<{ view: View; created: boolean }> {
  if (request.type === 'strategic' && served.custom !== undefined) {
    throw apiError('UnsupportedMediaType', 'custom resources take no strategic merge patches');
  }
  if (request.type === 'apply') {
    return applyObject(registry, call, served, place, request, subresource);
  }
  const view = await changeObject(registry, call, served, place, {
    subresource,
    patches: true,
    async build(previous) {
      const breath = new Breath();
      const patched = patchDocument(registry, served, previous, request);
      const next = ownVersion(patched, previous);
      if (breath.due) await breath.pause();
      checkPatched(registry, call, served, next, request);
      if (breath.due) await breath.pause();
      return next;
    },
  });
  return { view, created: false };
}

/** Applies a patch that is no server-side apply to any document; the result is a fresh copy. */
export function patchDocument(
  registry: Registry,
  served: ServedResource,
  document: unknown,
  { type, patch }: PatchRequest,
): UnknownObject {
  const patched =
    type === 'json'
      ? jsonPatch(document, patch)
      : type === 'merge'
        ? mergePatch(document, patch)
        : strategicMergePatch(document, patch, served.schema(registry.schemas), registry.schemas);
  if (patched === null || typeof patched !== 'object' || Array.isArray(patched)) {
    throw apiError('BadRequest', 'the patch leaves no object');
  }
  const { metadata } = patched as Partial<UnknownObject>;
  const managers = (document as Partial<UnknownObject> | undefined)?.metadata?.managedFields;
  if (managers === undefined || metadata?.managedFields !== managers) return ownCopy(patched);
  // The longest part of many an object, which is only ever replaced as a whole.
  const { managedFields: _, ...others } = metadata;
  const object = ownCopy({ ...patched, metadata: others });
  object.metadata.managedFields = managers;
  return object;
}

function ownCopy(patched: object): UnknownObject {
  const object = copyJson(patched) as UnknownObject;
  if (object.metadata === undefined || object.metadata === null) object.metadata = {};
  return object;
}

/** A version that the patch names is a precondition; the one that was there before is not. */
function ownVersion(patched: UnknownObject, previous: UnknownObject): UnknownObject {
  const { resourceVersion } = patched.metadata;
  if (resourceVersion === previous.metadata.resourceVersion) {
    delete patched.metadata.resourceVersion;
  }
  return patched;
}

async function applyObject(
  registry: Registry,
  call: Call,
  served: ServedResource,
  place: Place,
  request: PatchRequest,
  subresource: string,
): Promise<{ view: View; created: boolean }> {
  const schema = served.schema(registry.schemas);
  if (schema === undefined) {
    throw apiError('UnsupportedMediaType', `no schema of ${served.kind.kind} to apply with`);
  }
  const applied = await inSteps(checkApplied(registry, call, served, place, request));
  // To check a large configuration takes a while, and to merge it another.
  const wait = turn();
  if (wait !== undefined) await wait;
  const merge = async (live: UnknownObject | undefined): Promise<UnknownObject> => {
    const breath = new Breath();
    const apply: Apply = {
      live,
      applied,
      manager: call.fieldManager,
      force: request.force,
      schema,
      source: registry.schemas,
      apiVersion: served.apiVersion,
      ...(subresource === '' ? {} : { subresource }),
      time: timestamp(registry.clock.now()),
      resetFields: resetFields(served, subresource),
      isVersion: (apiVersion) => isVersionOf(registry, served, apiVersion),
    };
    const others = live === undefined ? [] : writtenVersions(registry, served, live);
    const merged =
      others.length === 0
        ? await inSteps(stepsOfApply(apply), breath)
        : await applyAcrossVersions(apply, versionsOf(registry, [served, ...others]), inSteps);
    const object = copyJson(merged as UnknownObject);
    if (breath.due) await breath.pause();
    dropEmpties(object, schema, registry.schemas);
    if (breath.due) await breath.pause();
    return object;
  };
  const create = async () => {
    if (applied.metadata.uid) {
      const why = `uid mismatch: the provided object specified uid ${applied.metadata.uid}, and no existing object was found`;
      throw conflict(served, place.name, why);
    }
    const object = await merge(undefined);
    return {
      view: await createObject(registry, call, served, place.namespace, object, true),
      created: true,
    };
  };
  const change = async () => {
    const view = await changeObject(registry, call, served, place, {
      subresource,
      patches: true,
      managersRecorded: true,
      build: async (previous) => {
        const next = await merge(previous);
        if (applied.metadata.resourceVersion === undefined) delete next.metadata.resourceVersion;
        return next;
      },
    });
    return { view, created: false };
  };
  return subresource === ''
    ? createOrChange(registry, served, place, { create, change })
    : change();
}

/** The versions of a kind, for an apply that concerns several. */
function versionsOf(registry: Registry, all: readonly ServedResource[]) {
  const named = (apiVersion: string): ServedResource => {
    const found = all.find((each) => each.apiVersion === apiVersion);
    if (found === undefined) throw new Error(`${apiVersion} is no version of the object's kind`);
    return found;
  };
  return {
    async convert(object: KubeObject, apiVersion: string): Promise<KubeObject> {
      const [from, to] = [named(object.apiVersion), named(apiVersion)];
      return from.convertTo(to, copyJson(object as UnknownObject));
    },
    version: (apiVersion: string) => ({
      schema: named(apiVersion).schema(registry.schemas),
      source: registry.schemas,
    }),
  };
}

/** A copy of the configuration, once it is known that it can be one. */
function* checkApplied(
  registry: Registry,
  call: Call,
  served: ServedResource,
  place: Place,
  { patch, fieldValidation, duplicates = [] }: PatchRequest,
): Generator<void, UnknownObject> {
  const applied = readApplied(patch);
  const { apiVersion, kind } = applied;
  if (apiVersion !== served.apiVersion || kind !== served.kind.kind) {
    const [group, version] = typeof apiVersion === 'string' ? slashed(apiVersion) : ['', ''];
    const type = `${group}/${version}, Kind=${typeof kind === 'string' ? kind : ''}`;
    throw apiError('BadRequest', `invalid object type: ${type}`);
  }
  const { metadata } = applied;
  if (Array.isArray(metadata?.managedFields) && metadata.managedFields.length > 0) {
    throw apiError('BadRequest', 'metadata.managedFields must be nil');
  }
  if (metadata?.managedFields !== undefined) delete metadata.managedFields;
  yield;
  checkConfiguration(applied, served.schema(registry.schemas), registry.schemas);
  yield;
  applied.metadata ??= {};
  convertApplied(registry, call, served, applied);
  if (duplicates.length > 0) reportTwice(call, duplicates, fieldValidation);
  settlePlace(served, place, applied);
  return applied;
}

/** As a YAML decoder for objects would; nothing at all is an object without fields. */
function readApplied(patch: unknown): UnknownObject {
  if (patch !== null && typeof patch === 'object' && !Array.isArray(patch)) {
    return copyJson(patch) as UnknownObject;
  }
  if (patch === null || patch === undefined) return {} as UnknownObject;
  const is = Array.isArray(patch) ? 'array' : typeof patch === 'boolean' ? 'bool' : typeof patch;
  throw apiError(
    'BadRequest',
    `error decoding YAML: error unmarshaling JSON: while decoding JSON: json: cannot unmarshal ${is} into Go value of type map[string]interface {}`,
  );
}

function slashed(apiVersion: string): [string, string] {
  const { group, version } = parseApiVersion(apiVersion);
  return [group, version];
}

/** What fits the schema may yet be unreadable as the kind: half a replica, a time that is none. */
function convertApplied(
  registry: Registry,
  call: Call,
  served: ServedResource,
  applied: UnknownObject,
): void {
  const about = describe(applied);
  try {
    checkFields(registry, call, served, applied, 'Ignore', [], 'kept');
  } catch (error) {
    if (!isApiError(error, 'BadRequest')) throw error;
    const why = error.message
      .replace(/^\w+ in version "\w+" cannot be handled as a \w+: /, '')
      .replace(/^json: .* number into .* of type (int\d+)$/, 'cannot convert float64 to $1');
    const type = `${served.apiVersion}, Kind=${served.kind.kind}`;
    throw unexplained(
      `failed to convert new object (${about}) to proper version: unable to convert unstructured object to ${type}: ${why}`,
    );
  }
}

function reportTwice(call: Call, duplicates: readonly string[], mode: FieldValidation): void {
  const why = `error converting YAML to JSON: yaml: unmarshal errors:`;
  const lines = duplicates.map((path) => `  key "${path}" already set in map`);
  if (mode === 'Strict') {
    throw apiError('BadRequest', [`error strict decoding YAML: ${why}`, ...lines].join('\n'));
  }
  if (mode === 'Warn') for (const path of duplicates) call.warn(`duplicate field "${path}"`);
}

function settlePlace(served: ServedResource, place: Place, { metadata }: UnknownObject): void {
  matchNamespace(metadata, place.namespace);
  if (metadata.name && metadata.name !== place.name) {
    throw apiError(
      'BadRequest',
      `the name of the object (${metadata.name}) does not match the name on the URL (${place.name})`,
    );
  }
  metadata.name = place.name;
  if (served.kind.namespaced) metadata.namespace = place.namespace;
  else delete metadata.namespace;
}
