import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { UnknownObject } from '../../api/object.ts';
import { startTestServer, type TestServer } from '../testing/test-server.ts';

const jobs = { group: 'batch', version: 'v1', resource: 'jobs', namespace: 'default' };
let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.close());

async function made(name: string, labels: object, ofPods: object, more = {}) {
  const containers = [{ name: 'a', image: 'a' }];
  const template = { metadata: { labels: ofPods }, spec: { containers, restartPolicy: 'Never' } };
  const job = { ...{ apiVersion: 'batch/v1', kind: 'Job' }, metadata: { name, labels } };
  const object = { ...job, spec: { template, ...more } };
  const { metadata, spec } = await server.client.create(jobs, object as UnknownObject);
  const { template: given } = spec as { template: { metadata: { labels: object } } };
  const generated = {
    ...{ 'controller-uid': metadata.uid, 'batch.kubernetes.io/controller-uid': metadata.uid },
    ...{ 'job-name': name, 'batch.kubernetes.io/job-name': name },
  };
  return { labels: metadata.labels, ofPods: given.metadata.labels, generated };
}

describe('a job', () => {
  it('without labels has those of its pods, with what ties these to it', async () => {
    const { labels, ofPods, generated } = await made('a', {}, { app: 'a' });
    expect(ofPods).toEqual({ app: 'a', ...generated });
    expect(labels).toEqual(ofPods);
    const bare = await made('b', {}, {});
    expect(bare.labels).toEqual(bare.generated);
  });

  it('with labels has these alone, even if its pods have the same', async () => {
    const { labels, ofPods, generated } = await made('c', { app: 'a' }, { app: 'a' });
    expect([labels, ofPods]).toEqual([{ app: 'a' }, { app: 'a', ...generated }]);
  });

  it('whose pods are chosen by hand has their labels as they are', async () => {
    const selector = { matchLabels: { app: 'a' } };
    const byHand = { manualSelector: true, selector };
    expect((await made('d', {}, { app: 'a' }, byHand)).labels).toEqual({ app: 'a' });
  });
});
