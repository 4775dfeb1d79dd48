/** All that is needed to work with one context, opened together and closed together. */
import { systemClock } from '../../runtime/api/clock.ts';
import type { Resource } from '../../runtime/client/client.ts';
import { createDiscovery, type Discovery } from '../../runtime/client/discovery.ts';
import { createHttpClient, type HttpClient } from '../../runtime/client/http-client.ts';
import { createInformers, type Informers } from '../../runtime/client/informer.ts';
import { connectionFor, type Kubeconfig } from '../../runtime/client/kubeconfig.ts';
import type { PodStreams } from '../../runtime/client/pod-streams.ts';
import { createHttpPodStreams } from '../../runtime/client/pod-streams-http.ts';

export type WatchErrorListener = (error: unknown, resource: Resource, namespace?: string) => void;

export interface Session {
  /** The context's name: it is in every URI and panel, and never changes while the session lives. */
  readonly context: string;
  /** True for the cluster that Skiff runs itself. */
  readonly embedded: boolean;
  /** True where no container runs: there is no use in building images for it. */
  readonly simulated: boolean;
  readonly server: string;
  readonly version: string;
  /** The context's own namespace. */
  readonly namespace: string;
  readonly client: HttpClient;
  readonly discovery: Discovery;
  readonly streams: PodStreams;
  readonly informers: Informers;
  /** Hears of every list or watch that fails; the informers go on by themselves. */
  onWatchError(listener: WatchErrorListener): () => void;
  close(): void;
}

/**
 * Connects to a context and asks for the server's version, so that a session that comes back
 * works. Throws ApiError or KubeconfigError.
 */
export async function openSession(
  kubeconfig: Kubeconfig,
  context: string,
  { embedded, simulated }: { embedded: boolean; simulated: boolean },
): Promise<Session> {
  // The workspace is trusted where sessions are opened, and the contexts come from the person's
  // own kubeconfig, so its credential plugins may run.
  const connection = await connectionFor(kubeconfig, context, { allowExec: true });
  const client = createHttpClient(connection);
  const listeners = new Set<WatchErrorListener>();
  const abort = new AbortController();
  let version: string;
  try {
    const answer = await client.raw<{ gitVersion?: string }>('/version');
    version = answer.gitVersion ?? 'unknown version';
  } catch (error) {
    client.close();
    throw error;
  }
  return {
    context,
    embedded,
    simulated,
    server: connection.server,
    version,
    namespace: connection.namespace ?? 'default',
    client,
    discovery: createDiscovery(client),
    streams: createHttpPodStreams(connection),
    informers: createInformers(client, systemClock, abort.signal, {
      onError: (error, resource, namespace) => {
        for (const listener of listeners) listener(error, resource, namespace);
      },
    }),
    onWatchError: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    close: () => {
      listeners.clear();
      abort.abort();
      client.close();
    },
  };
}
