/** What the steps of a pod's life share: the kubelet's parts, and how to come back to a pod. */
import type { KubeletContext } from '../context.ts';
import type { PodFiles } from '../volumes/pod-files.ts';
import type { TokenSource } from '../volumes/tokens.ts';
import type { Backoff } from './backoff.ts';
import type { ImageSource } from './images.ts';
import type { PodRecord } from './record.ts';

export interface Worker {
  readonly context: KubeletContext;
  readonly files: PodFiles;
  readonly tokens: TokenSource;
  readonly images: ImageSource;
  readonly backoff: Backoff;
  /** Grants the pod the resources that it asks for by now, if the node has them. */
  grant(record: PodRecord): void;
  /** Looks at the pod again soon. */
  again(record: PodRecord): void;
  againAfter(record: PodRecord, ms: number): void;
  /** Writes the pod's status as it is now, in the background. */
  tell(record: PodRecord): void;
  /** Resolves when the newest status has been written; false if it could not be, and is tried again. */
  told(record: PodRecord): Promise<boolean>;
  /** Nothing of the pod is left here; its record goes when the API has it no more. */
  forget(record: PodRecord): void;
}

/** The promise's result, or undefined as soon as the signal aborts; the work itself goes on. */
export async function unlessAborted<T>(
  promise: Promise<T>,
  signal: AbortSignal,
): Promise<T | undefined> {
  promise.catch(() => {});
  if (signal.aborted) return undefined;
  let stop = () => {};
  const aborted = new Promise<undefined>((resolve) => {
    stop = () => resolve(undefined);
    signal.addEventListener('abort', stop, { once: true });
  });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}
