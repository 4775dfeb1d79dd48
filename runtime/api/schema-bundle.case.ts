/** Tests that need real schemas share one bundle, built into dist/schemas once if it is not there. */
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { loadSchemaBundle, type SchemaBundle } from './bundle.ts';

const root = resolve(import.meta.dirname, '../..');

/** Where the bundle is; builds it first if need be. */
export function schemaDirectory(): string {
  const directory = resolve(root, 'dist/schemas');
  if (!existsSync(resolve(directory, 'index.json'))) {
    execFileSync(process.execPath, [resolve(root, 'scripts/schemas/build.mjs')]);
  }
  return directory;
}

let bundle: SchemaBundle | undefined;

export function realSchemas(): SchemaBundle {
  bundle ??= loadSchemaBundle(schemaDirectory());
  return bundle;
}
