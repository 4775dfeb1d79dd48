/** What several writers make at once, each as if it were alone. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { UnknownObject } from '../../api/object.ts';
import { startTestServer, type TestServer } from '../testing/test-server.ts';

const core = { group: '', version: 'v1', namespace: 'default' };
let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.close());

const writers = ['a', 'b', 'c', 'd'];

it('is made by one of those who apply it, and changed by the others', async () => {
  const target = { ...core, resource: 'configmaps', name: 'applied' };
  const apply = (fieldManager: string) => {
    const metadata = { name: 'applied' };
    const data = { [fieldManager]: 'x' };
    const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata, data };
    return server.client.patch(target, 'apply', object, { fieldManager });
  };
  await Promise.all(writers.map(apply));
  const { data, metadata } = await server.client.get(target);
  expect(data).toEqual({ a: 'x', b: 'x', c: 'x', d: 'x' });
  expect(metadata.managedFields?.map(({ manager }) => manager).toSorted()).toEqual(writers);
});

it('is made by one of those who put it there, and replaced by the others', async () => {
  const target = { ...core, resource: 'endpoints', name: 'put' };
  const put = (label: string) => {
    const metadata = { name: 'put', labels: { label } };
    const object = { apiVersion: 'v1', kind: 'Endpoints', metadata };
    return server.client.update(target, object as UnknownObject);
  };
  const made = await Promise.all(writers.map(put));
  expect(new Set(made.map(({ metadata }) => metadata.uid)).size).toBe(1);
  expect(made.map(({ metadata }) => metadata.labels?.label)).toEqual(writers);
});
