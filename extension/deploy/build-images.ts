/**
 * Images that are built here: a pod template with the annotation `skiff.dev/build` names the folder
 * of its Dockerfile. The embedded cluster takes images from the engine's own store, so building is
 * all there is to do.
 */
import type { core } from '../../runtime/api/types.ts';
import type { ManifestDocument } from '../../runtime/client/manifests.ts';

export const buildAnnotation = 'skiff.dev/build';

/** What `skiff build -o json` writes, one object a line; `line` is the engine's own output. */
export interface BuildLine {
  image?: string;
  state?: string;
  line?: string;
}

interface Templated {
  spec?: { template?: core.PodTemplateSpec };
}

/** The images that the manifests say how to build. */
export function buildableImages(objects: readonly ManifestDocument[]): string[] {
  const images = objects.flatMap(({ object }) => {
    const { template } = (object as unknown as Templated).spec ?? {};
    if (template?.metadata?.annotations?.[buildAnnotation] === undefined) return [];
    return (template.spec?.containers ?? []).map((container) => container.image ?? '');
  });
  return [...new Set(images.filter((image) => image !== ''))];
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
