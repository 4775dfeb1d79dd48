/** The JSON of objects, in which parts that many objects share are written but once. */

import { forgetText, keepText, textOf } from '../../api/json-text.ts';
import type { ManagedFieldsEntry, UnknownObject } from '../../api/object.ts';
import { freezeJson } from './json.ts';

/** Freezes a value that many objects are to share, and keeps its JSON for as long as it is there. */
export function shareText(value: object): void {
  keepText(freezeJson(value));
}

/**
 * Freezes the spec of an object that is to be stored as it is now, and keeps its JSON until then: some
 * look it up before. Throws nothing; whoever changes the spec afterwards throws.
 */
export function settleSpec({ spec }: UnknownObject): void {
  if (typeof spec === 'object' && spec !== null) shareText(spec);
}

/** The JSON to store an object as, for which what was kept of its spec is given up. */
export function textToStore(object: UnknownObject): string {
  const text = textOfObject(object);
  const { spec } = object;
  if (typeof spec === 'object' && spec !== null) forgetText(spec);
  return text;
}

/** What `JSON.stringify` says of an object, made of its parts. */
export function textOfObject(object: UnknownObject): string {
  return join(object, (name, value) =>
    name === 'metadata' ? textOfMetadata(value as UnknownObject['metadata']) : textOf(value),
  );
}

function textOfMetadata(metadata: UnknownObject['metadata']): string {
  const { managedFields, ...others } = metadata;
  const text = JSON.stringify(others);
  if (managedFields === undefined) return text;
  return `${text.slice(0, -1)}${text === '{}' ? '' : ','}"managedFields":[${managedFields.map(textOfEntry).join(',')}]}`;
}

function textOfEntry(entry: ManagedFieldsEntry): string {
  return join(entry, (name, value) =>
    name === 'fieldsV1' ? join(value as object, (_, below) => textOf(below)) : textOf(value),
  );
}

function join(
  value: object,
  textOfMember: (name: string, member: unknown) => string | undefined,
): string {
  const members = value as Readonly<Record<string, unknown>>;
  let text = '{';
  for (const name in members) {
    const member = textOfMember(name, members[name]);
    if (member === undefined) continue;
    text += `${text === '{' ? '' : ','}${JSON.stringify(name)}:${member}`;
  }
  return `${text}}`;
}
