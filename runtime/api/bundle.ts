/**
 * The schemas of the built-in kinds, read from the folder that scripts/schemas/build.mjs fills. The
 * index is small and read at once; definitions are read as bytes and parsed one by one when asked
 * for, so that opening the bundle costs a few milliseconds.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { apiVersionOf, type GroupVersionKind } from './object.ts';
import { emptied, moment, type Schema, type SchemaSource } from './schema.ts';
import { createResolver } from './schema-resolve.ts';

export interface SchemaBundle extends SchemaSource {
  /** All definitions' names: `io.k8s.api.core.v1.PodSpec`, … */
  definitionNames(): string[];
  /** One definition, `$ref`s unresolved; the same object each time. */
  definition(name: string): Schema | undefined;
  /** The name of the definition that describes the kind. */
  definitionNameOf(gvk: GroupVersionKind): string | undefined;
  /** Every kind that can be sent on its own, lists and betas included. */
  kinds(): GroupVersionKind[];
}

interface Index {
  kinds: [group: string, version: string, kind: string, name: string][];
  definitions: Record<string, [offset: number, length: number]>;
}

/**
 * Opens the bundle in `directory` (dist/schemas).
 * @throws if the folder has no bundle; the message says how to make one
 */
export function loadSchemaBundle(directory: string): SchemaBundle {
  const index = readIndex(directory);
  const names = new Map(
    index.kinds.map(([group, version, kind, name]) => [
      `${apiVersionOf({ group, version })} ${kind}`,
      name,
    ]),
  );
  const parsed = new Map<string, Schema>();
  let bytes: Buffer | undefined;

  const definition = (name: string): Schema | undefined => {
    const known = parsed.get(name);
    if (known !== undefined || !Object.hasOwn(index.definitions, name)) return known;
    const [offset, length] = index.definitions[name] ?? [0, 0];
    bytes ??= readFileSync(join(directory, 'definitions.jsonl'));
    const { 'x-skiff-emptied': fields, ...schema }: Schema & { 'x-skiff-emptied'?: string[] } =
      JSON.parse(bytes.toString('utf8', offset, offset + length));
    if (fields !== undefined) schema[emptied] = new Set(fields);
    if (name.endsWith('.meta.v1.Time')) schema[moment] = 'seconds';
    if (name.endsWith('.meta.v1.MicroTime')) schema[moment] = 'micros';
    parsed.set(name, schema);
    return schema;
  };
  const definitionNameOf = (gvk: GroupVersionKind) => names.get(`${apiVersionOf(gvk)} ${gvk.kind}`);

  return {
    definitionNames: () => Object.keys(index.definitions),
    definition,
    definitionNameOf,
    kinds: () => index.kinds.map(([group, version, kind]) => ({ group, version, kind })),
    forKind: (gvk) => {
      const name = definitionNameOf(gvk);
      return name === undefined ? undefined : definition(name);
    },
    resolve: createResolver(definition),
  };
}

function readIndex(directory: string): Index {
  const path = join(directory, 'index.json');
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch (cause) {
    throw new Error(`no schema bundle at ${path}; \`npm run build\` makes it`, { cause });
  }
}
