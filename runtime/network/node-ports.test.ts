import { once } from 'node:events';
import { connect, createServer, type Server } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../api/clock.ts';
import type { Service } from '../api/types.ts';
import { createInformers } from '../client/informer.ts';
import { services } from '../client/resources.ts';
import { FakeClient } from '../client/testing/fake-client.ts';
import { runNodePorts } from './node-ports.ts';
import { service, slice } from './testing/objects.ts';

const http = [{ name: '', port: 8080, protocol: 'TCP' }];
const nodes = [{ name: 'node-1', address: '10.244.255.254', containerId: 'c' }];

describe('node ports on the user’s machine', () => {
  let stop: AbortController;
  let client: FakeClient;
  let endpoint: Server;
  let dialled: string[];
  let lines: string[];

  beforeEach(async () => {
    stop = new AbortController();
    client = new FakeClient();
    dialled = [];
    lines = [];
    // Echoes once the client has stopped sending.
    endpoint = createServer({ allowHalfOpen: true }, (socket) => {
      let text = '';
      socket.on('data', (data) => {
        text += data;
      });
      socket.on('end', () => socket.end(`heard ${text}`));
    });
    endpoint.listen(0, '127.0.0.1');
    await once(endpoint, 'listening');
    runNodePorts({
      engine: {
        dial: async (address, port) => {
          dialled.push(`${address}:${port}`);
          return connect({ port: portOf(endpoint), host: '127.0.0.1', allowHalfOpen: true });
        },
      },
      network: { nodes },
      informers: createInformers(client, systemClock, stop.signal),
      client,
      clock: systemClock,
      signal: stop.signal,
      log: (line) => lines.push(line),
    });
  });

  afterEach(() => {
    stop.abort();
    endpoint.close();
  });

  it('lead to a ready endpoint, and keep half-closed connections open', async () => {
    const port = await freePort();
    client.put(nodePort(port));
    client.put(slice('web', http, ['10.244.0.5']));
    expect(await eventually(() => say(port, 'hello'))).toBe('heard hello');
    expect(dialled.at(-1)).toBe('10.244.0.5:8080');
  });

  it('reset connections while there is no endpoint, and are gone with the service', async () => {
    const port = await freePort();
    client.put(nodePort(port));
    await eventually(async () => (await codeOf(port)) === 'ECONNRESET');
    client.drop(services, 'web', 'default');
    await eventually(async () => (await codeOf(port)) === 'ECONNREFUSED');
  });

  it('give a load balancer 127.0.0.1 when its ports can be had there', async () => {
    const port = await freePort();
    client.put(loadBalancer('lb', port));
    client.put(slice('lb', http, ['10.244.0.5']));
    await client.until(async () => (await ingressOf('lb')).length > 0);
    expect(await ingressOf('lb')).toEqual([{ ip: '127.0.0.1', ipMode: 'Proxy' }]);
    expect(await say(port, 'you')).toBe('heard you');
  });

  it('give it the nodes’ addresses when they cannot', async () => {
    const port = portOf(endpoint);
    client.put(loadBalancer('lb', port));
    await client.until(async () => (await ingressOf('lb')).length > 0);
    expect(await ingressOf('lb')).toEqual([{ ip: '10.244.255.254', ipMode: 'VIP' }]);
    expect(lines[0]).toMatch(/^default\/lb has no listener: .*EADDRINUSE/);
  });

  it('leave a second load balancer of the same port pending', async () => {
    const port = await freePort();
    client.put(loadBalancer('a', port));
    client.put(loadBalancer('b', port));
    await client.until(async () => (await ingressOf('a')).length > 0);
    expect(await ingressOf('b')).toEqual([]);
  });

  it('take the address back when a service is no load balancer any more', async () => {
    const port = await freePort();
    client.put(loadBalancer('lb', port));
    await client.until(async () => (await ingressOf('lb')).length > 0);
    const stored = await client.get<Service>({ ...services, namespace: 'default', name: 'lb' });
    client.put({ ...stored, spec: { ...stored.spec, type: 'ClusterIP' } } as Service);
    await client.until(async () => (await ingressOf('lb')).length === 0);
  });

  async function ingressOf(name: string) {
    const found = await client.get<Service>({ ...services, namespace: 'default', name });
    return found.status?.loadBalancer?.ingress ?? [];
  }
});

function nodePort(port: number): Service {
  return service('web', {
    type: 'NodePort',
    clusterIP: '10.96.0.7',
    ports: [{ port: 80, nodePort: port }],
  });
}

function loadBalancer(name: string, port: number): Service {
  return service(name, { type: 'LoadBalancer', clusterIP: '10.96.0.8', ports: [{ port }] });
}

function portOf(server: Server): number {
  const address = server.address();
  return typeof address === 'object' ? (address?.port ?? 0) : 0;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const port = portOf(server);
  server.close();
  return port;
}

function say(port: number, text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let answer = '';
    const socket = connect({ port, host: '127.0.0.1' }, () => socket.end(text));
    socket.on('data', (data) => {
      answer += data;
    });
    socket.on('close', () => resolve(answer));
    socket.on('error', reject);
  });
}

async function codeOf(port: number): Promise<string> {
  return say(port, 'x').then(
    () => '',
    (error: NodeJS.ErrnoException) => error.code ?? '',
  );
}

async function eventually<T>(attempt: () => Promise<T>): Promise<T> {
  for (;;) {
    const result = await attempt().catch(() => undefined);
    if (result) return result;
  }
}
