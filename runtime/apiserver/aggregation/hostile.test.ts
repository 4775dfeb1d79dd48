import type { AddressInfo } from 'node:net';
import { connect } from 'node:net';
import { createServer, type Server, type TLSSocket } from 'node:tls';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { UnknownObject } from '../../api/object.ts';
import { apiServices, endpointSlices, endpoints, services } from '../../client/resources.ts';
import { createAuthority, issueCertificate } from '../pki/certificates.ts';
import { useRest } from '../testing/use-server.ts';
import type { ApiService } from './api-service.ts';

const name = 'v1.hostile.example.com';
const root = '/apis/hostile.example.com/v1';
const resources = {
  ...{ kind: 'APIResourceList', apiVersion: 'v1', groupVersion: 'hostile.example.com/v1' },
  resources: [
    { name: 'things', singularName: '', namespaced: true, kind: 'Thing', verbs: ['get', 'list'] },
  ],
};
const full = (code: string, body: string, headers = '') =>
  `HTTP/1.1 ${code}\r\nContent-Length: ${body.length}\r\n${headers}\r\n${body}`;
const chunked = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n';

let backend: Server;
let caBundle: string;
/** What the server does with a request for things. */
let answer: (socket: TLSSocket) => void;
const open = new Set<TLSSocket>();
const { server, rest } = useRest({
  dial: async (_, port) => connect({ host: '127.0.0.1', port }),
});

beforeAll(async () => {
  const nowMs = Date.now();
  const authority = await createAuthority('hostile', nowMs, 1);
  const host = 'hostile.default.svc';
  const { certPem, keyPem } = await issueCertificate(authority, {
    ...{ subject: [{ CN: [host] }], use: 'server', hosts: [host], nowMs, days: 1 },
  });
  caBundle = Buffer.from(authority.certPem).toString('base64');
  backend = createServer({ cert: certPem, key: keyPem }, (socket) => {
    open.add(socket);
    socket.on('error', () => {});
    socket.once('close', () => open.delete(socket));
    socket.once('data', (head) => {
      if (head.toString().startsWith(`GET ${root} `))
        socket.end(full('200 OK', JSON.stringify(resources)));
      else answer(socket);
    });
  });
  await new Promise<void>((resolve) => backend.listen(0, '127.0.0.1', resolve));
  await register((backend.address() as AddressInfo).port);
});
afterAll(() => {
  for (const socket of open) socket.destroy();
  backend.close();
});

async function register(port: number): Promise<void> {
  const metadata = { name: 'hostile', namespace: 'default' };
  const at = { namespace: 'default' };
  await server.client.create({ ...services, ...at }, {
    ...{ apiVersion: 'v1', kind: 'Service', metadata },
    spec: { ports: [{ port: 443, targetPort: port }] },
  } as UnknownObject);
  await server.client.create({ ...endpointSlices, ...at }, {
    ...{ apiVersion: 'discovery.k8s.io/v1', kind: 'EndpointSlice', addressType: 'IPv4' },
    metadata: { ...metadata, labels: { 'kubernetes.io/service-name': 'hostile' } },
    endpoints: [{ addresses: ['10.0.0.9'], conditions: { ready: true } }],
    ports: [{ name: '', port }],
  } as UnknownObject);
  await server.client.create({ ...endpoints, ...at }, {
    ...{ apiVersion: 'v1', kind: 'Endpoints', metadata },
    subsets: [{ addresses: [{ ip: '10.0.0.9' }], ports: [{ port }] }],
  } as UnknownObject);
  await server.client.create(apiServices, {
    ...{ apiVersion: 'apiregistration.k8s.io/v1', kind: 'APIService', metadata: { name } },
    spec: {
      ...{ group: 'hostile.example.com', version: 'v1', caBundle },
      ...{ groupPriorityMinimum: 2000, versionPriority: 15 },
      service: { name: 'hostile', namespace: 'default' },
    },
  } as UnknownObject);
  await vi.waitFor(async () => {
    const found = await server.client.get<ApiService>({ ...apiServices, name });
    expect(found.status?.conditions?.[0]?.reason).toBe('Passed');
  });
}

const ask = async () => {
  const { code, body, headers } = await rest.send(`${root}/namespaces/default/things`);
  return { code, text: body.toString(), headers };
};

describe('a server behind this one', () => {
  beforeEach(() => {
    answer = (socket) => socket.destroy();
  });

  it.each([
    ['hangs up', (socket: TLSSocket) => void socket.destroy()],
    ['speaks something else', (socket: TLSSocket) => void socket.end('SSH-2.0-OpenSSH_9.2\r\n')],
    [
      'has an endless head',
      (socket: TLSSocket) =>
        void socket.write(`HTTP/1.1 200 OK\r\n${`X-More: ${'x'.repeat(900)}\r\n`.repeat(100)}`),
    ],
    [
      'changes protocols unasked',
      (socket: TLSSocket) =>
        void socket.write(
          'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n',
        ),
    ],
  ])('that %s is said not to be reached', async (_, act) => {
    answer = act;
    const { code, text } = await ask();
    expect(code).toBe(503);
    expect(text).toContain('error trying to reach service');
  });

  it('that redirects sends nobody anywhere', async () => {
    answer = (socket) =>
      socket.end(full('302 Found', '', 'Location: https://elsewhere.example.com/\r\n'));
    const { code, text, headers } = await ask();
    expect([code, text]).toEqual([
      502,
      'the backend attempted to redirect this request, which is not permitted',
    ]);
    expect(headers.location).toBeUndefined();
  });

  it.each([
    ['dies', `${chunked}5\r\nhello\r\n`],
    ['breaks its chunks', `${chunked}5\r\nhello\r\nzz\r\n`],
  ])('that %s in the middle of an answer ends it visibly', async (_, text) => {
    answer = (socket) => socket.end(text);
    await expect(ask()).rejects.toThrow(/aborted|hang up|ECONNRESET/);
  });

  it('that says nothing, or byte after byte, holds up nobody else', async () => {
    const timers: NodeJS.Timeout[] = [];
    answer = (socket) => {
      socket.write('HTTP/1.1 200 OK\r\n');
      timers.push(setInterval(() => socket.write('X'), 20));
    };
    const waiting = Promise.allSettled(
      Array.from({ length: 50 }, () => rest.send(`${root}/namespaces/default/things?timeout=2s`)),
    );
    await expect.poll(() => timers.length).toBe(50);
    for (const path of ['/apis', '/openapi/v2', '/openapi/v3', '/api/v1/nodes', root]) {
      expect((await rest.send(path)).code).toBe(200);
    }
    for (const each of await waiting) {
      expect(each.status === 'fulfilled' ? each.value.code : 0).toBe(504);
    }
    for (const timer of timers) clearInterval(timer);
    await expect.poll(() => open.size).toBe(0);
  });
});
