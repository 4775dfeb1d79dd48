/** What programs written with the official JavaScript client live through when the server restarts. */
import './support/node-20.ts';
import { CoreV1Api, makeInformer, type V1ConfigMap } from '@kubernetes/client-node';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { systemClock } from '../../runtime/api/clock.ts';
import { realSchemas } from '../../runtime/api/schema-bundle.case.ts';
import { type ApiServer, createApiServer } from '../../runtime/apiserver/server.ts';
import { useTestServer } from '../../runtime/apiserver/testing/use-server.ts';
import { configFor } from './support/connected.ts';

const namespace = 'default';
const server = useTestServer();
let port: number;
let next: ApiServer | undefined;

beforeAll(async () => {
  ({ port } = await server.api.listen({ host: '127.0.0.1', port: 0 }));
});
afterAll(() => next?.close());

/** Another server on the same state, with the same keys and at the same port. */
async function startNext(): Promise<ApiServer> {
  const api = createApiServer({
    ...{ clock: systemClock, schemas: realSchemas(), pki: server.pki, store: server.store },
    ...{ serviceCidr: '10.96.0.0/16', clusterDomain: 'cluster.local' },
    log: (message) => console.error(message),
  });
  await api.listen({ host: '127.0.0.1', port });
  return api;
}

it('informs after a restart of what has changed meanwhile', async () => {
  const core = configFor(server, port).makeApiClient(CoreV1Api);
  let lists = 0;
  const informer = makeInformer<V1ConfigMap>(
    configFor(server, port),
    `/api/v1/namespaces/${namespace}/configmaps`,
    () => {
      lists++;
      return core.listNamespacedConfigMap({ namespace });
    },
  );
  const seen: string[] = [];
  for (const verb of ['add', 'update', 'delete'] as const)
    informer.on(verb, ({ metadata, data }) => seen.push(`${verb} ${metadata?.name} ${data?.n}`));
  let lost = false;
  informer.on('error', () => {
    lost = true;
  });
  const write = (name: string, n: string) =>
    core.createNamespacedConfigMap({ namespace, body: { metadata: { name }, data: { n } } });
  await informer.start();
  await write('a', '1');
  await expect.poll(() => seen).toEqual(['add a 1']);
  // Something that the informer does not hear of, so that it does not know the latest version.
  await core.createNamespacedSecret({ namespace, body: { metadata: { name: 'other' } } });

  // Given a restart: the store still knows what happened before it, so the watch goes on where it was.
  await server.api.close();
  await expect.poll(() => lost).toBe(true);
  next = await startNext();
  await core.deleteNamespacedConfigMap({ namespace, name: 'a' });
  await write('b', '1');
  await informer.start();
  await expect.poll(() => seen).toEqual(['add a 1', 'delete a 1', 'add b 1']);
  expect(lists).toBe(1);

  // And it goes on from there.
  await write('c', '1');
  await expect.poll(() => seen.at(-1)).toBe('add c 1');
  expect(lists).toBe(1);
  await informer.stop();
});
