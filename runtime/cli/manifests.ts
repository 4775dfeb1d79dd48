/** Which files a path on the command line stands for, and what they say. */
import { readdir, readFile, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { UnknownObject } from '../api/object.ts';
import { type ManifestSource, parseManifests } from '../client/manifests.ts';
import { ClusterError, reasonOf } from '../cluster/data-directory.ts';

/** Files as given; of a directory its YAML and JSON files, not those further down, as kubectl does. */
export async function readManifests(paths: readonly string[]): Promise<ManifestSource[]> {
  const files: ManifestSource[] = [];
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

/** An image that a manifest names and a folder that it can be built from. */
export interface ImageBuild {
  readonly image: string;
  /** Holds a Dockerfile. */
  readonly directory: string;
}

/** On a pod template: `./catalog` for all its images, or `web=./web,api=./api` by container. */
export const buildAnnotation = 'skiff.dev/build';

/** The images of a file that say where they are built from, each once. Throws ManifestError. */
export function buildsIn(file: ManifestSource): ImageBuild[] {
  const builds = new Map<string, ImageBuild>();
  for (const { object } of parseManifests([file])) {
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
