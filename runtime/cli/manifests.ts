/** Which files a path on the command line stands for, and what they say. */
import { readdir, readFile, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import type { UnknownObject } from '../api/object.ts';
import { ClusterError, reasonOf } from '../cluster/data-directory.ts';

export interface ManifestFile {
  readonly path: string;
  readonly text: string;
}

/** Files as given; of a directory its YAML and JSON files, not those further down, as kubectl does. */
export async function readManifests(paths: readonly string[]): Promise<ManifestFile[]> {
  const files: ManifestFile[] = [];
  for (const path of paths) {
    try {
      const names = (await stat(path)).isDirectory()
        ? (await readdir(path)).filter((name) => /\.(ya?ml|json)$/.test(name)).sort()
        : undefined;
      if (names?.length === 0) throw new ClusterError(`${path} holds no YAML or JSON file`);
      for (const file of names?.map((name) => join(path, name)) ?? [path]) {
        files.push({ path: file, text: await readFile(file, 'utf8') });
      }
    } catch (error) {
      if (error instanceof ClusterError) throw error;
      throw new ClusterError(`${path} cannot be read: ${reasonOf(error)}`);
    }
  }
  return files;
}

/** The objects in a file. Throws ClusterError with file and line on broken YAML. */
export function objectsIn({ path, text }: ManifestFile): UnknownObject[] {
  const objects: UnknownObject[] = [];
  for (const document of parseAllDocuments(text)) {
    const [problem] = document.errors;
    if (problem !== undefined) {
      const line = problem.linePos?.[0].line;
      const what = problem.message.split('\n')[0]?.replace(/ at line \d+.*$/, '');
      throw new ClusterError(`${path}:${line ?? 1}: ${what}; nothing was applied`);
    }
    const value: unknown = document.toJS();
    if (typeof value === 'object' && value !== null && 'kind' in value)
      objects.push(value as UnknownObject);
  }
  return objects;
}

/** An image that a manifest names and a folder that it can be built from. */
export interface ImageBuild {
  readonly image: string;
  /** Holds a Dockerfile. */
  readonly directory: string;
}

/** On a pod template: `./catalog` for all its images, or `web=./web,api=./api` by container. */
export const buildAnnotation = 'skiff.dev/build';

/** The images of a file that say where they are built from, each once. */
export function buildsIn(file: ManifestFile): ImageBuild[] {
  const builds = new Map<string, ImageBuild>();
  for (const object of objectsIn(file)) {
    const template = podTemplateOf(object);
    const annotation = template?.metadata?.annotations?.[buildAnnotation];
    if (template === undefined || annotation === undefined) continue;
    const folders = new Map(
      annotation.split(',').map((part): [string, string] => {
        const [name, folder] = part.includes('=') ? part.split('=', 2) : ['', part];
        return [(name ?? '').trim(), (folder ?? '').trim()];
      }),
    );
    const { containers = [], initContainers = [] } = template.spec ?? {};
    for (const { name, image } of [...initContainers, ...containers]) {
      const folder = folders.get(name) ?? folders.get('');
      if (image === undefined || folder === undefined) continue;
      builds.set(image, { image, directory: join(dirname(file.path), folder) });
    }
  }
  return [...builds.values()];
}

interface PodTemplate {
  metadata?: { annotations?: Record<string, string> };
  spec?: { containers?: Container[]; initContainers?: Container[] };
}

interface Container {
  name: string;
  image?: string;
}

function podTemplateOf(object: UnknownObject): PodTemplate | undefined {
  if (object.kind === 'Pod') return object as PodTemplate;
  const spec = object.spec as
    | { template?: PodTemplate; jobTemplate?: { spec?: { template?: PodTemplate } } }
    | undefined;
  return spec?.template ?? spec?.jobTemplate?.spec?.template;
}
