/** What a deletion that asks for something to become of dependents does to kinds that are particular. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { UnknownObject } from '../../api/object.ts';
import { startTestServer, type TestServer } from '../testing/test-server.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.close());

it('asks nothing of the garbage collector for events, which have no dependents', async () => {
  const events = { group: '', version: 'v1', resource: 'events', namespace: 'default' };
  const metadata = { name: 'e', namespace: 'default', finalizers: ['example.com/x'] };
  const event = { ...{ apiVersion: 'v1', kind: 'Event' }, metadata, involvedObject: metadata };
  await server.client.create(events, event as unknown as UnknownObject);
  const target = { ...events, name: 'e' };
  await server.client.delete(target, { propagationPolicy: 'Foreground' });
  const marked = await server.client.get(target);
  expect(marked.metadata.finalizers).toEqual(['example.com/x']);
});

it('lets a definition go with its objects first, whatever is asked', async () => {
  const group = 'apiextensions.k8s.io';
  const definitions = { group, version: 'v1', resource: 'customresourcedefinitions' };
  const schema = { openAPIV3Schema: { type: 'object' } };
  const definition = {
    ...{ apiVersion: `${group}/v1`, kind: 'CustomResourceDefinition' },
    metadata: { name: 'boats.example.com', finalizers: ['example.com/x'] },
    spec: {
      ...{ group: 'example.com', scope: 'Namespaced', names: { plural: 'boats', kind: 'Boat' } },
      versions: [{ name: 'v1', served: true, storage: true, schema }],
    },
  };
  await server.client.create(definitions, definition as unknown as UnknownObject);
  const target = { ...definitions, name: 'boats.example.com' };
  const marked = await server.client.delete(target, { propagationPolicy: 'Foreground' });
  expect(marked.metadata).toMatchObject({
    finalizers: ['example.com/x', 'customresourcecleanup.apiextensions.k8s.io'],
    deletionTimestamp: expect.any(String),
  });
  expect(marked.metadata).not.toHaveProperty('deletionGracePeriodSeconds');
  // From then on it is deleted as anything else is.
  await server.client.delete(target, { propagationPolicy: 'Foreground' });
  const again = await server.client.get(target);
  expect(again.metadata.finalizers).toContain('foregroundDeletion');
});

it('tells who replaces a job without its selector that it has one', async () => {
  const jobs = { group: 'batch', version: 'v1', resource: 'jobs', namespace: 'default' };
  const containers = [{ name: 'a', image: 'a' }];
  const job = () =>
    ({
      ...{ apiVersion: 'batch/v1', kind: 'Job', metadata: { name: 'j' } },
      spec: { template: { spec: { containers, restartPolicy: 'Never' } } },
    }) as UnknownObject;
  await server.client.create(jobs, job());
  await expect(server.client.update({ ...jobs, name: 'j' }, job())).rejects.toThrow(
    /^Job.batch "j" is invalid: \[spec.selector: Required value, spec.template.metadata.labels: Invalid value: \{\}: `selector` does not match template `labels`, spec.selector: Invalid value: null: field is immutable, spec.template: /,
  );
});
