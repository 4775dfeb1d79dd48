import { beforeAll, expect, it } from 'vitest';
import type { UnknownObject } from '../../api/object.ts';
import type { Client } from '../../client/client.ts';
import { useTestServer } from '../testing/use-server.ts';

const namespace = 'default';
const deployments = { group: 'apps', version: 'v1', resource: 'deployments', namespace };
const services = { group: '', version: 'v1', resource: 'services', namespace };
const web = { ...deployments, name: 'web' };

const server = useTestServer();
let client: Client;

beforeAll(async () => {
  client = server.client;
  const labels = { app: 'web' };
  const template = { metadata: { labels }, spec: { containers: [{ name: 'c', image: 'x:1' }] } };
  await client.create(deployments, {
    ...{ apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'web' } },
    spec: { selector: { matchLabels: labels }, template },
  } as UnknownObject);
});

it('keeps one spec for all revisions that do not change it', async () => {
  const created = await client.get(web);
  const labelled = await client.patch(web, 'merge', { metadata: { labels: { a: 'b' } } });
  const status = { observedGeneration: 1 };
  const observed = await client.patch({ ...web, subresource: 'status' }, 'merge', { status });

  expect(labelled.spec).toBe(created.spec);
  expect(labelled.metadata.labels).toEqual({ a: 'b' });
  expect(created.metadata.labels).toBeUndefined();
  expect(observed.spec).toBe(created.spec);
  expect(observed.status).toMatchObject(status);
  expect(labelled.status).not.toMatchObject(status);
  expect(observed.metadata.generation).toBe(1);

  const scaled = await client.patch(web, 'merge', { spec: { replicas: 3 } });
  expect(scaled.spec).toMatchObject({ replicas: 3 });
  expect(created.spec).toMatchObject({ replicas: 1 });
  expect(scaled.status).toBe(observed.status);
  expect(scaled.metadata.generation).toBe(2);
});

it('lets strategies fill in what they claim after a change of something else', async () => {
  const spec = { type: 'ExternalName', externalName: 'example.com', ports: [{ port: 80 }] };
  const metadata = { name: 'named' };
  const service = { apiVersion: 'v1', kind: 'Service', metadata, spec } as UnknownObject;
  await client.create(services, service);
  const place = { ...services, name: 'named' };
  const patched = await client.patch(place, 'merge', { spec: { type: 'ClusterIP' } });
  expect((patched.spec as { clusterIP?: string }).clusterIP).toMatch(/^10\.96\./);
  const labelled = await client.patch(place, 'merge', { metadata: { labels: { a: 'b' } } });
  expect(labelled.spec).toEqual(patched.spec);
});
