/** What every file of this folder is handed: the API client and what was found out about the engine. */
import type Docker from 'dockerode';
import type { Clock } from '../../api/clock.ts';
import { EngineError } from '../engine.ts';
import { asEngineError } from './errors.ts';

export interface DockerConnection {
  readonly docker: Docker;
  readonly clock: Clock;
  /** Warnings for the person who runs the cluster. */
  readonly log: (message: string) => void;
}

/** Runs one call and throws what goes wrong as EngineError. */
export async function call<T>(action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    throw asEngineError(error);
  }
}

/** As long as a kubelet waits for its container runtime. */
const answerMs = 120_000;

/**
 * The same for a call about a container, with an end: whoever waited for ever would never look at the
 * pod again. `extraMs`: what the engine may take for itself. What it does later, it does all the same.
 */
export async function timedCall<T>(
  { clock }: Pick<DockerConnection, 'clock'>,
  action: () => Promise<T>,
  extraMs = 0,
): Promise<T> {
  const limitMs = answerMs + extraMs;
  let cancel = () => {};
  const late = new Promise<never>((_, reject) => {
    const words = `the Docker engine has not answered within ${limitMs / 1_000} seconds`;
    cancel = clock.after(limitMs, () => reject(new EngineError('failed', words)));
  });
  try {
    return await Promise.race([call(action), late]);
  } finally {
    cancel();
  }
}

/** The filter value that the list endpoints understand: all of these labels. */
export function labelFilter(labels: Readonly<Record<string, string>>): string[] {
  return Object.entries(labels).map(([name, value]) => `${name}=${value}`);
}
