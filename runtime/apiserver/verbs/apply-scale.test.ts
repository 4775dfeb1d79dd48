import { beforeAll, expect, it } from 'vitest';
import type { UnknownObject } from '../../api/object.ts';
import { ApiError } from '../../api/status.ts';
import { useTestServer } from '../testing/use-server.ts';

const deployments = { group: 'apps', version: 'v1', resource: 'deployments', namespace: 'default' };
const one = { ...deployments, name: 'web' };
const server = useTestServer();

beforeAll(async () => {
  const labels = { app: 'web' };
  const spec = {
    replicas: 1,
    selector: { matchLabels: labels },
    template: { metadata: { labels }, spec: { containers: [{ name: 'a', image: 'b' }] } },
  };
  const object = { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'web' }, spec };
  await server.client.create(deployments, object, { fieldManager: 'maker' });
});

const apply = (replicas: unknown, fieldManager: string, force = false, more: object = {}) =>
  server.client.patch<UnknownObject>(
    { ...one, subresource: 'scale' },
    'apply',
    {
      apiVersion: 'autoscaling/v1',
      kind: 'Scale',
      metadata: { name: 'web' },
      spec: { replicas },
      ...more,
    },
    { fieldManager, force },
  );

async function refused(call: Promise<unknown>): Promise<string> {
  const error = await call.then(() => undefined).catch((problem: unknown) => problem);
  if (error instanceof ApiError) return `${error.code} ${error.message}`;
  throw error ?? new Error('nothing was refused');
}

/** Who has the replicas of the deployment. */
async function owners(): Promise<string[]> {
  const { metadata } = await server.client.get(one);
  return (metadata.managedFields ?? [])
    .filter(({ fieldsV1 = {} }) => 'f:replicas' in ((fieldsV1['f:spec'] ?? {}) as object))
    .map(({ manager, apiVersion, subresource = '' }) =>
      [manager, apiVersion, subresource].join(' '),
    );
}

it('takes the replicas of the object from whoever has them, if forced', async () => {
  expect(await refused(apply(3, 'hpa'))).toBe(
    '409 Apply failed with 1 conflict: conflict with "maker" using autoscaling/v1: .spec.replicas',
  );
  expect(await apply(3, 'hpa', true)).toMatchObject({ kind: 'Scale', spec: { replicas: 3 } });
  expect(await server.client.get(one)).toMatchObject({ spec: { replicas: 3 } });
  expect(await owners()).toEqual(['hpa apps/v1 scale']);
  // What else the maker has stays the maker's.
  const { metadata } = await server.client.get(one);
  expect(metadata.managedFields?.map(({ manager }) => manager)).toContain('maker');
  expect(await refused(apply(4, 'other'))).toContain(
    'conflict with "hpa" with subresource "scale"',
  );
  await apply(3, 'other');
  expect(await owners()).toEqual(['hpa apps/v1 scale', 'other apps/v1 scale']);
});

it('refuses what is no Scale', async () => {
  expect(await refused(apply('x', 'hpa', true))).toContain(
    '500 failed to create typed patch object (/web; autoscaling/v1, Kind=Scale): .spec.replicas: expected numeric',
  );
  expect(await refused(apply(1, 'hpa', true, { kind: 'Deployment' }))).toBe(
    '400 invalid object type: autoscaling/v1, Kind=Deployment',
  );
});
