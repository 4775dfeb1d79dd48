/**
 * How an object that was made with `kubectl apply` (client-side) goes over to server-side apply:
 * fields that are still as its annotation has them may be taken by kubectl without force, and the
 * annotation is kept up so that going back works.
 */
import type { KubeObject } from '../../../api/object.ts';
import type { Schema, SchemaSource } from '../../../api/schema.ts';
import { isObject, type Json } from '../json.ts';
import { compare } from './compare.ts';
import { difference, emptySet, type FieldSet, union } from './field-set.ts';
import { fieldsOf } from './typed.ts';

const annotation = 'kubectl.kubernetes.io/last-applied-configuration';

/** The manager for whom this is done; another name opts out. */
export const kubectl = 'kubectl';

/** The fields whose live value is the one that client-side apply gave them. */
export function fieldsOfLastApplied(
  live: KubeObject,
  schema: Schema | undefined,
  source: SchemaSource,
): FieldSet {
  const text = live.metadata.annotations?.[annotation];
  if (text === undefined) return emptySet;
  let applied: unknown;
  try {
    applied = JSON.parse(text);
  } catch {
    return emptySet;
  }
  if (!isObject(applied)) return emptySet;
  const change = compare(applied, live as unknown as Json, schema, { source, builtIn: false });
  const fields = fieldsOf(applied, schema, source);
  return change === undefined ? fields : difference(fields, union(change.set, change.removed));
}

/** The object with its annotation, if it has one, set to what is applied now. */
export function renewLastApplied(object: KubeObject, applied: KubeObject): KubeObject {
  const annotations = object.metadata.annotations;
  if (annotations?.[annotation] === undefined) return object;
  const { [annotation]: _old, ...others } = applied.metadata.annotations ?? {};
  const metadata = {
    ...applied.metadata,
    ...(applied.metadata.annotations === undefined ? {} : { annotations: others }),
  };
  const text = `${asGoWrites({ ...applied, metadata })}\n`;
  return {
    ...object,
    metadata: { ...object.metadata, annotations: { ...annotations, [annotation]: text } },
  };
}

/** JSON as encoding/json writes it: members in order, and nothing in it that HTML would take for its own. */
function asGoWrites(value: unknown): string {
  return ordered(value).replace(/[<>&\u2028\u2029]/g, (sign) => {
    return `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
}

/** An object would not keep the order of members whose names are numbers. */
function ordered(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(ordered).join(',')}]`;
  if (!isObject(value)) return JSON.stringify(value) ?? 'null';
  const members = Object.keys(value)
    .filter((name) => value[name] !== undefined)
    .sort()
    .map((name) => `${JSON.stringify(name)}:${ordered(value[name])}`);
  return `{${members.join(',')}}`;
}
