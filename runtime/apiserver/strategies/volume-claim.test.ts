import { afterAll, beforeAll, expect, it } from 'vitest';
import type { UnknownObject } from '../../api/object.ts';
import type { Status } from '../../api/status.ts';
import { restFor } from '../testing/rest.ts';
import { startTestServer, type TestServer } from '../testing/test-server.ts';

const core = { group: '', version: 'v1', namespace: 'default' };
const claims = { ...core, resource: 'persistentvolumeclaims' };
let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.close());

function claim(name: string, spec: object, storage: string | null = '1Gi'): UnknownObject {
  const size = { accessModes: ['ReadWriteOnce'], resources: { requests: { storage } } };
  const metadata = { name, namespace: 'default' };
  return {
    ...{ apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata },
    spec: { ...size, ...spec },
  } as UnknownObject;
}

const sources = ({ spec }: UnknownObject) => {
  const { dataSource, dataSourceRef } = spec as Record<string, unknown>;
  return [dataSource, dataSourceRef];
};
const other = { kind: 'PersistentVolumeClaim', name: 'a' };
const foreign = { apiGroup: 'example.com', kind: 'Populator', name: 'a' };

it('fills in either source of a claim from the other', async () => {
  const made = async (name: string, spec: object) =>
    sources(await server.client.create(claims, claim(name, spec)));
  expect(await made('a', { dataSource: other })).toEqual([other, other]);
  expect(await made('b', { dataSourceRef: foreign })).toEqual([foreign, foreign]);
  const elsewhere = { ...other, namespace: 'elsewhere' };
  expect(await made('c', { dataSourceRef: elsewhere })).toEqual([undefined, elsewhere]);
  expect(await made('d', { dataSource: foreign })).toEqual([undefined, undefined]);
  // Who knows the older one alone may write the claim back.
  const back = claim('a', { dataSource: other, volumeMode: 'Filesystem' });
  back.metadata.labels = { l: 'x' };
  const after = await server.client.update({ ...claims, name: 'a' }, back);
  expect([after.metadata.labels, ...sources(after)]).toEqual([{ l: 'x' }, other, other]);
});

it('takes null for no amount at all', async () => {
  const rest = await restFor(server);
  const answer = await rest.send('/api/v1/namespaces/default/persistentvolumeclaims', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(claim('e', {}, null)),
  });
  rest.close();
  expect((answer.json() as Status).message).toContain(
    'spec.resources[storage]: Invalid value: "0": must be greater than zero',
  );
});

it('tells of a port without a number that its target has none, either', async () => {
  const services = { ...core, resource: 'services' };
  const service = { apiVersion: 'v1', kind: 'Service', metadata: { name: 's' } };
  const made = server.client.create(services, {
    ...service,
    spec: { ports: [{}] },
  } as UnknownObject);
  await expect(made).rejects.toThrow(
    /spec.ports\[0\].port: Invalid value: 0: .*spec.ports\[0\].targetPort: Invalid value: 0: /,
  );
});
