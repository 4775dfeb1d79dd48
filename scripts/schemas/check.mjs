// Compares what build.mjs makes with the upstream OpenAPI document, of which we keep no copy:
//   node scripts/schemas/check.mjs swagger.json[.gz]      (api/openapi-spec/swagger.json of the release)
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { makeDefinitions } from './build.mjs';

const path = process.argv[2] ?? process.env.KUBERNETES_SWAGGER;
if (path === undefined) {
  console.log('schemas: no swagger.json given, nothing compared');
  process.exit(0);
}
const bytes = readFileSync(path);
const upstream = JSON.parse(path.endsWith('.gz') ? gunzipSync(bytes) : bytes).definitions;
const ours = makeDefinitions();
const problems = [];

for (const name of Object.keys(upstream)) if (!ours.has(name)) problems.push(`${name}: missing`);
for (const [name, mine] of ours) {
  const theirs = upstream[name];
  if (theirs === undefined) problems.push(`${name}: not upstream`);
  else if (theirs.properties !== undefined || mine.properties !== undefined) {
    compareDefinition(name, mine, theirs);
  }
}
for (const problem of problems) console.error(problem);
console.log(`schemas: ${ours.size} definitions compared, ${problems.length} differences`);
process.exit(problems.length === 0 ? 0 : 1);

function compareDefinition(name, mine, theirs) {
  same(name, 'required', [...(mine.required ?? [])].sort(), [...(theirs.required ?? [])].sort());
  same(
    name,
    'x-kubernetes-map-type',
    mine['x-kubernetes-map-type'],
    theirs['x-kubernetes-map-type'],
  );
  const gvk = (schema) => schema['x-kubernetes-group-version-kind'];
  // Kinds of every group (DeleteOptions, WatchEvent) are left out on purpose.
  if ((gvk(theirs)?.length ?? 0) <= 1) same(name, 'kind', sorted(gvk(mine)), sorted(gvk(theirs)));
  const fields = new Set([
    ...Object.keys(mine.properties ?? {}),
    ...Object.keys(theirs.properties ?? {}),
  ]);
  for (const field of fields) {
    const a = mine.properties?.[field];
    const b = theirs.properties?.[field];
    if (a === undefined || b === undefined) {
      problems.push(`${name}.${field}: ${a === undefined ? 'missing' : 'not upstream'}`);
      continue;
    }
    same(`${name}.${field}`, 'shape', shape(a), shape(b));
    for (const fact of ['list-map-keys', 'patch-strategy', 'patch-merge-key', 'map-type']) {
      same(`${name}.${field}`, fact, a[`x-kubernetes-${fact}`], b[`x-kubernetes-${fact}`]);
    }
    const list = (schema) => schema['x-kubernetes-list-type'] ?? 'atomic';
    same(`${name}.${field}`, 'list-type', list(a), list(b));
  }
}

function sorted(kinds) {
  return kinds?.map(({ group, version, kind }) => `${group}/${version} ${kind}`);
}

/** The type alone, written the same way whichever version of OpenAPI it comes from. */
function shape(schema) {
  const target = schema.$ref ?? schema.allOf?.[0].$ref;
  if (target !== undefined) return target.slice(target.lastIndexOf('/') + 1);
  const inner = schema.items ?? schema.additionalProperties;
  const type = `${schema.type ?? 'any'}${schema.format === undefined ? '' : `:${schema.format}`}`;
  return typeof inner === 'object' ? `${type}<${shape(inner)}>` : type;
}

function same(where, what, mine, theirs) {
  const [a, b] = [JSON.stringify(mine), JSON.stringify(theirs)];
  if (a !== b) problems.push(`${where}: ${what} is ${a}, upstream ${b}`);
}
