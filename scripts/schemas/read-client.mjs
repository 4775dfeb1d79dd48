// Reads the generated models of @kubernetes/client-node: fields, types, formats, what is required,
// and most descriptions. Parsed as text: importing them would load 750 modules.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const fieldPattern =
  /(?:\/\*\*\n((?:\s+\*(?!\/)[^\n]*\n)*)\s+\*\/\n)?\s+'([^']+)'(\??): (?:[^;{]|\{[^}]*\})+;/g;
const attributePattern =
  /"name": "([^"]*)",\s+"baseName": "([^"]*)",\s+"type": "([^"]*)",\s+"format": "([^"]*)"/g;

/** Class name → { description, fields: { name: { type, format, required, description } } }. */
export function readModels(packageDirectory) {
  const directory = join(packageDirectory, 'dist/gen/models');
  const models = new Map();
  for (const name of currentClasses(directory)) {
    const types = readFileSync(join(directory, `${name}.d.ts`), 'utf8');
    const code = readFileSync(join(directory, `${name}.js`), 'utf8');
    const start = types.indexOf('export declare class');
    const header = /\/\*\*\n((?:\* [^\n]*\n)+)\*\/\n$/.exec(types.slice(0, start));
    const declared = new Map();
    for (const [, comment, field, optional] of types.slice(start).matchAll(fieldPattern)) {
      declared.set(field, { description: text(comment), required: optional !== '?' });
    }
    const fields = {};
    for (const [, jsName, field, type, format] of code.matchAll(attributePattern)) {
      fields[field] = { type, format, ...declared.get(jsName) };
    }
    models.set(name, { description: text(header?.[1]), fields });
  }
  return models;
}

/** API class prefix and version → the model classes that its methods name. */
export function readApis(packageDirectory) {
  const directory = join(packageDirectory, 'dist/gen/apis');
  const apis = [];
  for (const file of readdirSync(directory)) {
    const match = /^(\w+?)(V\d\w*)Api\.d\.ts$/.exec(file);
    if (match === null) continue;
    const source = readFileSync(join(directory, file), 'utf8');
    const classes = [...source.matchAll(/from '\.\.\/models\/(\w+)\.js'/g)].map(
      (found) => found[1],
    );
    apis.push({ prefix: match[1], version: match[2], classes });
  }
  return apis;
}

/** The package keeps files of older releases; its serializer lists those of the current one. */
function currentClasses(directory) {
  const source = readFileSync(join(directory, 'ObjectSerializer.js'), 'utf8');
  const table = /typeMap = \{([\s\S]*?)\}/.exec(source);
  if (table === null) throw new Error('client-node: ObjectSerializer.js has no typeMap');
  return [...table[1].matchAll(/"(\w+)":/g)].map((found) => found[1]);
}

function text(comment) {
  if (comment === undefined) return undefined;
  return comment
    .split('\n')
    .map((line) => line.replace(/^\s*\* ?/, ''))
    .join('\n')
    .replace(/\\(['"\\])/g, '$1')
    .replaceAll('/_*', '/*')
    .trim();
}
