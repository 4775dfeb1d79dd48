// Reads the declarations of kubernetes-models: the upstream names of definitions, enumerations, and
// the descriptions of fields that refer to another type.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const fieldPattern =
  /(?:\/\*\*\n((?:\s+\*(?!\/)[^\n]*\n)*)\s+\*\/\n)? {4}"([^"]+)"\??: ((?:[^;{]|\{[^}]*\})+);/g;

/**
 * Flattened upstream name (`IoK8sApiCoreV1PodSpec`) → fields with description and enum.
 * @param directories the packages kubernetes-models and @kubernetes-models/apimachinery
 */
export function readDeclarations(directories) {
  const declarations = new Map();
  for (const directory of directories) {
    for (const file of readdirSync(directory, { recursive: true })) {
      if (!file.endsWith('.d.ts') || file.includes('node_modules')) continue;
      const source = readFileSync(join(directory, file), 'utf8');
      const name = /export \{[^}]*? as (IoK8s\w+) \};/.exec(source)?.[1];
      const body = /export interface \w+[^{]*\{\n([\s\S]*?)\n\}\n/.exec(source)?.[1];
      if (name === undefined || body === undefined) continue;
      declarations.set(name, fieldsOf(`${body}\n`));
    }
  }
  return declarations;
}

function fieldsOf(body) {
  const fields = {};
  for (const [, comment, field, type] of body.matchAll(fieldPattern)) {
    const values = enumOf(type);
    fields[field] = {
      description: text(comment),
      ...(values === undefined ? {} : { enum: values }),
      ...(type.startsWith('Array<') ? { list: true } : {}),
    };
  }
  return fields;
}

/** The values of a union of string literals, also as items of an array. */
function enumOf(type) {
  const union = /^Array<([\s\S]*)>$/.exec(type)?.[1] ?? type;
  const parts = union.split('|').map((part) => part.trim());
  if (!parts.every((part) => /^"[^"]*"$/.test(part))) return undefined;
  // A single value is apiVersion or kind, which the kind itself fixes.
  return parts.length > 1 ? parts.map((part) => part.slice(1, -1)) : undefined;
}

function text(comment) {
  return comment
    ?.split('\n')
    .map((line) => line.replace(/^\s*\* ?/, ''))
    .join('\n')
    .replace(/\n*Possible enum values:\n[\s\S]*$/, '')
    .replaceAll('\\*', '*')
    .trim();
}
