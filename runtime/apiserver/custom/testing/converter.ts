/** A conversion webhook for tests, behind the service `hook` in the namespace `default`. */
import { createServer } from 'node:https';
import { type AddressInfo, connect } from 'node:net';
import type { UnknownObject } from '../../../api/object.ts';
import type { Client } from '../../../client/client.ts';
import { startTestServer, type TestServer } from '../../testing/test-server.ts';

export interface ReviewRequest {
  readonly uid: string;
  readonly desiredAPIVersion: string;
  readonly objects: UnknownObject[];
}

export interface Converter {
  readonly server: TestServer;
  readonly client: Client;
  /** What it has been asked. */
  readonly asked: ReviewRequest[];
  /** How it converts one object; for tests to replace. */
  convert: (object: UnknownObject, apiVersion: string) => object;
  /** What is answered in place of a plain review; for tests to replace. */
  answer: ((request: ReviewRequest) => object) | undefined;
  close(): Promise<void>;
}

/** `hostPort` of v1 is `host` and `port` in v2. */
export function splitHostPort(object: UnknownObject, apiVersion: string): UnknownObject {
  const { hostPort, host, port, ...rest } = object as UnknownObject & Record<string, string>;
  if (apiVersion.endsWith('/v1')) return { ...rest, apiVersion, hostPort: `${host}:${port}` };
  const [left, right] = String(hostPort).split(':');
  return { ...rest, apiVersion, host: left, port: right };
}

/** An API server, and a converter that it can reach. */
export async function startConverter(): Promise<Converter> {
  const asked: ReviewRequest[] = [];
  const port = () => (backend.address() as AddressInfo).port;
  const server = await startTestServer({
    dial: async () => connect(port(), '127.0.0.1'),
    log: () => {},
  });
  const { certPem, keyPem } = await server.pki.serverCertificate(['hook.default.svc']);
  const backend = createServer({ cert: certPem, key: keyPem }, (request, response) => {
    let text = '';
    request.on('data', (chunk) => {
      text += chunk;
    });
    request.on('end', () => {
      const review = JSON.parse(text) as { request: ReviewRequest };
      asked.push(review.request);
      const { uid, objects, desiredAPIVersion } = review.request;
      const plain = () => ({
        uid,
        result: { status: 'Success' },
        convertedObjects: objects.map((object) => converter.convert(object, desiredAPIVersion)),
      });
      const answer = converter.answer?.(review.request) ?? plain();
      response.end(JSON.stringify({ ...review, request: undefined, response: answer }));
    });
  });
  await new Promise<void>((resolve) => backend.listen(0, '127.0.0.1', resolve));
  await serveHook(server.client);
  const converter: Converter = {
    server,
    client: server.client,
    asked,
    convert: splitHostPort,
    answer: undefined,
    async close() {
      await server.close();
      backend.close();
    },
  };
  return converter;
}

async function serveHook(client: Client): Promise<void> {
  const namespace = 'default';
  await client.create({ group: '', version: 'v1', resource: 'services', namespace }, {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'hook' },
    spec: { ports: [{ port: 443, targetPort: 8443 }] },
  } as UnknownObject);
  await client.create(
    { group: 'discovery.k8s.io', version: 'v1', resource: 'endpointslices', namespace },
    {
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      metadata: { name: 'hook-1', labels: { 'kubernetes.io/service-name': 'hook' } },
      addressType: 'IPv4',
      ports: [{ name: '', port: 8443 }],
      endpoints: [{ addresses: ['10.0.0.9'], conditions: { ready: true } }],
    } as UnknownObject,
  );
}
