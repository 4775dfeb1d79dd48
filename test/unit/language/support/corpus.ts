/** The corpus of manifests that are right: files as they are, and the objects in them. */
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import {
  gvkOf,
  type Resource,
  readManifestFile,
} from '../../../../language-server/routing/manifest-file.ts';
import type { GroupVersionKind, UnknownObject } from '../../../../runtime/api/object.ts';

const root = resolve(import.meta.dirname, '../corpus');

/** Text by path within the corpus; `kinds` is the folder with an example of every kind. */
export function corpusFiles(folder = ''): Map<string, string> {
  const start = join(root, folder);
  const names = readdirSync(start, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
  return new Map(names.map((name) => [relative(root, name), readFileSync(name, 'utf8')]));
}

export interface Example {
  readonly gvk: GroupVersionKind;
  readonly object: UnknownObject;
}

/** Every object of the folder with an example of every kind, as plain values. */
export function examples(): Example[] {
  return [...corpusFiles('kinds').values()].flatMap((text) =>
    readManifestFile(text).resources.flatMap(exampleOf),
  );
}

function exampleOf(resource: Resource): Example[] {
  const gvk = gvkOf(resource);
  if (gvk === undefined) throw new Error('an object in the corpus does not say what it is');
  return [{ gvk, object: resource.value as unknown as UnknownObject }];
}
