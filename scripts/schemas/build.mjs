// Makes the schema bundle, dist/schemas/: every definition of the Kubernetes API at the level of the
// installed @kubernetes/client-node. Two files, read by runtime/api/bundle.ts:
//   definitions.jsonl   one definition a line
//   index.json          { kinds: [[group, version, kind, name]], definitions: { name: [offset, bytes] } }
import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { assemble } from './assemble.mjs';
import { nameClasses } from './names.mjs';
import { readApis, readModels } from './read-client.mjs';
import { readDeclarations } from './read-models.mjs';

const root = resolve(import.meta.dirname, '../..');

/** All definitions, by upstream name. */
export function makeDefinitions() {
  const client = packageDirectory('@kubernetes/client-node');
  const models = readModels(client);
  const declarations = readDeclarations([
    packageDirectory('kubernetes-models'),
    packageDirectory('@kubernetes-models/apimachinery'),
  ]);
  return assemble(models, nameClasses(models, readApis(client), declarations), declarations);
}

/** Writes the bundle; files appear whole or not at all. */
export function buildSchemas(directory = join(root, 'dist/schemas')) {
  const definitions = {};
  const kinds = [];
  const lines = [];
  let offset = 0;
  for (const [name, schema] of makeDefinitions()) {
    const line = Buffer.from(`${JSON.stringify(schema)}\n`);
    definitions[name] = [offset, line.length - 1];
    offset += line.length;
    lines.push(line);
    for (const { group, version, kind } of schema['x-kubernetes-group-version-kind'] ?? []) {
      kinds.push([group, version, kind, name]);
    }
  }
  mkdirSync(directory, { recursive: true });
  write(join(directory, 'definitions.jsonl'), Buffer.concat(lines));
  write(join(directory, 'index.json'), JSON.stringify({ kinds, definitions }));
  return { definitions: Object.keys(definitions).length, kinds: kinds.length, bytes: offset };
}

function write(path, content) {
  const temporary = `${path}.${process.pid}`;
  writeFileSync(temporary, content);
  renameSync(temporary, path);
}

/** The package's own folder; its `exports` may hide package.json, so walk up from what resolves. */
function packageDirectory(name) {
  const require = createRequire(join(root, 'package.json'));
  for (const base of require.resolve.paths(name) ?? []) {
    const directory = join(base, name);
    try {
      createRequire(join(directory, 'package.json'))('./package.json');
      return directory;
    } catch {
      // Not in this node_modules; try the next one up.
    }
  }
  throw new Error(`${name} is not installed; run npm ci`);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const started = performance.now();
  const { definitions, kinds, bytes } = buildSchemas(process.argv[2]);
  const ms = Math.round(performance.now() - started);
  console.log(`schemas: ${definitions} definitions, ${kinds} kinds, ${bytes} bytes in ${ms} ms`);
}
