import { request as httpsRequest } from 'node:https';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { UnknownObject } from '../../api/object.ts';
import {
  apiServices,
  configMaps,
  endpointSlices,
  endpoints,
  services,
} from '../../client/resources.ts';
import { useRest } from '../testing/use-server.ts';
import type { ApiService } from './api-service.ts';
import { type ExtensionServer, startExtensionServer } from './testing/extension-server.ts';

const host = 'wardle.kube-system.svc';
const name = 'v1alpha1.wardle.example.com';
const root = '/apis/wardle.example.com/v1alpha1';
const aggregatedType = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';

let extension: ExtensionServer;
// Closed after the server, which keeps connections to it.
afterAll(() => extension.close());
const { server, rest } = useRest({
  dial: async (_, port) => connect({ host: '127.0.0.1', port }),
});

const registration = (spec: object): UnknownObject => ({
  apiVersion: 'apiregistration.k8s.io/v1',
  kind: 'APIService',
  metadata: { name },
  spec: {
    group: 'wardle.example.com',
    version: 'v1alpha1',
    groupPriorityMinimum: 2000,
    versionPriority: 15,
    service: { name: 'wardle', namespace: 'kube-system' },
    ...spec,
  },
});

async function condition(of = name) {
  const found = await server.client.get<ApiService>({ ...apiServices, name: of });
  return found.status?.conditions?.find(({ type }) => type === 'Available');
}

const settled = (reason: string) =>
  expect.poll(async () => (await condition())?.reason).toBe(reason);

beforeAll(async () => {
  const { caPem } = await server.pki.frontProxy();
  extension = await startExtensionServer(host, caPem);
});

