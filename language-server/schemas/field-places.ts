import type { Schema, SchemaSource } from '../../runtime/api/schema.ts';

const maxDepth = 6;
const places = new WeakMap<Schema, Map<string, string[]>>();

/**
 * Where in a kind a field of this name would be right, as a dotted path without list indices:
 * `containers` in a Deployment → `spec.template.spec`. Undefined if nowhere near the top.
 */
export function placeOfField(name: string, kind: Schema, source: SchemaSource): string | undefined {
  let known = places.get(kind);
  if (known === undefined) {
    known = collect(kind, source);
    places.set(kind, known);
  }
  return known.get(name)?.[0];
}

/** All fields down to a depth, nearest to the top first. */
function collect(kind: Schema, source: SchemaSource): Map<string, string[]> {
  const found = new Map<string, string[]>();
  let level: { schema: Schema; path: string[] }[] = [{ schema: kind, path: [] }];
  for (let depth = 0; depth < maxDepth; depth++) {
    const next: typeof level = [];
    for (const { schema, path } of level) {
      const resolved = source.resolve(schema);
      const object = resolved.items === undefined ? resolved : source.resolve(resolved.items);
      for (const [name, child] of Object.entries(object.properties ?? {})) {
        // What is in status is written by the cluster, never by hand.
        if (path.length === 0 && name === 'status') continue;
        const list = found.get(name) ?? [];
        found.set(name, list);
        list.push(path.join('.'));
        next.push({ schema: child, path: [...path, name] });
      }
    }
    level = next;
  }
  return found;
}
