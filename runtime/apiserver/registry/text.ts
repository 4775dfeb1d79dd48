/** The JSON of objects, in which parts that many objects share are written but once. */
import type { ManagedFieldsEntry, UnknownObject } from '../../api/object.ts';
import { freezeJson } from './json.ts';

const texts = new WeakMap<object, string>();

/** Freezes a value that many objects are to share, and keeps its JSON for as long as it is there. */
export function shareText(value: object): void {
  texts.set(freezeJson(value), JSON.stringify(value));
}

/** What `JSON.stringify` says of an object, made of its parts. */
export function textOfObject(object: UnknownObject): string {
  return textOf(object, (name, value) =>
    name === 'metadata' ? textOfMetadata(value as UnknownObject['metadata']) : textOfPart(value),
  );
}

function textOfMetadata(metadata: UnknownObject['metadata']): string {
  const { managedFields, ...others } = metadata;
  const text = JSON.stringify(others);
  if (managedFields === undefined) return text;
  return `${text.slice(0, -1)}${text === '{}' ? '' : ','}"managedFields":[${managedFields.map(textOfEntry).join(',')}]}`;
}

function textOfEntry(entry: ManagedFieldsEntry): string {
  return textOf(entry, (name, value) =>
    name === 'fieldsV1'
      ? textOf(value as object, (_, below) => textOfPart(below))
      : textOfPart(value),
  );
}

function textOf(
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

/** Undefined for what JSON leaves out. */
function textOfPart(value: unknown): string | undefined {
  const shared = typeof value === 'object' && value !== null ? texts.get(value) : undefined;
  return shared ?? JSON.stringify(value);
}
