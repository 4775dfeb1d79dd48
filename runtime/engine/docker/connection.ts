/** What every file of this folder is handed: the API client and what was found out about the engine. */
import type Docker from 'dockerode';
import type { Clock } from '../../api/clock.ts';
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

/** The filter value that the list endpoints understand: all of these labels. */
export function labelFilter(labels: Readonly<Record<string, string>>): string[] {
  return Object.entries(labels).map(([name, value]) => `${name}=${value}`);
}
