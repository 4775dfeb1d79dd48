/** An extension API server, as far as an aggregator can tell. */

import type { IncomingHttpHeaders } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { createAuthority, issueCertificate } from '../../pki/certificates.ts';

export interface ExtensionServer {
  readonly port: number;
  /** Base64 of PEM, for an APIService. */
  readonly caBundle: string;
  /** What the last request under /apis/wardle.example.com/v1alpha1/ brought. */
  readonly last: () => { headers: IncomingHttpHeaders; url: string; client: string } | undefined;
  close(): Promise<void>;
}

const resources = {
  kind: 'APIResourceList',
  apiVersion: 'v1',
  groupVersion: 'wardle.example.com/v1alpha1',
  resources: [
    {
      name: 'flunders',
      singularName: 'flunder',
      namespaced: true,
      kind: 'Flunder',
      verbs: ['create', 'get', 'list', 'watch'],
      shortNames: ['fl'],
    },
    {
      name: 'flunders/status',
      singularName: '',
      namespaced: true,
      kind: 'Flunder',
      verbs: ['get'],
    },
  ],
};

const flunders = {
  kind: 'FlunderList',
  apiVersion: 'wardle.example.com/v1alpha1',
  metadata: { resourceVersion: '1' },
  items: [{ metadata: { name: 'one', namespace: 'default' } }],
};

/** `frontProxyCa`: whose client certificates are believed. `host`: the name in its own certificate. */
export async function startExtensionServer(
  host: string,
  frontProxyCa: string,
): Promise<ExtensionServer> {
  const nowMs = Date.now();
  const authority = await createAuthority('extension', nowMs, 1);
  const { certPem, keyPem } = await issueCertificate(authority, {
    subject: [{ CN: [host] }],
    use: 'server',
    hosts: [host],
    nowMs,
    days: 1,
  });
  let last: ReturnType<ExtensionServer['last']>;
  const server: Server = createServer({
    cert: certPem,
    key: keyPem,
    ca: frontProxyCa,
    requestCert: true,
    rejectUnauthorized: true,
  });
  const root = '/apis/wardle.example.com/v1alpha1';
  server.on('request', (request, response) => {
    const url = request.url ?? '';
    const client = (request.socket as TLSSocket).getPeerCertificate().subject.CN;
    const json = (code: number, body: object) =>
      response.writeHead(code, { 'Content-Type': 'application/json' }).end(JSON.stringify(body));
    if (url === root) return json(200, resources);
    last = { headers: request.headers, url, client: String(client) };
    if (url.includes('watch=')) {
      response.writeHead(200, { 'Content-Type': 'application/json' });
      response.write('{"type":"ADDED"}\n');
      return;
    }
    return json(200, flunders);
  });
  server.on('upgrade', (request, socket) => {
    last = { headers: request.headers, url: request.url ?? '', client: '' };
    socket.write(
      'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n',
    );
    socket.pipe(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    caBundle: Buffer.from(authority.certPem).toString('base64'),
    last: () => last,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