describe('aggregation', () => {
  it('registers what this server has by itself', async () => {
    await expect
      .poll(async () => (await server.client.list(apiServices)).items.length)
      .toBeGreaterThan(20);
    expect(await condition('v1.')).toMatchObject({ status: 'True', reason: 'Local' });
    expect(await condition('v1beta1.metrics.k8s.io')).toMatchObject({ reason: 'Local' });
  });

  it('tells extension servers whom to trust', async () => {
    const target = {
      ...configMaps,
      namespace: 'kube-system',
      name: 'extension-apiserver-authentication',
    };
    const { caPem } = await server.pki.frontProxy();
    const published = async () => (await server.client.get(target).catch(() => undefined))?.data;
    await expect.poll(published).toMatchObject({
      'client-ca-file': server.pki.caPem,
      'requestheader-allowed-names': '["front-proxy-client"]',
      'requestheader-client-ca-file': caPem,
      'requestheader-username-headers': '["X-Remote-User"]',
    });
  });

  it('says why a server cannot be used, step by step', async () => {
    const { caBundle, port } = extension;
    await server.client.create(apiServices, registration({ caBundle }));
    await settled('ServiceNotFound');
    expect(await condition()).toMatchObject({
      status: 'False',
      message: 'service/wardle in "kube-system" is not present',
    });
    const refused = await rest.send(`${root}/flunders`);
    expect([refused.code, refused.body.toString()]).toEqual([503, 'service unavailable\n']);
    const metadata = { name: 'wardle', namespace: 'kube-system' };
    const at = { namespace: 'kube-system' };
    await server.client.create({ ...services, ...at }, {
      ...{ apiVersion: 'v1', kind: 'Service', metadata },
      spec: { ports: [{ port: 443, targetPort: port }] },
    } as UnknownObject);
    await settled('EndpointsNotFound');
    await server.client.create({ ...endpointSlices, ...at }, {
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      metadata: { ...metadata, labels: { 'kubernetes.io/service-name': 'wardle' } },
      addressType: 'IPv4',
      // Reached on this machine: the dial of this test does not look at the address.
      endpoints: [{ addresses: ['10.0.0.9'], conditions: { ready: true } }],
      ports: [{ name: '', port }],
    } as UnknownObject);
    await server.client.create({ ...endpoints, ...at }, {
      ...{ apiVersion: 'v1', kind: 'Endpoints', metadata },
      subsets: [{ addresses: [{ ip: '10.0.0.9' }], ports: [{ port }] }],
    } as UnknownObject);
    await settled('Passed');
    expect(await condition()).toMatchObject({ status: 'True', message: 'all checks passed' });
  });

  it('hands requests on, with who asks and nothing that proves it', async () => {
    const answer = await rest.send(`${root}/namespaces/default/flunders?limit=5`, {
      headers: {
        'impersonate-user': 'jane',
        'impersonate-group': 'system:masters',
        'impersonate-extra-scopes': 'view',
        'x-remote-user': 'forged',
      },
    });
    expect(answer.json()).toMatchObject({ kind: 'FlunderList' });
    expect(extension.last()).toMatchObject({
      url: `${root}/namespaces/default/flunders?limit=5`,
      client: 'front-proxy-client',
      headers: {
        'x-remote-user': 'jane',
        'x-remote-group': expect.stringContaining('system:masters'),
        'x-remote-extra-scopes': 'view',
      },
    });
    expect(extension.last()?.headers).not.toHaveProperty('impersonate-user');
  });

  it('streams watches, and lets go of them', async () => {
    const watch = await rest.open(`${root}/flunders?watch=true`);
    const [first] = (await watch[Symbol.asyncIterator]().next()).value.toString().split('\n');
    expect(first).toBe('{"type":"ADDED"}');
    watch.destroy();
  });

  it('hands upgrades on', async () => {
    const { caPem, admin } = server.pki;
    const echoed = await new Promise<string>((resolve, reject) => {
      const outgoing = httpsRequest({
        host: '127.0.0.1',
        port: rest.port,
        path: `${root}/namespaces/default/flunders/one/connect`,
        headers: { connection: 'Upgrade', upgrade: 'echo' },
        ca: caPem,
        cert: admin.certPem,
        key: admin.keyPem,
      });
      outgoing.on('upgrade', (_answer, socket) => {
        socket.once('data', (data: Buffer) => {
          socket.destroy();
          resolve(data.toString());
        });
        socket.write('hello');
      });
      outgoing.on('error', reject);
      outgoing.end();
    });
    expect(echoed).toBe('hello');
    expect(extension.last()?.headers['x-remote-user']).toBe('kubernetes-admin');
  });

  it('is discovered beside what this server has', async () => {
    const { groups } = (await rest.send('/apis')).json() as { groups: { name: string }[] };
    const names = groups.map((group) => group.name);
    expect(names.indexOf('wardle.example.com')).toBeGreaterThan(names.indexOf('apps'));
    expect(names.indexOf('wardle.example.com')).toBeLessThan(names.indexOf('metrics.k8s.io'));
    expect((await rest.send(root)).json()).toMatchObject({ resources: [{ name: 'flunders' }, {}] });
    const all = (await rest.send('/apis', { headers: { accept: aggregatedType } })).json();
    expect(all).toMatchObject({
      items: expect.arrayContaining([
        {
          metadata: { name: 'wardle.example.com', creationTimestamp: null },
          versions: [
            {
              version: 'v1alpha1',
              freshness: 'Current',
              resources: [
                {
                  resource: 'flunders',
                  scope: 'Namespaced',
                  singularResource: 'flunder',
                  shortNames: ['fl'],
                  verbs: ['create', 'get', 'list', 'watch'],
                  responseKind: {
                    group: 'wardle.example.com',
                    version: 'v1alpha1',
                    kind: 'Flunder',
                  },
                  subresources: [
                    expect.objectContaining({ subresource: 'status', verbs: ['get'] }),
                  ],
                },
              ],
            },
          ],
        },
      ]),
    });
  });

  it('trusts no certificate but one of its authority, unless told to', async () => {
    const target = { ...apiServices, name };
    const other = Buffer.from(server.pki.caPem).toString('base64');
    await server.client.patch(target, 'merge', { spec: { caBundle: other } });
    await settled('FailedDiscoveryCheck');
    const unchecked = { caBundle: null, insecureSkipTLSVerify: true };
    await server.client.patch(target, 'merge', { spec: unchecked });
    await settled('Passed');
  });

  it('is stale when its server is away, and gone with its registration', async () => {
    await extension.close();
    await server.client.patch({ ...apiServices, name }, 'merge', {
      metadata: { labels: { touched: 'true' } },
    });
    await settled('FailedDiscoveryCheck');
    const stale = (
      await rest.send('/apis', { headers: { accept: aggregatedType } })
    ).body.toString();
    expect(stale).toContain('"freshness":"Stale"');
    const { groups } = (await rest.send('/apis')).json() as { groups: { name: string }[] };
    expect(groups.map((group) => group.name)).not.toContain('wardle.example.com');
    await server.client.delete({ ...apiServices, name });
    await expect.poll(async () => (await rest.send(`${root}/flunders`)).code).toBe(404);
  });
});
