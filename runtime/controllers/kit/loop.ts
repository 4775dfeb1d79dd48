/**
 * The frame that all controllers share: a queue of keys, informers that must have their first list
 * before anything is decided, and a reconcile function that may throw. What it throws is logged and
 * tried again with back-off; it never ends the loop.
 */
import { isApiError } from '../../api/status.ts';
import type { Informer } from '../../client/informer.ts';
import { isTerminatingNamespace } from '../../client/terminating.ts';
import { createWorkQueue, type WorkQueue } from '../../client/work-queue.ts';
import type { ControllerContext } from './context.ts';

export interface Loop {
  readonly queue: WorkQueue;
  /** Starts working once all of `waitFor` have synced. */
  start(
    waitFor: readonly Pick<Informer<never>, 'synced'>[],
    reconcile: (key: string) => Promise<void> | void,
  ): void;
}

/** Makes a loop called `name` with `concurrency` workers (4 if left out). */
export function createLoop(
  context: Pick<ControllerContext, 'clock' | 'signal' | 'log'>,
  name: string,
  concurrency = 4,
): Loop {
  const { clock, signal, log } = context;
  // The longest delay is far below client-go's 1000 s: on one machine nobody is overwhelmed by it.
  const queue = createWorkQueue({ clock, name, retry: { baseMs: 5, maxMs: 60_000 } });
  return {
    queue,
    start(waitFor, reconcile) {
      const onError = (error: unknown, key: string) => {
        if (!isRoutine(error)) log(`${name}: ${key}: ${messageOf(error)}`);
      };
      void Promise.all(waitFor.map((informer) => informer.synced)).then(() =>
        queue.run(reconcile, { concurrency, signal, onError }),
      );
    },
  };
}

/** Losing a race against another writer, the cache, a deletion or the end of a namespace is no news. */
function isRoutine(error: unknown): boolean {
  return (
    isApiError(error, 'Conflict', 'AlreadyExists', 'NotFound') || isTerminatingNamespace(error)
  );
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Runs `action` and passes over the failures with one of `reasons`. */
export async function tolerate<T>(
  action: Promise<T>,
  ...reasons: Parameters<typeof isApiError>[1][]
): Promise<T | undefined> {
  try {
    return await action;
  } catch (error) {
    if (isApiError(error, ...reasons)) return undefined;
    throw error;
  }
}
