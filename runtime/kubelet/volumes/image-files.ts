/** The files of an image, which containers mount as a volume. */
import { randomUUID } from 'node:crypto';
import type { Readable } from 'node:stream';
import { type Engine, engineLabels } from '../../engine/engine.ts';

/**
 * Hands on a tar of all files of an image that the engine has, got out of a container that is made for
 * this and never runs. Throws EngineError.
 */
export async function readImage(
  engine: Engine,
  cluster: string,
  image: string,
  use: (tar: Readable) => Promise<void>,
): Promise<void> {
  const id = await engine.createContainer({
    name: `skiff-${cluster}-image-${randomUUID()}`,
    image,
    labels: { [engineLabels.cluster]: cluster, [engineLabels.role]: 'helper' },
    // Of files alone nothing can be run, and no command is named; nothing ever starts this.
    entrypoint: ['/never'],
    network: { type: 'none' },
  });
  try {
    const tar = await engine.getArchive(id, '/');
    if (tar !== undefined) await use(tar);
  } finally {
    await engine.removeContainer(id);
  }
}
