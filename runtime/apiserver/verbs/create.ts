import { randomUUID } from 'node:crypto';
import type { UnknownObject } from '../../api/object.ts';
import { apiError } from '../../api/status.ts';
import type { Write } from '../../store/store.ts';
import type { Attributes } from '../admission/admission.ts';
import { Breath } from '../registry/breath.ts';
import { copyJson } from '../registry/json.ts';
import { type Call, type Registry, strategyContext } from '../registry/registry.ts';
import type { ServedResource, View } from '../registry/served.ts';
import { settleSpec } from '../registry/text.ts';
import { checkBodyKind } from './body.ts';
import { commitObject } from './commit.ts';
import { causesOf, completeObject, giveSpec, warnOfNew } from './complete.ts';
import { alreadyExists, invalid } from './errors.ts';
import { holding } from './hold.ts';
import { recordManager } from './managers.ts';
import { readableVersion } from './named-version.ts';
import { dropRepeatedOwners } from './owners.ts';

/** Characters that make no words and cannot be mistaken for one another. */
const suffixAlphabet = 'bcdfghjklmnpqrstvwxz2456789';
const maxGeneratedBase = 58;
const attempts = 8;

/**
 * Creates an object. `body` is taken over and must be the caller's to give: plain, unfrozen JSON.
 * `managersRecorded`: it comes from server-side apply, which has filled in managedFields.
 * Throws AlreadyExists, Invalid, Forbidden, BadRequest, NotFound (of the namespace).
 */
export async function createObject(
  registry: Registry,
  call: Call,
  served: ServedResource,
  namespace: string,
  body: UnknownObject,
  managersRecorded = false,
): Promise<View> {
  checkBodyKind(served, body);
  placeBody(served, namespace, body);
  dropRepeatedOwners(call, body);
  const generateName = body.metadata.name ? undefined : body.metadata.generateName;
  if (!body.metadata.name && !generateName && served.strategy.namesItself === true) {
    body.metadata.name = randomUUID();
  }
  // Kept to start over from, should somebody else take the name or an address first.
  const mayRepeat = Boolean(generateName) || served.strategy.claim !== undefined;
  for (let attempt = 1; ; attempt++) {
    if (generateName) body.metadata.name = generatedName(generateName, registry.random);
    const object = mayRepeat ? copyJson(body) : body;
    const result = await tryCreate(registry, call, served, object, managersRecorded);
    if ('view' in result) return result.view;
    if (attempt >= attempts || (result.taken && !generateName)) {
      if (result.taken) throw alreadyExists(served, body.metadata.name ?? '');
      throw apiError('InternalError', 'too many writers ask for the same address or port');
    }
  }
}

async function tryCreate(
  registry: Registry,
  call: Call,
  served: ServedResource,
  object: UnknownObject,
  managersRecorded: boolean,
): Promise<{ view: View } | { taken: boolean }> {
  const { strategy } = served;
  const breath = new Breath();
  const metadata = object.metadata;
  const name = metadata.name ?? '';
  const place = { namespace: metadata.namespace ?? '', name };
  const context = strategyContext(registry, call);
  stamp(served, object, context.time);
  giveSpec(registry, served, object);
  strategy.normalize?.(object);
  completeObject(served, object);

  const attributes: Attributes = {
    operation: 'CREATE',
    served,
    subresource: '',
    place,
    object,
    previous: undefined,
    call,
  };
  // Before admission: what plug-ins fill in belongs to nobody.
  if (!managersRecorded) recordManager(registry, call, served, object, undefined, '');
  // Each step through an object of a hundred thousand members takes long enough by itself.
  if (breath.due) await breath.pause();
  await registry.admission.mutate(attributes, registry);
  if (breath.due) await breath.pause();
  if (served.hasSubresource('status') && strategy.keepsStatusOnCreate !== true) object.status = {};
  strategy.prepareForCreate?.(object, context);
  // Defaults may have put other metadata in its place.
  if (strategy.generation === true) object.metadata.generation = 1;
  completeObject(served, object);
  if (strategy.claim === undefined) {
    settleSpec(object);
    return judgeAndStore(registry, served, attributes, object, [], breath);
  }
  await registry.cache.fresh();
  const also = strategy.claim(object, undefined, context);
  return holding(registry, call, also, () =>
    judgeAndStore(registry, served, attributes, object, also, breath),
  );
}

async function judgeAndStore(
  registry: Registry,
  served: ServedResource,
  attributes: Attributes,
  object: UnknownObject,
  also: readonly Write[],
  breath: Breath,
): Promise<{ view: View } | { taken: boolean }> {
  const { call, place } = attributes;
  const causes = causesOf(served, object, undefined);
  if (breath.due) await breath.pause();
  if (causes.length > 0) throw invalid(served, place.name, causes);
  warnOfNew(call, served, object);
  const key = served.key(place.namespace, place.name);
  if (breath.due) await breath.pause();
  await registry.cache.fresh();
  const exists = registry.cache.resource(served.storageName).get(key) !== undefined;
  // Quota must not be charged for what cannot be stored.
  if (exists) return { taken: true };
  await registry.admission.validate(attributes, registry);
  const result = await commitObject(registry, call, served, object, { key, expect: 0, also });
  if (result.ok) return { view: result.view };
  await registry.cache.fresh();
  return { taken: result.key === key };
}

/** A base of at most 58 characters and five more. */
export function generatedName(base: string, random: () => number): string {
  let suffix = '';
  for (let index = 0; index < 5; index++) {
    suffix += suffixAlphabet[Math.floor(random() * suffixAlphabet.length)];
  }
  return base.slice(0, maxGeneratedBase) + suffix;
}

/** Fills in the namespace from the URL; they must agree. */
export function placeBody(served: ServedResource, namespace: string, body: UnknownObject): void {
  const { metadata } = body;
  if (!served.kind.namespaced) {
    delete metadata.namespace;
    return;
  }
  matchNamespace(metadata, namespace);
  metadata.namespace = namespace;
  if (namespace === '') {
    throw apiError('BadRequest', 'an empty namespace may not be set during creation');
  }
}

/**
 * Throws BadRequest if an object says that it is in another namespace. What is in none may say what it
 * likes, as charts that give everything a namespace do: it is not kept.
 */
export function matchNamespace(metadata: UnknownObject['metadata'], namespace: string): void {
  if (namespace === '' || !metadata.namespace || metadata.namespace === namespace) return;
  throw apiError(
    'BadRequest',
    'the namespace of the provided object does not match the namespace sent on the request',
  );
}

/** Sets what only the server may say of a new object. */
function stamp(served: ServedResource, object: UnknownObject, time: string): void {
  const { metadata } = object;
  if (readableVersion(metadata.resourceVersion) !== '') {
    throw apiError('BadRequest', 'resourceVersion should not be set on objects to be created');
  }
  object.apiVersion = served.apiVersion;
  object.kind = served.kind.kind;
  delete metadata.resourceVersion;
  delete metadata.deletionTimestamp;
  delete metadata.deletionGracePeriodSeconds;
  delete metadata.generation;
  delete (metadata as { selfLink?: unknown }).selfLink;
  metadata.uid = randomUUID();
  metadata.creationTimestamp = time;
}
