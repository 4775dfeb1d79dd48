import { createServer, type Server } from 'node:https';
import { type AddressInfo, connect } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { UnknownObject } from '../../../api/object.ts';
import type { ApiError } from '../../../api/status.ts';
import type { Client } from '../../../client/client.ts';
import { startTestServer, type TestServer } from '../../testing/test-server.ts';

const namespace = 'default';
const core = { group: '', version: 'v1', namespace };
const configMaps = { ...core, resource: 'configmaps' };
const admission = { group: 'admissionregistration.k8s.io', version: 'v1' };

interface Request extends Record<string, unknown> {
  uid: string;
  object: UnknownObject | null;
}

let server: TestServer;
let client: Client;
let backend: Server;
let asked: Request[];
/** What the webhook answers, beside the uid. */
let answer: (request: Request) => object;

beforeEach(async () => {
  asked = [];
  answer = () => ({ allowed: true });
  const port = () => (backend.address() as AddressInfo).port;
  server = await startTestServer({ dial: async () => connect(port(), '127.0.0.1') });
  client = server.client;
  const { certPem, keyPem } = await server.pki.serverCertificate(['hook.default.svc']);
  backend = createServer({ cert: certPem, key: keyPem }, (request, response) => {
    let text = '';
    request.on('data', (chunk) => {
      text += chunk;
    });
    request.on('end', () => {
      const review = JSON.parse(text) as { request: Request };
      asked.push(review.request);
      const reply = { uid: review.request.uid, ...answer(review.request) };
      response.end(JSON.stringify({ ...review, request: undefined, response: reply }));
    });
  });
  await new Promise<void>((resolve) => backend.listen(0, '127.0.0.1', resolve));
  await serveHook();
});
afterEach(async () => {
  await server.close();
  backend.close();
});

async function serveHook(): Promise<void> {
  await client.create(
    { ...core, resource: 'services' },
    object('v1', 'Service', 'hook', { spec: { ports: [{ port: 443, targetPort: 8443 }] } }),
  );
  const slice = object('discovery.k8s.io/v1', 'EndpointSlice', 'hook-1', {
    addressType: 'IPv4',
    ports: [{ name: '', port: 8443 }],
    endpoints: [{ addresses: ['10.0.0.9'], conditions: { ready: true } }],
  });
  slice.metadata.labels = { 'kubernetes.io/service-name': 'hook' };
  const slices = { group: 'discovery.k8s.io', version: 'v1', resource: 'endpointslices' };
  await client.create({ ...slices, namespace }, slice);
}

function object(apiVersion: string, kind: string, name: string, rest: object = {}): UnknownObject {
  return { apiVersion, kind, metadata: { name }, ...rest };
}

async function register(kind: 'Mutating' | 'Validating', rest: object = {}): Promise<void> {
  const webhook = {
    name: 'hook.example.com',
    clientConfig: {
      service: { namespace, name: 'hook', path: '/admit' },
      caBundle: Buffer.from(server.pki.caPem).toString('base64'),
    },
    rules: [{ operations: ['*'], apiGroups: [''], apiVersions: ['v1'], resources: ['configmaps'] }],
    sideEffects: 'None',
    admissionReviewVersions: ['v1'],
    ...rest,
  };
  await client.create(
    { ...admission, resource: `${kind.toLowerCase()}webhookconfigurations` },
    object('admissionregistration.k8s.io/v1', `${kind}WebhookConfiguration`, 'hook', {
      webhooks: [webhook],
    }),
  );
}

async function refused(promise: Promise<unknown>): Promise<ApiError> {
  return promise.then(
    () => expect.fail('it was allowed'),
    (error: ApiError) => error,
  );
}

describe('webhooks', () => {
  it('change objects on their way in', async () => {
    await register('Mutating');
    const patch = [{ op: 'add', path: '/data', value: { added: 'yes' } }];
    answer = () => ({
      allowed: true,
      patchType: 'JSONPatch',
      patch: Buffer.from(JSON.stringify(patch)).toString('base64'),
    });
    const made = await client.create(configMaps, object('v1', 'ConfigMap', 'a'));
    expect(made.data).toEqual({ added: 'yes' });
    expect(asked[0]).toMatchObject({
      operation: 'CREATE',
      namespace,
      name: 'a',
      resource: { group: '', version: 'v1', resource: 'configmaps' },
      userInfo: { groups: expect.arrayContaining(['system:masters']) },
      object: { kind: 'ConfigMap', metadata: { name: 'a' } },
      oldObject: null,
      dryRun: false,
    });
  });

  it('refuse, in their own words', async () => {
    await register('Validating');
    answer = ({ operation }) =>
      operation === 'DELETE'
        ? { allowed: false, status: { message: 'it is needed' } }
        : { allowed: true };
    await client.create(configMaps, object('v1', 'ConfigMap', 'a'));
    const error = await refused(client.delete({ ...configMaps, name: 'a' }));
    expect(error).toMatchObject({
      code: 403,
      message: 'admission webhook "hook.example.com" denied the request: it is needed',
    });
    expect(asked.at(-1)).toMatchObject({ object: null, oldObject: { metadata: { name: 'a' } } });
  });

  it('are only asked about what they have asked for', async () => {
    await register('Validating', { objectSelector: { matchLabels: { watched: 'yes' } } });
    answer = () => ({ allowed: false });
    await client.create(configMaps, object('v1', 'ConfigMap', 'a'));
    const watched = object('v1', 'ConfigMap', 'b');
    watched.metadata.labels = { watched: 'yes' };
    const error = await refused(client.create(configMaps, watched));
    expect(error.message).toContain('denied the request without explanation');
    expect(asked).toHaveLength(1);
  });

  it('that fail stop the request, unless they may fail', async () => {
    await register('Validating', { clientConfig: { service: { namespace, name: 'nobody' } } });
    const error = await refused(client.create(configMaps, object('v1', 'ConfigMap', 'a')));
    expect(error.code).toBe(500);
    expect(error.message).toMatch(
      /^failed calling webhook "hook.example.com": failed to call webhook: Post "https:\/\/nobody.default.svc:443\/\?timeout=10s": /,
    );
    const target = { ...admission, resource: 'validatingwebhookconfigurations', name: 'hook' };
    await client.patch(target, 'json', [
      { op: 'replace', path: '/webhooks/0/failurePolicy', value: 'Ignore' },
    ]);
    await client.create(configMaps, object('v1', 'ConfigMap', 'a'));
  });
});
