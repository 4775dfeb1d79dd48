/** An API server for tests, on a memory store unless another is given. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { systemClock } from '../../api/clock.ts';
import { realSchemas } from '../../api/schema-bundle.case.ts';
import type { Client } from '../../client/client.ts';
import { createMemoryStore } from '../../store/memory/memory.ts';
import type { Store } from '../../store/store.ts';
import { loadOrCreatePki, type Pki } from '../pki/pki.ts';
import { type ApiServer, type ApiServerOptions, createApiServer } from '../server.ts';

export interface TestServer {
  readonly api: ApiServer;
  readonly client: Client;
  readonly pki: Pki;
  readonly store: Store;
  readonly directory: string;
  close(): Promise<void>;
}

export async function startTestServer(
  options: Partial<Omit<ApiServerOptions, 'schemas' | 'pki'>> = {},
): Promise<TestServer> {
  const directory = await mkdtemp(join(tmpdir(), 'skiff-api-'));
  const pki = await loadOrCreatePki(join(directory, 'pki'), systemClock);
  const store = options.store ?? createMemoryStore();
  const api = createApiServer({
    clock: systemClock,
    schemas: realSchemas(),
    pki,
    serviceCidr: '10.96.0.0/16',
    clusterDomain: 'cluster.local',
    log: (message) => console.error(message),
    ...options,
    store,
  });
  await api.start();
  return {
    api,
    client: api.client(),
    pki,
    store,
    directory,
    async close() {
      await api.close();
      await store.close();
      await rm(directory, { recursive: true, force: true });
    },
  };
}
