/** Definitions of the schema bundle, and all that they refer to. */
import type { GroupVersionKind } from '../../../api/object.ts';
import { Breath } from '../../registry/breath.ts';
import type { Definitions } from '../../registry/schemas.ts';

const reference = /"\$ref":"#\/components\/schemas\/([^"]+)"/g;

/** Finds the names of kinds' definitions: `io.k8s.api.apps.v1.Deployment`; empty if there is none. */
export function definitionNames(definitions: Definitions): (gvk: GroupVersionKind) => string {
  return (gvk) => definitions.definitionNameOf(gvk) ?? '';
}

/** The definitions of these names and of everything they refer to, as JSON texts by name. */
export async function closure(
  definitions: Definitions,
  names: Iterable<string>,
): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  const open = [...names];
  const breath = new Breath();
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    if (found.has(name) || name === '') continue;
    const definition = definitions.definition(name);
    if (definition === undefined) continue;
    const text = JSON.stringify(definition);
    found.set(name, text);
    for (const match of text.matchAll(reference)) if (match[1] !== undefined) open.push(match[1]);
    if (breath.due) await breath.pause();
  }
  return found;
}

/** Each of a document's pieces in its binary form. */
export async function encodedEntries(
  entries: readonly (readonly [name: string, json: string])[],
  encode: (name: string, value: object) => Buffer,
): Promise<Buffer[]> {
  const breath = new Breath();
  const list: Buffer[] = [];
  for (const [name, value] of entries) {
    list.push(encode(name, JSON.parse(value) as object));
    if (breath.due) await breath.pause();
  }
  return list;
}
