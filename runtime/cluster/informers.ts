/** Informers of the cluster's own parts, which say in its log what goes wrong. */
import type { Clock } from '../api/clock.ts';
import type { Client } from '../client/client.ts';
import { createInformers, type Informers } from '../client/informer.ts';
import type { Log } from './log-file.ts';

/** All of them stop when the signal aborts. */
export function createLoggedInformers(
  client: Client,
  clock: Clock,
  signal: AbortSignal,
  log: Log,
): Informers {
  return createInformers(client, clock, signal, {
    onError: (error, { resource }) => {
      if (!signal.aborted) log('informer', `${resource}: ${described(error)}`);
    },
  });
}

/** With the place in the code, if it is a fault of ours. */
function described(error: unknown): string {
  return (error instanceof TypeError ? error.stack : undefined) ?? String(error);
}
