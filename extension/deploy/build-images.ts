/**
 * Images that are built here: a pod template with the annotation `skiff.dev/build` names the folder
 * of its Dockerfile. The embedded cluster takes images from the engine's own store, so building is
 * all there is to do; which images and how is for `skiff build` to say.
 */
export const buildAnnotation = 'skiff.dev/build';

/** What `skiff build -o json` writes, one object a line; `line` is the engine's own output. */
export interface BuildLine {
  image?: string;
  state?: string;
  line?: string;
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
