import { Readable } from 'node:stream';
import { beforeAll, describe, expect, it } from 'vitest';
import type { UnknownObject } from '../../api/object.ts';
import { notFound } from '../../api/status.ts';
import { nodes, pods } from '../../client/resources.ts';
import { makeDefaultAccount } from '../testing/calls.ts';
import { type Ask, ask } from '../testing/https-client.ts';
import { useTestServer } from '../testing/use-server.ts';

describe('the proxy of a node', () => {
  const asked: string[] = [];
  const server = useTestServer({
    nodePages: {
      page: async (node, path) => {
        asked.push(`${node} ${path}`);
        return { status: 200, contentType: 'text/plain', body: 'ok' };
      },
    },
    streams: {
      logs: async ({ name }, { container, tailLines }) =>
        Readable.from([`${name} ${container} ${tailLines}\n`]),
      exec: () => Promise.reject(notFound('', 'pods', '')),
      attach: () => Promise.reject(notFound('', 'pods', '')),
      portForward: () => Promise.reject(notFound('', 'pods', '')),
    },
    dial: async (address, number) => {
      throw new Error(`dial tcp ${address}:${number}: connect: connection refused`);
    },
  });
  let port: number;

  beforeAll(async () => {
    ({ port } = await server.api.listen({ host: '127.0.0.1', port: 0 }));
    const { client } = server;
    const node: UnknownObject = {
      ...{ apiVersion: 'v1', kind: 'Node', metadata: { name: 'node-1' } },
      status: { addresses: [{ type: 'InternalIP', address: '10.1.2.3' }] },
    };
    await client.create(nodes, node);
    const place = { ...pods, namespace: 'default' };
    await makeDefaultAccount(client);
    const pod: UnknownObject = {
      ...{ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'web' } },
      spec: { nodeName: 'node-1', containers: [{ name: 'c', image: 'x:1' }] },
    };
    await client.create(place, pod);
  });

  const get = (path: string, options: Ask = {}) =>
    ask(port, server.pki.caPem, `/api/v1/nodes/${path}`, { as: server.pki.admin, ...options });

  it('is what its kubelet serves, at its port or without one', async () => {
    expect(await get('node-1/proxy/stats/summary')).toMatchObject({ code: 200, text: 'ok' });
    await get('https:node-1:10250/proxy/metrics/cadvisor');
    expect(asked).toEqual(['node-1 /stats/summary', 'node-1 /metrics/cadvisor']);
    expect((await get('node-1/proxy/pods', { method: 'POST' })).code).toBe(405);
    expect((await get('node-2/proxy/pods')).json()).toMatchObject({
      code: 404,
      message: 'nodes "node-2" not found',
    });
  });

  it('has the logs of the containers of that node', async () => {
    const log = await get('node-1/proxy/containerLogs/default/web/c?tailLines=3');
    expect(log).toMatchObject({ code: 200, text: 'web c 3\n' });
    expect((await get('node-1/proxy/containerLogs/default/other/c')).code).toBe(404);
  });

  it('leads to any other port of the node, too', async () => {
    expect((await get('node-1:9100/proxy/metrics')).json()).toMatchObject({
      code: 503,
      reason: 'ServiceUnavailable',
      message: 'error trying to reach service: dial tcp 10.1.2.3:9100: connect: connection refused',
    });
  });
});
