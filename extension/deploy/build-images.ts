/**
 * Images that are built here: a pod template with the annotation `skiff.dev/build` names the folder
 * of its Dockerfile. The embedded cluster takes images from the engine's own store, so building is
 * all there is to do.
 */
import type { core, Node } from '../../runtime/api/types.ts';
import type { Client } from '../../runtime/client/client.ts';
import { nodes } from '../../runtime/client/resources.ts';
import type { ManifestObject } from './manifest-text.ts';

export const buildAnnotation = 'skiff.dev/build';

/** What `skiff build` writes, one JSON object a line. */
export interface BuildLine {
  image?: string;
  state?: string;
  line?: string;
}

interface Templated {
  spec?: { template?: core.PodTemplateSpec };
}

/** The images that the manifests say how to build. */
export function buildableImages(objects: readonly ManifestObject[]): string[] {
  const images = objects.flatMap(({ object }) => {
    const { template } = (object as Templated).spec ?? {};
    if (template?.metadata?.annotations?.[buildAnnotation] === undefined) return [];
    return (template.spec?.containers ?? []).map((container) => container.image ?? '');
  });
  return [...new Set(images.filter((image) => image !== ''))];
}

/** Those that no node reports to have. A node lists only its largest images: then we ask once too often. */
export async function missingImages(client: Client, images: readonly string[]): Promise<string[]> {
  const list = await client.list<Node>({ ...nodes });
  const present = new Set(
    list.items.flatMap((node) => node.status?.images ?? []).flatMap((image) => image.names ?? []),
  );
  return images.filter((image) => !namesOf(image).some((name) => present.has(name)));
}

/** `web` is `docker.io/library/web:latest` in full. */
function namesOf(image: string): string[] {
  const tagged = /[:@][^/]*$/.test(image) ? image : `${image}:latest`;
  const isPlain = !/^[^/]*[.:][^/]*\//.test(tagged);
  const full = tagged.includes('/') ? `docker.io/${tagged}` : `docker.io/library/${tagged}`;
  return isPlain ? [image, tagged, full] : [image, tagged];
}

/** A line of the build as it is to be shown; text that is no JSON is shown as it is. */
export function parseBuildLine(line: string): BuildLine {
  try {
    const value: unknown = JSON.parse(line);
    if (typeof value === 'object' && value !== null) return value as BuildLine;
  } catch {
    // Not from our program.
  }
  return { line };
}
