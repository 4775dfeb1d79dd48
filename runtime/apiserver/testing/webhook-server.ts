/** An API server for tests with a webhook that it can reach: the service `hook` in `default`. */
import { createServer } from 'node:https';
import { type AddressInfo, connect } from 'node:net';
import type { UnknownObject } from '../../api/object.ts';
import type { Client } from '../../client/client.ts';
import type { ApiServerOptions } from '../server.ts';
import { startTestServer, type TestServer } from './test-server.ts';

export interface WebhookServer {
  readonly server: TestServer;
  /** Base64, as a clientConfig's caBundle. */
  readonly caBundle: string;
  close(): Promise<void>;
}

/** `answer` makes a review's `response` out of its `request`, whatever kind of review that is. */
export async function startWebhookServer<R extends { uid: string }>(
  answer: (request: R) => object,
  options: Partial<Pick<ApiServerOptions, 'log' | 'audit'>> = {},
): Promise<WebhookServer> {
  const port = () => (backend.address() as AddressInfo).port;
  const dial = async () => connect(port(), '127.0.0.1');
  const server = await startTestServer({ ...options, dial });
  const { certPem, keyPem } = await server.pki.serverCertificate(['hook.default.svc']);
  const backend = createServer({ cert: certPem, key: keyPem }, (request, response) => {
    let text = '';
    request.on('data', (chunk) => {
      text += chunk;
    });
    request.on('end', () => {
      const review = JSON.parse(text) as { request: R };
      const body = { ...review, request: undefined, response: answer(review.request) };
      response.end(JSON.stringify(body));
    });
  });
  await new Promise<void>((resolve) => backend.listen(0, '127.0.0.1', resolve));
  await serveHook(server.client);
  return {
    server,
    caBundle: Buffer.from(server.pki.caPem).toString('base64'),
    async close() {
      await server.close();
      backend.close();
    },
  };
}

async function serveHook(client: Client): Promise<void> {
  const namespace = 'default';
  const service: UnknownObject = {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'hook' },
    spec: { ports: [{ port: 443, targetPort: 8443 }] },
  };
  const slice: UnknownObject = {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { name: 'hook-1', labels: { 'kubernetes.io/service-name': 'hook' } },
    addressType: 'IPv4',
    ports: [{ name: '', port: 8443 }],
    endpoints: [{ addresses: ['10.0.0.9'], conditions: { ready: true } }],
  };
  await client.create({ group: '', version: 'v1', resource: 'services', namespace }, service);
  const slices = { group: 'discovery.k8s.io', version: 'v1', resource: 'endpointslices' };
  await client.create({ ...slices, namespace }, slice);
}
