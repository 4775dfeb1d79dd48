/** Gets the image of a container or a volume, by its pull policy. */
import type { Pod } from '../../api/types.ts';
import type { ImageInfo } from '../../engine/engine.ts';
import { type KubeletContext, messageOf, PodProblem } from '../context.ts';
import type { Backoff } from './backoff.ts';
import { pullCredentials } from './pull-credentials.ts';

/** How soon an image that could not be pulled is looked for again on the engine itself. */
export const localCheckMs = 5_000;

/** What image is wanted, and where a pod says so. */
export interface ImageWish {
  readonly reference: string;
  /** `IfNotPresent` if left out. */
  readonly policy: string | undefined;
  /** `spec.containers{app}` */
  readonly fieldPath: string;
}

export interface ImageSource {
  /**
   * The image, pulled if need be. Throws PodProblem: ErrImagePull, ImagePullBackOff,
   * ErrImageNeverPull or InvalidImageName.
   */
  ensure(pod: Pod, wish: ImageWish, signal: AbortSignal): Promise<ImageInfo>;
}

/** Makes a source whose back-off is kept per image and pod. */
export function createImageSource(context: KubeletContext, backoff: Backoff): ImageSource {
  const failures = new Map<string, { at: number; message: string; told: boolean }>();
  return {
    ensure: async (pod, { reference, policy = 'IfNotPresent', fieldPath }, signal) => {
      const key = `${pod.metadata.uid}/${reference}`;
      const tell = (type: 'Normal' | 'Warning', reason: string, message: string) =>
        context.recorder.event(pod, type, reason, message, fieldPath);
      if (!isReference(reference)) {
        const message = `couldn't parse image name "${reference}": invalid reference format`;
        tell(
          'Warning',
          'InspectFailed',
          `Failed to apply default image tag "${reference}": ${message}`,
        );
        throw new PodProblem('InvalidImageName', message);
      }
      const present = await context.engine.image(reference);
      if (present !== undefined && (policy !== 'Always' || isLocal(present))) {
        tell('Normal', 'Pulled', `Container image "${reference}" already present on machine`);
        failures.delete(key);
        return present;
      }
      if (policy === 'Never') {
        const message = `Container image "${reference}" is not present with pull policy of Never`;
        tell('Warning', 'ErrImageNeverPull', message);
        throw new PodProblem('ErrImageNeverPull', message);
      }
      const failed = failures.get(key);
      const now = context.clock.now();
      // Whatever makes us look again so soon: what is said stays long enough to be read.
      if (failed !== undefined && now - failed.at < localCheckMs) {
        throw new PodProblem('ErrImagePull', failed.message);
      }
      if (failed !== undefined && backoff.remaining(key, failed.at, now) > 0) {
        const message = `Back-off pulling image "${reference}"`;
        if (!failed.told) tell('Normal', 'BackOff', message);
        failed.told = true;
        throw new PodProblem('ImagePullBackOff', `${message}: ErrImagePull: ${failed.message}`);
      }
      try {
        const image = await pull(context, pod, reference, signal, tell);
        failures.delete(key);
        return image;
      } catch (error) {
        const message = messageOf(error);
        tell('Warning', 'Failed', `Failed to pull image "${reference}": ${message}`);
        backoff.next(key, context.clock.now());
        failures.set(key, { at: context.clock.now(), message, told: false });
        throw new PodProblem('ErrImagePull', message);
      }
    },
  };
}

async function pull(
  context: KubeletContext,
  pod: Pod,
  reference: string,
  signal: AbortSignal,
  tell: (type: 'Normal' | 'Warning', reason: string, message: string) => void,
): Promise<ImageInfo> {
  tell('Normal', 'Pulling', `Pulling image "${reference}"`);
  const { engine, clock } = context;
  const begun = clock.now();
  const credentials = await pullCredentials(context, pod, reference);
  await engine.pullImage(reference, { signal, ...credentials });
  const image = await engine.image(reference);
  if (image === undefined) throw new Error(`image "${reference}" is not there after the pull`);
  const seconds = ((clock.now() - begun) / 1_000).toFixed(3);
  tell(
    'Normal',
    'Pulled',
    `Successfully pulled image "${reference}" in ${seconds}s (${seconds}s including waiting). ` +
      `Image size: ${image.sizeBytes} bytes.`,
  );
  return image;
}

/**
 * An image that was built here: no registry has given it a digest, so there is nowhere to pull it
 * from, and policy Always (the default for `:latest`) must not keep it from being used.
 */
function isLocal(image: ImageInfo): boolean {
  return !image.tags.some((tag) => tag.includes('@sha256:'));
}

/** The grammar of image references, roughly: what the engine would call an invalid reference. */
function isReference(reference: string): boolean {
  return /^[a-z0-9]+([._:/-]+[a-zA-Z0-9_]+)*(@[a-z0-9]+:[a-fA-F0-9]+)?$/.test(
    reference.replace(/^[A-Za-z0-9.-]+(:\d+)?\//, ''),
  );
}
