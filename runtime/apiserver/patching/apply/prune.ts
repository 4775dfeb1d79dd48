/**
 * What goes with an apply: fields that the manager applied before and does not any more, unless
 * somebody else has them, too.
 *
 *   before   me {a, b}, you {b}       the object has a, b, c
 *   applied  me {a}                   b stays, as it is yours
 *   applied  me {}                    a goes; c was never mine
 */
import type { KubeObject } from '../../../api/object.ts';
import type { Schema, SchemaSource } from '../../../api/schema.ts';
import {
  difference,
  emptySet,
  type FieldSet,
  intersection,
  isEmpty,
  setOf,
  union,
} from './field-set.ts';
import { fieldsOf, removeFields, withNamedParents } from './typed.ts';

/** One version of the object's kind. */
export interface Version {
  readonly schema: Schema | undefined;
  readonly source: SchemaSource;
}

/** Without these an object is none, whoever has them. */
const identity = setOf([['metadata'], ['apiVersion'], ['kind']]);

/** `merged` without what was applied the last time (`last`) and nobody wants any more (`owned`); in pieces. */
export function* prune(
  merged: KubeObject,
  last: FieldSet,
  owned: FieldSet,
  version: Version,
): Generator<void, KubeObject> {
  // As a rule all that was applied before is applied again.
  if (isEmpty(difference(last, owned))) return merged;
  const gone = takeAway(merged, last, version);
  yield;
  const had = fieldsIn(merged, version);
  yield;
  const kept = giveBackOwned(merged, gone, had, owned, version);
  yield;
  return giveBackOthers(merged, kept, had, last, owned, version);
}

/** How to get from version to version; all versions are named by their apiVersion. */
export interface Versions {
  convert(object: KubeObject, apiVersion: string): Promise<KubeObject>;
  version(apiVersion: string): Version;
}

/** As `prune`, where managers know the object in other versions than `merged` is in. */
export async function pruneAcross(
  merged: KubeObject,
  last: { apiVersion: string; fields: FieldSet },
  owned: ReadonlyMap<string, FieldSet>,
  { convert, version }: Versions,
): Promise<KubeObject> {
  if (isEmpty(last.fields)) return merged;
  const first = version(last.apiVersion);
  const whole = await convert(merged, last.apiVersion);
  let left = takeAway(whole, last.fields, first);
  // The version that the fields go from comes first: what another needs to be converted is there again.
  const others = [...owned.keys()].filter((name) => name !== last.apiVersion);
  for (const name of owned.has(last.apiVersion) ? [last.apiVersion, ...others] : others) {
    const own = owned.get(name) ?? emptySet;
    const shown = await convert(whole, name);
    const had = fieldsIn(shown, version(name));
    left = giveBackOwned(shown, await convert(left, name), had, own, version(name));
  }
  left = await convert(left, last.apiVersion);
  const own = owned.get(last.apiVersion) ?? emptySet;
  const had = fieldsIn(whole, first);
  const pruned = giveBackOthers(whole, left, had, last.fields, own, first);
  return convert(pruned, merged.apiVersion);
}

function takeAway(merged: KubeObject, last: FieldSet, version: Version): KubeObject {
  const { schema, source } = version;
  const fields = difference(parentsOf(last, version), identity);
  return asObject(removeFields(merged, fields, schema, source), merged);
}

/** `had`: the fields of `merged`. */
function giveBackOwned(
  merged: KubeObject,
  gone: KubeObject,
  had: FieldSet,
  owned: FieldSet,
  version: Version,
): KubeObject {
  const { schema, source } = version;
  const stays = union(fieldsIn(gone, version), parentsOf(owned, version));
  const goes = difference(had, stays);
  return asObject(removeFields(merged, goes, schema, source, owned), merged);
}

/** What goes with its container though the manager never had it stays. */
function giveBackOthers(
  merged: KubeObject,
  kept: KubeObject,
  had: FieldSet,
  last: FieldSet,
  owned: FieldSet,
  version: Version,
): KubeObject {
  const { schema, source } = version;
  const lost = difference(had, fieldsIn(kept, version));
  const goes = difference(intersection(lost, parentsOf(last, version)), identity);
  return asObject(removeFields(merged, goes, schema, source, owned), merged);
}

function parentsOf(set: FieldSet, { schema, source }: Version): FieldSet {
  return withNamedParents(set, schema, source);
}

function fieldsIn(object: KubeObject, version: Version): FieldSet {
  return parentsOf(fieldsOf(object, version.schema, version.source), version);
}

function asObject(left: unknown, { apiVersion, kind, metadata }: KubeObject): KubeObject {
  return (left as KubeObject | undefined) ?? { apiVersion, kind, metadata };
}
